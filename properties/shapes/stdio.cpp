#include "properties/shapes/stdio.h"

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "properties/case_coverage.h"
#include "weir/check.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties::shapes {
namespace {

// The FILE*, until somebody closes it.
template <class Below>
class StdioDoor final : public Door {
 public:
  StdioDoor(Below& below, ClosedBy closed_by, std::size_t buffer_bytes)
      : below_(below), closed_by_(closed_by), buffer_(buffer_bytes) {
    cookie_io_functions_t functions{};
    functions.close = [](void* cookie) { return static_cast<StdioDoor*>(cookie)->closed(); };
    if constexpr (std::is_same_v<Below, SinkBelow>) {
      // A count that is less than `size` says that it failed.
      functions.write = [](void* cookie, const char* bytes, std::size_t size) -> ssize_t {
        return static_cast<ssize_t>(static_cast<StdioDoor*>(cookie)->below_.write_all(bytes, size));
      };
      file_ = ::fopencookie(this, "w", functions);
    } else {
      functions.read = [](void* cookie, char* bytes, std::size_t size) -> ssize_t {
        return static_cast<StdioDoor*>(cookie)->below_.read(bytes, size);
      };
      if (below.seekable()) {
        functions.seek = [](void* cookie, off64_t* offset, int whence) {
          const auto position = static_cast<StdioDoor*>(cookie)->below_.seek(*offset, whence);
          if (position < 0) return -1;
          *offset = position;
          return 0;
        };
      }
      file_ = ::fopencookie(this, "r", functions);
    }
    if (file_ == nullptr) throw std::system_error(errno, std::generic_category(), "fopencookie");
    std::setvbuf(file_, buffer_.empty() ? nullptr : buffer_.data(),
                 buffer_.empty() ? _IONBF : _IOFBF, buffer_.size());
  }
  ~StdioDoor() override {
    if (file_ != nullptr) static_cast<void>(std::fclose(file_));
  }
  StdioDoor(const StdioDoor&) = delete;
  StdioDoor& operator=(const StdioDoor&) = delete;

  std::FILE* file() noexcept { return file_; }

  // The program closes its file, and looks at what that says.
  Result<void> close() override {
    if (closed_by_ == ClosedBy::kLibrary) return {};
    if (file_ == nullptr) return fail(Code::kIo, "the library closed its program's file");
    const bool failed = std::is_same_v<Below, SinkBelow> && std::ferror(file_) != 0;
    const bool closed = std::fclose(file_) == 0;
    if (closed && !failed) return {};
    return fail(below_.failure().value_or(
        Error(Code::kIo, "the library left the file below in a bad state")));
  }

 private:
  // What fclose comes to.
  int closed() {
    file_ = nullptr;
    return below_.close();
  }

  Below& below_;
  ClosedBy closed_by_;
  std::vector<char> buffer_;
  std::FILE* file_ = nullptr;
};

}  // namespace

Subject stdio_subject(std::string name, std::string summary, Traits claimed, Stdio stdio) {
  WEIR_CHECK(stdio.open_writer && stdio.open_reader, "a library writes and reads");
  Shape shape;
  shape.sink_door = [by = stdio.closed_by, bytes = stdio.buffer_bytes](SinkBelow& below) {
    return std::make_unique<StdioDoor<SinkBelow>>(below, by, bytes);
  };
  shape.source_door = [by = stdio.closed_by, bytes = stdio.buffer_bytes](SourceBelow& below) {
    return std::make_unique<StdioDoor<SourceBelow>>(below, by, bytes);
  };
  shape.open_writer = [open = std::move(stdio.open_writer)](Door& door) {
    return open(static_cast<StdioDoor<SinkBelow>&>(door).file());
  };
  shape.open_reader = [open = std::move(stdio.open_reader)](Door& door) {
    return open(static_cast<StdioDoor<SourceBelow>&>(door).file());
  };
  shape.inapplicable = {{"flush-forwards", "works on a FILE*, which passes bytes on and no flush"}};
  return foreign_subject(std::move(name), std::move(summary), claimed, std::move(shape));
}

}  // namespace weir::properties::shapes
WEIR_NO_COVERAGE_END
