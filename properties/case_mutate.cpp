#include <algorithm>
#include <utility>

#include "properties/case_bytes.h"
#include "properties/case_draw.h"
#include "properties/case_flat.h"
#include "properties/case_generate.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

// Mutations draw as if at this size: neither tiny nor mostly large.
constexpr int kSize = 60;
// A string that mutation lengthens stays below this, so that a case stays valid and cheap.
constexpr std::size_t kGrownBytesMax = 4096;

std::vector<FieldId> used_fields(FieldSet uses) {
  std::vector<FieldId> ids;
  for (const Field& field : schema()) {
    if (uses & field_bit(field.id)) ids.push_back(field.id);
  }
  return ids;
}

/// Keeps what of `op` the verb `index` can use, and takes the simplest value for the rest.
void change_verb(FieldId id, Op& op, std::size_t index, Case& value) {
  const Field& field = schema()[static_cast<std::size_t>(id)];
  const Verb& from = field.verbs[op.verb];
  const Verb& to = field.verbs[index];
  Op changed;
  changed.verb = static_cast<std::uint8_t>(index);
  for (std::size_t a = 0; a < to.args.size(); ++a) {
    changed.args[a] = to.args[a].simplest;
    for (std::size_t b = 0; b < from.args.size(); ++b) {
      if (from.args[b].shape != to.args[a].shape) continue;
      changed.args[a] = std::clamp(op.args[b], to.args[a].min, to.args[a].max);
      break;
    }
  }
  if (to.has_bytes && from.has_bytes) value.set_bytes(changed, value.bytes(op));
  op = changed;
}

void change_arg(RandomBits& bits, const Arg& arg, std::int64_t& number) {
  if (arg.shape == Shape::kHash) return;
  const std::uint64_t kind = bits.below(8);
  // All arithmetic is in unsigned numbers that wrap, then taken back into the range.
  const auto current = static_cast<std::uint64_t>(number);
  std::uint64_t next = current;
  if (kind == 0) next = current + 1;
  if (kind == 1) next = current - 1;
  if (kind == 2) next = current * 2;
  if (kind == 3) next = static_cast<std::uint64_t>(number / 2);
  if (kind == 4) next = current + bits.below(33) - 16;
  if (kind == 5) next = 0 - current;
  if (kind >= 6) {
    number = internal::draw_arg(bits, kSize, arg);
  } else {
    number = std::clamp(static_cast<std::int64_t>(next), arg.min, arg.max);
  }
}

void change_bytes(RandomBits& bits, const Verb& verb, Op& op, Case& value) {
  const std::span<const std::byte> old = value.bytes(op);
  std::vector<std::byte> bytes(old.begin(), old.end());
  const std::uint64_t kind = bytes.empty() ? 5 : bits.below(8);
  const std::uint64_t at = bits.below(bytes.size());
  const auto here = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const auto part_size = [&] {
    const std::uint64_t left = bytes.size() - at;
    return static_cast<std::ptrdiff_t>(1 + bits.below(std::min<std::uint64_t>(left, 16)));
  };
  if (kind == 0) {
    *here ^= std::byte{1} << static_cast<unsigned>(bits.below(8));
  } else if (kind == 1) {
    *here = static_cast<std::byte>(bits.below(256));
  } else if (kind == 2) {
    bytes.insert(here, static_cast<std::byte>(bits.below(256)));
  } else if (kind == 3) {
    bytes.erase(here, here + part_size());
  } else if (kind == 4) {
    const std::vector<std::byte> part(here, here + part_size());
    const std::uint64_t to = bits.below(bytes.size() + 1);
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(to), part.begin(), part.end());
  } else if (kind == 5) {
    internal::draw_bytes(bits, kSize, verb, bytes);
  } else if (kind == 6) {
    std::vector<std::byte> drawn;
    internal::draw_bytes(bits, kSize, verb, drawn);
    bytes.insert(here, drawn.begin(), drawn.end());
  } else {
    bytes.resize(at);
  }
  if (bytes.size() <= std::max(kGrownBytesMax, old.size())) value.set_bytes(op, bytes);
}

void mutate_once(RandomBits& bits, const std::vector<FieldId>& ids, const GenerateOptions& options,
                 Case& value) {
  // Fields that have operations are where something happens: they get a second chance to be picked.
  FieldId id = ids[bits.below(ids.size())];
  if (value.ops(id).empty()) id = ids[bits.below(ids.size())];
  const Field& field = schema()[static_cast<std::size_t>(id)];
  std::vector<Op>& list = value.ops(id);
  const std::uint64_t kind = list.empty() ? 0 : bits.below(16);
  if (kind < 3) {
    if (list.size() == field.ops_max) return;
    const std::uint64_t at = bits.below(list.size() + 1);
    const Op op = internal::draw_op(bits, options, field, value);
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), op);
    return;
  }
  const std::uint64_t at = bits.below(list.size());
  const auto here = list.begin() + static_cast<std::ptrdiff_t>(at);
  Op& op = *here;
  const Verb& verb = field.verbs[op.verb];
  if (kind < 5) {
    const std::uint64_t size = 1 + bits.below(bits.chance(1, 4) ? list.size() - at : 1);
    list.erase(here, here + static_cast<std::ptrdiff_t>(size));
  } else if (kind == 5) {
    if (list.size() == field.ops_max) return;
    const Op copy = op;
    const std::uint64_t to = bits.below(list.size() + 1);
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(to), copy);
  } else if (kind == 6) {
    const std::uint64_t with = bits.below(list.size());
    std::swap(op, list[with]);
  } else if (kind == 7) {
    const std::uint64_t index = bits.below(field.verbs.size());
    const Verb& other = field.verbs[index];
    if (!internal::needs_file(other) && has(options.kinds, other.kind)) {
      change_verb(id, op, index, value);
    }
  } else if (verb.has_bytes && (verb.args.empty() || bits.chance(1, 2))) {
    change_bytes(bits, verb, op, value);
  } else if (!verb.args.empty()) {
    const std::uint64_t which = bits.below(verb.args.size());
    change_arg(bits, verb.args[which], op.args[which]);
  } else {
    op = internal::draw_op(bits, options, field, value);
  }
}

/// Drops the longest lists' ends until the case is valid. Only cases with very long strings need
/// it.
void make_valid(Case& value) {
  for (std::size_t f = 0; f < kFieldCount && encoded_size(value) > kCaseBytesMax; ++f) {
    std::vector<Op>& list = value.ops(static_cast<FieldId>(f));
    while (!list.empty() && encoded_size(value) > kCaseBytesMax) list.pop_back();
  }
}

}  // namespace

void mutate(RandomBits& bits, const Scope& scope, Case& value) {
  const std::vector<FieldId> ids = used_fields(scope.fields);
  if (ids.empty()) return;
  const GenerateOptions options{.size = kSize, .kinds = scope.kinds};
  do {
    mutate_once(bits, ids, options, value);
  } while (bits.chance(3, 8));
  internal::add_needed(bits, options, scope, value);
  value.compact();
  make_valid(value);
}

void cross_over(RandomBits& bits, FieldSet uses, const Case& a, const Case& b, Case& result) {
  WEIR_CHECK(&result != &a && &result != &b, "the result is a third case");
  result.clear();
  result.subject = a.subject;
  result.clause = a.clause;
  const auto append = [&](FieldId id, const Case& from, std::size_t first, std::size_t last) {
    std::vector<Op>& list = result.ops(id);
    const std::size_t ops_max = schema()[static_cast<std::size_t>(id)].ops_max;
    for (std::size_t i = first; i < last && list.size() < ops_max; ++i) {
      Op op = from.ops(id)[i];
      result.set_bytes(op, from.bytes(op));
      list.push_back(op);
    }
  };
  for (const FieldId id : used_fields(uses)) {
    const std::size_t a_size = a.ops(id).size();
    const std::size_t b_size = b.ops(id).size();
    const std::uint64_t kind = bits.below(4);
    if (kind == 0) {
      append(id, a, 0, a_size);
    } else if (kind == 1) {
      append(id, b, 0, b_size);
    } else {
      const std::uint64_t a_end = bits.below(a_size + 1);
      const std::uint64_t b_start = bits.below(b_size + 1);
      append(id, a, 0, a_end);
      append(id, b, b_start, b_size);
    }
  }
  make_valid(result);
}

}  // namespace weir::properties
