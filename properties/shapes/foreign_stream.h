// A library's own streams as a Weir subject, whatever shape they have.
//
// Glue gives two functions. Each is handed a stream below in the shape that the library wants (see
// iostream.h, callbacks.h, stdio.h, descriptor.h) and returns the library's stream above it: a
// Writer or a Reader. Those are made from a C++ stream, or from the functions that a C library
// offers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <streambuf>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "properties/shapes/below.h"
#include "properties/subject.h"

namespace weir::properties::shapes {

/// A library's stream for writing, as the functions that a C program would call.
struct WriterCalls {
  /// Bytes taken, or negative for a failure (with EAGAIN in errno: call again). Needed.
  std::function<std::ptrdiff_t(const void* bytes, std::size_t size)> write{};
  /// 0 or a failure. Empty: the library has none, and a flush does nothing.
  std::function<int()> flush{};
  /// Finishes the stream and frees it: 0 or a failure. Empty: both happen where the last of these
  /// functions is destroyed.
  std::function<int()> close{};
  /// Frees the stream without finishing it. Empty: `close` has to serve.
  std::function<void()> abandon{};
};

/// A library's stream for reading, likewise.
struct ReaderCalls {
  /// 1 to `size` bytes, 0 at the end, or negative for a failure (with EAGAIN: call again). Needed.
  std::function<std::ptrdiff_t(void* bytes, std::size_t size)> read{};
  /// The new position, or negative. `whence` is SEEK_SET, SEEK_CUR or SEEK_END. Empty: cannot seek.
  std::function<std::int64_t(std::int64_t offset, int whence)> seek{};
  /// Frees the stream: 0 or a failure. Empty: the last of these functions does when it is
  /// destroyed.
  std::function<int()> close{};
  /// As `read`, where something may fail: never loses bytes to a failure behind them. Empty: `read`
  /// never does.
  std::function<std::ptrdiff_t(void* bytes, std::size_t size)> read_available{};
};

namespace internal {
WriterCalls calls_of(std::unique_ptr<std::ostream> stream, std::function<bool()> finish);
ReaderCalls calls_of(std::unique_ptr<std::istream> stream, std::function<bool()> finish);
std::unique_ptr<std::ostream> ostream_over(std::unique_ptr<std::streambuf> buffer);
std::unique_ptr<std::istream> istream_over(std::unique_ptr<std::streambuf> buffer);

// What `finish` says of the stream: false, or a null pointer, where it returns such a thing.
template <class Stream, class Finish>
std::function<bool()> bind_finish(Stream* stream, Finish finish) {
  if (stream == nullptr) return {};
  return [stream, finish = std::move(finish)]() mutable {
    using Answer = decltype(finish(*stream));
    if constexpr (std::is_same_v<Answer, bool> || std::is_pointer_v<Answer>) {
      return static_cast<bool>(finish(*stream));
    } else {
      finish(*stream);
      return true;
    }
  };
}
}  // namespace internal

/// What `open_writer` returns.
class Writer {
 public:
  /// A C library's, whose functions are called one by one.
  Writer(WriterCalls calls) : calls_(std::move(calls)) {}  // NOLINT: converts
  /// A stream or stream buffer, which is finished by destroying it. Null: it could not be opened.
  template <class Stream>
  Writer(std::unique_ptr<Stream> stream) : Writer(of(std::move(stream), {})) {}  // NOLINT: converts
  /// Likewise, which is finished by `finish(stream)` before it is destroyed. A failure is what it
  /// throws, the false or the null pointer that it returns, or the state of the stream behind it.
  template <class Stream, class Finish>
  Writer(std::unique_ptr<Stream> stream, Finish finish)
      : Writer(of(std::move(stream), std::move(finish))) {}

  WriterCalls& calls() noexcept { return calls_; }

 private:
  struct Nothing {};
  template <class Stream, class Finish = Nothing>
  static Writer of(std::unique_ptr<Stream> stream, Finish finish) {
    std::function<bool()> bound;
    if constexpr (!std::is_same_v<Finish, Nothing>) {
      bound = internal::bind_finish(stream.get(), std::move(finish));
    }
    if constexpr (std::is_base_of_v<std::ostream, Stream>) {
      return internal::calls_of(std::unique_ptr<std::ostream>(std::move(stream)), std::move(bound));
    } else {
      static_assert(std::is_base_of_v<std::streambuf, Stream>, "an ostream or a streambuf");
      return internal::calls_of(internal::ostream_over(std::move(stream)), std::move(bound));
    }
  }

  WriterCalls calls_;
};

/// What `open_reader` returns.
class Reader {
 public:
  /// A C library's, whose functions are called one by one.
  Reader(ReaderCalls calls) : calls_(std::move(calls)) {}  // NOLINT: converts
  /// A stream or stream buffer. Null: it could not be opened.
  template <class Stream>
  Reader(std::unique_ptr<Stream> stream) : Reader(of(std::move(stream), {})) {}  // NOLINT: converts
  /// Likewise, with something to do before it is destroyed; see Writer.
  template <class Stream, class Finish>
  Reader(std::unique_ptr<Stream> stream, Finish finish)
      : Reader(of(std::move(stream), std::move(finish))) {}

  ReaderCalls& calls() noexcept { return calls_; }

 private:
  struct Nothing {};
  template <class Stream, class Finish = Nothing>
  static Reader of(std::unique_ptr<Stream> stream, Finish finish) {
    std::function<bool()> bound;
    if constexpr (!std::is_same_v<Finish, Nothing>) {
      bound = internal::bind_finish(stream.get(), std::move(finish));
    }
    if constexpr (std::is_base_of_v<std::istream, Stream>) {
      return internal::calls_of(std::unique_ptr<std::istream>(std::move(stream)), std::move(bound));
    } else {
      static_assert(std::is_base_of_v<std::streambuf, Stream>, "an istream or a streambuf");
      return internal::calls_of(internal::istream_over(std::move(stream)), std::move(bound));
    }
  }

  ReaderCalls calls_;
};

/// A stream below in the manner of a shape, seen from the program that hands it to the library and
/// owns it.
class Door {
 public:
  virtual ~Door() = default;
  /// Around every call into the library, but for destructors.
  virtual void enter() {}
  virtual void leave() {}
  /// Closes the stream below, unless the library has. Errors: what the stream below says, or what
  /// the program sees on it; kWouldBlock resumes.
  virtual Result<void> close() = 0;
};

/// How a shape makes its streams below, and has the library open its own above them. The door is
/// made first; both may throw.
struct Shape {
  std::function<std::unique_ptr<Door>(SinkBelow& below)> sink_door{};
  std::function<std::unique_ptr<Door>(SourceBelow& below)> source_door{};
  std::function<Writer(Door& door)> open_writer{};
  std::function<Reader(Door& door)> open_reader{};
  Waiting waiting = Waiting::kCannotBeSaid;
  std::vector<Inapplicable> inapplicable{};  ///< besides those of every shape
};

/// The subject of `name`, a descriptor of version 1 ("boost.gzip/1"), whose streams are those that
/// `shape` opens. `claimed` is what a shape promises joined with what the library does.
Subject foreign_subject(std::string name, std::string summary, Traits claimed, Shape shape);

}  // namespace weir::properties::shapes
