#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "failure-loses-its-cause";
constexpr std::string_view kBug =
    "A source that has failed says that it failed, but from the second time on no longer why.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value() || result.error().code == Code::kWouldBlock ||
        result.error().code == Code::kClosed) {
      return result;
    }
    if (failed_) {
      note_fault();
      return fail(Code::kIo);
    }
    failed_ = true;
    return result;
  }

 private:
  bool failed_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant failure_loses_its_cause = {
    kName,
    kBug,
    "after-fault",
    "distrust",
    "payload   literal \"a\"\nsource    fail EIO\n",
    "after-fault",
    subject,
};

}  // namespace weir::properties::mutant
