#include "properties/shapes/foreign_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <optional>
#include <type_traits>

#include "properties/allocation.h"
#include "properties/case_coverage.h"
#include "properties/scripted.h"
#include "weir/builtin.h"
#include "weir/check.h"
#include "weir/stream_state.h"
#include "weir/version_1.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties::shapes {
namespace {

// One call into the library, and what came of it besides its answer.
class Call {
 public:
  // What `action` returns; -1 where it throws. Memory that ran out goes on as the exception that it
  // is: whoever let an allocation fail knows what to make of it.
  template <class Action>
  auto operator()(Door* door, Action action) -> decltype(action()) {
    thrown_ = false;
    const Inside inside(door);
    errno = 0;
    try {
      const auto answer = action();
      errno_ = errno;
      return answer;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& exception) {
      note_thrown(exception.what());
    } catch (...) {
      note_thrown("an exception that is no std::exception");
    }
    return -1;
  }
  // Whether a failure means: call again.
  bool again(Waiting waiting) const noexcept {
    return waiting == Waiting::kSaysAgain && !thrown_ && errno_ == EAGAIN;
  }
  // The error that a failure stands for. What the stream below said is the cause; libraries that
  // can say no more than "failed" need not say which.
  Error cause(const std::optional<Error>& below, Code otherwise) const noexcept {
    if (below.has_value()) return *below;
    if (allocation_failed()) return Error(Code::kOutOfMemory);
    if (thrown_) {
      Error error(otherwise, "thrown: ");
      error.detail.append(what_.view());
      return error;
    }
    return Error(otherwise, "the library says that it failed");
  }

 private:
  class Inside {
   public:
    explicit Inside(Door* door) : door_(door) {
      if (door_ != nullptr) door_->enter();
    }
    ~Inside() {
      if (door_ != nullptr) door_->leave();
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Door* door_;
  };

  void note_thrown(const char* what) {
    thrown_ = true;
    errno_ = 0;
    what_ = Detail{};
    what_.append(what);
  }

  bool thrown_ = false;
  int errno_ = 0;
  Detail what_{};
};

// Closes the library's stream, then the one below; the same for both directions.
template <class Below, class Calls>
class Closing {
 public:
  Result<void> close(Call& call, Below& below, Door& door, Calls& calls, StreamState& state,
                     Waiting waiting, Code otherwise) {
    if (state.close_completed()) return state.close_result();
    state.begin_close();
    if (!library_closed_) {
      try {
        if (calls.close) {
          const int answer = call(&door, [&] { return calls.close(); });
          if (answer != 0 && call.again(waiting)) return fail(Code::kWouldBlock);
          if (answer != 0) {
            static_cast<void>(state.failing(call.cause(below.failure(), otherwise)));
          }
        }
      } catch (const std::bad_alloc&) {
        static_cast<void>(state.failing(Error(Code::kOutOfMemory)));
      }
      library_closed_ = true;
      const bool closed_well = calls.close && !below.failure().has_value();
      destroy(call, &door, calls);
      // One flush more in the destructor of a stream that was closed well loses nothing.
      if constexpr (std::is_same_v<Below, SinkBelow>) {
        if (closed_well && below.failed_to_flush()) {
          static_cast<void>(state.failing(*below.failure()));
        }
      }
    }
    const Result<void> closed = door.close();
    if (failed_with(closed, Code::kWouldBlock)) return fail(closed.error());
    if (!closed.has_value()) {
      static_cast<void>(state.failing(below.failure().value_or(closed.error())));
    }
    return state.complete_close({});
  }
  // Of a stream that was not closed: by `abandon`, or else as it would be closed.
  void abandon(Call& call, Door* door, Calls& calls, const std::function<void()>& abandon) {
    if (library_closed_) return;
    if (abandon) {
      call(door, [&] { return abandon(), 0; });
    } else if (calls.close) {
      call(door, [&] { return calls.close(); });
    }
    destroy(call, door, calls);
  }

 private:
  // C++ streams finish here, if nowhere else.
  static void destroy(Call& call, Door* door, Calls& calls) {
    call(door, [&] { return calls = {}, 0; });
  }

  bool library_closed_ = false;
};

// C programs have a pointer to somewhere also where there are no bytes.
template <class Byte>
Byte* place_of(std::span<Byte> bytes) {
  static std::remove_const_t<Byte> nowhere{};
  return bytes.data() != nullptr ? bytes.data() : &nowhere;
}

// The library's stream for writing. Calls after a failure go to the library, too: whether it keeps
// failing is its own affair.
class ForeignSink final : public Sink {
 public:
  ForeignSink(std::unique_ptr<Sink> sink, const Shape& shape)
      : below_(std::move(sink), shape.waiting), waiting_(shape.waiting) {}
  ~ForeignSink() override {
    closing_.abandon(call_, door_.get(), calls_, calls_.abandon);
    // What the program's own stream below still holds is not the library's doing.
    below_.release();
  }
  ForeignSink(const ForeignSink&) = delete;
  ForeignSink& operator=(const ForeignSink&) = delete;

  Result<void> open(const Shape& shape) {
    const int made = call_(nullptr, [&] {
      const Unmetered test;
      door_ = shape.sink_door(below_);
      return 0;
    });
    const int opened = made != 0 ? made : call_(door_.get(), [&] {
      calls_ = std::move(shape.open_writer(*door_).calls());
      return calls_.write ? 0 : -1;
    });
    if (opened == 0) return {};
    return fail(call_.cause(below_.failure(), Code::kIo));
  }

  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (state_.closed()) return fail(Code::kClosed);
    const auto taken =
        call_(door_.get(), [&] { return calls_.write(place_of(input), input.size()); });
    if (taken < 0) return failed();
    taken_ += static_cast<std::uint64_t>(taken);
    return static_cast<std::size_t>(taken);
  }
  Result<void> flush() override {
    if (state_.closed()) return fail(Code::kClosed);
    if (!calls_.flush) return state_.close_result();
    const int flushed = call_(door_.get(), [&] { return calls_.flush(); });
    if (flushed != 0) return failed();
    return {};
  }
  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return taken_;
  }
  Result<void> close() override {
    return closing_.close(call_, below_, *door_, calls_, state_, waiting_, Code::kIo);
  }

 private:
  tl::unexpected<Error> failed() {
    if (call_.again(waiting_)) return fail(Code::kWouldBlock);
    static_cast<void>(state_.failing(call_.cause(below_.failure(), Code::kIo)));
    return state_.refusal();
  }

  SinkBelow below_;
  Waiting waiting_;
  std::unique_ptr<Door> door_;
  WriterCalls calls_;  // gone before the door is
  Call call_;
  StreamState state_;
  std::uint64_t taken_ = 0;
  Closing<SinkBelow, WriterCalls> closing_;
};

class ForeignSource final : public Source {
 public:
  ForeignSource(std::unique_ptr<Source> source, const Shape& shape, Traits claimed)
      : careful_(may_fail(*source)),
        below_(std::move(source), shape.waiting),
        waiting_(shape.waiting),
        seekable_(has(claimed, Trait::kSeekable) && below_.seekable()) {}
  ~ForeignSource() override {
    closing_.abandon(call_, door_.get(), calls_, {});
    below_.release();
  }
  ForeignSource(const ForeignSource&) = delete;
  ForeignSource& operator=(const ForeignSource&) = delete;

  Result<void> open(const Shape& shape) {
    const int made = call_(nullptr, [&] {
      const Unmetered test;
      door_ = shape.source_door(below_);
      return 0;
    });
    const int opened = made != 0 ? made : call_(door_.get(), [&] {
      calls_ = std::move(shape.open_reader(*door_).calls());
      return calls_.read ? 0 : -1;
    });
    if (opened == 0) return {};
    return fail(call_.cause(below_.failure(), Code::kCorrupt));
  }

  Result<std::size_t> read(std::span<std::byte> output) override {
    if (state_.closed()) return fail(Code::kClosed);
    const auto given = call_(door_.get(), [&] {
      // Bytes come first, whatever stands behind them.
      return careful_ && calls_.read_available
                 ? calls_.read_available(place_of(output), output.size())
                 : calls_.read(place_of(output), output.size());
    });
    if (given < 0) {
      if (call_.again(waiting_)) return fail(Code::kWouldBlock);
      static_cast<void>(state_.failing(call_.cause(below_.failure(), Code::kCorrupt)));
      return state_.refusal();
    }
    position_ += static_cast<std::uint64_t>(given);
    return static_cast<std::size_t>(given);
  }
  bool seekable() const override { return seekable_; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (state_.closed()) return fail(Code::kClosed);
    if (!seekable_ || !calls_.seek) return fail(Code::kNotSeekable);
    const bool failed_before = below_.failure().has_value();
    const int from = whence == Whence::kSet       ? SEEK_SET
                     : whence == Whence::kCurrent ? SEEK_CUR
                                                  : SEEK_END;
    const std::int64_t position = call_(door_.get(), [&] { return calls_.seek(offset, from); });
    if (position < 0) {
      if (call_.again(waiting_)) return fail(Code::kWouldBlock);
      // A refusal changes nothing.
      if (state_.failed()) return state_.refusal();
      if (failed_before || !below_.failure().has_value()) return fail(Code::kInvalidArgument);
      return state_.failing(*below_.failure());
    }
    position_ = static_cast<std::uint64_t>(position);
    return position_;
  }
  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return position_;
  }
  Result<void> close() override {
    return closing_.close(call_, below_, *door_, calls_, state_, waiting_, Code::kCorrupt);
  }

 private:
  static bool may_fail(const Source& source) {
    const auto* const scripted = dynamic_cast<const ScriptedSource*>(&source);
    return scripted == nullptr || !scripted->gives_all();
  }

  bool careful_;
  SourceBelow below_;
  Waiting waiting_;
  bool seekable_;
  std::unique_ptr<Door> door_;
  ReaderCalls calls_;  // gone before the door is
  Call call_;
  StreamState state_;
  std::uint64_t position_ = 0;
  Closing<SourceBelow, ReaderCalls> closing_;
};

class ForeignTransform final : public StreamTransform {
 public:
  ForeignTransform(std::shared_ptr<const Shape> shape, Traits claimed, Descriptor descriptor)
      : shape_(std::move(shape)), claimed_(claimed), descriptor_(std::move(descriptor)) {}

  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    std::unique_ptr<ForeignSink> sink;
    {
      const Unmetered test;
      sink = std::make_unique<ForeignSink>(std::move(output), *shape_);
    }
    const auto opened = sink->open(*shape_);
    if (!opened.has_value()) return fail(opened.error());
    return sink;
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    std::unique_ptr<ForeignSource> source;
    {
      const Unmetered test;
      source = std::make_unique<ForeignSource>(std::move(input), *shape_, claimed_);
    }
    const auto opened = source->open(*shape_);
    if (!opened.has_value()) return fail(opened.error());
    return source;
  }
  Descriptor descriptor() const override { return descriptor_; }

 private:
  std::shared_ptr<const Shape> shape_;
  Traits claimed_;
  Descriptor descriptor_;
};

// Streams that own their buffer.
template <class Base>
class Owning final : public Base {
 public:
  explicit Owning(std::unique_ptr<std::streambuf> buffer)
      : Base(buffer.get()), buffer_(std::move(buffer)) {}

 private:
  std::unique_ptr<std::streambuf> buffer_;
};

int state_of(const std::ios& stream) { return stream.fail() ? -1 : 0; }

std::ptrdiff_t answer_of(const std::istream& stream, std::size_t asked) {
  if (stream.gcount() > 0 || asked == 0) return stream.gcount();
  return stream.bad() || !stream.eof() ? -1 : 0;
}

}  // namespace

namespace internal {

std::unique_ptr<std::ostream> ostream_over(std::unique_ptr<std::streambuf> buffer) {
  if (buffer == nullptr) return nullptr;
  return std::make_unique<Owning<std::ostream>>(std::move(buffer));
}
std::unique_ptr<std::istream> istream_over(std::unique_ptr<std::streambuf> buffer) {
  if (buffer == nullptr) return nullptr;
  return std::make_unique<Owning<std::istream>>(std::move(buffer));
}

WriterCalls calls_of(std::unique_ptr<std::ostream> owned, std::function<bool()> finish) {
  if (owned == nullptr) return {};
  const std::shared_ptr<std::ostream> stream(std::move(owned));
  WriterCalls calls;
  calls.write = [stream](const void* bytes, std::size_t size) -> std::ptrdiff_t {
    const auto* const characters = static_cast<const char*>(bytes);
    if (size == 1) {
      stream->put(*characters);
    } else {
      stream->write(characters, static_cast<std::streamsize>(size));
    }
    return stream->fail() ? -1 : static_cast<std::ptrdiff_t>(size);
  };
  calls.flush = [raw = stream.get()] { return state_of(raw->flush()); };
  if (finish) {
    calls.close = [raw = stream.get(), finish = std::move(finish)] {
      return finish() ? state_of(*raw) : -1;
    };
  }
  calls.abandon = [] {};  // by destroying it
  return calls;
}

ReaderCalls calls_of(std::unique_ptr<std::istream> owned, std::function<bool()> finish) {
  if (owned == nullptr) return {};
  const std::shared_ptr<std::istream> stream(std::move(owned));
  ReaderCalls calls;
  calls.read = [stream](void* bytes, std::size_t size) {
    auto* const characters = static_cast<char*>(bytes);
    if (size == 1) {
      stream->get(*characters);
    } else {
      stream->read(characters, static_cast<std::streamsize>(size));
    }
    return answer_of(*stream, size);
  };
  // An exception on the way takes what istream::read has got so far with it: only what the buffer
  // holds is asked for.
  calls.read_available = [raw = stream.get()](void* bytes, std::size_t size) -> std::ptrdiff_t {
    const auto asked = static_cast<std::streamsize>(size);
    std::streamsize total = 0;
    while (total < asked && raw->peek() != std::istream::traits_type::eof()) {
      const auto there = std::max<std::streamsize>(raw->rdbuf()->in_avail(), 1);
      raw->read(static_cast<char*>(bytes) + total, std::min(asked - total, there));
      total += raw->gcount();
    }
    return total > 0 || size == 0 ? total : answer_of(*raw, size);
  };
  calls.seek = [raw = stream.get()](std::int64_t offset, int whence) -> std::int64_t {
    raw->clear(raw->rdstate() & std::ios_base::badbit);
    raw->seekg(offset, whence == SEEK_SET   ? std::ios_base::beg
                       : whence == SEEK_CUR ? std::ios_base::cur
                                            : std::ios_base::end);
    const bool refused = raw->fail();
    raw->clear(raw->rdstate() & std::ios_base::badbit);
    return refused ? -1 : static_cast<std::int64_t>(raw->tellg());
  };
  calls.close = [raw = stream.get(), finish = std::move(finish)] {
    if (finish && !finish()) return -1;
    return raw->bad() ? -1 : 0;
  };
  return calls;
}

}  // namespace internal

Subject foreign_subject(std::string name, std::string summary, Traits claimed, Shape shape) {
  const auto parsed = Descriptor::parse(name);
  WEIR_CHECK(parsed.has_value() && parsed->version() == "1", "a subject's name ends with /1");
  const auto shared = std::make_shared<const Shape>(std::move(shape));
  const auto make_registry = [shared, claimed, described = *parsed] {
    ExtensionRegistry registry = test_extension_registry();
    registry.add(version_1_extension(
        std::string(described.name()),
        [shared, claimed, described]() -> Result<std::unique_ptr<StreamTransform>> {
          return std::make_unique<ForeignTransform>(shared, claimed, described);
        }));
    return registry;
  };
  Subject subject =
      subject_from_registry(std::move(name), std::move(summary), claimed, make_registry);
  subject.own_descriptors = false;
  subject.inapplicable = shared->inapplicable;
  subject.inapplicable.push_back({"use-after-close", "is gone after close: the adaptor answers"});
  if (!has(claimed, Trait::kSeekable)) {
    for (const char* const clause : {"seek-refused", "seek-honest"}) {
      subject.inapplicable.push_back({clause, "does not claim seekable: the adaptor answers"});
    }
  }
  return subject;
}

}  // namespace weir::properties::shapes
WEIR_NO_COVERAGE_END
