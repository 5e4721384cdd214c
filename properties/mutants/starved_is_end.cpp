#include <algorithm>
#include <new>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "starved-is-end";
constexpr std::string_view kBug =
    "A reader whose buffer cannot be allocated returns 0 bytes, as it does at the end.";

constexpr std::size_t kBufferBytes = 64;

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.empty()) return inner().read(output);
    if (buffer_ == nullptr) buffer_.reset(new (std::nothrow) std::byte[kBufferBytes]);
    if (buffer_ == nullptr) {
      note_fault();
      return std::size_t{0};
    }
    const auto result =
        inner().read({buffer_.get(), std::min<std::size_t>(kBufferBytes, output.size())});
    if (result.has_value()) std::copy_n(buffer_.get(), *result, output.begin());
    return result;
  }

 private:
  std::unique_ptr<std::byte[]> buffer_;
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant starved_is_end = {
    kName,
    kBug,
    "allocation-fault",
    "",
    "payload   literal \"a\"\nmemory    good 2, fail-once\n",
    "allocation-fault",
    subject,
    // Delays are not enumerated, and without one the first allocation fails.
    "exhaustive",
};

}  // namespace weir::properties::mutant
