#include "properties/case_descriptor.h"

#include <algorithm>

#include "properties/case_place.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

struct Verbs {
  std::uint8_t minor_part = verb_index(FieldId::kDescriptor, "minor");
  std::uint8_t version = verb_index(FieldId::kDescriptor, "version");
  std::uint8_t drop_version = verb_index(FieldId::kDescriptor, "drop-version");
  std::uint8_t name = verb_index(FieldId::kDescriptor, "name");
  std::uint8_t insert = verb_index(FieldId::kDescriptor, "insert");
  std::uint8_t erase = verb_index(FieldId::kDescriptor, "erase");
  std::uint8_t flip_case = verb_index(FieldId::kDescriptor, "flip-case");
  std::uint8_t raw = verb_index(FieldId::kDescriptor, "raw");
};

const Verbs& verbs() {
  static const Verbs indices;
  return indices;
}

}  // namespace

std::string edited_descriptor(const Case& value, std::string_view own) {
  const Verbs& is = verbs();
  std::string text(own);
  for (const Op& op : value.ops(FieldId::kDescriptor)) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::span<const std::byte> raw_bytes = value.bytes(op);
    const std::string_view bytes(reinterpret_cast<const char*>(raw_bytes.data()), raw_bytes.size());
    const std::size_t at = internal::place_of(op.args[0], text.size());
    if (op.verb == is.minor_part) {
      text.resize(slash);
      text += "/1.";
      text += bytes;
    } else if (op.verb == is.version) {
      text.resize(slash);
      text += '/';
      text += bytes;
    } else if (op.verb == is.drop_version) {
      text.resize(slash);
    } else if (op.verb == is.name) {
      text.replace(0, slash, bytes);
    } else if (op.verb == is.insert) {
      text.insert(at, bytes);
    } else if (op.verb == is.erase) {
      text.erase(at, static_cast<std::size_t>(op.args[1]));
    } else if (op.verb == is.flip_case) {
      if (text.empty()) continue;
      char& c = text[at];
      if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) c = static_cast<char>(c ^ 0x20);
    } else {
      WEIR_CHECK(op.verb == is.raw, "a descriptor edit that this function knows");
      text = bytes;
    }
  }
  return text;
}

}  // namespace weir::properties
