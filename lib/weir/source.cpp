#include "weir/source.h"

#include "weir/check.h"

namespace weir::inline v0_1 {

std::span<const std::byte> Source::peek(std::size_t) { return {}; }

void Source::consume(std::size_t) { WEIR_CHECK(false, "this source lends nothing"); }

bool Source::seekable() const { return false; }

Result<std::uint64_t> Source::seek(std::int64_t, Whence) { return fail(Code::kNotSeekable); }

}  // namespace weir::inline v0_1
