#include <algorithm>
#include <array>
#include <vector>

#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

constexpr std::size_t kLanes = 2;
constexpr std::size_t kPieceBytesMax = std::size_t{64} << 10;
// From then on the pieces are as large as can be: streams that disturb each other have done so, and
// a long payload in pieces of two bytes takes seconds.
constexpr std::size_t kSmallCallsMax = 64;
// A writer that is not done after so many calls never is.
constexpr std::size_t kCallsMax = 40000;

// The sizes that a field's program names, again and again; without any, `otherwise`.
class Sizes {
 public:
  Sizes(const Case& value, FieldId field, std::string_view verb, std::size_t otherwise)
      : ops_(value.ops(field)), verb_(verb_index(field, verb)), otherwise_(otherwise) {}
  std::size_t next() {
    for (std::size_t tried = 0; tried < ops_.size(); ++tried) {
      const Op& op = ops_[next_++ % ops_.size()];
      if (op.verb != verb_) continue;
      return static_cast<std::size_t>(
          std::clamp<std::int64_t>(op.args[0], 1, static_cast<std::int64_t>(kPieceBytesMax)));
    }
    return otherwise_;
  }

 private:
  const std::vector<Op>& ops_;
  std::uint8_t verb_;
  std::size_t otherwise_;
  std::size_t next_ = 0;
};

// One stream of an instance, driven call by call. Below it all is well.
class Lane {
 public:
  virtual ~Lane() = default;
  /// One call. False when there is nothing more to do, or it failed.
  virtual bool step() = 0;
  virtual bool failed() const = 0;
};

class WriteLane final : public Lane {
 public:
  WriteLane(const StreamTransform& transform, std::span<const std::byte> payload, const Case& value,
            Workspace& workspace)
      : payload_(payload), sizes_(value, FieldId::kWrites, "", 2), workspace_(workspace) {
    auto made = transform.transform_to(std::make_unique<MemorySink>(encoded_));
    if (made.has_value()) sink_ = std::move(*made);
    failed_ = !made.has_value();
  }

  bool step() override {
    if (failed_ || done_) return false;
    ++calls_;
    if (taken_ == payload_.size() || calls_ > kCallsMax) {
      const auto closed = sink_->close();
      workspace_.trace.add(event_of(Actor::kWriter, Call::kClose, 0, closed));
      done_ = true;
      failed_ = !closed.has_value() || taken_ < payload_.size();
    } else {
      // A program of bytes is for the start of a long payload.
      const std::size_t size = calls_ > kSmallCallsMax ? kPieceBytesMax : sizes_.next();
      const auto piece = payload_.subspan(taken_, std::min(size, payload_.size() - taken_));
      const auto taken = sink_->write(piece);
      ++workspace_.counters[Counter::kWrites];
      workspace_.trace.add(event_of(Actor::kWriter, Call::kWrite, piece.size(), taken));
      failed_ = !taken.has_value() || *taken == 0 || *taken > piece.size();
      if (!failed_) taken_ += *taken;
    }
    return !failed_ && !done_;
  }
  bool failed() const override { return failed_; }
  std::span<const std::byte> encoded() const { return encoded_.bytes(); }

 private:
  std::span<const std::byte> payload_;
  Sizes sizes_;
  Workspace& workspace_;
  ByteBuffer encoded_;
  std::unique_ptr<Sink> sink_;
  std::size_t taken_ = 0;
  std::size_t calls_ = 0;
  bool done_ = false;
  bool failed_ = false;
};

class ReadLane final : public Lane {
 public:
  ReadLane(const StreamTransform& transform, std::span<const std::byte> encoded,
           std::span<const std::byte> payload, const Case& value, Workspace& workspace)
      : payload_(payload), sizes_(value, FieldId::kReads, "read", 1), workspace_(workspace) {
    auto made = transform.transform_from(std::make_unique<MemorySource>(encoded));
    if (made.has_value()) source_ = std::move(*made);
    failed_ = !made.has_value();
  }

  bool step() override {
    if (failed_ || done_) return false;
    const std::size_t size = ++calls_ > kSmallCallsMax ? kPieceBytesMax : sizes_.next();
    buffer_.resize(size);
    const auto given = source_->read(buffer_);
    ++workspace_.counters[Counter::kReads];
    workspace_.trace.add(event_of(Actor::kReader, Call::kRead, size, given));
    failed_ = !given.has_value() || *given > payload_.size() - read_ || *given > size ||
              !std::equal(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(*given),
                          payload_.begin() + static_cast<std::ptrdiff_t>(read_));
    if (failed_) return false;
    workspace_.counters[Counter::kBytes] += *given;
    read_ += *given;
    done_ = *given == 0;
    failed_ = done_ && read_ < payload_.size();
    return !done_;
  }
  bool failed() const override { return failed_; }

 private:
  std::span<const std::byte> payload_;
  Sizes sizes_;
  Workspace& workspace_;
  std::vector<std::byte> buffer_;
  std::unique_ptr<Source> source_;
  std::size_t read_ = 0;
  std::size_t calls_ = 0;
  bool done_ = false;
  bool failed_ = false;
};

enum class Pair : std::uint8_t { kTwoWriters, kTwoReaders, kWriterAndReader };

constexpr std::string_view kKinds[] = {"writers-disturb-each-other", "readers-disturb-each-other",
                                       "writer-and-reader-disturb-each-other"};

struct Stream {
  std::span<const std::byte> payload;
  std::span<const std::byte> encoded;
};

// Whether both streams of `pair` come out right; call by call in turn, or one after the other, each
// of its own instance.
bool holds(Pair pair, const std::array<const StreamTransform*, kLanes>& instances, bool in_turn,
           const std::array<Stream, kLanes>& streams, const Subject& subject, const Case& value,
           Workspace& workspace) {
  std::array<std::unique_ptr<Lane>, kLanes> lanes;
  std::array<const WriteLane*, kLanes> writers{};
  const auto make = [&](std::size_t i) {
    if (pair == Pair::kTwoReaders || (pair == Pair::kWriterAndReader && i == 1)) {
      lanes[i] = std::make_unique<ReadLane>(*instances[i], streams[i].encoded, streams[i].payload,
                                            value, workspace);
    } else {
      auto writer =
          std::make_unique<WriteLane>(*instances[i], streams[i].payload, value, workspace);
      writers[i] = writer.get();
      lanes[i] = std::move(writer);
    }
  };
  if (in_turn) {
    for (std::size_t i = 0; i < kLanes; ++i) make(i);
    for (bool any = true; any;) {
      any = false;
      for (const auto& lane : lanes) any = lane->step() || any;
    }
  } else {
    for (std::size_t i = 0; i < kLanes; ++i) {
      make(i);
      while (lanes[i]->step()) {
      }
    }
  }
  for (std::size_t i = 0; i < kLanes; ++i) {
    if (lanes[i]->failed()) return false;
    if (writers[i] == nullptr) continue;
    Verdict verdict;
    const auto reader = make_instance(subject, verdict, streams[i].payload.size());
    if (reader == nullptr) return false;
    Below below;
    if (read_through(*reader, writers[i]->encoded(), streams[i].payload, Case{}, ReadOptions{},
                     workspace, below)
            .breach.has_value()) {
      return false;
    }
  }
  return true;
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const auto other = make_instance(subject, verdict, workspace.payload.size());
  if (other == nullptr) return verdict;
  // Another payload of another length, so that neither ends when the other does.
  auto& second = workspace.damaged;
  second.assign(workspace.payload.rbegin(), workspace.payload.rend());
  for (std::byte& byte : second) byte ^= std::byte{0x55};
  second.insert(second.end(), {std::byte{'x'}, std::byte{'y'}, std::byte{'z'}});
  ByteBuffer second_encoded;
  Below below;
  if (write_through(*other, second, Case{}, WriteOptions{}, workspace, second_encoded, below)
          .breach.has_value()) {
    return Verdict::discarded("encoding fails without it too");
  }
  const std::array<Stream, kLanes> streams = {Stream{workspace.payload, workspace.encoded.bytes()},
                                              Stream{second, second_encoded.bytes()}};
  for (const Pair pair : {Pair::kTwoWriters, Pair::kTwoReaders, Pair::kWriterAndReader}) {
    if (holds(pair, {transform.get(), transform.get()}, true, streams, subject, value, workspace)) {
      continue;
    }
    const std::size_t step = workspace.trace.total() > 0 ? workspace.trace.total() - 1 : 0;
    Workspace control;
    control.traits = workspace.traits;
    const auto one = make_instance(subject, verdict, workspace.payload.size());
    const auto two = make_instance(subject, verdict, workspace.payload.size());
    if (one == nullptr || two == nullptr ||
        !holds(pair, {one.get(), two.get()}, false, streams, subject, value, control)) {
      return Verdict::discarded("fails without it too");
    }
    return Verdict::violated(kKinds[static_cast<std::size_t>(pair)], step,
                             "both streams as if each were alone",
                             "one of them fails or has other bytes when they take turns");
  }
  return Verdict::held();
}

}  // namespace

const Clause independent = {
    "independent",
    Group::kRoundTrip,
    "Streams of one instance do not disturb each other when their calls are interleaved: two "
    "writers, two readers, a writer and a reader.",
    "A buffer, context or position that lives in the instance instead of the stream mixes two "
    "files as soon as both are open.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kReads), verbs()},
    counters(Counter::kWrites, Counter::kReads, Counter::kBytes),
    check,
};

}  // namespace weir::properties::clause
