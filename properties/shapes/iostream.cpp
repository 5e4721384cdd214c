#include "properties/shapes/iostream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <streambuf>
#include <system_error>
#include <utility>

#include "properties/case_coverage.h"
#include "weir/check.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties::shapes {
namespace {

int whence_of(std::ios_base::seekdir direction) {
  if (direction == std::ios_base::beg) return SEEK_SET;
  return direction == std::ios_base::cur ? SEEK_CUR : SEEK_END;
}

std::streampos position_of(std::int64_t position) {
  return position < 0 ? std::streampos(std::streamoff(-1)) : std::streampos(position);
}

// A stream buffer can say that reading failed in one way alone, which standard libraries use, too.
[[noreturn]] void throw_failure() {
  const int error = errno;
  throw std::ios_base::failure("the stream below failed",
                               std::error_code(error, std::generic_category()));
}

// Small, so that streams of a few bytes have several get areas.
constexpr std::size_t kBufferBytes = 512;

// What one read below gives is the next get area; a longer read of the library's goes around it.
class SourceBuffer final : public std::streambuf {
 public:
  explicit SourceBuffer(SourceBelow& below) : below_(below) {}

 protected:
  int_type underflow() override {
    if (gptr() < egptr()) return traits_type::to_int_type(*gptr());
    // One character can be put back, as with files.
    const bool any = gptr() > eback();
    if (any) buffer_[0] = gptr()[-1];
    const std::ptrdiff_t given = below_.read(buffer_.data() + 1, kBufferBytes);
    char* const first = buffer_.data() + 1;
    if (given <= 0) {
      setg(any ? first - 1 : first, first, first);
      if (given < 0) throw_failure();
      return traits_type::eof();
    }
    setg(any ? first - 1 : first, first, first + given);
    return traits_type::to_int_type(*gptr());
  }
  std::streamsize xsgetn(char* bytes, std::streamsize size) override {
    std::streamsize total = std::min<std::streamsize>(size, egptr() - gptr());
    if (total > 0) std::memcpy(bytes, gptr(), static_cast<std::size_t>(total));
    gbump(static_cast<int>(total));
    while (total < size) {
      const auto left = static_cast<std::size_t>(size - total);
      if (left < kBufferBytes) return total + std::streambuf::xsgetn(bytes + total, size - total);
      const std::ptrdiff_t given = below_.read(bytes + total, left);
      if (given < 0) throw_failure();
      if (given == 0) break;
      total += given;
      // The last one can be put back.
      buffer_[0] = bytes[total - 1];
      setg(buffer_.data(), buffer_.data() + 1, buffer_.data() + 1);
    }
    return total;
  }
  pos_type seekoff(off_type offset, std::ios_base::seekdir direction,
                   std::ios_base::openmode mode) override {
    if ((mode & std::ios_base::in) == 0 || !below_.seekable()) return position_of(-1);
    const off_type ahead = egptr() - gptr();
    if (direction == std::ios_base::cur && offset == 0) {
      const std::int64_t position = below_.tell();
      return position_of(position < 0 ? -1 : position - ahead);
    }
    const bool from_here = direction == std::ios_base::cur;
    if (from_here && offset < std::numeric_limits<off_type>::min() + ahead) return position_of(-1);
    const std::int64_t position =
        below_.seek(from_here ? offset - ahead : offset, whence_of(direction));
    if (position >= 0) setg(buffer_.data(), buffer_.data(), buffer_.data());
    return position_of(position);
  }
  pos_type seekpos(pos_type position, std::ios_base::openmode mode) override {
    return seekoff(off_type(position), std::ios_base::beg, mode);
  }

 private:
  SourceBelow& below_;
  std::array<char, kBufferBytes + 1> buffer_{};
};

// Holds nothing back, so that each call of the library meets what stands in the script.
class SinkBuffer final : public std::streambuf {
 public:
  explicit SinkBuffer(SinkBelow& below) : below_(below) {}

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char byte = traits_type::to_char_type(c);
    return below_.write_all(&byte, 1) == 1 ? c : traits_type::eof();
  }
  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    return static_cast<std::streamsize>(below_.write_all(bytes, static_cast<std::size_t>(size)));
  }
  int sync() override { return below_.flush(); }
  pos_type seekoff(off_type offset, std::ios_base::seekdir direction,
                   std::ios_base::openmode mode) override {
    if ((mode & std::ios_base::out) == 0 || offset != 0 || direction != std::ios_base::cur) {
      return position_of(-1);
    }
    return position_of(below_.tell());
  }

 private:
  SinkBelow& below_;
};

template <class Below, class Buffer, class Stream>
class IostreamDoor final : public Door {
 public:
  IostreamDoor(Below& below, std::ios_base::iostate throws)
      : below_(below), buffer_(below), stream_(&buffer_) {
    stream_.exceptions(throws);
  }
  Stream& stream() noexcept { return stream_; }
  // The program that owns the stream below looks at its state before it is done with it. Of one
  // that was read from, it has learnt what there is to know.
  Result<void> close() override {
    const bool failed = std::is_same_v<Stream, std::ostream> && stream_.fail();
    const Result<void> closed = below_.finish();
    if (!closed.has_value() || !failed) return closed;
    return fail(below_.failure().value_or(
        Error(Code::kIo, "the library left the stream below in a bad state")));
  }

 private:
  Below& below_;
  Buffer buffer_;
  Stream stream_;
};
using SinkDoor = IostreamDoor<SinkBelow, SinkBuffer, std::ostream>;
using SourceDoor = IostreamDoor<SourceBelow, SourceBuffer, std::istream>;

}  // namespace

Subject iostream_subject(std::string name, std::string summary, Traits claimed, Iostreams streams) {
  WEIR_CHECK(streams.open_writer && streams.open_reader, "a library writes and reads");
  Shape shape;
  shape.sink_door = [throws = streams.below_throws](SinkBelow& below) {
    return std::make_unique<SinkDoor>(below, throws);
  };
  shape.source_door = [throws = streams.below_throws](SourceBelow& below) {
    return std::make_unique<SourceDoor>(below, throws);
  };
  shape.open_writer = [open = std::move(streams.open_writer)](Door& door) {
    return open(static_cast<SinkDoor&>(door).stream());
  };
  shape.open_reader = [open = std::move(streams.open_reader)](Door& door) {
    return open(static_cast<SourceDoor&>(door).stream());
  };
  return foreign_subject(std::move(name), std::move(summary), claimed, std::move(shape));
}

}  // namespace weir::properties::shapes
WEIR_NO_COVERAGE_END
