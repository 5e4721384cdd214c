// libFuzzer's mutations, made on cases rather than on bytes. Linked where there is an engine; one
// that has mutators of another kind does not call them.
#include <algorithm>
#include <cstring>
#include <vector>

#include "fuzz/target.h"

using weir::fuzz::this_target;
using weir::properties::Case;
using weir::properties::RandomBits;

// Weak: an engine that has none to lend calls none of what is below.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                      std::size_t size_max);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned int seed) {
  RandomBits bits(seed);
  // Bytes that no case encodes to reach the decoder, too, and the engine's dictionaries come in
  // this way.
  if (bits.chance(1, 4)) return LLVMFuzzerMutate(data, size, size_max);
  static Case value;
  static std::vector<std::byte> bytes;
  this_target().decode(std::as_bytes(std::span(data, size)), value);
  // What the engine has seen compared belongs into what the transform gets.
  if (!bits.chance(1, 2) || !this_target().mutate_bytes(bits, LLVMFuzzerMutate, value)) {
    this_target().mutate(bits, value);
  }
  this_target().encode(value, bytes);
  if (bytes.size() > size_max) return LLVMFuzzerMutate(data, size, size_max);
  std::memcpy(data, bytes.data(), bytes.size());
  return bytes.size();
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1,
                                                 const std::uint8_t* data2, std::size_t size2,
                                                 std::uint8_t* output, std::size_t output_size_max,
                                                 unsigned int seed) {
  RandomBits bits(seed);
  static Case a;
  static Case b;
  static Case mixed;
  static std::vector<std::byte> bytes;
  this_target().decode(std::as_bytes(std::span(data1, size1)), a);
  this_target().decode(std::as_bytes(std::span(data2, size2)), b);
  this_target().cross_over(bits, a, b, mixed);
  this_target().encode(mixed, bytes);
  if (bytes.size() > output_size_max) {
    const std::size_t size = std::min(size1, output_size_max);
    std::memcpy(output, data1, size);
    return size;
  }
  std::memcpy(output, bytes.data(), bytes.size());
  return bytes.size();
}
