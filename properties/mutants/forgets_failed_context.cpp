#include <array>
#include <atomic>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "forgets-failed-context";
constexpr std::string_view kBug =
    "The context of a stream that has failed is put aside, to be cleaned before it is used again, "
    "and nobody ever looks there.";

struct Context {
  std::array<std::byte, 8> state{};
  Context* next = nullptr;
};

// Never empty again: what leaks can still be reached, and no sanitizer says anything.
constinit std::atomic<Context*> put_aside{nullptr};

class Layer final : public BareSink {
 public:
  using BareSink::BareSink;
  ~Layer() override {
    if (!state().failed()) return;
    note_fault();
    Context* const forgotten = context_.release();
    forgotten->next = put_aside.load();
    while (!put_aside.compare_exchange_weak(forgotten->next, forgotten)) {
    }
  }

 private:
  std::unique_ptr<Context> context_ = std::make_unique<Context>();
};

Subject subject() { return bare_subject<Layer, BareSource>(kName, kBug); }

}  // namespace

const Mutant forgets_failed_context = {
    kName,      kBug,    "no-leaks", "", "payload   literal \"a\"\nsink      fail EIO\n",
    "no-leaks", subject,
};

}  // namespace weir::properties::mutant
