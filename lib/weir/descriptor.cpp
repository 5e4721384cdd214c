#include "weir/descriptor.h"

namespace weir::inline v0_1 {
namespace {

constexpr bool is_name_byte(char c) noexcept { return c > 0x20 && c < 0x7f; }

// Nothing when `name` (domain included) is well formed, else what is wrong with it.
std::string_view name_fault(std::string_view name) noexcept {
  for (const char c : name) {
    if (!is_name_byte(c)) return "name has a byte that is not printable ASCII";
  }
  const std::size_t at = name.find('@');
  if (at == 0 || name.empty()) return "empty name";
  if (at == std::string_view::npos) return {};
  if (at + 1 == name.size()) return "empty domain";
  if (name.find('@', at + 1) != std::string_view::npos) return "second '@'";
  return {};
}

}  // namespace

Result<Descriptor> Descriptor::parse(std::string_view text) {
  if (text.size() > kBytesMax) {
    return fail(Code::kMalformedDescriptor, "longer than 255 bytes");
  }
  const std::size_t name_size = text.find('/') == text.npos ? text.size() : text.find('/');
  if (const auto fault = name_fault(text.substr(0, name_size)); !fault.empty()) {
    return fail(Code::kMalformedDescriptor, fault);
  }
  Descriptor descriptor;
  descriptor.text_ = text;
  descriptor.name_size_ = name_size;
  return descriptor;
}

std::string_view Descriptor::version() const noexcept {
  return has_version() ? std::string_view(text_).substr(name_size_ + 1) : std::string_view();
}

std::string Descriptor::escaped() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string result;
  result.reserve(text_.size());
  for (const char c : text_) {
    if (c >= 0x20 && c < 0x7f && c != '\\') {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += "\\x";
    result += kDigits[byte >> 4];
    result += kDigits[byte & 15];
  }
  return result;
}

bool is_version_1(std::string_view version) noexcept {
  return version.substr(0, version.find('.')) == "1";
}

}  // namespace weir::inline v0_1
