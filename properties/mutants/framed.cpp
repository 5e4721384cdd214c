#include "properties/mutants/framed.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "properties/mutants/blocks.h"
#include "properties/mutants/running_check.h"
#include "weir/checked.h"
#include "weir/codec.h"
#include "weir/codec_sink.h"
#include "weir/codec_source.h"

namespace weir::properties::mutant {
namespace {

// A checksum as the format has it, or as the fault does.
std::array<std::byte, RunningCheck::kBytes> ordered(const RunningCheck& check, FramedFault fault) {
  auto bytes = check.bytes();
  if (fault == FramedFault::kOwnByteOrder) {
    note_fault();
    std::reverse(bytes.begin(), bytes.end());
  }
  return bytes;
}

class Encoder final : public Codec {
 public:
  explicit Encoder(const Framed::Options& options)
      : holds_back_(options.holds_back), fault_(options.fault) {
    ready_.assign(Framed::kMagic.begin(), Framed::kMagic.end());
  }

  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    Step step;
    for (;;) {
      if (!holds_back_ || directive == Directive::kEnd) {
        const std::size_t count = std::min(ready_.size() - next_, output.size() - step.produced);
        std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(next_), count,
                    output.begin() + static_cast<std::ptrdiff_t>(step.produced));
        next_ += count;
        step.produced += count;
        if (next_ < ready_.size()) {
          step.status = Status::kNeedOutput;
          return step;
        }
        ready_.clear();
        next_ = 0;
      }
      if (step.consumed < input.size()) {
        take(input[step.consumed++]);
      } else if (directive == Directive::kContinue) {
        return step;
      } else if (size_ > 0 && (directive == Directive::kEnd || !holds_back_)) {
        end_block();
      } else if (directive == Directive::kFlush) {
        step.status = Status::kFlushed;
        return step;
      } else if (!ended_) {
        ended_ = true;
        ready_.push_back(std::byte{0});
        append(ordered(total_, fault_));
      } else {
        step.status = Status::kEnd;
        return step;
      }
    }
  }

 private:
  void take(std::byte byte) {
    block_[size_++] = byte;
    total_.add(byte);
    if (size_ == block_.size()) end_block();
  }
  void end_block() {
    RunningCheck check;
    const auto add = [&](std::byte byte) {
      check.add(byte);
      ready_.push_back(byte);
    };
    add(static_cast<std::byte>(size_));
    for (std::size_t i = 0; i < size_; ++i) add(block_[i]);
    append(ordered(check, fault_));
    size_ = 0;
  }
  void append(const std::array<std::byte, RunningCheck::kBytes>& bytes) {
    ready_.insert(ready_.end(), bytes.begin(), bytes.end());
  }

  bool holds_back_;
  FramedFault fault_;
  std::vector<std::byte> ready_;  // encoded; from next_ on not yet passed on
  std::size_t next_ = 0;
  std::array<std::byte, Framed::kBlockBytes> block_{};
  std::size_t size_ = 0;
  RunningCheck total_;
  bool ended_ = false;
};

class Decoder final : public Codec {
 public:
  Decoder(const Framed::Options& options, std::shared_ptr<bool> ended)
      : options_(options), ended_(std::move(ended)) {}

  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    Step step;
    if (!begun_ && !input.empty()) begin(input.size());
    for (;;) {
      const std::size_t count = std::min(given_ - next_, output.size() - step.produced);
      std::copy_n(piece_.begin() + static_cast<std::ptrdiff_t>(1 + next_), count,
                  output.begin() + static_cast<std::ptrdiff_t>(step.produced));
      next_ += count;
      step.produced += count;
      if (next_ < given_) {
        step.status = Status::kNeedOutput;
        return finish(step);
      }
      if (given_ > 0) next_piece(state_);
      if (failure_.has_value()) {
        if (step.produced == 0) return fail(*failure_);
        step.status = Status::kNeedOutput;  // bytes come first
        return finish(step);
      }
      if (over_) {
        step.status = Status::kEnd;
        return finish(step);
      }
      if (step.consumed == input.size()) {
        if (directive != Directive::kEnd) return finish(step);
        if (auto error = at_end()) return fail(*error);
        step.status = Status::kEnd;
        return finish(step);
      }
      const std::byte byte = input[step.consumed++];
      take(byte, step.consumed == input.size());
    }
  }

 private:
  enum class State : std::uint8_t { kMagic, kBlock, kRaw, kSkip };

  Step finish(const Step& step) {
    consumed_ += step.consumed;
    return step;
  }

  // The first bytes have come, `size` of them.
  void begin(std::size_t size) {
    begun_ = true;
    if (size >= Framed::kMagic.size()) return;
    if (options_.fault == FramedFault::kShortReadIsRaw) {
      note_fault();
      state_ = State::kRaw;
    }
    if (options_.fault == FramedFault::kPrefixOfMagic) {
      note_fault();
      magic_compared_ = size;
    }
  }

  void next_piece(State state) {
    state_ = state;
    filled_ = given_ = next_ = 0;
  }

  std::optional<Error> at_end() const {
    if (state_ == State::kRaw || state_ == State::kSkip) return std::nullopt;
    const bool between = state_ == State::kMagic && members_ > 0;
    if (between && filled_ == 0) return std::nullopt;
    if (between && filled_ == 1 && options_.fault == FramedFault::kShortRestIgnored) {
      note_fault();
      return std::nullopt;
    }
    if (state_ == State::kBlock && filled_ > 0 && piece_[0] == std::byte{0} &&
        options_.fault == FramedFault::kCutTotalPasses) {
      note_fault();
      return std::nullopt;
    }
    return Error(Code::kTruncated, consumed_, "framed: within a member");
  }

  // One byte of the stream; the last one at hand or not.
  void take(std::byte byte, bool last) {
    if (state_ == State::kSkip) {
      note_fault();
      return;
    }
    if (state_ == State::kRaw) {
      piece_[1] = byte;
      given_ = 1;
      next_ = 0;
      return;
    }
    piece_[filled_++] = byte;
    if (state_ == State::kMagic) {
      take_magic(byte);
    } else {
      take_block(last);
    }
  }

  void take_magic(std::byte byte) {
    const bool compared = members_ > 0 || filled_ <= magic_compared_;
    const bool right =
        byte == Framed::kMagic[filled_ - 1] && (members_ == 0 || piece_[0] == Framed::kMagic[0]);
    if (compared && !right && !forgiven()) return;
    if (state_ == State::kMagic && filled_ == Framed::kMagic.size()) {
      next_piece(State::kBlock);
      if (options_.fault != FramedFault::kEmptyKeepsTotal) total_ = RunningCheck();
      empty_ = true;
    }
  }

  // What is no member.
  bool forgiven() {
    if (members_ > 0) {
      switch (options_.fault) {
        case FramedFault::kForeignRestIgnored:
          note_fault();
          state_ = State::kSkip;
          return true;
        case FramedFault::kShortRestIgnored:
          // Not looked at before there are two.
          if (filled_ == 1) return true;
          break;
        case FramedFault::kRestIsRaw:
          note_fault();
          state_ = State::kRaw;
          std::copy_backward(piece_.begin(), piece_.begin() + static_cast<std::ptrdiff_t>(filled_),
                             piece_.begin() + static_cast<std::ptrdiff_t>(1 + filled_));
          given_ = filled_;
          next_ = 0;
          return true;
        default:
          break;
      }
    }
    failure_ = Error(Code::kCorrupt, consumed_, "framed: not a member");
    return false;
  }

  void take_block(bool last) {
    const auto size = static_cast<std::size_t>(piece_[0]);
    if (size > Framed::kBlockBytes) {
      failure_ = Error(Code::kCorrupt, consumed_, "framed: block too large");
      return;
    }
    if (filled_ < 1 + size + RunningCheck::kBytes) return;
    if (size == 0 && empty_ && members_ > 0 && options_.fault == FramedFault::kEmptyKeepsTotal) {
      note_fault();
    }
    RunningCheck check = size == 0 ? total_ : RunningCheck();
    for (std::size_t i = 0; size > 0 && i < 1 + size; ++i) check.add(piece_[i]);
    const auto expected = ordered(check, options_.fault);
    const bool right = std::equal(expected.begin(), expected.end(),
                                  piece_.begin() + static_cast<std::ptrdiff_t>(1 + size));
    if (!right && size == 0 && options_.fault == FramedFault::kIgnoresTotal) {
      note_fault();
    } else if (!right) {
      failure_ = Error(Code::kCorrupt, consumed_, "framed: wrong checksum");
      return;
    }
    if (size == 0) {
      end_member(last);
      return;
    }
    if (empty_ && options_.fault == FramedFault::kEmptyKeepsTotal) total_ = RunningCheck();
    for (std::size_t i = 0; i < size; ++i) total_.add(piece_[1 + i]);
    empty_ = false;
    given_ = size;
    next_ = 0;
  }

  void end_member(bool last) {
    ++members_;
    next_piece(State::kMagic);
    const FramedFault fault = options_.fault;
    if (!options_.multi_member && fault != FramedFault::kStopsAtFirstEnd) {
      over_ = true;
      *ended_ = true;
    }
    if (fault == FramedFault::kStopsAtFirstEnd || (fault == FramedFault::kSeamIsEnd && last) ||
        (fault == FramedFault::kEmptyMemberIsEnd && empty_)) {
      state_ = State::kSkip;
    }
  }

  Framed::Options options_;
  std::shared_ptr<bool> ended_;
  State state_ = State::kMagic;
  std::array<std::byte, 1 + Framed::kBlockBytes + RunningCheck::kBytes> piece_{};
  std::size_t filled_ = 0;  // of the magic or block
  std::size_t given_ = 0;   // payload bytes of piece_, which begin at 1
  std::size_t next_ = 0;    // of these the first not yet passed on
  std::size_t magic_compared_ = Framed::kMagic.size();
  std::uint64_t members_ = 0;  // complete ones
  std::uint64_t consumed_ = 0;
  RunningCheck total_;
  bool begun_ = false;
  bool empty_ = true;  // the present member, so far
  bool over_ = false;  // nothing may follow
  std::optional<Error> failure_;
};

// Has no more bytes once the decoder has all that it needs, and never gives more than one at a
// time: so the source below stands where the encoded stream ends.
class StopsExactly final : public ForwardingSource {
 public:
  StopsExactly(std::unique_ptr<Source> inner, std::shared_ptr<bool> ended)
      : ForwardingSource(std::move(inner)), ended_(std::move(ended)) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (*ended_) return std::size_t{0};
    return read_below(inner(), output.first(std::min<std::size_t>(output.size(), 1)));
  }

 private:
  std::shared_ptr<bool> ended_;
};

}  // namespace

Result<std::unique_ptr<Sink>> Framed::transform_to(std::unique_ptr<Sink> output) const {
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Sink>> {
    return std::make_unique<CodecSink>(std::move(output), std::make_unique<Encoder>(options_));
  });
}

Result<std::unique_ptr<Source>> Framed::transform_from(std::unique_ptr<Source> input) const {
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Source>> {
    auto ended = std::make_shared<bool>(false);
    if (options_.stops_exactly) input = std::make_unique<StopsExactly>(std::move(input), ended);
    return std::make_unique<CodecSource>(std::move(input),
                                         std::make_unique<Decoder>(options_, std::move(ended)));
  });
}

Descriptor Framed::descriptor() const { return *Descriptor::parse("stream.framed/1"); }

Traits framed_traits(const Framed::Options& options) noexcept {
  Traits set = traits(Trait::kDeterministic, Trait::kDetectsTruncation, Trait::kDetectsCorruption,
                      Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow);
  if (options.multi_member) set |= traits(Trait::kConcatenable, Trait::kMultiMember);
  if (options.stops_exactly) set |= traits(Trait::kReportsEndPosition);
  if (!options.holds_back) set |= traits(Trait::kFlushable);
  return set;
}

Subject framed_subject(std::string_view name, std::string_view bug,
                       const Framed::Options& options) {
  Recipe recipe;
  recipe.traits = framed_traits(options);
  recipe.make_base = [options] { return std::make_unique<Framed>(options); };
  return make_subject(name, bug, recipe);
}

Subject framed_pair(std::string_view name, std::string_view bug, const Framed::Options& options) {
  static const Subject right = [] {
    Subject made = framed_subject("framed", "No bug: what the others are held against.", {});
    made.name = "framed/1";
    return made;
  }();
  Subject subject = framed_subject(name, bug, options);
  subject.peer = &right;
  return subject;
}

}  // namespace weir::properties::mutant
