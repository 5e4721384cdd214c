// Seen in the field: icsharpcode/SharpZipLib issue 360: Gzip decompress Unexpected EOF with small
// buffer + fix. Reading with a buffer smaller than the data ended in an error about an unexpected
// end, while the decoder still had output to give.
#include <optional>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "input-gone-is-cut";
constexpr std::string_view kBug =
    "Before it goes on with what it has decoded the reader asks for more input, and where there "
    "is none it says that the stream was cut.";

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(next_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(size_), buffer_.begin());
    size_ -= next_;
    next_ = 0;
    if (!failure_.has_value()) {
      const auto given = read_below(inner(), std::span(buffer_).subspan(size_));
      if (given.has_value()) {
        if (*given == 0 && size_ > 0) {
          note_fault();
          return fail(Code::kTruncated, "unexpected end");
        }
        size_ += *given;
      } else if (size_ == 0) {
        return given;
      } else if (!failed_with(given, Code::kWouldBlock)) {
        failure_ = given.error();
      }
    } else if (size_ == 0) {
      return fail(*failure_);
    }
    next_ = std::min(size_, output.size());
    std::copy_n(buffer_.begin(), next_, output.begin());
    return next_;
  }

 private:
  std::array<std::byte, 16> buffer_{};
  std::size_t next_ = 0;  // what stands before it was given
  std::size_t size_ = 0;
  std::optional<Error> failure_;  // of the source below, for when all is given
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant input_gone_is_cut = {
    kName,
    kBug,
    "read-chunking",
    "short-source-reads would-block-read zero-length eof-exact seek-refused",
    "payload   literal \"ab\"\n"
    "reads     read 1\n",
    "read-chunking short-source-reads would-block-read zero-length eof-exact seek-refused",
    subject,
    "",
    "icsharpcode/SharpZipLib issue 360: Gzip decompress Unexpected EOF with small buffer + fix",
};

}  // namespace weir::properties::mutant
