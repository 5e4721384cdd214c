// Seen in the field: pauldmccarthy/indexed_gzip pull request 15: Failure when file size is a
// multiple of read buffer size. The end was looked for with feof, which says nothing before a read
// went past it: files of a multiple of the buffer size could not be read. google/brotli issue 812
// describes the same in its command.
#include <cstdint>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "full-buffer-is-no-end";
constexpr std::string_view kBug =
    "The reader knows that a stream is over by a buffer that was not filled: where the last one "
    "was full, it misses what should follow.";

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    const auto given = read_below(inner(), output);
    if (!given.has_value()) return given;
    given_ += *given;
    if (*given > 0 || given_ == 0 || given_ % kBufferBytes != 0) return given;
    note_fault();
    return fail(Code::kTruncated, "the file goes on");
  }

 private:
  static constexpr std::uint64_t kBufferBytes = 8;
  std::uint64_t given_ = 0;
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant full_buffer_is_no_end = {
    kName,
    kBug,
    "eof-exact",
    "round-trip concatenation chain",
    "payload   literal \"abcdefgh\"\n",
    "round-trip concatenation eof-exact",
    subject,
    // Needs eight bytes of payload.
    "exhaustive",
    "pauldmccarthy/indexed_gzip pull request 15: Failure when file size is a multiple of read "
    "buffer size",
};

}  // namespace weir::properties::mutant
