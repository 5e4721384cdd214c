#include "weir/transforms/rot13.h"

#include <utility>

#include "weir/check.h"
#include "weir/checked.h"
#include "weir/map_sink.h"
#include "weir/map_source.h"
#include "weir/version_1.h"

// This file is compiled once for each instruction set that Highway knows; the best one is chosen
// when the program runs.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "weir/transforms/rot13.cpp"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace weir::inline v0_1::rot13_kernel::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// (b | 0x20) - 'a' is below 26 for letters alone: cut off at 26, and moved so that bit 5 says which
// it is not. Plain arithmetic, which takes less time than a comparison and what it masks.
template <class D, class V>
HWY_INLINE V swap_case(D d, V bytes) {
  const V case_bit = hn::Set(d, std::uint8_t{0x20});
  const V letter = hn::Sub(hn::Or(bytes, case_bit), hn::Set(d, std::uint8_t{'a'}));
  const V other =
      hn::Add(hn::Min(letter, hn::Set(d, std::uint8_t{26})), hn::Set(d, std::uint8_t{6}));
  return hn::Xor(bytes, hn::AndNot(other, case_bit));
}

// Maps whole vectors from `i` on.
HWY_INLINE void swap_case_vectors(const std::uint8_t* input, std::uint8_t* output, std::size_t i,
                                  std::size_t size) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  for (; i + 4 * lanes <= size; i += 4 * lanes) {
    const auto a = hn::LoadU(d, input + i);
    const auto b = hn::LoadU(d, input + i + lanes);
    const auto c = hn::LoadU(d, input + i + 2 * lanes);
    const auto e = hn::LoadU(d, input + i + 3 * lanes);
    hn::StoreU(swap_case(d, a), d, output + i);
    hn::StoreU(swap_case(d, b), d, output + i + lanes);
    hn::StoreU(swap_case(d, c), d, output + i + 2 * lanes);
    hn::StoreU(swap_case(d, e), d, output + i + 3 * lanes);
  }
  for (; i + lanes <= size; i += lanes) {
    hn::StoreU(swap_case(d, hn::LoadU(d, input + i)), d, output + i);
  }
}

void swap_case_all(const std::uint8_t* input, std::uint8_t* output, std::size_t size) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  if (size >= lanes) {
    // All stores but two lie within one cache line: one across two of them costs two. Both ends are
    // mapped before anything is stored and stored after everything is mapped: where they overlap
    // the middle, and input and output are equal, nothing is mapped twice.
    const auto first = swap_case(d, hn::LoadU(d, input));
    const auto last = swap_case(d, hn::LoadU(d, input + size - lanes));
    const std::size_t skip = lanes - reinterpret_cast<std::uintptr_t>(output) % lanes;
    swap_case_vectors(input, output, skip, size);
    hn::StoreU(first, d, output);
    hn::StoreU(last, d, output + size - lanes);
    return;
  }
  std::size_t i = 0;
  const hn::CappedTag<std::uint8_t, 16> small;
  const std::size_t small_lanes = hn::Lanes(small);
  for (; i + small_lanes <= size; i += small_lanes) {
    hn::StoreU(swap_case(small, hn::LoadU(small, input + i)), small, output + i);
  }
  const hn::CappedTag<std::uint8_t, 1> one;
  for (; i < size; ++i) hn::StoreU(swap_case(one, hn::LoadU(one, input + i)), one, output + i);
}

}  // namespace weir::inline v0_1::rot13_kernel::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::inline v0_1 {
namespace rot13_kernel {
HWY_EXPORT(swap_case_all);
}  // namespace rot13_kernel

namespace {

// Below this size a vector would hardly be filled.
constexpr std::size_t kVectorBytesMin = 16;

using Kernel = void (*)(const std::uint8_t*, std::uint8_t*, std::size_t);

// The best one for this processor, looked up once instead of at every call.
Kernel best_kernel() {
  // Asking the processor costs more than mapping a few kilobytes.
  static const Kernel kernel = [] {
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    using rot13_kernel::HWY_DISPATCH_TABLE(swap_case_all);
    return &HWY_DYNAMIC_DISPATCH(swap_case_all);
  }();
  return kernel;
}

// Apart: it would be unrolled into the way of larger sizes.
[[gnu::noinline]] void swap_case_few(std::span<const std::byte> input, std::byte* output) {
  for (const std::byte b : input) {
    const auto lower = std::to_integer<unsigned>(b | std::byte{0x20});
    *output++ = lower - 'a' < 26u ? b ^ std::byte{0x20} : b;
  }
}

class SwapCase final : public ByteMap {
 public:
  void map(std::span<const std::byte> input, std::byte* output) const noexcept override {
    if (input.size() < kVectorBytesMin) {
      swap_case_few(input, output);
      return;
    }
    kernel_(reinterpret_cast<const std::uint8_t*>(input.data()),
            reinterpret_cast<std::uint8_t*>(output), input.size());
  }

 private:
  const Kernel kernel_ = best_kernel();
};

}  // namespace

Rot13::Rot13() : Rot13(Options{}) {}

Rot13::Rot13(Options options) : options_(options), map_(std::make_shared<SwapCase>()) {
  WEIR_CHECK(options_.chunk_size > 0, "a buffer of at least one byte");
}

Result<std::unique_ptr<Sink>> Rot13::transform_to(std::unique_ptr<Sink> output) const {
  WEIR_CHECK(output != nullptr, "a sink to write to");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Sink>> {
    return std::make_unique<MapSink>(std::move(output), map_,
                                     MapSink::Options{options_.chunk_size});
  });
}

Result<std::unique_ptr<Source>> Rot13::transform_from(std::unique_ptr<Source> input) const {
  WEIR_CHECK(input != nullptr, "a source to read from");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Source>> {
    return std::make_unique<MapSource>(std::move(input), map_);
  });
}

Descriptor Rot13::descriptor() const { return *Descriptor::parse("stream.rot13/1"); }

Extension Rot13::extension() { return extension(Options{}); }

Extension Rot13::extension(Options options) { return version_1_extension(Rot13(options)); }

}  // namespace weir::inline v0_1
#endif  // HWY_ONCE
