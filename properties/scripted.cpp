#include "properties/scripted.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "properties/allocation.h"
#include "properties/case_coverage.h"
#include "weir/check.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties {
namespace {

enum class Act : std::uint8_t { kAll, kGood, kLimit, kLend, kBlock, kFail, kFailOnce, kClaim };

// Verb numbers stand in the schema; these are looked up once.
struct Verbs {
  std::uint8_t good, limit, lend, block, fail, fail_once, claim;
};
Verbs verbs_of(FieldId id, std::string_view limit) {
  return {verb_index(id, "good"),  verb_index(id, limit),  verb_index(id, "lend"),
          verb_index(id, "block"), verb_index(id, "fail"), verb_index(id, "fail-once"),
          verb_index(id, "claim")};
}
const Verbs& source_verbs() {
  static const Verbs verbs = verbs_of(FieldId::kSource, "give");
  return verbs;
}
const Verbs& sink_verbs() {
  static const Verbs verbs = verbs_of(FieldId::kSink, "take");
  return verbs;
}

Act act_of(const Op& op, const Verbs& verbs, const ScriptOptions& options) {
  if (op.verb == verbs.good) return Act::kGood;
  if (op.verb == verbs.limit) return options.partial ? Act::kLimit : Act::kAll;
  if (op.verb == verbs.lend) return options.partial ? Act::kLend : Act::kAll;
  if (op.verb == verbs.block) return options.blocks ? Act::kBlock : Act::kAll;
  if (op.verb == verbs.fail) return options.faults ? Act::kFail : Act::kAll;
  if (op.verb == verbs.fail_once) return options.faults ? Act::kFailOnce : Act::kAll;
  if (op.verb == verbs.claim) return options.lies ? Act::kClaim : Act::kAll;
  return Act::kAll;
}

// A subject that does not support it is never told to wait, nor meets a part of what it asked for.
ScriptOptions options_for(ScriptOptions options, const Workspace& workspace) {
  options.blocks = options.blocks && has(workspace.traits, Trait::kNonblocking);
  options.partial = options.partial && has(workspace.traits, Trait::kPartialBelow);
  return options;
}

bool is_fault(Act act) { return act == Act::kFail || act == Act::kFailOnce; }

// Whether `act` stands back for a later call. `closing`: the stream itself is being closed.
bool waits(Act act, FaultTime time, const Below& below, bool closing) {
  if (act != Act::kGood && !is_fault(act)) return false;
  if (time == FaultTime::kFlush) return !below.flushing;
  if (time == FaultTime::kClose) return !below.closing;
  return time == FaultTime::kCloseBelow && !closing;
}

// Where faults are for a close, the last call of all must not miss the one that is left.
void skip_to_fault(const std::vector<Op>& script, const Verbs& verbs, const ScriptOptions& options,
                   bool keep_blocks, std::size_t& next, std::uint64_t& repeated) {
  if (options.faults_at != FaultTime::kClose && options.faults_at != FaultTime::kCloseBelow) return;
  for (; next < script.size(); ++next, repeated = 0) {
    const Act act = act_of(script[next], verbs, options);
    if (is_fault(act) || (keep_blocks && act == Act::kBlock)) return;
  }
}

// One more call of a `good`.
void count_good(const Op& op, std::size_t& next, std::uint64_t& repeated) {
  if (++repeated < static_cast<std::uint64_t>(std::max<std::int64_t>(op.args[0], 1))) return;
  ++next;
  repeated = 0;
}

// A stream that never does but well has no script to speak of.
void note_chances(const ScriptOptions& options, const Below& below, std::uint64_t& most) {
  if (!options.partial && !options.blocks && !options.faults && !options.lies) return;
  most = std::max(most, below.chances);
}

Error break_down(const Op& op, Act act, std::optional<Error>& failure, Below& below,
                 Workspace& workspace) {
  const Error error = scripted_error(op.args[0]);
  if (act == Act::kFail) failure = error;
  if (!below.fault.has_value()) {
    below.fault = error;
    below.reached_before_fault = below.reached;
  }
  ++workspace.counters[Counter::kFaults];
  return error;
}

void note_lie(Below& below, Workspace& workspace) {
  below.lied = true;
  if (!below.fault.has_value()) {
    below.fault = Error(Code::kBadStream, "scripted");
    below.reached_before_fault = below.reached;
  }
  ++workspace.counters[Counter::kLies];
}

// Lent room is not asked for by a byte count that a script could mean literally: keep it sane.
constexpr std::size_t kLentBytesMax = std::size_t{1} << 20;
// Behind it, so that an overrun harms nobody and is noticed.
constexpr std::size_t kGuardBytes = 64;
constexpr std::byte kGuard{0xa5};

}  // namespace

Error scripted_error(std::int64_t name_index) {
  switch (name_index) {
    case 0:
      return io_error(EIO, "scripted");
    case 1:
      return io_error(ENOSPC, "scripted");
    case 2:
      return io_error(EPIPE, "scripted");
    case 3:
      return Error(Code::kCorrupt, "scripted");
    case 4:
      return Error(Code::kTruncated, "scripted");
    case 5:
      return Error(Code::kLimitExceeded, "scripted");
    default:
      return Error(Code::kOutOfMemory, "scripted");
  }
}

ScriptedSource::ScriptedSource(std::span<const std::byte> bytes, const Case& value,
                               const ScriptOptions& options, Workspace& workspace, Below& below)
    : bytes_(bytes),
      script_(&value.ops(FieldId::kSource)),
      options_(options_for(options, workspace)),
      workspace_(workspace),
      below_(below) {
  below_.used = true;
}

ScriptedSource::~ScriptedSource() {
  check_lent();
  note_chances(options_, below_, workspace_.source_chances);
  below_.destroyed = true;
}

void ScriptedSource::check_lent() {
  if (lent_size_ == 0) return;
  if (std::memcmp(lent_.data(), bytes_.data() + position_, lent_size_) != 0) {
    below_.lent_bytes_changed = true;
  }
  lent_size_ = 0;
}

Result<std::size_t> ScriptedSource::answer(std::span<std::byte> output) {
  if (closed_) {
    ++below_.calls_after_close;
    return fail(Code::kClosed);
  }
  if (failure_.has_value()) return fail(*failure_);
  if (output.empty()) return std::size_t{0};
  ++below_.calls;
  below_.asked_max = std::max<std::uint64_t>(below_.asked_max, output.size());
  const std::uint64_t left = position_ < bytes_.size() ? bytes_.size() - position_ : 0;
  // What stands in the script behind a clean end is for other calls than reads.
  if (left == 0 && ended_) return std::size_t{0};
  if (next_ < script_->size()) {
    const Op& op = (*script_)[next_];
    if (act_of(op, source_verbs(), options_) == Act::kBlock) {
      ++below_.chances;
      if (++repeated_ >= options_.block_repeats) {
        ++next_;
        repeated_ = 0;
      }
      ++below_.blocks;
      ++workspace_.counters[Counter::kWouldBlocks];
      return fail(Code::kWouldBlock);
    }
  }
  const Op* const op = current();
  if (const auto stopped = interruption()) return fail(*stopped);
  std::uint64_t limit = output.size();
  std::uint64_t lie = 0;
  if (op != nullptr) {
    const Act act = act_of(*op, source_verbs(), options_);
    if (act == Act::kLimit || act == Act::kLend) {
      limit = static_cast<std::uint64_t>(std::max<std::int64_t>(op->args[0], 1));
    }
    if (act == Act::kClaim) {
      lie = static_cast<std::uint64_t>(std::max<std::int64_t>(op->args[0], 1));
    }
    if (act != Act::kGood) ++next_;
  }
  const auto count =
      static_cast<std::size_t>(std::min({limit, left, std::uint64_t{output.size()}}));
  if (count == 0 && lie == 0) {
    ended_ = true;
    below_.ended = true;
    return std::size_t{0};
  }
  if (count < output.size() && count < left) ++workspace_.counters[Counter::kShortReads];
  if (count > 0) std::memcpy(output.data(), bytes_.data() + position_, count);
  if (lie > 0) note_lie(below_, workspace_);
  advance(count);
  return lie == 0 ? count : output.size() + static_cast<std::size_t>(lie);
}

void ScriptedSource::advance(std::size_t count) noexcept {
  position_ += count;
  below_.position = position_;
  below_.bytes += count;
  if (count > 0) below_.reached = std::max(below_.reached, position_);
}

const Op* ScriptedSource::current(bool closing) const {
  if (next_ >= script_->size()) return nullptr;
  const Op& op = (*script_)[next_];
  const Act act = act_of(op, source_verbs(), options_);
  return waits(act, options_.faults_at, below_, closing) ? nullptr : &op;
}

std::optional<Error> ScriptedSource::interruption(bool closing) {
  if (failure_.has_value()) return failure_;
  ++below_.chances;
  const Op* const next = current(closing);
  if (next == nullptr) return std::nullopt;
  const Op& op = *next;
  const Act act = act_of(op, source_verbs(), options_);
  if (act == Act::kGood) {
    count_good(op, next_, repeated_);
    return std::nullopt;
  }
  if (act != Act::kFail && act != Act::kFailOnce) return std::nullopt;
  ++next_;
  return break_down(op, act, failure_, below_, workspace_);
}

Result<std::size_t> ScriptedSource::read(std::span<std::byte> output) {
  const Unmetered test;
  check_lent();
  ++below_.touches;
  const auto result = answer(output);
  if (!output.empty()) {
    if (result.has_value() && *result > 0) {
      below_.idle_answers = 0;
    } else {
      below_.idle_answers_max = std::max(below_.idle_answers_max, ++below_.idle_answers);
    }
  }
  Event event{Actor::kSourceBelow, Call::kRead};
  event.asked = output.size();
  event.ok = result.has_value();
  if (result.has_value()) {
    event.answered = *result;
  } else {
    event.code = result.error().code;
    event.os_error = result.error().os_error;
  }
  workspace_.trace.add(event, output.first(std::min<std::size_t>(
                                  static_cast<std::size_t>(event.answered), output.size())));
  return result;
}

std::span<const std::byte> ScriptedSource::peek(std::size_t size_hint) {
  const Unmetered test;
  check_lent();
  ++below_.touches;
  if (closed_) {
    ++below_.calls_after_close;
    return {};
  }
  if (failure_.has_value() || position_ >= bytes_.size() || next_ >= script_->size()) return {};
  const Op& op = (*script_)[next_];
  if (act_of(op, source_verbs(), options_) != Act::kLend) return {};
  const std::size_t left = bytes_.size() - static_cast<std::size_t>(position_);
  const auto asked = static_cast<std::size_t>(std::max<std::int64_t>(op.args[0], 1));
  lent_size_ = std::min({asked, left, kLentBytesMax, std::max<std::size_t>(size_hint, 1)});
  lent_.assign(bytes_.begin() + static_cast<std::ptrdiff_t>(position_),
               bytes_.begin() + static_cast<std::ptrdiff_t>(position_ + lent_size_));
  Event event{Actor::kSourceBelow, Call::kPeek};
  event.asked = size_hint;
  event.answered = lent_size_;
  workspace_.trace.add(event, {lent_.data(), lent_size_});
  if (lent_size_ < left) ++workspace_.counters[Counter::kShortReads];
  return {lent_.data(), lent_size_};
}

void ScriptedSource::consume(std::size_t size) {
  const Unmetered test;
  WEIR_CHECK(size <= lent_size_, "consume beyond what peek lent");
  const std::size_t lent = lent_size_;
  check_lent();
  ++below_.touches;
  if (lent > 0) {
    ++next_;
    ++below_.calls;
  }
  if (size > 0) below_.idle_answers = 0;
  below_.asked_max = std::max<std::uint64_t>(below_.asked_max, size);
  advance(size);
  Event event{Actor::kSourceBelow, Call::kConsume};
  event.asked = event.answered = size;
  workspace_.trace.add(event);
}

Result<std::uint64_t> ScriptedSource::seek(std::int64_t offset, Whence whence) {
  const Unmetered test;
  check_lent();
  ++below_.touches;
  Result<std::uint64_t> result = fail(Code::kNotSeekable);
  if (closed_) {
    ++below_.calls_after_close;
    result = fail(Code::kClosed);
  } else if (const auto stopped = options_.seekable ? interruption() : std::nullopt) {
    result = fail(*stopped);
  } else if (options_.seekable) {
    std::uint64_t base = 0;
    if (whence == Whence::kCurrent) base = position_;
    if (whence == Whence::kEnd) base = bytes_.size();
    const std::uint64_t target = base + static_cast<std::uint64_t>(offset);
    if ((offset < 0 && target > base) ||
        target > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      result = fail(Code::kInvalidArgument);
    } else {
      position_ = target;
      below_.position = position_;
      ended_ = false;
      result = target;
    }
  }
  Event event{Actor::kSourceBelow, Call::kSeek};
  event.asked = static_cast<std::uint64_t>(offset);
  event.whence = static_cast<std::uint8_t>(whence);
  event.ok = result.has_value();
  if (result.has_value()) {
    event.answered = *result;
  } else {
    event.code = result.error().code;
  }
  workspace_.trace.add(event);
  return result;
}

Result<std::uint64_t> ScriptedSource::tell() const {
  if (closed_) return fail(Code::kClosed);
  return position_;
}

Result<void> ScriptedSource::close() {
  const Unmetered test;
  check_lent();
  ++below_.touches;
  Result<void> result{};
  // A close that fails has happened all the same.
  if (!closed_) skip_to_fault(*script_, source_verbs(), options_, false, next_, repeated_);
  const auto stopped = closed_ ? failure_ : interruption(true);
  if (stopped.has_value()) result = fail(*stopped);
  closed_ = true;
  ++below_.closes;
  Event event{Actor::kSourceBelow, Call::kClose};
  event.ok = result.has_value();
  if (!result.has_value()) {
    event.code = result.error().code;
    event.os_error = result.error().os_error;
  }
  workspace_.trace.add(event);
  return result;
}

ScriptedSink::ScriptedSink(ByteBuffer& output, const Case& value, const ScriptOptions& options,
                           Workspace& workspace, Below& below)
    : output_(output),
      script_(&value.ops(FieldId::kSink)),
      options_(options_for(options, workspace)),
      workspace_(workspace),
      below_(below) {
  below_.used = true;
}

ScriptedSink::~ScriptedSink() {
  check_lent();
  note_chances(options_, below_, workspace_.sink_chances);
  below_.destroyed = true;
}

const Op* ScriptedSink::current(bool closing) const {
  if (next_ >= script_->size()) return nullptr;
  const Op& op = (*script_)[next_];
  const Act act = act_of(op, sink_verbs(), options_);
  return waits(act, options_.faults_at, below_, closing) ? nullptr : &op;
}

std::optional<Error> ScriptedSink::interruption(bool closing) {
  if (failure_.has_value()) return failure_;
  ++below_.chances;
  const Op* const next = current(closing);
  if (next == nullptr) return std::nullopt;
  const Op& op = *next;
  const Act act = act_of(op, sink_verbs(), options_);
  if (act == Act::kGood) {
    count_good(op, next_, repeated_);
    return std::nullopt;
  }
  if (act == Act::kBlock) {
    if (workspace_.close_waits && below_.closing) return std::nullopt;
    if (++repeated_ >= options_.block_repeats) {
      ++next_;
      repeated_ = 0;
    }
    ++below_.blocks;
    ++workspace_.counters[Counter::kWouldBlocks];
    return Error(Code::kWouldBlock);
  }
  if (act != Act::kFail && act != Act::kFailOnce) return std::nullopt;
  ++next_;
  return break_down(op, act, failure_, below_, workspace_);
}

void ScriptedSink::check_lent() {
  for (std::size_t i = 0; lent_size_ > 0 && i < kGuardBytes; ++i) {
    if (lent_[lent_size_ + i] != kGuard) below_.lent_room_overrun = true;
  }
  lent_size_ = 0;
}

Result<std::size_t> ScriptedSink::answer(std::span<const std::byte> input) {
  if (closed_) {
    ++below_.calls_after_close;
    return fail(Code::kClosed);
  }
  if (input.empty() && !failure_.has_value()) return std::size_t{0};
  ++below_.calls;
  below_.asked_max = std::max<std::uint64_t>(below_.asked_max, input.size());
  const Op* const op = current();
  if (const auto stopped = interruption()) return fail(*stopped);
  std::uint64_t limit = input.size();
  std::uint64_t lie = 0;
  if (op != nullptr) {
    const Act act = act_of(*op, sink_verbs(), options_);
    if (act == Act::kLimit || act == Act::kLend) {
      limit = static_cast<std::uint64_t>(std::max<std::int64_t>(op->args[0], 1));
    }
    if (act == Act::kClaim) {
      lie = static_cast<std::uint64_t>(std::max<std::int64_t>(op->args[0], 1));
    }
    if (act != Act::kGood) ++next_;
  }
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(limit, input.size()));
  if (count < input.size()) ++workspace_.counters[Counter::kShortWrites];
  output_.append(input.first(count));
  below_.bytes += count;
  if (lie > 0) {
    note_lie(below_, workspace_);
    return input.size() + static_cast<std::size_t>(lie);
  }
  return count;
}

Result<std::size_t> ScriptedSink::write(std::span<const std::byte> input) {
  const Unmetered test;
  check_lent();
  ++below_.touches;
  const auto result = answer(input);
  if (!input.empty()) note_idle(result.has_value());
  Event event{Actor::kSinkBelow, Call::kWrite};
  event.asked = input.size();
  event.ok = result.has_value();
  if (result.has_value()) {
    event.answered = *result;
  } else {
    event.code = result.error().code;
    event.os_error = result.error().os_error;
  }
  workspace_.trace.add(event, input);
  return result;
}

std::span<std::byte> ScriptedSink::reserve(std::size_t size_hint) {
  const Unmetered test;
  check_lent();
  ++below_.touches;
  if (closed_) {
    ++below_.calls_after_close;
    return {};
  }
  if (failure_.has_value() || next_ >= script_->size()) return {};
  const Op& op = (*script_)[next_];
  if (act_of(op, sink_verbs(), options_) != Act::kLend) return {};
  const auto asked = static_cast<std::size_t>(std::max<std::int64_t>(op.args[0], 1));
  lent_size_ = std::min(asked, kLentBytesMax);
  lent_.assign(lent_size_ + kGuardBytes, kGuard);
  Event event{Actor::kSinkBelow, Call::kReserve};
  event.asked = size_hint;
  event.answered = lent_size_;
  workspace_.trace.add(event);
  return {lent_.data(), lent_size_};
}

Result<void> ScriptedSink::commit(std::size_t size) {
  const Unmetered test;
  WEIR_CHECK(size <= lent_size_, "commit beyond what reserve lent");
  const std::size_t lent = lent_size_;
  check_lent();
  ++below_.touches;
  if (lent > 0) {
    ++next_;
    ++below_.calls;
  }
  if (size > 0) below_.idle_answers = 0;
  below_.asked_max = std::max<std::uint64_t>(below_.asked_max, size);
  output_.append({lent_.data(), size});
  below_.bytes += size;
  Event event{Actor::kSinkBelow, Call::kCommit};
  event.asked = event.answered = size;
  workspace_.trace.add(event, {lent_.data(), size});
  return {};
}

Result<void> ScriptedSink::flush() {
  const Unmetered test;
  check_lent();
  ++below_.touches;
  Result<void> result{};
  if (closed_) {
    ++below_.calls_after_close;
    result = fail(Code::kClosed);
  } else if (const auto stopped = interruption()) {
    result = fail(*stopped);
  } else {
    ++below_.flushes;
    below_.bytes_flushed = below_.bytes;
  }
  add_event(Call::kFlush, result);
  return result;
}

Result<std::uint64_t> ScriptedSink::tell() const {
  if (closed_) return fail(Code::kClosed);
  return below_.bytes;
}

Result<void> ScriptedSink::close() {
  const Unmetered test;
  check_lent();
  ++below_.touches;
  Result<void> result{};
  // A close that blocks has not happened yet; one that fails has.
  if (!closed_) skip_to_fault(*script_, sink_verbs(), options_, true, next_, repeated_);
  const auto stopped = closed_ ? failure_ : interruption(true);
  if (stopped.has_value()) result = fail(*stopped);
  if (!failed_with(result, Code::kWouldBlock)) {
    closed_ = true;
    ++below_.closes;
  }
  add_event(Call::kClose, result);
  return result;
}

void ScriptedSink::add_event(Call call, const Result<void>& result) {
  note_idle(result.has_value());
  Event event{Actor::kSinkBelow, call};
  event.ok = result.has_value();
  if (!result.has_value()) {
    event.code = result.error().code;
    event.os_error = result.error().os_error;
  }
  workspace_.trace.add(event);
}

void ScriptedSink::note_idle(bool moved) noexcept {
  below_.idle_answers = moved ? 0 : below_.idle_answers + 1;
  below_.idle_answers_max = std::max(below_.idle_answers_max, below_.idle_answers);
}

}  // namespace weir::properties
WEIR_NO_COVERAGE_END
