#include "fuzz/fuzz_target.h"

#include <algorithm>

#include "properties/case_generate.h"
#include "properties/case_text.h"
#include "properties/payload.h"
#include "properties/roster.h"
#include "properties/subject.h"
#include "weir/check.h"

namespace weir::fuzz {

using properties::Arg;
using properties::Case;
using properties::Clause;
using properties::FieldId;
using properties::Group;
using properties::Op;
using properties::RandomBits;
using properties::Subject;
using properties::Verdict;
using properties::Workspace;

std::optional<Group> find_group(std::string_view name) noexcept {
  for (std::size_t i = 0; i < properties::kGroupCount; ++i) {
    const auto group = static_cast<Group>(i);
    if (properties::to_string(group) == name) return group;
  }
  return std::nullopt;
}

std::unique_ptr<FuzzTarget> FuzzTarget::make(std::string_view group, std::string_view subject,
                                             std::string& error, std::string_view only,
                                             std::string_view left_out) {
  const std::optional<Group> wanted = find_group(group);
  if (!wanted && !group.empty()) {
    error = "no fuzz target is called " + std::string(group);
    return nullptr;
  }
  std::vector<const Subject*> subjects;
  if (subject.empty()) {
    const auto all = properties::subjects_under_test();
    subjects.assign(all.begin(), all.end());
  } else if (const Subject* one = properties::find_subject(subject)) {
    subjects.push_back(one);
  } else {
    error = "no subject is called " + std::string(subject);
    return nullptr;
  }

  std::unique_ptr<FuzzTarget> target(new FuzzTarget);
  for (const Clause* clause : properties::clauses()) {
    if ((wanted && clause->group != *wanted) || (!only.empty() && clause->id != only)) continue;
    if (clause->id == left_out) continue;
    Entry entry{clause, {}};
    for (const Subject* candidate : subjects) {
      if (properties::skip_reason(*clause, *candidate).empty()) entry.subjects.push_back(candidate);
    }
    if (entry.subjects.empty()) continue;
    target->clause_names_.push_back({clause->id, clause->uses});
    target->entries_.push_back(std::move(entry));
  }
  if (target->entries_.empty()) {
    error = "no clause" + (only.empty() ? std::string() : " " + std::string(only)) +
            (wanted ? " of " + std::string(group) : std::string()) + " applies to " +
            (subject.empty() ? std::string("any subject") : std::string(subject));
    return nullptr;
  }
  for (const Subject* candidate : subjects) {
    const bool used =
        std::any_of(target->entries_.begin(), target->entries_.end(), [&](const Entry& entry) {
          return std::find(entry.subjects.begin(), entry.subjects.end(), candidate) !=
                 entry.subjects.end();
        });
    if (used) target->subject_names_.push_back(candidate->name);
  }
  return target;
}

const FuzzTarget::Entry* FuzzTarget::find(std::string_view clause) const noexcept {
  for (const Entry& entry : entries_) {
    if (entry.clause->id == clause) return &entry;
  }
  return nullptr;
}

namespace {

const Subject* subject_among(const std::vector<const Subject*>& subjects, std::string_view name) {
  for (const Subject* subject : subjects) {
    if (subject->name == name) return subject;
  }
  return nullptr;
}

}  // namespace

bool FuzzTarget::contains(const Case& value) const noexcept {
  const Entry* entry = find(value.clause);
  return entry != nullptr && subject_among(entry->subjects, value.subject) != nullptr;
}

namespace {

std::int64_t payload_bytes_max(const Case& value) {
  std::uint64_t hash = 0;
  for (std::size_t f = 0; f < properties::kFieldCount; ++f) {
    const auto id = static_cast<FieldId>(f);
    const auto& verbs = properties::schema()[f].verbs;
    for (const Op& op : value.ops(id)) {
      hash = RandomBits::mix(hash + op.verb + op.bytes_size);
      const std::span<const Arg> args = verbs[op.verb].args;
      for (std::size_t i = 0; i < args.size(); ++i) {
        hash = RandomBits::mix(hash + static_cast<std::uint64_t>(op.args[i]));
      }
    }
  }
  if (hash % FuzzTarget::kLargeEvery == 0) return FuzzTarget::kPayloadBytesMax;
  if (hash % FuzzTarget::kMiddleEvery == 0) return FuzzTarget::kMiddleBytesMax;
  return FuzzTarget::kSmallBytesMax;
}

// Whether anything had to be cut.
bool cut_payload(Case& value, std::int64_t bytes_max) {
  const auto& verbs = properties::schema()[static_cast<std::size_t>(FieldId::kPayload)].verbs;
  std::int64_t left = bytes_max;
  bool any = false;
  for (Op& op : value.ops(FieldId::kPayload)) {
    const std::span<const Arg> args = verbs[op.verb].args;
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (args[i].shape != properties::Shape::kSize) continue;
      const std::int64_t size = std::max(args[i].min, std::min(op.args[i], left));
      any = any || size != op.args[i];
      op.args[i] = size;
      left -= std::min(size, left);
    }
    const std::int64_t bytes = std::min<std::int64_t>(op.bytes_size, left);
    any = any || bytes != op.bytes_size;
    op.bytes_size = static_cast<std::uint32_t>(bytes);
    left -= bytes;
  }
  return any;
}

}  // namespace

// What is changed here stands in the case itself, so that the case that is printed is the one that
// ran.
void FuzzTarget::make_valid(Case& value) const {
  const Entry* entry = find(value.clause);
  WEIR_CHECK(entry != nullptr, "a decoded case names a clause of the target");
  if (subject_among(entry->subjects, value.subject) == nullptr) {
    const std::uint64_t hash = properties::stable_hash(value.subject.data(), value.subject.size());
    value.subject = entry->subjects[hash % entry->subjects.size()]->name;
  }
  // A shorter payload is another case with another bound, seldom a smaller one: until it fits.
  while (cut_payload(value, payload_bytes_max(value))) {
  }
}

void FuzzTarget::decode(std::span<const std::byte> input, Case& result) const {
  // A byte form begins with two hashes of names: none of them reads "weir-case".
  constexpr std::string_view kTextStart = "weir-case ";
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  if (text.substr(0, kTextStart.size()) == kTextStart &&
      properties::parse(text.substr(0, properties::kCaseBytesMax), result).ok && contains(result)) {
    return;
  }
  properties::decode(input, names(), result);
  make_valid(result);
}

void FuzzTarget::encode(const Case& value, std::vector<std::byte>& output) const {
  properties::encode(value, names(), output);
}

void FuzzTarget::encode_seed(Case value, std::vector<std::byte>& output) const {
  const Clause& clause = *properties::find_clause(value.clause);
  for (const properties::Field& field : properties::schema()) {
    if ((clause.uses & properties::field_bit(field.id)) == 0) value.ops(field.id).clear();
  }
  value.compact();
  encode(value, output);
  Case read;
  decode(output, read);
  std::vector<std::byte> again;
  encode(read, again);
  if (again == output) return;
  const std::string text = properties::print(value);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(text));
  output.assign(bytes.begin(), bytes.end());
}

std::string FuzzTarget::dictionary() const {
  std::string text;
  std::vector<std::byte> bytes;
  Case value;
  for (const Entry& entry : entries_) {
    for (const Subject* subject : entry.subjects) {
      value.clause = entry.clause->id;
      value.subject = subject->name;
      encode(value, bytes);
      text += "# " + value.clause + " on " + value.subject + "\n\"";
      constexpr char kDigits[] = "0123456789abcdef";
      for (const std::byte byte : bytes) {
        const auto number = static_cast<unsigned>(byte);
        text += {'\\', 'x', kDigits[number >> 4], kDigits[number & 15]};
      }
      text += "\"\n";
    }
  }
  return text;
}

Verdict FuzzTarget::run(const Case& value, Workspace& workspace) const {
  const Entry* entry = find(value.clause);
  const Subject* subject =
      entry == nullptr ? nullptr : subject_among(entry->subjects, value.subject);
  WEIR_CHECK(subject != nullptr, "the case is one of this target");
  return properties::run_check(*entry->clause, *subject, value, workspace);
}

void FuzzTarget::mutate(RandomBits& bits, Case& value) const {
  if (bits.chance(1, 16)) {
    const Entry& entry = entries_[bits.below(entries_.size())];
    value.clause = entry.clause->id;
    for (std::size_t i = 0; i < properties::kFieldCount; ++i) {
      const auto id = static_cast<FieldId>(i);
      if ((entry.clause->uses & properties::field_bit(id)) == 0) value.ops(id).clear();
    }
    value.compact();
  }
  const Entry* entry = find(value.clause);
  WEIR_CHECK(entry != nullptr, "the case is one of this target");
  if (bits.chance(1, 16)) {
    value.subject = entry->subjects[bits.below(entry->subjects.size())]->name;
  }
  properties::mutate(bits, entry->clause->uses, value);
  make_valid(value);
}

namespace {

// What the bytes of an operation may grow by in one change.
constexpr std::size_t kGrowthBytesMax = 64;

// Makes the payload one literal, if it is small. What an engine learns of single bytes could not be
// kept in "random 8 seed 7".
void write_out_payload(Case& value) {
  std::vector<std::byte> payload;
  constexpr std::size_t kMax = FuzzTarget::kSmallBytesMax;
  if (!properties::materialise(value, {}, kMax + 1, payload) || payload.size() > kMax) return;
  value.ops(FieldId::kPayload).clear();
  value.add(FieldId::kPayload, "literal", {},
            {reinterpret_cast<const char*>(payload.data()), payload.size()});
}

}  // namespace

bool FuzzTarget::mutate_bytes(RandomBits& bits, ChangeBytes change, Case& value) const {
  const Entry* entry = find(value.clause);
  WEIR_CHECK(entry != nullptr, "the case is one of this target");
  if ((entry->clause->uses & properties::field_bit(FieldId::kPayload)) != 0 && bits.chance(1, 2)) {
    write_out_payload(value);
  }
  std::vector<Op*> places;
  for (const properties::Field& field : properties::schema()) {
    for (Op& op : value.ops(field.id)) {
      if (field.verbs[op.verb].has_bytes) places.push_back(&op);
    }
  }
  if (places.empty()) return false;
  Op& op = *places[bits.below(places.size())];
  const std::span<const std::byte> old = value.bytes(op);
  std::vector<std::byte> bytes(old.begin(), old.end());
  if (!bytes.empty() && bits.chance(1, 2)) {
    std::byte& byte = bytes[bits.below(bytes.size())];
    byte = bits.chance(1, 2) ? static_cast<std::byte>(bits.below(256))
                             : byte ^ (std::byte{1} << static_cast<unsigned>(bits.below(8)));
  } else {
    bytes.resize(std::min(old.size() + kGrowthBytesMax, properties::kOpBytesMax));
    bytes.resize(change(reinterpret_cast<std::uint8_t*>(bytes.data()), old.size(), bytes.size()));
  }
  value.set_bytes(op, bytes);
  value.compact();
  make_valid(value);
  return true;
}

void FuzzTarget::cross_over(RandomBits& bits, const Case& a, const Case& b, Case& result) const {
  const Entry* entry = find(a.clause);
  WEIR_CHECK(entry != nullptr, "the case is one of this target");
  properties::cross_over(bits, entry->clause->uses, a, b, result);
  make_valid(result);
}

std::string violation_text(const Case& value, const Verdict& verdict) {
  std::string text = "weir: case\n" + properties::print(value) + "weir: end of case\n";
  text += "expected: " + verdict.expected + "\nseen: " + verdict.seen + "\n";
  text += "weir: violated " + value.clause + " " + std::string(verdict.kind) + "\n";
  return text;
}

}  // namespace weir::fuzz
