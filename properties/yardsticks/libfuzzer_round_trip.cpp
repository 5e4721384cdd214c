// In the spirit of the first fuzz target that everybody writes: the fuzzer's bytes are the payload,
// written at once and read back at once. In builds with an engine fuzz_entry.cpp makes a libFuzzer
// program of it.
#include <algorithm>
#include <memory>

#include "properties/yardsticks/yardstick.h"
#include "weir/memory.h"

namespace weir::properties::yardstick {

std::string whole_round_trip(const Subject& subject, std::span<const std::byte> input) {
  const auto transform = subject.make();
  if (!transform.has_value()) return "no instance";
  ByteBuffer encoded;
  auto sink = (*transform)->transform_to(std::make_unique<MemorySink>(encoded));
  if (!sink.has_value()) return "no writer";
  if (!write_all(**sink, input, [&] { return input.size(); })) return "write fails";
  if (!(*sink)->close().has_value()) return "close fails";
  auto source = (*transform)->transform_from(std::make_unique<MemorySource>(encoded.bytes()));
  if (!source.has_value()) return "no reader";
  std::vector<std::byte> decoded;
  if (!read_all(**source, input.size() + 16, decoded, [] { return std::size_t{65536}; })) {
    return "read fails";
  }
  const bool same = std::equal(decoded.begin(), decoded.end(), input.begin(), input.end());
  return same ? std::string() : "not the payload";
}

}  // namespace weir::properties::yardstick
