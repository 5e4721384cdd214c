#include "properties/payload.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "properties/case_bytes.h"
#include "properties/case_coverage.h"
#include "properties/random_bits.h"
#include "properties/roster.h"
#include "weir/check.h"
#include "weir/file.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{64} << 20;
constexpr std::size_t kReadBytes = std::size_t{256} << 10;

/// Makes room for `size` more bytes and returns it.
std::span<std::byte> extend(std::vector<std::byte>& output, std::size_t size) {
  const std::size_t old_size = output.size();
  output.resize(old_size + size);
  return std::span(output).subspan(old_size);
}

void append_counter(std::size_t size, std::vector<std::byte>& output) {
  // After so many bytes the pattern begins again.
  constexpr std::size_t kPeriod = std::size_t{1} << 16;
  const std::span<std::byte> room = extend(output, size);
  const std::size_t computed = std::min(size, kPeriod);
  std::byte* const bytes = room.data();
  for (std::size_t i = 0; i < computed; ++i) {
    bytes[i] = static_cast<std::byte>((i * 31 + (i >> 8)) & 255);
  }
  for (std::size_t done = computed; done < size;) {
    const std::size_t part = std::min(done, size - done);
    std::memcpy(bytes + done, bytes, part);
    done += part;
  }
}

/// Lines without strings: making those took most of the time of small cases.
void append_text(std::size_t size, std::vector<std::byte>& output) {
  constexpr std::string_view kBegin = "line ";
  constexpr std::string_view kMiddle = " of the weir's golden text, value ";
  constexpr std::size_t kDigitsMax = 20;
  std::array<char, kBegin.size() + kMiddle.size() + 2 * kDigitsMax + 1> line;
  std::memcpy(line.data(), kBegin.data(), kBegin.size());
  std::span<std::byte> room = extend(output, size);
  char* const first = line.data() + kBegin.size();
  for (std::uint64_t i = 0; !room.empty(); ++i) {
    char* end = std::to_chars(first, first + kDigitsMax, i).ptr;
    std::memcpy(end, kMiddle.data(), kMiddle.size());
    end = std::to_chars(end + kMiddle.size(), end + kMiddle.size() + kDigitsMax, i * i % 9973).ptr;
    *end++ = '\n';
    const std::size_t part = std::min(static_cast<std::size_t>(end - line.data()), room.size());
    std::memcpy(room.data(), line.data(), part);
    room = room.subspan(part);
  }
}

/// Frozen for ever: cases under version control mean these bytes. Eight bytes of each number, the
/// lowest first.
void append_random(std::size_t size, std::uint64_t seed, std::vector<std::byte>& output) {
  std::span<std::byte> room = extend(output, size);
  RandomBits bits(seed);
  while (!room.empty()) {
    const std::uint64_t number = bits.next();
    std::array<std::byte, 8> word;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(word.data(), &number, word.size());
    } else {
      for (std::size_t i = 0; i < word.size(); ++i) {
        word[i] = static_cast<std::byte>((number >> (8 * i)) & 255);
      }
    }
    const std::size_t part = std::min(word.size(), room.size());
    std::memcpy(room.data(), word.data(), part);
    room = room.subspan(part);
  }
}

struct Verbs {
  std::uint8_t literal = verb_index(FieldId::kPayload, "literal");
  std::uint8_t repeat = verb_index(FieldId::kPayload, "byte");
  std::uint8_t counter = verb_index(FieldId::kPayload, "counter");
  std::uint8_t text = verb_index(FieldId::kPayload, "text");
  std::uint8_t random = verb_index(FieldId::kPayload, "random");
  std::uint8_t file = verb_index(FieldId::kPayload, "file");
};

const Verbs& verbs() {
  static const Verbs indices;
  return indices;
}

/// What a project's own recipe makes, held to its size.
void append_added(const Op& op, std::size_t size, std::vector<std::byte>& output) {
  const std::span<const PayloadRecipe> recipes = internal::final_payload_recipes();
  const std::size_t index = op.verb - (verbs().file + 1u);  // the schema has them behind its own
  WEIR_CHECK(index < recipes.size(), "a payload operation that this function knows");
  const std::size_t old_size = output.size();
  recipes[index].append(size, static_cast<std::uint64_t>(op.args[1]), output);
  WEIR_CHECK(output.size() >= old_size, "a payload recipe only appends");
  output.resize(std::min(output.size(), old_size + size));
}

/// The bytes that `op`, a slice of a file, stands for.
Result<std::span<const std::byte>> slice(const Op& op, const PayloadFiles& files) {
  const PayloadFiles::File* const file = files.find(static_cast<std::uint64_t>(op.args[0]));
  if (file == nullptr) {
    char digits[17] = {};
    std::to_chars(digits, digits + 16, static_cast<std::uint64_t>(op.args[0]), 16);
    Error error(Code::kInvalidArgument, "no payload file has the hash 0x");
    error.detail.append(digits);
    return fail(error);
  }
  const std::span<const std::byte> all(file->bytes);
  const std::size_t from = std::min(static_cast<std::size_t>(op.args[1]), all.size());
  return all.subspan(from, std::min(static_cast<std::size_t>(op.args[2]), all.size() - from));
}

}  // namespace

Result<void> PayloadFiles::add(const std::string& path) {
  auto source = FileSource::open(path);
  if (failed_with(source, Code::kIo) && source.error().os_error == EISDIR) {
    return fail(Code::kInvalidArgument, "a payload must be a file, not a folder");
  }
  if (!source) return fail(source.error());
  File file;
  file.path = path;
  while (true) {
    const std::size_t old_size = file.bytes.size();
    const Result<std::size_t> count = (*source)->read(extend(file.bytes, kReadBytes));
    if (!count) return fail(count.error());
    file.bytes.resize(old_size + *count);
    if (*count == 0) break;
    if (file.bytes.size() > kFileBytesMax) {
      return fail(Code::kLimitExceeded, "a payload file has at most 64 MiB");
    }
  }
  if (file.bytes.empty()) return fail(Code::kInvalidArgument, "the payload file is empty");
  file.bytes.shrink_to_fit();
  file.hash = stable_hash(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (find(file.hash) == nullptr) files_.push_back(std::move(file));
  return {};
}

const PayloadFiles::File* PayloadFiles::find(std::uint64_t hash) const noexcept {
  const auto found =
      std::find_if(files_.begin(), files_.end(), [&](const File& f) { return f.hash == hash; });
  return found == files_.end() ? nullptr : &*found;
}

Result<void> materialise(const Case& value, const PayloadFiles& files, std::size_t bytes_max,
                         std::vector<std::byte>& output) {
  const Verbs& is = verbs();
  std::size_t left = bytes_max;
  for (const Op& op : value.ops(FieldId::kPayload)) {
    const auto clipped = [&](std::int64_t size) {
      return std::min(static_cast<std::size_t>(size), left);
    };
    const std::size_t old_size = output.size();
    if (op.verb == is.literal) {
      const std::span<const std::byte> bytes = value.bytes(op);
      const std::size_t size = std::min(bytes.size(), left);
      output.insert(output.end(), bytes.data(), bytes.data() + size);
    } else if (op.verb == is.repeat) {
      output.insert(output.end(), clipped(op.args[1]), static_cast<std::byte>(op.args[0]));
    } else if (op.verb == is.counter) {
      append_counter(clipped(op.args[0]), output);
    } else if (op.verb == is.text) {
      append_text(clipped(op.args[0]), output);
    } else if (op.verb == is.random) {
      append_random(clipped(op.args[0]), static_cast<std::uint64_t>(op.args[1]), output);
    } else if (op.verb > is.file) {
      append_added(op, clipped(op.args[0]), output);
    } else {
      WEIR_CHECK(op.verb == is.file, "a payload operation that this function knows");
      const auto bytes = slice(op, files);
      if (!bytes) return fail(bytes.error());
      const std::size_t size = std::min(bytes->size(), left);
      output.insert(output.end(), bytes->data(), bytes->data() + size);
    }
    left -= output.size() - old_size;
  }
  return {};
}

Result<void> embed_files(Case& value, const PayloadFiles& files) {
  const Verbs& is = verbs();
  std::size_t left = kCaseBytesMax;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    for (const Op& op : value.ops(static_cast<FieldId>(f))) {
      left -= std::min<std::size_t>(left, op.bytes_size);
    }
  }
  Case embedded = value;
  for (Op& op : embedded.ops(FieldId::kPayload)) {
    if (op.verb != is.file) continue;
    const auto bytes = slice(op, files);
    if (!bytes) return fail(bytes.error());
    if (bytes->size() > kOpBytesMax) {
      return fail(Code::kLimitExceeded, "a slice of more than 256 KiB cannot be embedded");
    }
    if (bytes->size() > left) {
      return fail(Code::kLimitExceeded, "the slices together are too long to be embedded");
    }
    left -= bytes->size();
    op = Op{};
    op.verb = is.literal;
    embedded.set_bytes(op, *bytes);
  }
  // The operations take room beside their byte strings.
  if (encoded_size(embedded) > kCaseBytesMax) {
    return fail(Code::kLimitExceeded, "the slices together are too long to be embedded");
  }
  value = std::move(embedded);
  return {};
}

}  // namespace weir::properties
WEIR_NO_COVERAGE_END
