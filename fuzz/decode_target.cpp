// A target that decodes cases and does no more: what the structure of the input costs, held against
// empty_target.
#include <cstdlib>
#include <span>

#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::string error;
  static const auto target = weir::fuzz::FuzzTarget::make("seek", "", error);
  static weir::properties::Case value;
  if (target == nullptr) std::abort();
  target->decode(std::as_bytes(std::span(data, size)), value);
  return 0;
}
