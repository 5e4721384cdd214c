#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "properties/case_flat.h"
#include "properties/case_generate.h"
#include "properties/payload.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

using internal::flat_schema;
using internal::FlatArg;

constexpr std::byte kSimplestByte{'a'};
// Strings of up to so many bytes are shortened and simplified byte by byte; longer ones piece by
// piece first.
constexpr std::size_t kSingleBytesMax = 4096;
// Payloads of up to so many bytes read best as a literal, longer ones as a rule such as "byte B
// times N".
constexpr std::size_t kReadableBytesMax = 16;
// Pairs are looked at only where what is left is small: there are as many as the square of it.
constexpr std::size_t kPairedOpsMax = 16;
constexpr std::size_t kPairedNumbersMax = 12;
// No number is as good as a small one where only which number counts.
constexpr std::int64_t kSmallSeeds = 8;

/// A sum of distances: at most 64 * 8 * 3 of them, each below 2^65.
__extension__ using Wide = unsigned __int128;

/// What has to fall, most important first.
struct Measure {
  std::uint64_t ops = 0;
  std::uint64_t bytes = 0;  ///< of strings and of what a payload's rules make
  std::uint64_t verbs = 0;
  Wide args = 0;
  std::uint64_t content = 0;
  Wide place = 0;  ///< of equal sums of sizes, the one that has them earlier

  friend bool operator<(const Measure& a, const Measure& b) {
    return std::tie(a.ops, a.bytes, a.verbs, a.args, a.content, a.place) <
           std::tie(b.ops, b.bytes, b.verbs, b.args, b.content, b.place);
  }
};

constexpr auto kPayloadIndex = static_cast<std::size_t>(FieldId::kPayload);

/// Bytes that `op` of field `f` brings; a literal that is too long to be read counts more than a
/// rule that makes as many.
std::uint64_t bytes_cost(std::size_t f, const Op& op) {
  if (f != kPayloadIndex) return op.bytes_size;
  const Verb& verb = schema()[f].verbs[op.verb];
  if (verb.has_bytes) {
    return op.bytes_size > kReadableBytesMax ? 2 * std::uint64_t{op.bytes_size} - kReadableBytesMax
                                             : op.bytes_size;
  }
  std::uint64_t made = 0;
  for (std::size_t a = 0; a < verb.args.size(); ++a) {
    if (verb.args[a].shape == Shape::kSize) made += static_cast<std::uint64_t>(op.args[a]);
  }
  return made;
}

/// Twice the distance; a value on the far side of the simplest one counts a little more.
Wide arg_cost(const FlatArg& arg, std::int64_t value) {
  return Wide{arg.distance_of(value)} * 2 + (arg.zigzag != 0 && value < arg.simplest ? 1 : 0);
}

Measure measure(const Case& value) {
  Measure sum;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const std::vector<Op>& ops = value.ops(static_cast<FieldId>(f));
    for (std::size_t i = 0; i < ops.size(); ++i) {
      const Op& op = ops[i];
      const internal::FlatVerb& verb = flat_schema()[f].verbs[op.verb];
      sum.ops += 1;
      sum.bytes += bytes_cost(f, op);
      sum.verbs += op.verb;
      for (std::size_t a = 0; a < verb.arg_count; ++a) {
        const Wide cost = arg_cost(verb.args[a], op.args[a]);
        sum.args += cost;
        if (schema()[f].verbs[op.verb].args[a].shape == Shape::kSize) sum.place += cost * i;
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
           merge_neighbours() || rules_to_strings() || simplify_verbs() || simplify_args() ||
           coarsely_simplify_bytes() || strings_to_numbers() || finely_shorten_strings() ||
           finely_simplify_bytes() || lower_bytes() || remove_pairs() || lower_pairs() ||
           remove_and_lower() || move_sizes() || search_bytes();
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

  /// A short payload made by a rule as the bytes that it makes: they can be simplified one by one.
  bool rules_to_strings() {
    for (std::size_t i = 0; i < ops(kPayloadIndex).size(); ++i) {
      const Op& op = ops(kPayloadIndex)[i];
      const Verb& verb = schema()[kPayloadIndex].verbs[op.verb];
      const std::size_t size_index = index_of(verb, Shape::kSize);
      if (verb.has_bytes || size_index == kNone) continue;
      if (op.args[size_index] > static_cast<std::int64_t>(kReadableBytesMax)) continue;
      Case alone;
      alone.ops(FieldId::kPayload).push_back(op);
      edited_.clear();
      // A slice of a real file cannot be made without that file, and is left as it is.
      if (!materialise(alone, {}, kReadableBytesMax, edited_).has_value()) continue;
      Op& literal = start(kPayloadIndex)[i];
      literal = Op{};
      literal.verb = verb_index(FieldId::kPayload, "literal");
      candidate_.set_bytes(literal, edited_);
      if (offer()) return true;
    }
    return false;
  }

  /// Where an operation stands.
  struct Place {
    std::size_t field;
    std::size_t op;
  };
  std::vector<Place> all_places() const {
    std::vector<Place> places;
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      for (std::size_t i = 0; i < ops(f).size(); ++i) places.push_back({f, i});
    }
    return places;
  }

  /// Two operations of any fields, neither of which can go alone: a delay in a script and the call
  /// that it delays.
  bool remove_pairs() {
    const std::vector<Place> places = all_places();
    if (places.size() > kPairedOpsMax) return false;
    for (std::size_t a = 0; a < places.size(); ++a) {
      for (std::size_t b = a + 1; b < places.size(); ++b) {
        candidate_ = base_;
        // The later one first, so that the place of the other stays right.
        for (const Place& place : {places[b], places[a]}) {
          std::vector<Op>& list = candidate_.ops(static_cast<FieldId>(place.field));
          list.erase(list.begin() + static_cast<std::ptrdiff_t>(place.op));
        }
        if (offer()) return true;
      }
    }
    return false;
  }

  /// A number that can be lowered, and how far.
  struct Number {
    Place place;
    std::size_t arg;
    std::uint64_t distance;
  };
  std::vector<Number> lowerable_numbers() const {
    std::vector<Number> numbers;
    for (const Place& place : all_places()) {
      const Op& op = ops(place.field)[place.op];
      const Verb& verb = schema()[place.field].verbs[op.verb];
      for (std::size_t a = 0; a < verb.args.size(); ++a) {
        if (verb.args[a].shape != Shape::kSize && verb.args[a].shape != Shape::kOffset) continue;
        const std::uint64_t distance =
            flat_schema()[place.field].verbs[op.verb].args[a].distance_of(op.args[a]);
        if (distance > 0) numbers.push_back({place, a, distance});
      }
      // A string's length is such a number, too.
      if (verb.has_bytes && op.bytes_size > 0) {
        numbers.push_back({place, kArgsMax, op.bytes_size});
      }
    }
    return numbers;
  }
  void lower(const Number& number, std::uint64_t by) {
    Op& op = candidate_.ops(static_cast<FieldId>(number.place.field))[number.place.op];
    if (number.arg == kArgsMax) {
      op.bytes_size -= static_cast<std::uint32_t>(by);
      return;
    }
    const Arg& arg = schema()[number.place.field].verbs[op.verb].args[number.arg];
    std::int64_t& value = op.args[number.arg];
    value += value > arg.simplest ? -static_cast<std::int64_t>(by) : static_cast<std::int64_t>(by);
  }

  /// Two numbers by the same amount: a payload and the read of all but its last byte fail together
  /// or not at all.
  bool lower_pairs() {
    const std::vector<Number> numbers = lowerable_numbers();
    if (numbers.size() > kPairedNumbersMax) return false;
    for (std::size_t a = 0; a < numbers.size(); ++a) {
      for (std::size_t b = a + 1; b < numbers.size(); ++b) {
        const std::uint64_t most = std::min(numbers[a].distance, numbers[b].distance);
        for (std::uint64_t by = most; by > 0; by /= 2) {
          candidate_ = base_;
          lower(numbers[a], by);
          lower(numbers[b], by);
          if (offer()) return true;
        }
      }
    }
    return false;
  }

  /// Without one operation and its bytes: a write of n goes together with n bytes of payload.
  bool remove_and_lower() {
    const std::vector<Number> numbers = lowerable_numbers();
    const std::vector<Place> places = all_places();
    if (places.size() > kPairedOpsMax || numbers.size() > kPairedNumbersMax) return false;
    for (const Place& place : places) {
      const Op& op = ops(place.field)[place.op];
      const std::int64_t size = size_of(op, schema()[place.field].verbs[op.verb]);
      if (size <= 0) continue;
      for (const Number& number : numbers) {
        if (number.place.field == place.field && number.place.op == place.op) continue;
        candidate_ = base_;
        lower(number, std::min(number.distance, static_cast<std::uint64_t>(size)));
        std::vector<Op>& list = candidate_.ops(static_cast<FieldId>(place.field));
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(place.op));
        if (offer()) return true;
      }
    }
    return false;
  }

  /// Bytes of an operation to the one before it: all that it can give, half, a quarter, ... one.
  bool move_sizes() {
    return any_op([&](std::size_t f, std::size_t i) {
      if (i == 0) return false;
      const Verb& from = schema()[f].verbs[ops(f)[i].verb];
      const Verb& to = schema()[f].verbs[ops(f)[i - 1].verb];
      const std::size_t from_index = index_of(from, Shape::kSize);
      const std::size_t to_index = index_of(to, Shape::kSize);
      if (from_index == kNone || to_index == kNone) return false;
      const std::int64_t most =
          std::min(ops(f)[i].args[from_index] - from.args[from_index].simplest,
                   to.args[to_index].max - ops(f)[i - 1].args[to_index]);
      for (std::int64_t by = most; by > 0; by /= 2) {
        std::vector<Op>& list = start(f);
        list[i].args[from_index] -= by;
        list[i - 1].args[to_index] += by;
        if (offer()) return true;
      }
      return false;
    });
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
    // Places of damage are taken modulo a length: a small one does what a large one does.
    if (static_cast<FieldId>(f) == FieldId::kDamage && arg.shape == Shape::kOffset) {
      constexpr std::uint64_t kNearPlaces = 16;
      for (std::uint64_t d = 1; d < std::min(distance + 1, kNearPlaces); ++d) {
        const auto steps = static_cast<std::int64_t>(d);
        if (offer_value(arg.simplest + steps) || offer_value(arg.simplest - steps)) return true;
      }
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
    // Where halving and counting down do not help: the other numbers of the case, and their
    // neighbours.
    if (arg.shape != Shape::kSize && arg.shape != Shape::kOffset) return false;
    for (const Number& number : lowerable_numbers()) {
      if (number.place.field == f && number.place.op == i && number.arg == a) continue;
      for (const std::uint64_t near : {number.distance - 1, number.distance, number.distance + 1}) {
        if (near < distance && offer_value(at_distance(near))) return true;
      }
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

  /// Bytes that cannot be the simplest one: one near it, another of the usual suspects, half the
  /// way.
  bool lower_bytes() {
    return any_op([&](std::size_t f, std::size_t i) {
      const std::span<const std::byte> old = base_.bytes(ops(f)[i]);
      if (old.size() > kReadableBytesMax) return false;
      for (std::size_t at = 0; at < old.size(); ++at) {
        const auto present = static_cast<unsigned>(old[at]);
        const auto simplest = static_cast<unsigned>(kSimplestByte);
        const unsigned distance = (present - simplest) & 255u;
        if (distance == 0) continue;
        for (const unsigned next : {simplest + 1, unsigned{'0'}, unsigned{'A'}, 0u, 255u,
                                    simplest + distance / 2, present - 1}) {
          edited_.assign(old.begin(), old.end());
          edited_[at] = static_cast<std::byte>(next & 255u);
          if (with_bytes(f, i, edited_)) return true;
        }
      }
      return false;
    });
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
      // Short ones become strings, whose bytes are simplified in turn.
      if (size_of(op, from) <= static_cast<std::int64_t>(kReadableBytesMax)) return false;
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
