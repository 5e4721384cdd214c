// Streams that follow a script, and a small codec, for the tests of the library's adaptors.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/codec.h"
#include "weir/memory.h"
#include "weir/sink.h"
#include "weir/source.h"

namespace weir::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What a scripted stream does at one read or write.
struct Act {
  enum class Kind { kUpTo, kLend, kFail, kClaim };
  Kind kind;
  std::size_t count = 0;
  Error error{};
};
/// Gives or takes at most `count` bytes.
inline Act up_to(std::size_t count) { return {Act::Kind::kUpTo, count, {}}; }
/// Lends at most `count` bytes when asked; otherwise as up_to.
inline Act lend(std::size_t count) { return {Act::Kind::kLend, count, {}}; }
inline Act fails(Error error) { return {Act::Kind::kFail, 0, error}; }
inline Act blocks() { return fails(Error(Code::kWouldBlock)); }
/// Says `count`, whatever it did.
inline Act claims(std::size_t count) { return {Act::Kind::kClaim, count, {}}; }

/// What was done to a scripted stream. Outlives it.
struct Log {
  std::string taken;
  int reads = 0;
  int writes = 0;
  int flushes = 0;
  int closes = 0;
  int seeks = 0;
  std::deque<Act> flush_acts;
  std::deque<Act> close_acts;
  std::deque<Act> seek_acts;
};

inline Result<void> next_of(std::deque<Act>& acts) {
  if (acts.empty()) return {};
  const Act act = acts.front();
  acts.pop_front();
  return fail(act.error);
}

/// Gives `content` as the acts say, one act a read, and all that is asked for once they are used
/// up. Not sticky in anything: after an error or the end it goes on as scripted.
class ScriptedSource final : public Source {
 public:
  ScriptedSource(std::string content, std::deque<Act> acts, Log& log)
      : content_(std::move(content)), acts_(std::move(acts)), log_(log) {}

  Result<std::size_t> read(std::span<std::byte> output) override {
    ++log_.reads;
    std::size_t count = output.size();
    if (!acts_.empty()) {
      const Act act = acts_.front();
      acts_.pop_front();
      if (act.kind == Act::Kind::kFail) return fail(act.error);
      if (act.kind == Act::Kind::kClaim) return act.count;
      count = std::min(count, act.count);
    }
    count = std::min(count, content_.size() - position_);
    std::memcpy(output.data(), content_.data() + position_, count);
    position_ += count;
    return count;
  }
  std::span<const std::byte> peek(std::size_t size_hint) override {
    lent_ = 0;
    if (acts_.empty() || acts_.front().kind != Act::Kind::kLend) return {};
    lent_ = std::min({acts_.front().count, content_.size() - position_, size_hint});
    return bytes_of(content_).subspan(position_, lent_);
  }
  void consume(std::size_t size) override {
    if (size > lent_) std::abort();
    acts_.pop_front();
    position_ += size;
    lent_ = 0;
  }
  bool seekable() const override { return true; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    ++log_.seeks;
    const Result<void> act = next_of(log_.seek_acts);
    if (!act) return fail(act.error());
    const std::size_t base = whence == Whence::kEnd       ? content_.size()
                             : whence == Whence::kCurrent ? position_
                                                          : 0;
    position_ = base + static_cast<std::size_t>(offset);
    return position_;
  }
  Result<std::uint64_t> tell() const override { return position_; }
  Result<void> close() override {
    ++log_.closes;
    return next_of(log_.close_acts);
  }

 private:
  std::string content_;
  std::deque<Act> acts_;
  Log& log_;
  std::size_t position_ = 0;
  std::size_t lent_ = 0;
};

/// Bytes that the caller keeps. Blocks before each read and seek, and then gives at most `piece` of
/// them. The log counts reads and seeks that did not block.
class BlockingSource final : public Source {
 public:
  BlockingSource(std::string_view bytes, bool seekable, std::size_t piece, Log& log)
      : memory_(bytes_of(bytes)), seekable_(seekable), piece_(piece), log_(log) {}

  Result<std::size_t> read(std::span<std::byte> output) override {
    if (blocks()) return fail(Code::kWouldBlock);
    ++log_.reads;
    return memory_.read(output.first(std::min(output.size(), piece_)));
  }
  bool seekable() const override { return seekable_; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (!seekable_) return fail(Code::kNotSeekable);
    if (blocks()) return fail(Code::kWouldBlock);
    ++log_.seeks;
    return memory_.seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return memory_.tell(); }
  Result<void> close() override { return memory_.close(); }

 private:
  bool blocks() { return blocked_ = !blocked_; }

  MemorySource memory_;
  bool seekable_;
  std::size_t piece_;
  Log& log_;
  bool blocked_ = false;
};

/// Takes what is offered as the acts say, one act a write, and everything once they are used up.
class ScriptedSink final : public Sink {
 public:
  ScriptedSink(std::deque<Act> acts, Log& log) : acts_(std::move(acts)), log_(log) {}

  Result<std::size_t> write(std::span<const std::byte> input) override {
    ++log_.writes;
    std::size_t count = input.size();
    if (!acts_.empty()) {
      const Act act = acts_.front();
      acts_.pop_front();
      if (act.kind == Act::Kind::kFail) return fail(act.error);
      if (act.kind == Act::Kind::kClaim) return act.count;
      count = std::min(count, act.count);
    }
    log_.taken += text_of(input.first(count));
    return count;
  }
  std::span<std::byte> reserve(std::size_t) override {
    if (acts_.empty() || acts_.front().kind != Act::Kind::kLend) return {};
    room_.assign(acts_.front().count, std::byte{0xee});
    return room_;
  }
  Result<void> commit(std::size_t size) override {
    if (size > room_.size()) std::abort();
    acts_.pop_front();
    if (!acts_.empty() && acts_.front().kind == Act::Kind::kFail) return fail(acts_.front().error);
    log_.taken += text_of(std::span(room_).first(size));
    room_.clear();
    return {};
  }
  Result<void> flush() override {
    ++log_.flushes;
    return next_of(log_.flush_acts);
  }
  Result<std::uint64_t> tell() const override { return log_.taken.size(); }
  Result<void> close() override {
    ++log_.closes;
    return next_of(log_.close_acts);
  }

 private:
  std::deque<Act> acts_;
  Log& log_;
  std::vector<std::byte> room_;
};

/// Writes each byte twice, '|' at a flush and '.' at the end. Keeps back one byte until the next
/// comes, or a flush.
class DoublingEncoder final : public Codec {
 public:
  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    Step step;
    for (;;) {
      while (!pending_.empty() && step.produced < output.size()) {
        output[step.produced++] = static_cast<std::byte>(pending_.front());
        pending_.erase(0, 1);
      }
      if (!pending_.empty()) {
        step.status = Status::kNeedOutput;
        return step;
      }
      if (directive != Directive::kContinue) {
        if (marked_) {
          marked_ = directive == Directive::kEnd;
          step.status = directive == Directive::kEnd ? Status::kEnd : Status::kFlushed;
          return step;
        }
        if (held_) pending_.append(2, *held_);
        held_.reset();
        pending_ += directive == Directive::kEnd ? '.' : '|';
        marked_ = true;
        continue;
      }
      if (step.consumed == input.size()) {
        step.status = Status::kNeedInput;
        return step;
      }
      const char c = static_cast<char>(input[step.consumed++]);
      if (c == '!') return fail(Code::kInvalidArgument, "no '!' here");
      if (c == '$') throw std::bad_alloc();
      if (held_) pending_.append(2, *held_);
      held_ = c;
    }
  }

 private:
  std::string pending_;
  std::optional<char> held_;
  bool marked_ = false;
};

/// The inverse. '.' ends the stream at once: nothing may follow.
class DoublingDecoder final : public Codec {
 public:
  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    Step step;
    for (;;) {
      if (done_) {
        step.status = Status::kEnd;
        return step;
      }
      if (full_) {
        if (step.produced == output.size()) {
          step.status = Status::kNeedOutput;
          return step;
        }
        output[step.produced++] = static_cast<std::byte>(*first_);
        first_.reset();
        full_ = false;
      }
      if (step.consumed == input.size()) {
        if (directive == Directive::kEnd) return fail(Code::kTruncated, consumed_, "no '.'");
        step.status = Status::kNeedInput;
        return step;
      }
      const char c = static_cast<char>(input[step.consumed]);
      if (c == '$') throw std::bad_alloc();
      if (first_.has_value() && *first_ != c) {
        if (step.produced > 0) {
          step.status = Status::kNeedOutput;
          return step;
        }
        return fail(Code::kCorrupt, consumed_, "not twice");
      }
      ++step.consumed;
      ++consumed_;
      if (!first_ && c == '.') done_ = true;
      if (!first_ && (c == '.' || c == '|')) continue;
      if (first_) full_ = true;
      first_ = c;
    }
  }

 private:
  std::optional<char> first_;
  bool full_ = false;
  bool done_ = false;
  std::uint64_t consumed_ = 0;
};

/// Reads to the end in pieces of at most `piece` bytes, over `blocks_max` would-blocks; stops at
/// any other error.
struct Drained {
  std::string bytes;
  Result<void> end;
  std::size_t blocks = 0;
};
inline Drained drain(Source& source, std::size_t piece,
                     std::size_t blocks_max = std::numeric_limits<std::size_t>::max()) {
  Drained drained;
  std::vector<std::byte> room(piece);
  for (;;) {
    const Result<std::size_t> given = source.read(room);
    if (failed_with(given, Code::kWouldBlock) && drained.blocks < blocks_max) {
      ++drained.blocks;
      continue;
    }
    if (!given) {
      drained.end = fail(given.error());
      return drained;
    }
    if (*given == 0) return drained;
    drained.bytes += text_of(std::span(room).first(*given));
  }
}

/// Writes all of `input` in pieces of at most `piece` bytes, over would-blocks; gives the first
/// other error.
inline Result<void> write_all(Sink& sink, std::string_view input, std::size_t piece) {
  while (!input.empty()) {
    const Result<std::size_t> taken = sink.write(bytes_of(input.substr(0, piece)));
    if (failed_with(taken, Code::kWouldBlock)) continue;
    if (!taken) return fail(taken.error());
    if (*taken == 0 || *taken > piece) std::abort();
    input.remove_prefix(*taken);
  }
  return {};
}

/// As long as it lives no thread can be started: each would get a stack that no machine has.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_getattr_default_np(&huge);
    if (pthread_attr_setstacksize(&huge, std::size_t{1} << 60) != 0 ||
        pthread_setattr_default_np(&huge) != 0) {
      std::abort();
    }
    pthread_attr_destroy(&huge);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_;
};

/// Calls again while it would block.
template <class Call>
auto until_done(Call call) {
  auto result = call();
  while (failed_with(result, Code::kWouldBlock)) result = call();
  return result;
}

}  // namespace weir::test
