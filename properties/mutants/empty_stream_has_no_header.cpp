// Seen in the field: madler/zlib issue 22: gzclose() for empty stream broken. In zlib 1.2.7 gzopen
// followed by gzclose left a file of no bytes, without a header, because an empty stream was not
// finished.
#include "properties/mutants.h"
#include "properties/mutants/paired.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "empty-stream-has-no-header";
constexpr std::string_view kBug =
    "The header is written with the first bytes: a stream that is closed without any is an empty "
    "file, which no reader takes.";

struct State {
  bool begun = false;
};

class Above final : public ForwardingSink {
 public:
  Above(std::unique_ptr<Sink> inner_sink, std::shared_ptr<State> state)
      : ForwardingSink(std::move(inner_sink)), state_(std::move(state)) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    state_->begun = state_->begun || !input.empty();
    return inner().write(input);
  }
  Result<void> flush() override {
    state_->begun = true;
    return inner().flush();
  }

 private:
  std::shared_ptr<State> state_;
};

class Below final : public ForwardingSink {
 public:
  Below(std::unique_ptr<Sink> inner_sink, std::shared_ptr<State> state)
      : ForwardingSink(std::move(inner_sink)), state_(std::move(state)) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (state_->begun) return inner().write(input);
    note_fault();
    return input.size();
  }

 private:
  std::shared_ptr<State> state_;
};

Subject subject() { return paired_writer_subject<Above, Below, State>(kName, kBug); }

}  // namespace

const Mutant empty_stream_has_no_header = {
    kName,
    kBug,
    "round-trip",
    "eof-exact",
    "payload   literal \"\"\n",
    "round-trip eof-exact",
    subject,
    "",
    "madler/zlib issue 22: gzclose() for empty stream broken",
};

}  // namespace weir::properties::mutant
