// What somebody would write who has only to swap the case of ASCII letters from one buffer into
// another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::bench {

/// A loop over `size` bytes of `input` into `output`, which do not overlap.
struct SwapCaseLoop {
  const char* name;
  void (*run)(const std::uint8_t* input, std::uint8_t* output, std::size_t size);
};

/// Loops over vectors of all widths that this processor has, and the compiler's own vectors.
std::span<const SwapCaseLoop> fast_swap_case_loops();

/// One byte at a time, through no vector.
void swap_case_bytewise(const std::uint8_t* input, std::uint8_t* output, std::size_t size);

}  // namespace weir::bench
