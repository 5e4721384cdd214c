#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "empty-write-is-last";
constexpr std::string_view kBug =
    "An empty write is taken for the end of the input, and a close behind it for one that has "
    "nothing left to do.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    finished_ = input.empty();
    return BufferingSink::write(input);
  }
  Result<void> close() override {
    if (state().open() && finished_ && !held().empty()) {
      note_fault();
      passed(held().size());
    }
    return BufferingSink::close();
  }

 private:
  bool finished_ = false;
};

Subject subject() { return bare_subject<Layer, BareSource>(kName, kBug); }

}  // namespace

const Mutant empty_write_is_last = {
    kName,
    kBug,
    "zero-length",
    "",
    "payload   literal \"a\"\n"
    "writes    1, nothing\n",
    "zero-length",
    subject,
    // Needs three operations: a payload, a write and an empty write.
    "exhaustive",
};

}  // namespace weir::properties::mutant
