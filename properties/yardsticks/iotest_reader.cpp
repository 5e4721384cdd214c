// In the spirit of Go's testing/iotest: TestReader's clauses on the reader, over the readers that
// iotest puts below (one byte at a time, half of what is asked, all). Go's third, data together
// with the end, cannot be said in this contract. The author brings a few contents.
#include <algorithm>
#include <array>
#include <functional>

#include "properties/mutants/blocks.h"
#include "properties/yardsticks/yardstick.h"
#include "weir/memory.h"

namespace weir::properties::yardstick {
namespace {

std::vector<std::byte> as_bytes(std::string_view text) {
  std::vector<std::byte> bytes;
  for (const char letter : text) bytes.push_back(static_cast<std::byte>(letter));
  return bytes;
}

std::vector<std::byte> lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "line " + std::to_string(i) + " of the file\n";
  return as_bytes(text);
}

constexpr std::size_t kContentCount = 5;
std::vector<std::byte> content_of(std::size_t index) {
  switch (index) {
    case 0:
      return {};
    case 1:
      return as_bytes("a");
    case 2:
      return as_bytes("hello, world");
    case 3:
      return lines(10);
    default:
      return lines(400);
  }
}

class OneByteReader final : public mutant::ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    return inner().read(output.first(std::min<std::size_t>(output.size(), 1)));
  }
};

class HalfReader final : public mutant::ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    return inner().read(output.first((output.size() + 1) / 2));
  }
};

constexpr std::size_t kBelowCount = 3;
std::unique_ptr<Source> below_of(std::size_t index, std::span<const std::byte> encoded) {
  auto all = std::make_unique<MemorySource>(encoded);
  if (index == 0) return all;
  if (index == 1) return std::make_unique<OneByteReader>(std::move(all));
  return std::make_unique<HalfReader>(std::move(all));
}

// Reads of one, two and three bytes in turn.
struct SmallSizes {
  std::size_t last = 0;
  std::size_t operator()() { return last = last % 3 + 1; }
};

bool reads_rest(Source& reader, std::span<const std::byte> rest) {
  std::vector<std::byte> got;
  return read_all(reader, rest.size() + 16, got, SmallSizes{}) &&
         std::equal(got.begin(), got.end(), rest.begin(), rest.end());
}

bool seeks_to(Source& reader, std::int64_t offset, Whence whence, std::size_t position) {
  const auto result = reader.seek(offset, whence);
  return result.has_value() && *result == position;
}

std::string test_reader(Source& reader, std::span<const std::byte> content) {
  if (!content.empty()) {
    const auto nothing = reader.read({});
    if (!nothing.has_value() || *nothing != 0) return "Read(0) is not 0";
  }
  if (!reads_rest(reader, content)) return "ReadAll(small amounts) is not the content";
  std::array<std::byte, 10> ten;
  const auto at_end = reader.read(ten);
  if (!at_end.has_value() || *at_end != 0) return "Read(10) at the end is not the end";
  if (!reader.seekable()) return {};

  if (!seeks_to(reader, 0, Whence::kCurrent, content.size())) return "Seek(0, 1) from the end";
  const auto third = static_cast<std::int64_t>(content.size() / 3);
  const std::size_t middle = content.size() - content.size() / 3;
  if (middle > 0 && content.size() > 2) {
    if (!seeks_to(reader, -1, Whence::kCurrent, content.size() - 1)) return "Seek(-1, 1)";
    if (!seeks_to(reader, -third, Whence::kCurrent, middle - 1)) return "Seek(-len/3, 1)";
    if (!seeks_to(reader, 1, Whence::kCurrent, middle)) return "Seek(+1, 1)";
  } else if (!seeks_to(reader, static_cast<std::int64_t>(middle), Whence::kSet, middle)) {
    return "Seek(middle, 0)";
  }
  if (!seeks_to(reader, 0, Whence::kCurrent, middle)) return "Seek(0, 1) from the middle";
  if (!reads_rest(reader, content.subspan(middle))) return "ReadAll from the middle";
  if (!seeks_to(reader, static_cast<std::int64_t>(middle / 2), Whence::kSet, middle / 2)) {
    return "Seek(middle/2, 0)";
  }
  if (!seeks_to(reader, -third, Whence::kEnd, middle)) return "Seek(-len/3, 2)";
  if (!reads_rest(reader, content.subspan(middle))) return "ReadAll from the middle, again";
  if (!seeks_to(reader, static_cast<std::int64_t>(middle / 2), Whence::kSet, middle / 2)) {
    return "Seek(middle/2, 0), again";
  }
  if (!reads_rest(reader, content.subspan(middle / 2))) return "ReadAll from middle/2";
  return {};
}

}  // namespace

static_assert(kIotestRounds == kContentCount * kBelowCount);

std::string iotest_reader(const Subject& subject, std::uint64_t /*seed*/, std::uint64_t index) {
  const std::vector<std::byte> content = content_of(index % kContentCount);
  const auto transform = subject.make();
  if (!transform.has_value()) return "no instance";
  ByteBuffer encoded;
  auto sink = (*transform)->transform_to(std::make_unique<MemorySink>(encoded));
  if (!sink.has_value()) return "no writer";
  if (!write_all(**sink, content, [&] { return content.size(); })) return "Write fails";
  if (!(*sink)->close().has_value()) return "Close of the writer fails";
  auto reader = (*transform)->transform_from(below_of(index / kContentCount, encoded.bytes()));
  if (!reader.has_value()) return "no reader";
  if (std::string wrong = test_reader(**reader, content); !wrong.empty()) return wrong;
  if (!(*reader)->close().has_value()) return "Close of the reader fails";
  return {};
}

}  // namespace weir::properties::yardstick
