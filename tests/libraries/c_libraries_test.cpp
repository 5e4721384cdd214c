// Guards the shapes against real libraries in C: zlib's gzFile over a descriptor and a codec of
// libzstd's over callbacks keep all that applies to them, and libbz2's BZFILE over a FILE* breaks
// what it is known to break, and nothing else.
#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "examples/field/glue.h"
#include "properties/allocation.h"
#include "properties/shapes/callbacks.h"
#include "tests/shapes/shapes_test_support.h"

namespace weir::properties::shapes {
namespace {

// Compressing is dear beside passing bytes through.
constexpr Work kSome{.exhaustive = 60, .random = 30};
constexpr std::size_t kPayloadBytesMax = 3000;

TEST(RealLibraries, ZlibOverADescriptorHoldsWhatApplies) {
  for (Subject& subject : field::zlib_subjects()) {
    subject.payload_bytes_max = kPayloadBytesMax;
    expect_held(subject, {}, kSome);
  }
}

std::set<std::string> broken_by(const Subject& subject, std::string_view only = {}) {
  std::set<std::string> broken;
  for (const Finding& finding : report_on(subject, only, kSome).findings) {
    broken.insert(to_string(finding.signature));
  }
  return broken;
}

// "If BZ2_bzWriteClose is called to clean up after an error, the only action is to release the
// memory", says the manual; after an error of the FILE* it is not released.
TEST(RealLibraries, Bzip2OverAFileForgetsItsMemoryAfterAFailureAndHoldsTheRest) {
  for (Subject& subject : field::bzip2_subjects()) {
    subject.payload_bytes_max = kPayloadBytesMax;
    std::set<std::string> known;
    if (can_meter_allocations()) known.insert("no-leaks: memory-leaked");
    EXPECT_EQ(broken_by(subject), known) << subject.name;
  }
}

// ---- a program around a codec ----

// Errors stay; EAGAIN is passed on, and the call is made again.
class ZstdWriter {
 public:
  explicit ZstdWriter(SinkBelow& below) : below_(below), context_(ZSTD_createCCtx()) {
    if (context_ != nullptr) ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1);
  }
  ~ZstdWriter() { ZSTD_freeCCtx(context_); }
  ZstdWriter(const ZstdWriter&) = delete;
  ZstdWriter& operator=(const ZstdWriter&) = delete;
  bool made() const { return context_ != nullptr; }

  std::ptrdiff_t write(const void* bytes, std::size_t size) {
    if (failed_ != 0) return repeat();
    ZSTD_inBuffer input{bytes, size, 0};
    while (input.pos < size) {
      if (drain() != 0) return input.pos > 0 && errno == EAGAIN ? taken(input) : -1;
      if (step(input, ZSTD_e_continue) != 0) return -1;
    }
    return taken(input);
  }
  int flush() { return end(ZSTD_e_flush) != 0 ? -1 : remember(below_.flush()); }
  int close() {
    // What is behind the frame's end would be another frame.
    const int ended = ended_ ? drain() : end(ZSTD_e_end);
    return ended;
  }

 private:
  static std::ptrdiff_t taken(const ZSTD_inBuffer& input) {
    return static_cast<std::ptrdiff_t>(input.pos);
  }
  int repeat() const {
    errno = failed_;
    return -1;
  }
  int remember(std::ptrdiff_t answer) {
    if (answer >= 0) return 0;
    if (errno != EAGAIN) failed_ = errno;
    return -1;
  }
  int drain() {
    while (begin_ < end_) {
      const std::ptrdiff_t count = below_.write(buffer_.data() + begin_, end_ - begin_);
      if (remember(count) != 0) return -1;
      begin_ += static_cast<std::size_t>(count);
    }
    return 0;
  }
  // Into the buffer, which is empty.
  int step(ZSTD_inBuffer& input, ZSTD_EndDirective directive) {
    ZSTD_outBuffer output{buffer_.data(), buffer_.size(), 0};
    left_ = ZSTD_compressStream2(context_, &output, &input, directive);
    begin_ = 0;
    end_ = output.pos;
    if (ZSTD_isError(left_) == 0) return 0;
    failed_ = ENOMEM;
    return repeat();
  }
  int end(ZSTD_EndDirective directive) {
    if (failed_ != 0) return repeat();
    do {
      ZSTD_inBuffer nothing{nullptr, 0, 0};
      if (drain() != 0 || step(nothing, directive) != 0) return -1;
    } while (left_ != 0);
    ended_ = directive == ZSTD_e_end;
    return drain();
  }

  SinkBelow& below_;
  ZSTD_CCtx* context_;
  std::array<char, 300> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t left_ = 0;
  int failed_ = 0;
  bool ended_ = false;
};

class ZstdReader {
 public:
  explicit ZstdReader(SourceBelow& below) : below_(below), context_(ZSTD_createDCtx()) {}
  ~ZstdReader() { ZSTD_freeDCtx(context_); }
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;
  bool made() const { return context_ != nullptr; }

  std::ptrdiff_t read(void* bytes, std::size_t size) {
    ZSTD_outBuffer output{bytes, size, 0};
    while (output.pos == 0 && size > 0) {
      if (failed_ != 0) return repeat();
      // What is decoded may not have had room.
      if (input_.pos == input_.size && !more_) {
        const std::ptrdiff_t given = below_.read(buffer_.data(), buffer_.size());
        if (given < 0 && errno == EAGAIN) return -1;
        if (given < 0) failed_ = errno;
        if (given == 0 && expected_ != 0) failed_ = EPIPE;
        if (given == 0 && expected_ == 0) return 0;
        if (failed_ != 0) continue;
        input_ = {buffer_.data(), static_cast<std::size_t>(given), 0};
      }
      expected_ = ZSTD_decompressStream(context_, &output, &input_);
      if (ZSTD_isError(expected_) != 0) failed_ = EILSEQ;
      more_ = expected_ != 0 && output.pos == output.size;
    }
    return static_cast<std::ptrdiff_t>(output.pos);
  }

 private:
  int repeat() const {
    errno = failed_;
    return -1;
  }

  SourceBelow& below_;
  ZSTD_DCtx* context_;
  std::array<char, 300> buffer_{};
  ZSTD_inBuffer input_{buffer_.data(), 0, 0};
  std::size_t expected_ = 1;  // of the frame; no frame at all is a cut
  bool more_ = false;
  int failed_ = 0;
};

template <class Handle, class Below>
std::shared_ptr<Handle> open(Below& below) {
  auto handle = std::make_shared<Handle>(below);
  return handle->made() ? handle : nullptr;
}

TEST(RealLibraries, ZstdOverCallbacksHoldsWhatApplies) {
  Subject subject = callbacks_subject(
      "test.zstd/1", "libzstd over callbacks.",
      kCallbackTraits | traits(Trait::kNonblocking, Trait::kDeterministic, Trait::kFlushable,
                               Trait::kDetectsTruncation, Trait::kDetectsCorruption,
                               Trait::kConcatenable, Trait::kMultiMember),
      {[](SinkBelow& below) -> Writer {
         const auto handle = open<ZstdWriter>(below);
         if (handle == nullptr) return WriterCalls{};
         return WriterCalls{
             .write = [=](const void* p, std::size_t n) { return handle->write(p, n); },
             .flush = [=] { return handle->flush(); },
             .close = [=] { return handle->close(); },
             .abandon = [] {}};
       },
       [](SourceBelow& below) -> Reader {
         const auto handle = open<ZstdReader>(below);
         if (handle == nullptr) return ReaderCalls{};
         return ReaderCalls{.read = [=](void* p, std::size_t n) { return handle->read(p, n); }};
       }});
  subject.payload_bytes_max = kPayloadBytesMax;
  expect_held(subject, {}, kSome);
}

}  // namespace
}  // namespace weir::properties::shapes
