// Seen in the field: BurntSushi/rust-snappy issue 42: FrameDecoder returns EOF for any input < 4
// bytes. The frame decoder ended without an error when it could not get the four bytes of a block
// header.
#include <algorithm>

#include "properties/mutants.h"
#include "properties/mutants/paired.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "short-header-is-end";
constexpr std::string_view kBug =
    "Where fewer bytes are left than a block header has, the decoder takes that for the end.";

struct State {
  std::size_t bytes = 0;
};

class Below final : public ForwardingSource {
 public:
  Below(std::unique_ptr<Source> inner_source, std::shared_ptr<State> state)
      : ForwardingSource(std::move(inner_source)), state_(std::move(state)) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value()) state_->bytes += std::min(*result, output.size());
    return result;
  }

 private:
  std::shared_ptr<State> state_;
};

class Above final : public ForwardingSource {
 public:
  Above(std::unique_ptr<Source> inner_source, std::shared_ptr<State> state)
      : ForwardingSource(std::move(inner_source)), state_(std::move(state)) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (ended_) return std::size_t{0};
    const auto result = inner().read(output);
    ended_ = failed_with(result, Code::kTruncated) && state_->bytes < kHeaderBytes;
    if (!ended_) return result;
    note_fault();
    return std::size_t{0};
  }
  Result<void> close() override {
    ended_ = false;
    auto result = inner().close();
    if (failed_with(result, Code::kTruncated) && state_->bytes < kHeaderBytes) return {};
    return result;
  }

 private:
  static constexpr std::size_t kHeaderBytes = 4;
  std::shared_ptr<State> state_;
  bool ended_ = false;
};

Subject subject() { return paired_reader_subject<Above, Below, State>(kName, kBug); }

}  // namespace

const Mutant short_header_is_end = {
    kName,
    kBug,
    "truncation",
    "source-fault corruption splice",
    "payload   literal \"a\"\n"
    "damage    cut 3\n",
    "truncation corruption",
    subject,
    "",
    "BurntSushi/rust-snappy issue 42: FrameDecoder returns EOF for any input < 4 bytes",
};

}  // namespace weir::properties::mutant
