#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "properties/case_flat.h"
#include "properties/case_generate.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

using internal::flat_schema;
using internal::FlatArg;

constexpr std::byte kSimplestByte{'a'};
// Strings of up to so many bytes are shortened and simplified byte by byte; longer ones piece by
// piece first.
constexpr std::size_t kSingleBytesMax = 4096;
// Strings longer than this are offered as "byte B times N": shorter ones read better as they are.
constexpr std::size_t kReadableBytesMax = 8;
// No number is as good as a small one where only which number counts.
constexpr std::int64_t kSmallSeeds = 8;

/// A sum of distances: at most 64 * 8 * 3 of them, each below 2^65.
__extension__ using Wide = unsigned __int128;

/// What has to fall, most important first.
struct Measure {
  std::uint64_t ops = 0;
  std::uint64_t bytes = 0;
  std::uint64_t verbs = 0;
  Wide args = 0;
  std::uint64_t content = 0;

  friend bool operator<(const Measure& a, const Measure& b) {
    return std::tie(a.ops, a.bytes, a.verbs, a.args, a.content) <
           std::tie(b.ops, b.bytes, b.verbs, b.args, b.content);
  }
};

/// Twice the distance; a value on the far side of the simplest one counts a little more.
Wide arg_cost(const FlatArg& arg, std::int64_t value) {
  return Wide{arg.distance_of(value)} * 2 + (arg.zigzag != 0 && value < arg.simplest ? 1 : 0);
}

Measure measure(const Case& value) {
  Measure sum;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    for (const Op& op : value.ops(static_cast<FieldId>(f))) {
      const internal::FlatVerb& verb = flat_schema()[f].verbs[op.verb];
      sum.ops += 1;
      sum.bytes += op.bytes_size;
      sum.verbs += op.verb;
      for (std::size_t a = 0; a < verb.arg_count; ++a) {
        sum.args += arg_cost(verb.args[a], op.args[a]);
      }
      for (const std::byte b : value.bytes(op)) {
        sum.content += (static_cast<unsigned>(b) - static_cast<unsigned>(kSimplestByte)) & 255u;
      }
    }
  }
  return sum;
}

/// Offers variants of one case. Every pass returns true as soon as a variant was taken.
class Simplifier {
 public:
  Simplifier(const Case& value, const std::function<bool(const Case&)>& visit)
      : base_(value), visit_(visit) {
    base_.compact();
    cost_ = measure(base_);
  }

  bool run() {
    // From what removes most to what only polishes; long searches for one byte last.
    return clear_fields() || remove_operations() || coarsely_shorten_strings() ||
           merge_neighbours() || simplify_verbs() || simplify_args() || coarsely_simplify_bytes() ||
           strings_to_numbers() || finely_shorten_strings() || finely_simplify_bytes() ||
           search_bytes();
  }

 private:
  /// A fresh copy to change, and the list of field `f` in it.
  std::vector<Op>& start(std::size_t f) {
    candidate_ = base_;
    return candidate_.ops(static_cast<FieldId>(f));
  }
  const std::vector<Op>& ops(std::size_t f) const { return base_.ops(static_cast<FieldId>(f)); }
  bool offer() { return measure(candidate_) < cost_ && visit_(candidate_); }

  template <class Visit>
  bool any_op(Visit&& visit) {
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      for (std::size_t i = 0; i < ops(f).size(); ++i) {
        if (visit(f, i)) return true;
      }
    }
    return false;
  }

  bool clear_fields() {
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      if (ops(f).empty()) continue;
      start(f).clear();
      if (offer()) return true;
    }
    return false;
  }

  bool remove_operations() {
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      const std::size_t count = ops(f).size();
      for (std::size_t span = (count + 1) / 2; span > 0 && span < count; span /= 2) {
        for (std::size_t at = 0; at < count; at += span) {
          std::vector<Op>& list = start(f);
          const auto first = list.begin() + static_cast<std::ptrdiff_t>(at);
          list.erase(first, first + static_cast<std::ptrdiff_t>(std::min(span, count - at)));
          if (offer()) return true;
        }
      }
    }
    return false;
  }

  bool merge_neighbours() {
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      for (std::size_t i = 0; i + 1 < ops(f).size(); ++i) {
        if (merge(f, i)) return true;
      }
    }
    return false;
  }

  /// One operation for two: strings joined, or as many bytes as both by the rule of either.
  bool merge(std::size_t f, std::size_t i) {
    const Op& left = ops(f)[i];
    const Op& right = ops(f)[i + 1];
    const Verb& left_verb = schema()[f].verbs[left.verb];
    const Verb& right_verb = schema()[f].verbs[right.verb];
    if (left.verb == right.verb && left_verb.has_bytes) {
      const std::span<const std::byte> a = base_.bytes(left);
      const std::span<const std::byte> b = base_.bytes(right);
      if (a.size() + b.size() > kOpBytesMax) return false;
      edited_.assign(a.begin(), a.end());
      edited_.insert(edited_.end(), b.begin(), b.end());
      candidate_.set_bytes(start_merged(f, i, left), edited_);
      return offer();
    }
    if (size_of(left, left_verb) < 0 || size_of(right, right_verb) < 0) return false;
    return merge_sizes(f, i, left, right) ||
           (left.verb != right.verb && merge_sizes(f, i, right, left));
  }

  /// The case with operations `i` and `i + 1` of field `f` replaced by `merged`.
  Op& start_merged(std::size_t f, std::size_t i, const Op& merged) {
    std::vector<Op>& list = start(f);
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    list[i] = merged;
    return list[i];
  }

  /// `kept` with the size of `other` added; its byte also replaced by each of the other's, where
  /// these are few.
  bool merge_sizes(std::size_t f, std::size_t i, const Op& kept, const Op& other) {
    const Verb& verb = schema()[f].verbs[kept.verb];
    const std::size_t size_index = index_of(verb, Shape::kSize);
    if (size_index == kNone) return false;
    const std::int64_t sum = kept.args[size_index] + size_of(other, schema()[f].verbs[other.verb]);
    const auto merged = [&]() -> Op& {
      Op& op = start_merged(f, i, kept);
      op.args[size_index] = std::min(sum, verb.args[size_index].max);
      return op;
    };
    merged();
    if (offer()) return true;
    const std::size_t byte_index = index_of(verb, Shape::kByte);
    if (byte_index == kNone) return false;
    for (const std::byte b : few_bytes(other)) {
      merged().args[byte_index] = static_cast<std::int64_t>(b);
      if (offer()) return true;
    }
    return false;
  }

  static constexpr std::size_t kNone = ~std::size_t{0};
  static std::size_t index_of(const Verb& verb, Shape shape) {
    for (std::size_t a = verb.args.size(); a-- > 0;) {
      if (verb.args[a].shape == shape) return a;
    }
    return kNone;
  }
  /// How many bytes `op` is about; -1 where it is about none.
  static std::int64_t size_of(const Op& op, const Verb& verb) {
    if (verb.has_bytes) return static_cast<std::int64_t>(op.bytes_size);
    const std::size_t index = index_of(verb, Shape::kSize);
    return index == kNone ? -1 : op.args[index];
  }
  /// The distinct bytes of the string of `op`, in order; none where they are many.
  std::vector<std::byte> few_bytes(const Op& op) const {
    constexpr std::size_t kFew = 16;
    std::vector<std::byte> few;
    std::array<bool, 256> seen{};
    for (const std::byte b : base_.bytes(op)) {
      if (std::exchange(seen[static_cast<std::size_t>(b)], true)) continue;
      if (few.size() == kFew) return {};
      few.push_back(b);
    }
    return few;
  }

  bool simplify_verbs() {
    return any_op([&](std::size_t f, std::size_t i) {
      for (std::size_t verb = 0; verb < ops(f)[i].verb; ++verb) {
        if (replace_verb(f, i, verb, ops(f)[i].verb, nullptr)) return true;
      }
      return false;
    });
  }

  /// Offers operation `i` of field `f` with verb `to`, keeping what is compatible. `byte` is taken
  /// where a byte has no model.
  bool replace_verb(std::size_t f, std::size_t i, std::size_t to_index, std::size_t from_index,
                    const std::byte* byte) {
    const Verb& from = schema()[f].verbs[from_index];
    const Verb& to = schema()[f].verbs[to_index];
    const Op& old = ops(f)[i];
    Op& op = start(f)[i];
    op = Op{};
    op.verb = static_cast<std::uint8_t>(to_index);
    std::array<bool, kArgsMax> used{};
    for (std::size_t a = 0; a < to.args.size(); ++a) {
      const Arg& arg = to.args[a];
      if (arg.shape == Shape::kHash) return false;
      op.args[a] = arg.simplest;
      bool found = false;
      for (std::size_t b = 0; b < from.args.size() && !found; ++b) {
        if (used[b] || from.args[b].shape != arg.shape) continue;
        used[b] = found = true;
        op.args[a] = std::clamp(old.args[b], arg.min, arg.max);
      }
      if (found) continue;
      if (arg.shape == Shape::kByte && byte != nullptr) op.args[a] = static_cast<int>(*byte);
      if (arg.shape == Shape::kSize && from.has_bytes) {
        op.args[a] = std::clamp(static_cast<std::int64_t>(old.bytes_size), arg.min, arg.max);
      }
    }
    if (to.has_bytes && from.has_bytes) candidate_.set_bytes(op, candidate_.bytes(old));
    return offer();
  }

  bool simplify_args() {
    return any_op([&](std::size_t f, std::size_t i) {
      const Verb& verb = schema()[f].verbs[ops(f)[i].verb];
      for (std::size_t a = 0; a < verb.args.size(); ++a) {
        if (simplify_arg(f, i, a, verb.args[a])) return true;
      }
      return false;
    });
  }

  bool simplify_arg(std::size_t f, std::size_t i, std::size_t a, const Arg& arg) {
    const std::int64_t value = ops(f)[i].args[a];
    const FlatArg& flat = flat_schema()[f].verbs[ops(f)[i].verb].args[a];
    if (arg.shape == Shape::kHash || value == arg.simplest) return false;
    const auto offer_value = [&](std::int64_t next) {
      start(f)[i].args[a] = next;
      return offer();
    };
    if (offer_value(arg.simplest)) return true;
    if (arg.shape == Shape::kSeed) {
      for (std::int64_t seed = arg.min; seed < std::min(value, arg.min + kSmallSeeds); ++seed) {
        if (offer_value(seed)) return true;
      }
      return false;
    }
    const std::uint64_t distance = flat.distance_of(value);
    const bool below = flat.zigzag != 0 && value < arg.simplest;
    const auto at_distance = [&](std::uint64_t d) {
      if (flat.zigzag == 0) return flat.value_of(d);
      const auto steps = static_cast<std::int64_t>(d);
      return below ? arg.simplest - steps : arg.simplest + steps;
    };
    if (below && arg.max - arg.simplest >= static_cast<std::int64_t>(distance) &&
        offer_value(arg.simplest + static_cast<std::int64_t>(distance))) {
      return true;
    }
    // From below in long strides: near the least in one go. Then towards it, bit by bit.
    for (std::uint64_t d = 1; d < distance / 2; d *= 16) {
      if (offer_value(at_distance(d))) return true;
    }
    std::uint64_t step = 1;
    while (step < distance - step) step *= 2;
    for (; step > 0; step /= 2) {
      if (step <= distance && offer_value(at_distance(distance - step))) return true;
    }
    return false;
  }

  bool with_bytes(std::size_t f, std::size_t i, std::span<const std::byte> bytes) {
    candidate_.set_bytes(start(f)[i], bytes);
    return offer();
  }

  /// Offers the string without each piece of `size` bytes.
  bool remove_pieces(std::size_t f, std::size_t i, std::size_t size) {
    const std::span<const std::byte> old = base_.bytes(ops(f)[i]);
    for (std::size_t at = 0; at < old.size(); at += size) {
      const std::size_t end = std::min(at + size, old.size());
      edited_.assign(old.begin(), old.begin() + static_cast<std::ptrdiff_t>(at));
      edited_.insert(edited_.end(), old.begin() + static_cast<std::ptrdiff_t>(end), old.end());
      if (with_bytes(f, i, edited_)) return true;
    }
    return false;
  }

  bool coarsely_shorten_strings() {
    return any_op([&](std::size_t f, std::size_t i) {
      const std::size_t size = ops(f)[i].bytes_size;
      if (size == 0) return false;
      if (with_bytes(f, i, {})) return true;
      for (std::size_t pieces = 2; pieces <= 8 && pieces <= size; pieces *= 2) {
        if (remove_pieces(f, i, (size + pieces - 1) / pieces)) return true;
      }
      return false;
    });
  }

  bool finely_shorten_strings() {
    return any_op([&](std::size_t f, std::size_t i) {
      const std::size_t size = ops(f)[i].bytes_size;
      for (std::size_t piece = size / 16; piece > 1; piece /= 2) {
        if (size / piece > kSingleBytesMax) break;
        if (remove_pieces(f, i, piece)) return true;
      }
      return size <= kSingleBytesMax && remove_pieces(f, i, 1);
    });
  }

  /// Makes all but one piece of a string simple, then one piece, for ever smaller pieces of what is
  /// not simple yet.
  bool coarsely_simplify_bytes() {
    return any_op([&](std::size_t f, std::size_t i) {
      const std::span<const std::byte> old = base_.bytes(ops(f)[i]);
      const auto complex = [](std::byte b) { return b != kSimplestByte; };
      const auto first_complex = std::find_if(old.begin(), old.end(), complex);
      if (first_complex == old.end()) return false;
      const auto begin = static_cast<std::size_t>(first_complex - old.begin());
      const auto last_complex = std::find_if(old.rbegin(), old.rend(), complex);
      const auto end = static_cast<std::size_t>(old.rend() - last_complex);
      if (simplify_piece(f, i, begin, end)) return true;
      for (const std::size_t pieces : {16u, 4u, 2u}) {
        const std::size_t size = (end - begin) / pieces;
        if (size == 0) continue;
        for (std::size_t at = begin; at < end; at += size) {
          edited_.assign(old.size(), kSimplestByte);
          const auto kept = old.subspan(at, std::min(size, end - at));
          std::copy(kept.begin(), kept.end(), edited_.begin() + static_cast<std::ptrdiff_t>(at));
          if (with_bytes(f, i, edited_)) return true;
        }
      }
      for (const std::size_t pieces : {2u, 4u, 8u}) {
        const std::size_t size = (end - begin) / pieces;
        if (size == 0) continue;
        for (std::size_t at = begin; at < end; at += size) {
          if (simplify_piece(f, i, at, std::min(at + size, end))) return true;
        }
      }
      return false;
    });
  }

  bool finely_simplify_bytes() {
    return any_op([&](std::size_t f, std::size_t i) {
      const std::size_t size = ops(f)[i].bytes_size;
      for (std::size_t piece = std::max<std::size_t>(size / 16, 1); piece > 0; piece /= 2) {
        if (size / piece > kSingleBytesMax) break;
        for (std::size_t at = 0; at < size; at += piece) {
          if (simplify_piece(f, i, at, std::min(at + piece, size))) return true;
        }
      }
      return false;
    });
  }

  bool simplify_piece(std::size_t f, std::size_t i, std::size_t begin, std::size_t end) {
    const std::span<const std::byte> old = base_.bytes(ops(f)[i]);
    const auto piece = old.subspan(begin, end - begin);
    if (std::all_of(piece.begin(), piece.end(), [](std::byte b) { return b == kSimplestByte; })) {
      return false;
    }
    edited_.assign(old.begin(), old.end());
    std::fill_n(edited_.begin() + static_cast<std::ptrdiff_t>(begin), piece.size(), kSimplestByte);
    return with_bytes(f, i, edited_);
  }

  /// A long string as a number of equal bytes, for each byte that it has, where these are few.
  bool strings_to_numbers() {
    return any_op([&](std::size_t f, std::size_t i) {
      const Op& op = ops(f)[i];
      const Verb& from = schema()[f].verbs[op.verb];
      if (op.bytes_size <= kReadableBytesMax || !from.args.empty()) return false;
      for (std::size_t to = 0; to < schema()[f].verbs.size(); ++to) {
        if (!takes_byte(schema()[f].verbs[to])) continue;
        for (const std::byte b : few_bytes(op)) {
          if (replace_verb(f, i, to, op.verb, &b)) return true;
        }
      }
      return false;
    });
  }

  /// Bytes made by a rule as equal bytes: which one matters can only be found by trying.
  bool search_bytes() {
    return any_op([&](std::size_t f, std::size_t i) {
      const Op& op = ops(f)[i];
      const Verb& from = schema()[f].verbs[op.verb];
      if (from.has_bytes || takes_byte(from)) return false;
      for (std::size_t to = 0; to < op.verb; ++to) {
        if (!takes_byte(schema()[f].verbs[to])) continue;
        for (unsigned value = 0; value < 256; ++value) {
          const auto byte = static_cast<std::byte>(value);
          if (byte != kSimplestByte && replace_verb(f, i, to, op.verb, &byte)) return true;
        }
      }
      return false;
    });
  }

  static bool takes_byte(const Verb& verb) { return index_of(verb, Shape::kByte) != kNone; }

  Case base_;
  const std::function<bool(const Case&)>& visit_;
  Measure cost_;
  Case candidate_;
  std::vector<std::byte> edited_;
};

}  // namespace

bool visit_simpler(const Case& value, const std::function<bool(const Case&)>& visit) {
  return Simplifier(value, visit).run();
}

bool simpler_than(const Case& a, const Case& b) { return measure(a) < measure(b); }

}  // namespace weir::properties
