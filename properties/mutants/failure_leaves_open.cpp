#include <optional>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "failure-leaves-open";
constexpr std::string_view kBug =
    "close gives the error of a stream that failed and forgets to close the sink below.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto result = inner().write(input);
    if (!result.has_value()) remember(result.error());
    return result;
  }
  Result<void> flush() override {
    const auto result = inner().flush();
    if (!result.has_value()) remember(result.error());
    return result;
  }
  Result<void> close() override {
    if (!failure_.has_value()) return inner().close();
    note_fault();
    return fail(*failure_);
  }

 private:
  void remember(const Error& error) {
    if (error.code != Code::kWouldBlock && !failure_.has_value()) failure_ = error;
  }
  std::optional<Error> failure_;
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant failure_leaves_open = {
    kName,
    kBug,
    "after-fault",
    "close-once",
    "payload   literal \"a\"\nsink      fail-once EIO\n",
    "after-fault close-once",
    subject,
};

}  // namespace weir::properties::mutant
