#include <algorithm>
#include <limits>

#include "properties/case_generate.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

constexpr std::uint8_t kValueScopes = 2;

constexpr std::int64_t kSizes[] = {0, 1, 2, 3};
constexpr std::int64_t kOffsets[] = {0, -1, 1, 2};
constexpr std::int64_t kBytes[] = {'a', 0};
constexpr std::int64_t kNames[] = {0, 1};
constexpr std::int64_t kSeeds[] = {0};
constexpr std::string_view kStrings[] = {"", "a", "ab"};

/// The small values of `arg` within its range, simplest first. The first scope has half of them.
std::vector<std::int64_t> small_values(const Arg& arg, std::uint8_t scope) {
  std::span<const std::int64_t> all = kSeeds;
  if (arg.shape == Shape::kSize) all = kSizes;
  if (arg.shape == Shape::kOffset) all = kOffsets;
  if (arg.shape == Shape::kByte) all = kBytes;
  if (arg.shape == Shape::kName) all = kNames;
  std::vector<std::int64_t> values;
  for (const std::int64_t value :
       all.first(scope < kValueScopes ? (all.size() + 1) / 2 : all.size())) {
    if (value >= arg.min && value <= arg.max) values.push_back(value);
  }
  return values;
}

/// a * b, or the largest number where that is too large.
std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  return b != 0 && a > kMax / b ? kMax : a * b;
}

/// The number of lists of at most `length` operations out of `ops`.
std::uint64_t list_count(std::uint64_t ops, std::uint8_t length) {
  std::uint64_t sum = 1;
  std::uint64_t power = 1;
  for (std::uint8_t i = 0; i < length; ++i) {
    power = times(power, ops);
    sum = sum > std::numeric_limits<std::uint64_t>::max() - power
              ? std::numeric_limits<std::uint64_t>::max()
              : sum + power;
  }
  return sum;
}

}  // namespace

Enumeration::Enumeration(const Scope& uses, std::uint64_t cases_max) {
  WEIR_CHECK(cases_max > 0, "an enumeration has at least the empty case");
  const auto small_ops = [&](const Field& field, std::uint8_t scope) {
    std::vector<SmallOp> result;
    for (std::size_t v = 0; v < field.verbs.size(); ++v) {
      const Verb& verb = field.verbs[v];
      // A delay says in one operation what several simpler ones say.
      if (!has(uses.kinds, verb.kind) || verb.kind == VerbKind::kDelay) continue;
      SmallOp first;
      first.op.verb = static_cast<std::uint8_t>(v);
      std::vector<SmallOp> ops = {first};
      bool possible = true;
      for (std::size_t a = 0; a < verb.args.size(); ++a) {
        // Which files there are is no matter of a small scope.
        possible = possible && verb.args[a].shape != Shape::kHash;
        std::vector<SmallOp> longer;
        for (const std::int64_t value : small_values(verb.args[a], scope)) {
          for (SmallOp op : ops) {
            op.op.args[a] = value;
            longer.push_back(op);
          }
        }
        ops = std::move(longer);
      }
      if (verb.has_bytes) {
        std::vector<SmallOp> longer;
        for (const std::string_view bytes :
             std::span(kStrings).first(scope < kValueScopes ? 2 : std::size(kStrings))) {
          for (SmallOp op : ops) {
            op.bytes = bytes;
            longer.push_back(op);
          }
        }
        ops = std::move(longer);
      }
      if (possible) result.insert(result.end(), ops.begin(), ops.end());
    }
    return result;
  };

  std::array<std::uint64_t, kFieldCount> counts{};
  counts.fill(1);
  // Each round widens each field by one step, simplest fields first, as long as the whole stays
  // within the bound.
  bool widened = true;
  while (widened) {
    widened = false;
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      const Field& field = schema()[f];
      if ((uses.fields & field_bit(field.id)) == 0) continue;
      std::uint8_t length = ops_max_[f];
      std::uint8_t scope = values_[f];
      if (length == 1 && scope < kValueScopes) {
        ++scope;
      } else if (length < std::min<std::size_t>(kListMax, field.ops_max)) {
        ++length;
        if (scope == 0) scope = 1;
      } else {
        continue;
      }
      std::vector<SmallOp> ops = small_ops(field, scope);
      const std::uint64_t count = properties::list_count(ops.size(), length);
      std::uint64_t product = count;
      for (std::size_t other = 0; other < kFieldCount; ++other) {
        if (other != f) product = times(product, counts[other]);
      }
      if (product > cases_max) continue;
      counts[f] = count;
      ops_max_[f] = length;
      values_[f] = scope;
      small_ops_[f] = std::move(ops);
      widened = true;
    }
  }

  // What is left of the bound is used up operation by operation.
  std::array<std::vector<SmallOp>, kFieldCount> further;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    for (std::uint8_t length = 1; length <= ops_max_[f]; ++length) {
      alphabets_[f][length] = small_ops_[f].size();
    }
    const Field& field = schema()[f];
    if ((uses.fields & field_bit(field.id)) == 0) continue;
    first_values_[f] = small_ops(field, 1).size();
    for (const std::uint8_t scope : {std::uint8_t{1}, kValueScopes}) {
      for (const SmallOp& op : small_ops(field, scope)) {
        const auto same = [&](const SmallOp& known) {
          return known.op.verb == op.op.verb && known.op.args == op.op.args &&
                 known.bytes == op.bytes;
        };
        if (std::any_of(small_ops_[f].begin(), small_ops_[f].end(), same)) continue;
        if (std::any_of(further[f].begin(), further[f].end(), same)) continue;
        further[f].push_back(op);
      }
    }
  }
  widen_by_steps(cases_max, further);

  // Every combination of lengths is a block; blocks of fewer operations come first.
  std::vector<Block> blocks(1);
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    std::vector<Block> longer;
    for (std::uint8_t length = 0; length <= ops_max_[f]; ++length) {
      for (Block block : blocks) {
        block.lengths[f] = length;
        longer.push_back(block);
      }
    }
    blocks = std::move(longer);
  }
  const auto total = [](const Block& block) {
    unsigned sum = 0;
    for (const std::uint8_t length : block.lengths) sum += length;
    return sum;
  };
  std::stable_sort(blocks.begin(), blocks.end(),
                   [&](const Block& a, const Block& b) { return total(a) < total(b); });
  for (Block& block : blocks) {
    block.first = size_;
    std::uint64_t count = 1;
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      for (std::uint8_t i = 0; i < block.lengths[f]; ++i) {
        count = times(count, alphabets_[f][block.lengths[f]]);
      }
    }
    size_ += count;
  }
  blocks_ = std::move(blocks);
}

std::uint64_t Enumeration::list_count(std::size_t field) const noexcept {
  std::uint64_t sum = 1;
  for (std::uint8_t length = 1; length <= ops_max_[field]; ++length) {
    std::uint64_t power = 1;
    for (std::uint8_t i = 0; i < length; ++i) power = times(power, alphabets_[field][length]);
    sum = sum > std::numeric_limits<std::uint64_t>::max() - power
              ? std::numeric_limits<std::uint64_t>::max()
              : sum + power;
  }
  return sum;
}

void Enumeration::widen_by_steps(std::uint64_t cases_max,
                                 std::array<std::vector<SmallOp>, kFieldCount>& further) {
  const auto fits = [&] {
    std::uint64_t product = 1;
    for (std::size_t f = 0; f < kFieldCount; ++f) product = times(product, list_count(f));
    return product <= cases_max;
  };
  // One operation more for all lists, field by field.
  for (bool widened = true; widened;) {
    widened = false;
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      if (further[f].empty()) continue;
      const auto before = alphabets_[f];
      const std::uint8_t length = ops_max_[f];
      if (ops_max_[f] == 0) ops_max_[f] = 1;
      for (std::uint8_t l = 1; l <= ops_max_[f]; ++l) ++alphabets_[f][l];
      if (!fits()) {
        alphabets_[f] = before;
        ops_max_[f] = length;
        continue;
      }
      small_ops_[f].push_back(further[f].front());
      further[f].erase(further[f].begin());
      widened = true;
    }
  }
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    if (!further[f].empty()) all_values_ = false;
  }
  // Then longer lists, of the first operation, the first two, and so on.
  for (bool widened = true; widened;) {
    widened = false;
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      const std::uint8_t length = ops_max_[f];
      if (length == 0) continue;
      const auto before = alphabets_[f];
      if (alphabets_[f][length] < small_ops_[f].size()) {
        ++alphabets_[f][length];
      } else if (length < std::min<std::size_t>(kListMax, schema()[f].ops_max)) {
        ++ops_max_[f];
        alphabets_[f][ops_max_[f]] = 1;
      } else {
        continue;
      }
      if (fits()) {
        widened = true;
      } else {
        alphabets_[f] = before;
        ops_max_[f] = length;
      }
    }
  }
}

void Enumeration::at(std::uint64_t index, Case& result) const {
  WEIR_CHECK(index < size_, "a case of this enumeration");
  const auto behind = std::upper_bound(
      blocks_.begin(), blocks_.end(), index,
      [](std::uint64_t number, const Block& block) { return number < block.first; });
  const Block& block = *(behind - 1);
  std::uint64_t rest = index - block.first;
  result.clear();
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const std::vector<SmallOp>& ops = small_ops_[f];
    const std::uint64_t alphabet = alphabets_[f][block.lengths[f]];
    for (std::uint8_t i = 0; i < block.lengths[f]; ++i) {
      const SmallOp& small = ops[static_cast<std::size_t>(rest % alphabet)];
      rest /= alphabet;
      Op op = small.op;
      result.set_bytes(op, std::as_bytes(std::span<const char>(small.bytes)));
      result.ops(static_cast<FieldId>(f)).push_back(op);
    }
  }
}

std::string Enumeration::bound() const {
  std::string text;
  bool further_values = false;
  for (const Field& field : schema()) {
    const auto f = static_cast<std::size_t>(field.id);
    if (ops_max_[f] == 0) continue;
    const std::size_t all = small_ops_[f].size();
    std::uint8_t whole = ops_max_[f];
    while (alphabets_[f][whole] < all) --whole;
    text += text.empty() ? "up to " : ", ";
    text += std::to_string(whole) + " of " + std::to_string(all) + " operations in ";
    text += field.name;
    if (whole < ops_max_[f]) {
      text += " (" + std::to_string(ops_max_[f]) + " of the first " +
              std::to_string(alphabets_[f][ops_max_[f]]) + ")";
    }
    further_values = further_values || values_[f] >= kValueScopes || all > first_values_[f];
  }
  if (text.empty()) return "the empty case";
  if (!further_values) return text + "; numbers 0 and 1, strings of up to 1 byte";
  if (all_values_) return text + "; numbers -1 to 3, strings of up to 2 bytes";
  return text + "; numbers 0 and 1, strings of up to 1 byte, some of -1 to 3 and of 2 bytes";
}

}  // namespace weir::properties
