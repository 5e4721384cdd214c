#include "tools/bench/swap_case_loops.h"

#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace weir::bench {
namespace {

std::uint8_t swap_case(std::uint8_t byte) {
  const bool is_letter = static_cast<std::uint8_t>((byte | 0x20) - 'a') < 26;
  return static_cast<std::uint8_t>(byte ^ (is_letter ? 0x20 : 0));
}

void compiled(const std::uint8_t* __restrict__ input, std::uint8_t* __restrict__ output,
              std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) output[i] = swap_case(input[i]);
}

#if defined(__x86_64__)

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i swap_case_32(__m256i bytes) {
  const __m256i lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
  // Letters, and they alone, end up above 101 as signed bytes.
  const __m256i shifted = _mm256_add_epi8(lower, _mm256_set1_epi8(127 - 'z'));
  const __m256i is_letter = _mm256_cmpgt_epi8(shifted, _mm256_set1_epi8(127 - 26));
  return _mm256_xor_si256(bytes, _mm256_and_si256(is_letter, _mm256_set1_epi8(0x20)));
}

[[gnu::target("avx2")]] void avx2(const std::uint8_t* input, std::uint8_t* output,
                                  std::size_t size) {
  constexpr std::size_t kStep = 32;
  std::size_t i = 0;
  for (; i + 4 * kStep <= size; i += 4 * kStep) {
    const auto* from = reinterpret_cast<const __m256i*>(input + i);
    auto* to = reinterpret_cast<__m256i*>(output + i);
    const __m256i a = _mm256_loadu_si256(from);
    const __m256i b = _mm256_loadu_si256(from + 1);
    const __m256i c = _mm256_loadu_si256(from + 2);
    const __m256i d = _mm256_loadu_si256(from + 3);
    _mm256_storeu_si256(to, swap_case_32(a));
    _mm256_storeu_si256(to + 1, swap_case_32(b));
    _mm256_storeu_si256(to + 2, swap_case_32(c));
    _mm256_storeu_si256(to + 3, swap_case_32(d));
  }
  for (; i < size; ++i) output[i] = swap_case(input[i]);
}

[[gnu::target("avx512bw"), gnu::always_inline]] inline __m512i swap_case_64(__m512i bytes) {
  const __m512i case_bit = _mm512_set1_epi8(0x20);
  const __m512i from_a = _mm512_sub_epi8(_mm512_or_si512(bytes, case_bit), _mm512_set1_epi8('a'));
  const __mmask64 is_letter = _mm512_cmplt_epu8_mask(from_a, _mm512_set1_epi8(26));
  return _mm512_xor_si512(bytes, _mm512_maskz_mov_epi8(is_letter, case_bit));
}

[[gnu::target("avx512bw")]] void avx512(const std::uint8_t* input, std::uint8_t* output,
                                        std::size_t size) {
  constexpr std::size_t kStep = 64;
  std::size_t i = 0;
  for (; i + 4 * kStep <= size; i += 4 * kStep) {
    const std::uint8_t* const from = input + i;
    std::uint8_t* const to = output + i;
    const __m512i a = _mm512_loadu_si512(from);
    const __m512i b = _mm512_loadu_si512(from + kStep);
    const __m512i c = _mm512_loadu_si512(from + 2 * kStep);
    const __m512i d = _mm512_loadu_si512(from + 3 * kStep);
    _mm512_storeu_si512(to, swap_case_64(a));
    _mm512_storeu_si512(to + kStep, swap_case_64(b));
    _mm512_storeu_si512(to + 2 * kStep, swap_case_64(c));
    _mm512_storeu_si512(to + 3 * kStep, swap_case_64(d));
  }
  for (; i < size; ++i) output[i] = swap_case(input[i]);
}

// Unaligned stores of whole cache lines each touch two of them: the first vector goes where the
// output begins, the others to whole lines. The overlap is written twice with the same bytes.
[[gnu::target("avx512bw")]] void avx512_aligned(const std::uint8_t* input, std::uint8_t* output,
                                                std::size_t size) {
  constexpr std::size_t kStep = 64;
  if (size >= kStep) {
    _mm512_storeu_si512(output, swap_case_64(_mm512_loadu_si512(input)));
    const std::size_t skip = kStep - (reinterpret_cast<std::uintptr_t>(output) & (kStep - 1));
    input += skip;
    output += skip;
    size -= skip;
  }
  avx512(input, output, size);
}

#endif

}  // namespace

std::span<const SwapCaseLoop> fast_swap_case_loops() {
  static const std::vector<SwapCaseLoop> loops = [] {
    std::vector<SwapCaseLoop> found{{"compiled", compiled}};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) found.push_back({"AVX2", avx2});
    if (__builtin_cpu_supports("avx512bw")) {
      found.push_back({"AVX-512", avx512});
      found.push_back({"AVX-512 aligned", avx512_aligned});
    }
#endif
    return found;
  }();
  return loops;
}

void swap_case_bytewise(const std::uint8_t* input, std::uint8_t* output, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    output[i] = swap_case(input[i]);
    // Keeps the compiler from turning this into vectors.
    asm volatile("" : : : "memory");
  }
}

}  // namespace weir::bench
