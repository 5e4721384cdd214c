#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "hands-out-stale-bytes";
constexpr std::string_view kBug =
    "A count beyond the buffer is taken for a full buffer: what lay in it from before is handed "
    "out.";

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    if (begin_ == end_) {
      const auto given = inner().read(buffer_);
      if (!given.has_value()) return given;
      if (*given > buffer_.size()) note_fault();
      begin_ = 0;
      end_ = std::min(*given, buffer_.size());
    }
    const std::size_t size = std::min(output.size(), end_ - begin_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), size, output.begin());
    begin_ += size;
    return size;
  }

 private:
  std::array<std::byte, 16> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant hands_out_stale_bytes = {
    kName,      kBug,    "distrust", "", "payload   literal \"a\"\nsource    claim more 1\n",
    "distrust", subject,
};

}  // namespace weir::properties::mutant
