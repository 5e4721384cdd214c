#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "flag-outlives-exception";
constexpr std::string_view kBug =
    "A flag that stands while a write makes its copy is left standing by the exception of a failed "
    "allocation, and close takes it for somebody else's turn to write what is held back.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    writing_ = true;
    const std::vector<std::byte> copy(input.begin(), input.end());
    writing_ = false;
    return BufferingSink::write(copy);
  }

 protected:
  Result<void> drain() override {
    if (writing_ && !held().empty()) {
      note_fault();
      passed(held().size());
    }
    return BufferingSink::drain();
  }

 private:
  bool writing_ = false;
};

Subject subject() { return bare_subject<Layer, BareSource>(kName, kBug); }

}  // namespace

const Mutant flag_outlives_exception = {
    kName,
    kBug,
    "allocation-fault",
    "",
    "payload   literal \"ab\"\nwrites    1\nmemory    good 2, fail\n",
    "allocation-fault",
    subject,
    // Earlier allocations have to succeed, and small cases delay nothing.
    "exhaustive",
};

}  // namespace weir::properties::mutant
