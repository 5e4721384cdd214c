#include "properties/case_damage.h"

#include <algorithm>

#include "properties/case_place.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

constexpr std::size_t kDamagedBytesMax = std::size_t{64} << 20;

struct Verbs {
  std::uint8_t cut = verb_index(FieldId::kDamage, "cut");
  std::uint8_t flip = verb_index(FieldId::kDamage, "flip");
  std::uint8_t remove = verb_index(FieldId::kDamage, "remove");
  std::uint8_t duplicate = verb_index(FieldId::kDamage, "duplicate");
  std::uint8_t swap = verb_index(FieldId::kDamage, "swap");
  std::uint8_t replace = verb_index(FieldId::kDamage, "replace");
  std::uint8_t insert = verb_index(FieldId::kDamage, "insert");
  std::uint8_t append = verb_index(FieldId::kDamage, "append");
};

const Verbs& verbs() {
  static const Verbs indices;
  return indices;
}

}  // namespace

void apply_damage(const Case& value, std::span<const std::byte> encoded,
                  std::vector<std::byte>& out) {
  const Verbs& is = verbs();
  const std::size_t size_max = std::max(kDamagedBytesMax, encoded.size());
  out.assign(encoded.data(), encoded.data() + encoded.size());
  std::vector<std::byte> copy;
  for (const Op& op : value.ops(FieldId::kDamage)) {
    const std::size_t at = internal::place_of(op.args[0], out.size());
    const auto here = out.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t behind = out.size() - at;
    const std::size_t room = size_max - out.size();
    const std::span<const std::byte> bytes = value.bytes(op);
    const auto clipped = [](std::int64_t size, std::size_t limit) {
      return std::min(static_cast<std::size_t>(size), limit);
    };
    if (op.verb == is.cut) {
      out.resize(at);
    } else if (op.verb == is.flip) {
      if (!out.empty()) *here ^= std::byte{1} << static_cast<unsigned>(op.args[1]);
    } else if (op.verb == is.remove) {
      out.erase(here, here + static_cast<std::ptrdiff_t>(clipped(op.args[1], behind)));
    } else if (op.verb == is.duplicate) {
      const std::size_t size = std::min(clipped(op.args[1], behind), room);
      copy.assign(here, here + static_cast<std::ptrdiff_t>(size));
      out.insert(here, copy.begin(), copy.end());
    } else if (op.verb == is.swap) {
      const std::size_t with = internal::place_of(op.args[1], out.size());
      const std::size_t first = std::min(at, with);
      const std::size_t second = std::max(at, with);
      // Blocks that would overlap are shortened until they only touch.
      const std::size_t size = std::min(clipped(op.args[2], second - first), out.size() - second);
      std::swap_ranges(out.begin() + static_cast<std::ptrdiff_t>(first),
                       out.begin() + static_cast<std::ptrdiff_t>(first + size),
                       out.begin() + static_cast<std::ptrdiff_t>(second));
    } else if (op.verb == is.replace) {
      std::copy_n(bytes.data(), std::min(bytes.size(), behind), here);
    } else if (op.verb == is.insert) {
      out.insert(here, bytes.data(), bytes.data() + std::min(bytes.size(), room));
    } else {
      WEIR_CHECK(op.verb == is.append, "a damage operation that this function knows");
      out.insert(out.end(), bytes.data(), bytes.data() + std::min(bytes.size(), room));
    }
  }
}

}  // namespace weir::properties
