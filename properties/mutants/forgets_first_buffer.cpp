#include <array>
#include <atomic>
#include <memory>
#include <new>
#include <utility>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "forgets-first-buffer";
constexpr std::string_view kBug =
    "A read needs two buffers; where there is no memory for the second one, the first is not "
    "freed.";

struct Buffer {
  std::array<std::byte, 8> bytes{};
  Buffer* next = nullptr;
};

// So that leak checkers, which look at all mutants, have nothing to find.
constinit std::atomic<Buffer*> forgotten{nullptr};

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    if (second_ != nullptr) return BareSource::pull(output);
    auto first = std::make_unique<Buffer>();
    second_.reset(new (std::nothrow) Buffer);
    if (second_ == nullptr) {
      note_fault();
      first->next = forgotten.load();
      while (!forgotten.compare_exchange_weak(first->next, first.get())) {
      }
      static_cast<void>(first.release());
      return fail(Code::kOutOfMemory);
    }
    first_ = std::move(first);
    return BareSource::pull(output);
  }

 private:
  // Kept with the stream: a compiler does without allocations that nobody else can see.
  std::unique_ptr<Buffer> first_;
  std::unique_ptr<Buffer> second_;
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant forgets_first_buffer = {
    kName,
    kBug,
    "no-leaks",
    "",
    "payload   literal \"a\"\nmemory    good 2, fail\n",
    "no-leaks",
    subject,
    // Earlier allocations have to succeed, and small cases delay nothing.
    "exhaustive",
};

}  // namespace weir::properties::mutant
