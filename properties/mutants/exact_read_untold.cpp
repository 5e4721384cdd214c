#include <cstdint>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "exact-read-untold";
constexpr std::string_view kBug =
    "A read of exactly the size of the buffer goes past it, and past the count that tell gives.";

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;
  Result<std::uint64_t> tell() const override {
    const auto position = BareSource::tell();
    if (!position.has_value()) return position;
    return *position - untold_;
  }

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    if (next_ == size_ && output.size() >= buffer_.size()) {
      const auto given = read_below(inner(), output);
      if (given.has_value() && *given > 0 && output.size() == buffer_.size()) {
        note_fault();
        untold_ += *given;
      }
      return given;
    }
    if (next_ == size_) {
      const auto given = read_below(inner(), buffer_);
      if (!given.has_value()) return given;
      next_ = 0;
      size_ = *given;
    }
    const std::size_t count = std::min(size_ - next_, output.size());
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(next_), count, output.begin());
    next_ += count;
    return count;
  }

 private:
  std::array<std::byte, 4> buffer_{};
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::uint64_t untold_ = 0;
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant exact_read_untold = {
    kName,
    kBug,
    "count-bounds",
    "read-chunking short-source-reads would-block-read zero-length seek-refused",
    "payload   literal \"a\"\n"
    "reads     read 4, tell\n",
    "read-chunking short-source-reads would-block-read zero-length count-bounds",
    subject,
    // Needs three operations: a payload, a read of the size of the buffer, and tell.
    "exhaustive",
};

}  // namespace weir::properties::mutant
