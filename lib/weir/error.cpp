#include "weir/error.h"

#include <charconv>
#include <cstring>
#include <system_error>

namespace weir::inline v0_1 {
namespace {

constexpr std::string_view kCut = "...";

constexpr bool prints(char c) noexcept { return c >= 0x20 && c < 0x7f; }

}  // namespace

std::string_view to_string(Code code) noexcept {
  switch (code) {
    case Code::kWouldBlock:
      return "would_block";
    case Code::kIo:
      return "io";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kTruncated:
      return "truncated";
    case Code::kNotSeekable:
      return "not_seekable";
    case Code::kClosed:
      return "closed";
    case Code::kInvalidArgument:
      return "invalid_argument";
    case Code::kLimitExceeded:
      return "limit_exceeded";
    case Code::kOutOfMemory:
      return "out_of_memory";
    case Code::kBadStream:
      return "bad_stream";
    case Code::kMalformedDescriptor:
      return "malformed_descriptor";
    case Code::kUnknownExtension:
      return "unknown_extension";
    case Code::kUnsupportedVersion:
      return "unsupported_version";
  }
  return "unknown";
}

Detail& Detail::append(std::string_view text) noexcept {
  constexpr char kDigits[] = "0123456789abcdef";
  constexpr std::size_t kKept = kCapacity - kCut.size();
  // A text that was cut ends with the mark within one escape of the capacity; nothing goes behind
  // it.
  if (std::size_t{size_} + 3 >= kCapacity && view().ends_with(kCut)) return *this;
  for (const char c : text) {
    const std::size_t needed = prints(c) ? 1 : 4;
    if (size_ + needed > kCapacity) {
      std::size_t kept = size_ < kKept ? size_ : kKept;
      // An escape is kept whole or not at all.
      for (std::size_t back = 1; back <= 3; ++back) {
        if (kept - back + 1 < size_ && text_[kept - back] == '\\' &&
            text_[kept - back + 1] == 'x') {
          kept -= back;
          break;
        }
      }
      std::memcpy(text_.data() + kept, kCut.data(), kCut.size());
      size_ = static_cast<std::uint8_t>(kept + kCut.size());
      return *this;
    }
    if (needed == 1) {
      text_[size_++] = c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text_[size_++] = '\\';
      text_[size_++] = 'x';
      text_[size_++] = kDigits[byte >> 4];
      text_[size_++] = kDigits[byte & 15];
    }
  }
  return *this;
}

Detail& Detail::append(std::uint64_t value) noexcept {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return append(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

Error io_error(int os_error, std::string_view text) noexcept {
  Error error(Code::kIo, text);
  error.os_error = os_error;
  return error;
}

std::string describe(const Error& error) {
  std::string text(to_string(error.code));
  if (error.offset != Error::kNoOffset) text += " at byte " + std::to_string(error.offset);
  if (!error.detail.view().empty()) text.append(": ").append(error.detail.view());
  if (error.os_error != 0) {
    text += " (" + std::generic_category().message(error.os_error) + ")";
  }
  return text;
}

}  // namespace weir::inline v0_1
