#include "properties/harness.h"

#include <algorithm>
#include <array>
#include <new>

#include "properties/allocation.h"
#include "properties/case_coverage.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties {
namespace {

constexpr std::size_t kDrainBytes = std::size_t{64} << 10;
// Guarded spans are filled and looked at byte by byte: begin small.
constexpr std::size_t kGuardedDrainBytes = 256;
constexpr std::size_t kReadBytesMax = std::size_t{1} << 20;
constexpr std::size_t kGuardBytes = 64;

struct WriteVerbs {
  std::uint8_t some, flush, rest, nothing, lend;
};
const WriteVerbs& write_verbs() {
  static const WriteVerbs verbs{
      verb_index(FieldId::kWrites, ""), verb_index(FieldId::kWrites, "flush"),
      verb_index(FieldId::kWrites, "rest"), verb_index(FieldId::kWrites, "nothing"),
      verb_index(FieldId::kWrites, "lend")};
  return verbs;
}
struct ReadVerbs {
  std::uint8_t rest, read, tell, lend, seek_set, seek_cur, seek_end, close;
};
const ReadVerbs& read_verbs() {
  static const ReadVerbs verbs{
      verb_index(FieldId::kReads, "rest"),     verb_index(FieldId::kReads, "read"),
      verb_index(FieldId::kReads, "tell"),     verb_index(FieldId::kReads, "lend"),
      verb_index(FieldId::kReads, "seek set"), verb_index(FieldId::kReads, "seek cur"),
      verb_index(FieldId::kReads, "seek end"), verb_index(FieldId::kReads, "close")};
  return verbs;
}

// What a read put into `window`, however much it says that it put there.
std::span<const std::byte> given_of(std::span<const std::byte> window,
                                    const Result<std::size_t>& result) {
  return window.first(result.has_value() ? std::min(*result, window.size()) : 0);
}

// A pattern that no transform writes by accident over many bytes, different for each call.
std::byte poison(std::size_t index, std::uint64_t salt) {
  return static_cast<std::byte>((index * 37 + salt * 101 + 0xa5) & 0xff);
}

// A call may ask again when the stream below had nothing to give, but not for ever: somebody else
// may have to run first.
constexpr std::uint64_t kIdleAnswersMax = 64;
std::optional<Breach> judge_spin(const Below& below) {
  if (below.idle_answers_max <= kIdleAnswersMax) return std::nullopt;
  return Breach{
      Rule::kSpins, 0,
      "at most " + std::to_string(kIdleAnswersMax) + " calls below in one call while nothing moves",
      std::to_string(below.idle_answers_max) + " calls below"};
}

// What stands for the answer of a call that threw.
template <class T>
struct NoAnswer {
  static T value() { return T{}; }
};
template <class T>
struct NoAnswer<Result<T>> {
  static Result<T> value() { return fail(Code::kOutOfMemory); }
};

// Every call on the subject, and nothing else, goes through here: what is allocated meanwhile is
// the subject's own. An exception that a failed allocation explains is one way of saying so, and
// the stream is still there to be closed.
template <class Action>
auto inside(Below& below, Action action) {
  const Metered subject;
  try {
    auto result = action();
    if (subject.starved()) below.starved = true;
    return result;
  } catch (const std::bad_alloc&) {
    if (!subject.starved()) throw;
    below.starved = below.threw = true;
    return NoAnswer<decltype(action())>::value();
  }
}

// The close of a sink of which a call threw: it may succeed where that call was as if it had not
// been made.
std::optional<Breach> judge_close_after_throw(const Result<void>& result) {
  if (result.has_value() || result.error().code == Code::kOutOfMemory) return std::nullopt;
  return Breach{Rule::kUnexpectedError, 0, "success, or out_of_memory again",
                describe(result.error())};
}

// The writer's side of a run: every call goes through here, into the trace, and before the model.
class Writer {
 public:
  Writer(WriteRun& run, Workspace& workspace, const WriteOptions& options, Below& below)
      : run_(run), workspace_(workspace), options_(options), below_(below) {}

  bool stopped() const { return run_.breach.has_value(); }
  bool failed() const { return run_.model.failure().has_value() || below_.threw; }

  // One write that ends with something else than would_block. Returns the bytes taken.
  std::size_t write(std::span<const std::byte> bytes) {
    for (;;) {
      if (options_.check_input) workspace_.scratch.assign(bytes.begin(), bytes.end());
      before_call();
      const auto result = inside(below_, [&] { return run_.sink->write(bytes); });
      ++workspace_.counters[bytes.empty() ? Counter::kEmptySpans : Counter::kWrites];
      const auto step =
          workspace_.trace.add(event_of(Actor::kWriter, Call::kWrite, bytes.size(), result), bytes);
      note(run_.model.on_write(bytes.size(), result), step);
      if (options_.check_input && !stopped() &&
          !std::equal(bytes.begin(), bytes.end(), workspace_.scratch.begin())) {
        note(Breach{Rule::kInputModified, 0, "the caller's bytes as they were", "changed bytes"},
             step);
      }
      if (stopped() || failed()) return 0;
      if (result.has_value()) {
        if (options_.tells) tell();
        return *result;
      }
    }
  }

  // Through the room that the subject lends, where it lends any; otherwise an ordinary write.
  std::size_t lend(std::span<const std::byte> bytes) {
    before_call();
    const auto room = inside(below_, [&] { return run_.sink->reserve(bytes.size()); });
    Event reserved{Actor::kWriter, Call::kReserve};
    reserved.asked = bytes.size();
    reserved.answered = room.size();
    workspace_.trace.add(reserved);
    if (room.empty()) return below_.threw ? 0 : write(bytes);
    const auto part = bytes.first(std::min(bytes.size(), room.size()));
    std::copy(part.begin(), part.end(), room.begin());
    const auto committed = inside(below_, [&] { return run_.sink->commit(part.size()); });
    ++workspace_.counters[Counter::kWrites];
    auto event = event_of(Actor::kWriter, Call::kCommit, part.size(), committed);
    if (committed.has_value()) event.answered = part.size();
    const auto step = workspace_.trace.add(event, part);
    Result<std::size_t> result = part.size();
    if (!committed.has_value()) result = fail(committed.error());
    note(run_.model.on_write(part.size(), result), step);
    return committed.has_value() && !stopped() ? part.size() : 0;
  }

  void tell() {
    const auto result = inside(below_, [&] { return run_.sink->tell(); });
    const auto step = workspace_.trace.add(event_of(Actor::kWriter, Call::kTell, 0, result));
    note(run_.model.on_tell(result), step);
  }

  void flush() {
    const auto flushes_before = below_.flushes;
    for (;;) {
      before_call();
      below_.flushing = true;
      const auto result = inside(below_, [&] { return run_.sink->flush(); });
      below_.flushing = false;
      const auto step = workspace_.trace.add(event_of(Actor::kWriter, Call::kFlush, 0, result));
      note(run_.model.on_flush(result), step);
      if (stopped() || failed()) return;
      if (!result.has_value()) continue;
      ++workspace_.counters[Counter::kFlushes];
      run_.flushes.push_back({step, run_.model.taken(), below_.bytes,
                              below_.flushes - flushes_before, below_.bytes_flushed});
      return;
    }
  }

  // What a caller does that has not looked at the failure. Precondition: failed.
  void go_on() {
    constexpr std::array<std::byte, 1> kByte{std::byte{'w'}};
    for (int again = 0; again < 2 && !stopped(); ++again) {
      write(kByte);
      if (!stopped()) flush();
    }
  }

  void close() {
    for (;;) {
      before_call();
      below_.closing = true;
      const auto result = inside(below_, [&] { return run_.sink->close(); });
      below_.closing = false;
      ++workspace_.counters[Counter::kCloses];
      const auto step = workspace_.trace.add(event_of(Actor::kWriter, Call::kClose, 0, result));
      note(below_.threw ? judge_close_after_throw(result) : run_.model.on_close(result), step);
      run_.closed_well = result.has_value();
      if (!result.has_value() && result.error().code != Code::kWouldBlock && !run_.error) {
        run_.error = result.error();
      }
      if (stopped() || !failed_with(result, Code::kWouldBlock)) return;
    }
  }

 private:
  void before_call() { below_.idle_answers = 0; }
  void note(std::optional<Breach> breach, std::size_t step) {
    if (!breach.has_value()) breach = judge_spin(below_);
    if (!breach.has_value() && below_.lent_room_overrun) {
      breach = Breach{Rule::kTouchedOutside, 0, "only the room that the sink below lent is written",
                      "bytes behind it are changed"};
    }
    if (!breach.has_value() || stopped()) return;
    breach->step = step;
    run_.breach = std::move(breach);
  }

  WriteRun& run_;
  Workspace& workspace_;
  const WriteOptions& options_;
  Below& below_;
};

class Reader {
 public:
  Reader(ReadRun& run, Workspace& workspace, const ReadOptions& options, Below& below)
      : run_(run), workspace_(workspace), options_(options), below_(below) {}

  bool stopped() const { return run_.breach.has_value() || run_.cut_off; }
  bool done() const { return stopped() || run_.model.failure().has_value() || run_.model.at_end(); }
  bool failed() const { return run_.model.failure().has_value() || below_.threw; }
  bool closed() const { return run_.model.closed(); }

  // One read that ends with something else than would_block.
  void read(std::size_t size) {
    for (;;) {
      auto& buffer = workspace_.scratch;
      if (buffer.size() < size + 2 * kGuardBytes) buffer.resize(size + 2 * kGuardBytes);
      const std::span<std::byte> window(buffer.data() + kGuardBytes, size);
      ++salt_;
      if (guarded()) {
        for (std::size_t i = 0; i < size + 2 * kGuardBytes; ++i) buffer[i] = poison(i, salt_);
      }
      before_call();
      const auto result = inside(below_, [&] { return run_.source->read(window); });
      ++workspace_.counters[size == 0 ? Counter::kEmptySpans : Counter::kReads];
      const auto step = workspace_.trace.add(event_of(Actor::kReader, Call::kRead, size, result),
                                             given_of(window, result));
      const bool was_at_end = run_.model.at_end();
      note(run_.model.on_read(window, result), step);
      if (stopped()) return;
      if (guarded()) check_guards(window, result, step);
      if (below_.lent_bytes_changed) {
        note(Breach{Rule::kInputModified, 0, "the bytes that the source below lent as they were",
                    "changed bytes"},
             step);
      }
      if (result.has_value()) {
        if (*result == 0 && size > 0 && !was_at_end) ++workspace_.counters[Counter::kEnds];
        if (*result > 0) workspace_.counters[Counter::kBytes] += *result;
        if (options_.collect) {
          workspace_.decoded.insert(workspace_.decoded.end(), window.begin(),
                                    window.begin() + static_cast<std::ptrdiff_t>(*result));
        }
        total_ += *result;
        if (total_ > options_.bytes_max) run_.cut_off = true;
        return;
      }
      if (stopped() || failed()) return;
      if (result.error().code != Code::kWouldBlock) return;
    }
  }

  // What the subject lends, where it lends any; otherwise an ordinary read.
  void lend(std::size_t size) {
    before_call();
    const auto lent = inside(below_, [&] { return run_.source->peek(size); });
    Event event{Actor::kReader, Call::kPeek};
    event.asked = size;
    event.answered = lent.size();
    const auto step = workspace_.trace.add(event, lent);
    note(run_.model.on_lend(size, lent), step);
    if (stopped()) return;
    if (lent.empty()) {
      if (!below_.threw) read(size);
      return;
    }
    ++workspace_.counters[Counter::kReads];
    workspace_.counters[Counter::kBytes] += lent.size();
    if (options_.collect)
      workspace_.decoded.insert(workspace_.decoded.end(), lent.begin(), lent.end());
    total_ += lent.size();
    if (total_ > options_.bytes_max) run_.cut_off = true;
    inside(below_, [&] {
      run_.source->consume(lent.size());
      return true;
    });
    Event consumed{Actor::kReader, Call::kConsume};
    consumed.asked = consumed.answered = lent.size();
    note(std::nullopt, workspace_.trace.add(consumed));
  }

  // One read towards the end, larger after each that filled its span: a source that gives little at
  // a time is not asked for much, since guarding costs by what is asked for.
  void drain() {
    const auto before = total_;
    read(drain_bytes_);
    if (total_ - before == drain_bytes_) drain_bytes_ = std::min(drain_bytes_ * 2, kDrainBytes);
  }

  void seek(std::int64_t offset, Whence whence) {
    for (;;) {
      before_call();
      const auto result = inside(below_, [&] { return run_.source->seek(offset, whence); });
      ++workspace_.counters[Counter::kSeeks];
      auto event =
          event_of(Actor::kReader, Call::kSeek, static_cast<std::uint64_t>(offset), result);
      event.whence = static_cast<std::uint8_t>(whence);
      const auto step = workspace_.trace.add(event);
      if (failed_with(result, Code::kWouldBlock) && below_.blocks > blocks_seen_) {
        blocks_seen_ = below_.blocks;
        continue;
      }
      note(run_.model.on_seek(offset, whence, result), step);
      if (!result.has_value()) ++workspace_.counters[Counter::kSeekRefusals];
      return;
    }
  }

  void tell() {
    const auto result = inside(below_, [&] { return run_.source->tell(); });
    const auto step = workspace_.trace.add(event_of(Actor::kReader, Call::kTell, 0, result));
    if (!below_.threw) note(run_.model.on_tell(result), step);
  }

  void close() {
    for (;;) {
      before_call();
      below_.closing = true;
      const auto result = inside(below_, [&] { return run_.source->close(); });
      below_.closing = false;
      ++workspace_.counters[Counter::kCloses];
      const auto step = workspace_.trace.add(event_of(Actor::kReader, Call::kClose, 0, result));
      note(run_.model.on_close(result), step);
      if (stopped() || !failed_with(result, Code::kWouldBlock)) return;
    }
  }

 private:
  void before_call() { below_.idle_answers = 0; }
  void note(std::optional<Breach> breach, std::size_t step) {
    if (!breach.has_value()) breach = judge_spin(below_);
    if (!breach.has_value() || run_.breach.has_value()) return;
    breach->step = step;
    run_.breach = std::move(breach);
  }

  bool guarded() const { return options_.guard || options_.guard_span; }
  void check_guards(std::span<std::byte> window, const Result<std::size_t>& result,
                    std::size_t step) {
    const std::size_t given =
        options_.guard_span ? window.size() : (result.has_value() ? *result : 0);
    const auto& buffer = workspace_.scratch;
    for (std::size_t i = 0; i < window.size() + 2 * kGuardBytes; ++i) {
      if (i >= kGuardBytes && i < kGuardBytes + given) continue;
      if (buffer[i] == poison(i, salt_)) continue;
      const auto place = static_cast<std::int64_t>(i) - static_cast<std::int64_t>(kGuardBytes);
      note(Breach{Rule::kTouchedOutside, 0,
                  "only the " + std::to_string(given) +
                      (options_.guard_span ? " bytes asked for" : " bytes returned") +
                      " are changed",
                  "byte " + std::to_string(place) + " of a span of " +
                      std::to_string(window.size()) + " is changed"},
           step);
      return;
    }
  }

  ReadRun& run_;
  Workspace& workspace_;
  const ReadOptions& options_;
  Below& below_;
  std::size_t drain_bytes_ = guarded() ? kGuardedDrainBytes : kDrainBytes;
  std::uint64_t salt_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t blocks_seen_ = 0;
};

// Sets one stream off from the one before it in the trace.
void begin_stream(Workspace& workspace) {
  if (workspace.trace.total() == 0) return;
  Event event{Actor::kTest, Call::kMake};
  event.answered = 1;
  workspace.trace.add(event);
}

// A stream that cannot be made: because of a failure below, which must come through unchanged, or
// for no reason.
std::optional<Breach> judge_making(const Error& error, const Below& below, const char* expected) {
  if (below.starved && error.code == Code::kOutOfMemory) return std::nullopt;
  if (!below.fault.has_value()) {
    return Breach{Rule::kUnexpectedError, 0, expected, describe(error)};
  }
  if (same_failure(error, *below.fault)) return std::nullopt;
  return Breach{Rule::kFaultChanged, 0, describe(*below.fault), describe(error)};
}

template <class Run, class Stream>
std::optional<Breach> close_twice(Run& run, Stream& stream, Actor actor, const Below& below,
                                  Workspace& workspace) {
  auto step = workspace.trace.total() - 1;
  for (int again = 0; again <= 2; ++again) {
    if (again > 0) {
      const auto result = stream.close();
      ++workspace.counters[Counter::kCloses];
      step = workspace.trace.add(event_of(actor, Call::kClose, 0, result));
      if (auto breach = run.model.on_close(result); breach.has_value()) {
        breach->step = step;
        return breach;
      }
    }
    if (below.closes != 1) {
      return Breach{Rule::kClosedNotOnce, step, "the stream below closed once",
                    "closed " + std::to_string(below.closes) + " times"};
    }
  }
  return std::nullopt;
}

std::size_t clamp_size(std::int64_t size, std::size_t max) {
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(size, 0, static_cast<std::int64_t>(max)));
}

}  // namespace

WriteRun write_through(const StreamTransform& transform, std::span<const std::byte> payload,
                       const Case& value, const WriteOptions& options, Workspace& workspace,
                       ByteBuffer& output, Below& below) {
  WriteRun run(below);
  begin_stream(workspace);
  std::unique_ptr<Sink> scripted =
      std::make_unique<ScriptedSink>(output, value, options.sink, workspace, below);
  auto made = inside(below, [&] { return transform.transform_to(std::move(scripted)); });
  if (!made.has_value()) {
    run.error = made.error();
    const auto step = workspace.trace.add(event_of(Actor::kTest, Call::kMake, 0, made));
    run.breach = judge_making(made.error(), below, "a sink");
    if (run.breach.has_value()) run.breach->step = step;
    return run;
  }
  run.sink = std::move(*made);
  run.model.set_short_writes(has(workspace.traits, Trait::kShortWrites));
  Writer writer(run, workspace, options, below);
  std::size_t done = 0;
  if (options.program) {
    const WriteVerbs& verbs = write_verbs();
    for (const Op& op : value.ops(FieldId::kWrites)) {
      if (writer.stopped() || writer.failed()) break;
      if (op.verb == verbs.flush) {
        if (options.flushes) writer.flush();
      } else if (op.verb == verbs.nothing) {
        if (options.empty_writes) writer.write({});
      } else if (done < payload.size()) {
        const auto left = payload.size() - done;
        if (op.verb == verbs.rest) {
          while (done < payload.size() && !writer.stopped() && !writer.failed()) {
            done += writer.write(payload.subspan(done));
          }
        } else {
          const auto part = payload.subspan(done, clamp_size(op.args[0], left));
          done += op.verb == verbs.lend ? writer.lend(part) : writer.write(part);
        }
      }
    }
  }
  while (options.finish && done < payload.size() && !writer.stopped() && !writer.failed()) {
    done += writer.write(payload.subspan(done));
  }
  const bool flushed = !run.flushes.empty() && run.flushes.back().taken > 0;
  if (options.flush_some && !flushed && !writer.stopped() && !writer.failed()) writer.flush();
  run.error = run.model.failure();
  if (options.go_on && writer.failed() && !writer.stopped()) writer.go_on();
  if (options.close && !writer.stopped()) writer.close();
  return run;
}

ReadRun read_through(const StreamTransform& transform, std::span<const std::byte> encoded,
                     std::span<const std::byte> content, const Case& value,
                     const ReadOptions& options, Workspace& workspace, Below& below) {
  ReadRun run(content, options.ending, below);
  begin_stream(workspace);
  ScriptOptions script = options.source;
  script.whole = options.ending == Ending::kClean && value.ops(FieldId::kMemory).empty();
  std::unique_ptr<Source> scripted =
      std::make_unique<ScriptedSource>(encoded, value, script, workspace, below);
  auto made = inside(below, [&] { return transform.transform_from(std::move(scripted)); });
  if (!made.has_value()) {
    run.error = made.error();
    const auto step = workspace.trace.add(event_of(Actor::kTest, Call::kMake, 0, made));
    if (options.ending == Ending::kClean) {
      run.breach = judge_making(made.error(), below, "a source");
    }
    if (run.breach.has_value()) run.breach->step = step;
    return run;
  }
  run.source = std::move(*made);
  // Who claims to seek and says that it does not is held to its claim.
  run.model.set_seekable(run.source->seekable() ||
                         (has(workspace.traits, Trait::kSeekable) && options.source.seekable));
  run.model.set_verifies_at_close(has(workspace.traits, Trait::kVerifiesAtClose));
  Reader reader(run, workspace, options, below);
  if (options.program) {
    const ReadVerbs& verbs = read_verbs();
    for (const Op& op : value.ops(FieldId::kReads)) {
      if (reader.stopped() || reader.closed()) break;
      if (reader.failed()) break;
      if (op.verb == verbs.read) {
        const std::size_t size = clamp_size(op.args[0], kReadBytesMax);
        if (size > 0 || options.empty_reads) reader.read(size);
      } else if (op.verb == verbs.lend) {
        reader.lend(clamp_size(op.args[0], kReadBytesMax));
      } else if (op.verb == verbs.rest) {
        do {
          reader.read(kDrainBytes);
        } while (!reader.done());
      } else if (op.verb == verbs.tell) {
        if (options.tells) reader.tell();
      } else if (op.verb == verbs.close) {
        if (options.closes) reader.close();
      } else if (options.seeks) {
        const Whence whence = op.verb == verbs.seek_set   ? Whence::kSet
                              : op.verb == verbs.seek_cur ? Whence::kCurrent
                                                          : Whence::kEnd;
        reader.seek(op.args[0], whence);
      }
    }
  }
  if (options.drain && !reader.stopped() && !reader.closed() && !reader.failed()) {
    while (options.exactly && !reader.done() && run.model.position() < content.size()) {
      reader.read(static_cast<std::size_t>(
          std::min<std::uint64_t>(content.size() - run.model.position(), kReadBytesMax)));
    }
    if (options.exactly && !reader.done()) reader.read(1);
    do {
      if (reader.done()) break;
      reader.drain();
    } while (!reader.done());
  }
  run.error = run.model.failure();
  run.ended = run.model.at_end();
  for (int i = 0; i < options.reads_after_end && !reader.stopped() && !reader.closed(); ++i) {
    if (i == 0) {
      reader.read(1);
    } else {
      reader.drain();
    }
  }
  if (options.close && !reader.stopped()) reader.close();
  return run;
}

Reading read_all(const StreamTransform& transform, std::span<const std::byte> bytes,
                 const Case& value, const ScriptOptions& source, Workspace& workspace,
                 std::size_t bytes_max) {
  ReadOptions options;
  options.ending = Ending::kEither;
  options.collect = true;
  options.close = false;
  options.bytes_max = bytes_max;
  options.source = source;
  Below below;
  workspace.decoded.clear();
  auto read = read_through(transform, bytes, {}, value, options, workspace, below);
  Reading reading;
  reading.breach = std::move(read.breach);
  reading.error = read.error;
  reading.cut_off = read.cut_off;
  reading.step = workspace.trace.total() > 0 ? workspace.trace.total() - 1 : 0;
  reading.position = below.position;
  reading.asked_max = below.asked_max;
  if (read.source != nullptr && !reading.breach.has_value()) {
    const auto closed = close_source(read, below, workspace);
    if (!reading.error.has_value()) reading.error = closed;
  }
  return reading;
}

bool may_end_well(const ReadRun& run, const Below& below, std::size_t encoded_size,
                  const Subject& subject) {
  return run.breach.has_value() && run.breach->rule == Rule::kFaultSwallowed &&
         !has(subject.traits, Trait::kMultiMember) && below.reached_before_fault == encoded_size;
}

std::optional<Breach> close_again(WriteRun& run, const Below& below, Workspace& workspace) {
  return close_twice(run, *run.sink, Actor::kWriter, below, workspace);
}

std::optional<Breach> close_again(ReadRun& run, const Below& below, Workspace& workspace) {
  return close_twice(run, *run.source, Actor::kReader, below, workspace);
}

std::optional<Error> close_source(ReadRun& run, Below& below, Workspace& workspace) {
  const auto result = inside(below, [&] { return run.source->close(); });
  ++workspace.counters[Counter::kCloses];
  workspace.trace.add(event_of(Actor::kReader, Call::kClose, 0, result));
  if (result.has_value()) return std::nullopt;
  return result.error();
}

std::unique_ptr<StreamTransform> make_instance(const Subject& subject, Verdict& verdict,
                                               std::optional<std::uint64_t> payload_bytes) {
  auto made = payload_bytes && subject.make_for ? subject.make_for(*payload_bytes) : subject.make();
  if (made.has_value()) return std::move(*made);
  verdict = Verdict::violated("make-failed", Verdict::kNoStep, "an instance of " + subject.name,
                              describe(made.error()));
  return nullptr;
}

std::unique_ptr<StreamTransform> make_cold_instance(const Subject& subject, Verdict& verdict) {
  if (!subject.make_cold) return make_instance(subject, verdict);
  auto made = subject.make_cold();
  if (made.has_value()) return std::move(*made);
  verdict = Verdict::violated("make-failed", Verdict::kNoStep, "an instance of " + subject.name,
                              describe(made.error()));
  return nullptr;
}

std::unique_ptr<StreamTransform> prepare(const Subject& subject, const Case& value,
                                         Workspace& workspace, Verdict& verdict) {
  static const PayloadFiles kNoFiles;
  const PayloadFiles& files = workspace.files != nullptr ? *workspace.files : kNoFiles;
  const std::size_t bytes_max = std::min(workspace.payload_bytes_max, subject.payload_bytes_max);
  const auto made = materialise(value, files, bytes_max, workspace.payload);
  if (!made.has_value()) {
    verdict = Verdict::discarded("a payload file is missing");
    return nullptr;
  }
  if (!files.files().empty() && has_verb(value, FieldId::kPayload, "file")) {
    ++workspace.counters[Counter::kFilePayloads];
  }
  return make_instance(subject, verdict, workspace.payload.size());
}

std::unique_ptr<StreamTransform> prepare_encoded(const Subject& subject, const Case& value,
                                                 Workspace& workspace, Verdict& verdict) {
  auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return nullptr;
  Below below;
  const auto run = write_through(*transform, workspace.payload, value, WriteOptions{}, workspace,
                                 workspace.encoded, below);
  if (run.breach.has_value()) {
    verdict = Verdict::discarded("encoding fails without it too");
    return nullptr;
  }
  return transform;
}

Verdict judge_written(const StreamTransform& transform, const std::optional<Breach>& breach,
                      bool same_bytes, const Subject& subject, const Case& value,
                      Workspace& workspace) {
  if (breach.has_value()) return judge_unless_plain_fails(breach, subject, workspace);
  Below below;
  const auto read = read_through(transform, workspace.encoded.bytes(), workspace.payload, value,
                                 ReadOptions{}, workspace, below);
  if (read.breach.has_value()) return judge_unless_plain_fails(read.breach, subject, workspace);
  if (!same_bytes || !has(subject.traits, Trait::kDeterministic)) return Verdict::held();
  Workspace& plain = workspace.control();
  Below plain_below;
  const auto written = write_through(transform, workspace.payload, value, WriteOptions{}, plain,
                                     plain.encoded, plain_below);
  if (written.breach.has_value()) return Verdict::discarded("encoding fails without it too");
  const auto expected = plain.encoded.bytes();
  const auto seen = workspace.encoded.bytes();
  if (std::equal(expected.begin(), expected.end(), seen.begin(), seen.end())) {
    return Verdict::held();
  }
  // Two plain writes that differ too are another clause's business.
  Workspace again;
  again.traits = workspace.traits;
  Below again_below;
  const auto rewritten = write_through(transform, workspace.payload, value, WriteOptions{}, again,
                                       again.encoded, again_below);
  const auto repeated = again.encoded.bytes();
  if (rewritten.breach.has_value() ||
      !std::equal(expected.begin(), expected.end(), repeated.begin(), repeated.end())) {
    return Verdict::discarded("fails without it too");
  }
  return Verdict::violated(
      "encoded-bytes-differ", Verdict::kNoStep,
      "the " + std::to_string(expected.size()) + " encoded bytes that one write gives",
      std::to_string(seen.size()) + " other encoded bytes");
}

bool has_verb(const Case& value, FieldId id, std::string_view verb) {
  const std::uint8_t index = verb_index(id, verb);
  for (const Op& op : value.ops(id)) {
    if (op.verb == index) return true;
  }
  return false;
}

bool has_fault(const Case& value, FieldId id) {
  return has_verb(value, id, "fail") || has_verb(value, id, "fail-once");
}

bool plain_round_trip_holds(const Subject& subject, std::span<const std::byte> payload,
                            const Workspace& workspace) {
  Workspace control;
  control.files = workspace.files;
  control.traits = workspace.traits;
  const Case plain;
  Verdict verdict;
  const auto transform = make_instance(subject, verdict, payload.size());
  if (transform == nullptr) return false;
  Below sink_below;
  const auto written = write_through(*transform, payload, plain, WriteOptions{}, control,
                                     control.encoded, sink_below);
  if (written.breach.has_value()) return false;
  Below source_below;
  const auto read = read_through(*transform, control.encoded.bytes(), payload, plain, ReadOptions{},
                                 control, source_below);
  return !read.breach.has_value();
}

Verdict judge(const std::optional<Breach>& breach, RuleSet owned) {
  if (!breach.has_value()) return Verdict::held();
  if (!has(owned, breach->rule)) return Verdict::discarded("breaks another clause");
  return Verdict::violated(to_string(breach->rule), breach->step, breach->expected, breach->seen);
}

Verdict judge_unless_plain_fails(const std::optional<Breach>& breach, const Subject& subject,
                                 const Workspace& workspace) {
  if (!breach.has_value()) return Verdict::held();
  if (!plain_round_trip_holds(subject, workspace.payload, workspace)) {
    return Verdict::discarded("fails without it too");
  }
  return judge(breach, kAllRules);
}

}  // namespace weir::properties
WEIR_NO_COVERAGE_END
