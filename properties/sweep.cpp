#include "properties/sweep.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "weir/check.h"

namespace weir::properties {
namespace {

constexpr std::array<FieldId, kSweepFieldCount> kSweptFields = {FieldId::kSource, FieldId::kSink,
                                                                FieldId::kMemory};

// Behind the last call of any base case: as much as `good` can say.
std::int64_t behind_the_last_call(FieldId id) {
  const Verb& good = schema()[static_cast<std::size_t>(id)].verbs[verb_index(id, "good")];
  return good.args[0].max;
}

// One operation of a base case, as the schema names it.
struct Step {
  std::string_view verb;
  std::int64_t first = 0;
  std::int64_t second = 0;
};
struct Base {
  Step payload;
  std::span<const Step> writes{};
  std::span<const Step> reads{};
};

constexpr Step kTinyWrites[] = {{"", 1}, {"flush"}};
constexpr Step kTinyReads[] = {{"read", 1}, {"seek set", 0}};
constexpr Step kSmallWrites[] = {{"", 1}, {"flush"}, {"", 100}, {"", 3000}};
constexpr Step kSmallReads[] = {{"read", 1}, {"seek set", 10}, {"read", 100}};
constexpr Step kMiddleWrites[] = {{"", 65536}, {"flush"}, {"", 100}};
constexpr Step kMiddleReads[] = {{"read", 65536}, {"seek set", 65530}, {"read", 7}};
constexpr Step kLargeWrites[] = {{"", 70000}, {"flush"}, {"", 1}, {"", 65536}};
constexpr Step kLargeReads[] = {{"read", 131072}, {"seek set", 1}, {"read", 100}};

// Streams without a byte and with one; then such as cross a page, the library's stream buffers and
// the blocks of a zstd frame, in one piece and in several, compressible and not. Each has few
// enough calls for all of them to be swept.
constexpr Base kBases[] = {
    {{"text", 0}},
    {{"text", 1}, kTinyWrites, kTinyReads},
    {{"text", 5000}, kSmallWrites, kSmallReads},
    {{"random", 70000, 1}, kMiddleWrites, kMiddleReads},
    {{"random", 140000, 2}, kLargeWrites, kLargeReads},
    {{"text", 140000}},
};
static_assert(std::size(kBases) <= kSweepBasesMax);

void add_step(Case& value, const Scope& scope, FieldId id, const Step& step) {
  if ((scope.fields & field_bit(id)) == 0) return;
  Op op;
  op.verb = verb_index(id, step.verb);
  const Verb& verb = verb_of(id, op);
  if (!has(scope.kinds, verb.kind)) return;
  const std::array<std::int64_t, 2> args = {step.first, step.second};
  for (std::size_t a = 0; a < verb.args.size(); ++a) op.args[a] = args[a];
  value.ops(id).push_back(op);
}

Case make_base(const Scope& scope, const Base& base) {
  Case value;
  add_step(value, scope, FieldId::kPayload, base.payload);
  for (const Step& step : base.writes) add_step(value, scope, FieldId::kWrites, step);
  for (const Step& step : base.reads) add_step(value, scope, FieldId::kReads, step);
  if (has(scope.needs, VerbKind::kCut)) add_step(value, scope, FieldId::kDamage, {"cut", -1});
  if (has(scope.needs, VerbKind::kHarm)) add_step(value, scope, FieldId::kDamage, {"flip", -1, 0});
  return value;
}

// Whether `value` has what cases of `scope` must have besides what the sweep adds.
bool suits(const Case& value, KindSet needs) {
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const auto id = static_cast<FieldId>(f);
    for (const Op& op : value.ops(id)) {
      needs = static_cast<KindSet>(needs & ~verbs(verb_of(id, op).kind));
    }
  }
  return needs == 0;
}

}  // namespace

Sweep::Sweep(const Clause& clause, const Subject& subject) {
  const Scope& scope = clause.uses;
  // Faults wherever they mean something; pauses and short counts where they are what it is about.
  constexpr KindSet kFaults = verbs(VerbKind::kFault, VerbKind::kPassingFault);
  constexpr KindSet kMoves = verbs(VerbKind::kShort, VerbKind::kBlock);
  KindSet kinds = static_cast<KindSet>((scope.kinds & kFaults) | (scope.needs & kMoves));
  if (!has(subject.traits, Trait::kNonblocking)) {
    kinds = static_cast<KindSet>(kinds & ~verbs(VerbKind::kBlock));
  }
  if (!has(subject.traits, Trait::kPartialBelow)) {
    kinds = static_cast<KindSet>(kinds & ~verbs(VerbKind::kShort));
  }
  for (std::size_t swept = 0; swept < kSweptFields.size(); ++swept) {
    const FieldId id = kSweptFields[swept];
    const Field& field = schema()[static_cast<std::size_t>(id)];
    if ((scope.fields & field_bit(id)) == 0) continue;
    for (std::size_t v = 0; v < field.verbs.size(); ++v) {
      const Verb& verb = field.verbs[v];
      // Lending is the other engines' business: whether it is a call depends on who asks.
      if (!has(kinds, verb.kind) || verb.name == "lend") continue;
      Act act;
      act.swept = swept;
      act.verb = static_cast<std::uint8_t>(v);
      act.has_arg = !verb.args.empty();
      act.arg = act.has_arg ? verb.args[0].simplest : 0;
      acts_.push_back(act);
      if (verb.kind != VerbKind::kFault || !act.has_arg) continue;
      // Which error it is matters little once one came through unchanged at every call.
      for (std::int64_t error = verb.args[0].min; error <= verb.args[0].max; ++error) {
        if (error == act.arg) continue;
        acts_.push_back(act);
        acts_.back().arg = error;
        acts_.back().only_first = true;
      }
    }
  }
  if (acts_.empty()) return;
  for (const Base& base : kBases) {
    Case value = make_base(scope, base);
    if (!suits(value, static_cast<KindSet>(scope.needs & ~(kFaults | kMoves)))) continue;
    bases_.push_back(std::move(value));
    // Without a payload field all would be the same.
    if ((scope.fields & field_bit(FieldId::kPayload)) == 0) break;
  }
}

std::uint64_t Sweep::size() const noexcept {
  return bases_.size() * (1 + kCallsMax * acts_.size());
}

void Sweep::put(Case& value, const Act& act, std::int64_t good_calls) const {
  const FieldId id = kSweptFields[act.swept];
  std::vector<Op>& script = value.ops(id);
  if (good_calls > 0) {
    Op good;
    good.verb = verb_index(id, "good");
    good.args[0] = good_calls;
    script.push_back(good);
  }
  Op op;
  op.verb = act.verb;
  if (act.has_arg) op.args[0] = act.arg;
  script.push_back(op);
}

void Sweep::make(std::uint64_t index, Case& result) const {
  WEIR_CHECK(index < size(), "the sweep has no case of that number");
  const auto fill = [&](const Case& base) {
    result.clear();
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      const auto id = static_cast<FieldId>(f);
      result.ops(id) = base.ops(id);
    }
  };
  if (index < bases_.size()) {
    fill(bases_[static_cast<std::size_t>(index)]);
    // Most clauses discard a case in which nothing stands to happen: it does, but too late.
    for (std::size_t swept = 0; swept < kSweptFields.size(); ++swept) {
      const auto act =
          std::find_if(acts_.begin(), acts_.end(), [&](const Act& a) { return a.swept == swept; });
      if (act != acts_.end()) put(result, *act, behind_the_last_call(kSweptFields[swept]));
    }
    return;
  }
  const std::uint64_t point = index - bases_.size();
  const std::uint64_t per_base = kCallsMax * acts_.size();
  fill(bases_[static_cast<std::size_t>(point / per_base)]);
  put(result, acts_[static_cast<std::size_t>(point % acts_.size())],
      static_cast<std::int64_t>(point % per_base / acts_.size()));
}

void Sweep::count(std::uint64_t index, const Workspace& workspace,
                  SweepCalls& calls) const noexcept {
  constexpr std::uint64_t kMax = ~std::uint32_t{0};
  const std::array<std::uint64_t, kSweepFieldCount> seen = {
      workspace.source_chances, workspace.sink_chances, workspace.counters[Counter::kAllocations]};
  for (std::size_t swept = 0; swept < kSweepFieldCount; ++swept) {
    calls.calls[static_cast<std::size_t>(index)][swept] =
        static_cast<std::uint32_t>(std::min(seen[swept], kMax));
  }
}

std::uint64_t Sweep::next(std::uint64_t index, const SweepCalls& calls) const noexcept {
  if (index < bases_.size()) return index;
  const std::uint64_t per_base = kCallsMax * acts_.size();
  while (index < size()) {
    const std::uint64_t point = index - bases_.size();
    const std::uint64_t base = point / per_base;
    const std::uint64_t call = point % per_base / acts_.size();
    const auto& of_base = calls.calls[static_cast<std::size_t>(base)];
    if (call >= *std::max_element(of_base.begin(), of_base.end())) {
      index = bases_.size() + (base + 1) * per_base;
      continue;
    }
    const Act& act = acts_[static_cast<std::size_t>(point % acts_.size())];
    if (call < of_base[act.swept] && !(act.only_first && call > 0)) return index;
    ++index;
  }
  return size();
}

std::uint64_t Sweep::point_count(const SweepCalls& calls) const noexcept {
  std::uint64_t count = 0;
  for (std::size_t base = 0; base < bases_.size(); ++base) {
    for (const Act& act : acts_) {
      const std::uint64_t reached = calls.calls[base][act.swept];
      count += act.only_first ? std::min<std::uint64_t>(reached, 1) : reached;
    }
  }
  return count;
}

}  // namespace weir::properties
