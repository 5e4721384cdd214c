#include "properties/case_generate.h"

#include <algorithm>

#include "properties/case_bytes.h"
#include "properties/case_draw.h"
#include "weir/check.h"

namespace weir::properties {
namespace internal {
namespace {

// Block and buffer sizes of common codecs and libraries: the places where things break.
constexpr std::uint64_t kCommonSizes[] = {4096, 8192, 65536, 131072};

std::uint64_t draw_log_uniform(RandomBits& bits, std::uint64_t bits_max) {
  const std::uint64_t width = bits.below(bits_max + 1);
  return bits.below(std::uint64_t{1} << width);
}

/// A count of bytes: mostly small, edges, now and then large.
std::uint64_t draw_count(RandomBits& bits, int size) {
  const std::uint64_t top = 3 + static_cast<std::uint64_t>(size) * 18 / 100;  // 21 at full size
  const std::uint64_t kind = bits.below(128);
  if (kind < 60) return bits.below(9);
  if (kind < 94) return draw_log_uniform(bits, std::min<std::uint64_t>(top, 10));
  if (kind < 122) {
    std::uint64_t edge = std::uint64_t{1} << bits.below(std::min<std::uint64_t>(top, 13) + 1);
    if (bits.chance(1, 4)) {
      const std::uint64_t common = kCommonSizes[bits.below(std::size(kCommonSizes))];
      if (common < (std::uint64_t{1} << top)) edge = common;
    }
    return edge - 1 + bits.below(3);
  }
  const std::uint64_t width = top < 11 ? bits.below(top + 1) : 11 + bits.below(top - 10);
  return (std::uint64_t{1} << width) / 2 + bits.below(std::uint64_t{1} << width);
}

std::int64_t draw_offset(RandomBits& bits, int size, const Arg& arg) {
  const std::uint64_t kind = bits.below(16);
  std::uint64_t magnitude = 0;
  if (kind < 6) {
    magnitude = bits.below(6);
  } else if (kind < 13) {
    magnitude = draw_count(bits, size);
  } else if (kind < 15) {
    magnitude = bits.below(std::uint64_t{1} << 31);
  } else {
    magnitude = draw_log_uniform(bits, 40);
  }
  const bool negative = arg.min < 0 && bits.chance(1, 3);
  const auto value = static_cast<std::int64_t>(magnitude);
  return std::clamp(negative ? -value : value, arg.min, arg.max);
}

std::byte draw_letter(RandomBits& bits) {
  const std::uint64_t letter = bits.below(52);
  return static_cast<std::byte>(letter < 26 ? 'a' + letter : 'A' + (letter - 26));
}

}  // namespace

bool needs_file(const Verb& verb) noexcept {
  return std::any_of(verb.args.begin(), verb.args.end(),
                     [](const Arg& arg) { return arg.shape == Shape::kHash; });
}

std::int64_t draw_arg(RandomBits& bits, int size, const Arg& arg) {
  const std::uint64_t span = static_cast<std::uint64_t>(arg.max) -
                             static_cast<std::uint64_t>(arg.min) + 1;  // 0 for all 2^64
  const auto from_min = [&](std::uint64_t number) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(arg.min) + number);
  };
  switch (arg.shape) {
    case Shape::kSize:
      if (span <= 64) return from_min(bits.below(span));
      return std::clamp(static_cast<std::int64_t>(draw_count(bits, size)), arg.min, arg.max);
    case Shape::kOffset:
      return draw_offset(bits, size, arg);
    case Shape::kByte: {
      const std::uint64_t kind = bits.below(8);
      if (kind < 3) return static_cast<std::int64_t>(draw_letter(bits));
      if (kind == 3) return bits.chance(1, 2) ? arg.min : arg.max;
      return from_min(bits.below(span));
    }
    case Shape::kSeed: {
      const std::uint64_t bound = bits.chance(1, 2) ? 16 : std::uint64_t{1} << 32;
      return from_min(bits.below(bound));
    }
    case Shape::kName:
      return from_min(bits.below(span));
    case Shape::kHash:
      break;
  }
  WEIR_CHECK(false, "hashes are not drawn, but taken from the files of a run");
  return 0;
}

void draw_bytes(RandomBits& bits, int size, const Verb& verb, std::vector<std::byte>& output) {
  output.clear();
  const bool from_dictionary = !verb.dictionary.empty() && bits.chance(5, 8);
  if (from_dictionary) {
    const std::string_view entry = verb.dictionary[bits.below(verb.dictionary.size())];
    for (const char c : entry) output.push_back(static_cast<std::byte>(c));
    if (!output.empty() && bits.chance(1, 4)) {
      const std::uint64_t at = bits.below(output.size());
      output[at] = static_cast<std::byte>(bits.below(256));
    }
    return;
  }
  const auto scale = static_cast<std::uint64_t>(size);
  const std::uint64_t kind = bits.below(32);
  std::uint64_t length = 0;
  if (kind < 2) {
    length = 0;
  } else if (kind < 22) {
    length = 1 + bits.below(8);
  } else if (kind < 30) {
    length = 1 + draw_log_uniform(bits, 3 + scale * 4 / 100);
  } else {
    length = 1 + draw_log_uniform(bits, 4 + scale * 8 / 100);
  }
  output.resize(length);
  const std::uint64_t content = bits.below(8);
  const auto run = static_cast<std::byte>(bits.below(256));
  for (std::byte& b : output) {
    const bool letter = content < 3 || (content < 5 && bits.chance(1, 2));
    if (letter) {
      b = draw_letter(bits);
    } else if (content < 7) {
      b = static_cast<std::byte>(bits.below(256));
    } else {
      b = bits.chance(1, 16) ? static_cast<std::byte>(bits.below(256)) : run;
    }
  }
}

Op draw_op(RandomBits& bits, const GenerateOptions& options, const Field& field, Case& owner) {
  const auto weight_of = [&](const Verb& verb) -> std::uint64_t {
    if (options.payload_files.empty() && needs_file(verb)) return 0;
    return has(options.kinds, verb.kind) ? verb.weight : 0;
  };
  std::uint64_t total = 0;
  for (const Verb& verb : field.verbs) total += weight_of(verb);
  WEIR_CHECK(total > 0, "a field with a verb of these kinds");
  std::uint64_t pick = bits.below(total);
  std::size_t index = 0;
  while (pick >= weight_of(field.verbs[index])) {
    pick -= weight_of(field.verbs[index]);
    ++index;
  }
  const Verb& verb = field.verbs[index];
  Op op;
  op.verb = static_cast<std::uint8_t>(index);
  std::uint64_t file_bytes = 0;
  for (std::size_t a = 0; a < verb.args.size(); ++a) {
    const Arg& arg = verb.args[a];
    if (arg.shape == Shape::kHash) {
      const std::uint64_t chosen = bits.below(options.payload_files.size());
      file_bytes = options.payload_files[chosen].bytes;
      op.args[a] = static_cast<std::int64_t>(options.payload_files[chosen].hash);
    } else if (arg.shape == Shape::kOffset && file_bytes != 0) {
      // The start of a file holds its headers; any other place is as good as the next.
      op.args[a] = bits.chance(1, 3) ? 0 : static_cast<std::int64_t>(bits.below(file_bytes));
    } else {
      op.args[a] = draw_arg(bits, options.size, arg);
    }
  }
  if (verb.has_bytes) {
    std::vector<std::byte> bytes;
    draw_bytes(bits, options.size, verb, bytes);
    owner.set_bytes(op, bytes);
  }
  return op;
}

void add_needed(RandomBits& bits, const GenerateOptions& options, const Scope& scope, Case& value) {
  for (std::size_t k = 0; scope.needs >> k != 0; ++k) {
    const auto kind = static_cast<VerbKind>(k);
    if (!has(scope.needs, kind)) continue;
    const auto is_it = [&](const Verb& verb) { return verb.kind == kind; };
    std::vector<const Field*> fields;
    bool present = false;
    for (const Field& field : schema()) {
      if ((scope.fields & field_bit(field.id)) == 0) continue;
      if (std::any_of(field.verbs.begin(), field.verbs.end(), is_it)) fields.push_back(&field);
      const std::vector<Op>& ops = value.ops(field.id);
      present = present || std::any_of(ops.begin(), ops.end(),
                                       [&](const Op& op) { return is_it(field.verbs[op.verb]); });
    }
    if (present || fields.empty()) continue;
    const Field& field = *fields[bits.below(fields.size())];
    std::vector<Op>& list = value.ops(field.id);
    if (list.size() == field.ops_max) list.pop_back();
    GenerateOptions this_kind = options;
    this_kind.kinds = verbs(kind);
    const Op op = draw_op(bits, this_kind, field, value);
    const auto at = static_cast<std::ptrdiff_t>(bits.below(list.size() + 1));
    list.insert(list.begin() + at, op);
  }
}

}  // namespace internal

void generate(RandomBits& bits, const Scope& scope, const GenerateOptions& how, Case& result) {
  GenerateOptions options = how;
  options.kinds &= scope.kinds;
  WEIR_CHECK(options.size >= 0 && options.size <= 100, "a size is 0 to 100");
  result.clear();
  for (const Field& field : schema()) {
    if ((scope.fields & field_bit(field.id)) == 0) continue;
    std::vector<Op>& list = result.ops(field.id);
    if (!bits.chance(field.first_in_16, 16)) continue;
    const std::uint64_t more =
        field.more_in_16 * (25 + static_cast<std::uint64_t>(options.size) * 75 / 100);
    do {
      list.push_back(internal::draw_op(bits, options, field, result));
    } while (list.size() < field.ops_max && bits.chance(more, 1600));
  }
  internal::add_needed(bits, options, scope, result);
  WEIR_CHECK(encoded_size(result) <= kCaseBytesMax, "drawn byte strings are short");
}

}  // namespace weir::properties
