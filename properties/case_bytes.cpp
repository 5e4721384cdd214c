#include "properties/case_bytes.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "properties/case_coverage.h"
#include "properties/case_flat.h"
#include "weir/check.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties {
namespace {

constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kNameCapacity = 64;
// A byte form of a case of kCaseBytesMax ends each of its lists besides.
constexpr std::size_t kInputBytesMax = kCaseBytesMax + kFieldCount;

class Reader {
 public:
  explicit Reader(std::span<const std::byte> input) noexcept
      : at_(input.data()), end_(input.data() + input.size()) {}

  bool at_end() const noexcept { return at_ == end_; }
  /// The next byte; 0 at the end.
  unsigned byte() noexcept { return at_ == end_ ? 0u : static_cast<unsigned>(*at_++); }
  /// LEB128; bits beyond the 64th are dropped.
  std::uint64_t number() noexcept {
    std::uint64_t next = byte();
    if (next < 0x80) return next;
    std::uint64_t value = next & 0x7f;
    for (unsigned shift = 7; shift < 70 && next >= 0x80; shift += 7) {
      next = byte();
      value |= (next & 0x7f) << shift;
    }
    return value;
  }
  std::span<const std::byte> bytes(std::uint64_t size) noexcept {
    const auto left = static_cast<std::size_t>(end_ - at_);
    const std::size_t taken = size < left ? static_cast<std::size_t>(size) : left;
    const std::span<const std::byte> result(at_, taken);
    at_ += taken;
    return result;
  }

 private:
  const std::byte* at_;
  const std::byte* end_;
};

class Writer {
 public:
  explicit Writer(std::vector<std::byte>& output) : output_(output) {}

  void byte(std::uint64_t value) {
    output_.push_back(static_cast<std::byte>(value));
    if (value != 0) needed_ = output_.size();
  }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte((value & 0x7f) | 0x80);
    byte(value);
  }
  void bytes(std::span<const std::byte> value) {
    output_.insert(output_.end(), value.begin(), value.end());
    if (!value.empty()) needed_ = output_.size();
  }
  /// Zeros that the end of input says as well are left out.
  void finish(std::size_t size_min) { output_.resize(std::max(needed_, size_min)); }

 private:
  std::vector<std::byte>& output_;
  std::size_t needed_ = 0;
};

void decode_list(const internal::FlatField& field, Reader& reader, Case& result,
                 std::vector<Op>& list) {
  if (reader.at_end()) return;
  // All room at once: growing shows in coverage, step by step.
  if (list.capacity() < field.ops_max) list.reserve(field.ops_max);
  const internal::FlatVerb* const verbs = field.verbs.data();
  for (std::size_t count = 0; count < field.ops_max; ++count) {
    const unsigned byte = reader.byte();
    if (byte == 0) return;
    const unsigned verb = field.verb_of(byte - 1);
    const internal::FlatVerb& description = verbs[verb];
    Op& op = list.emplace_back();
    op.verb = static_cast<std::uint8_t>(verb);
    for (unsigned a = 0; a < description.arg_count; ++a) {
      op.args[a] = description.args[a].value_of(reader.number());
    }
    if (description.has_bytes) {
      const std::uint64_t size = reader.number();
      const std::span<const std::byte> bytes =
          reader.bytes(size < kOpBytesMax ? size : kOpBytesMax);
      if (!bytes.empty()) result.set_bytes(op, bytes);
    }
  }
}

enum class ListEnds : std::uint8_t { kWritten, kLeftOut };

void encode_fields(const Case& value, Writer& writer, FieldSet uses, ListEnds ends) {
  const internal::FlatSchema& flat = internal::flat_schema();
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const auto id = static_cast<FieldId>(f);
    const std::vector<Op>& list = value.ops(id);
    if ((uses & field_bit(id)) == 0) {
      WEIR_CHECK(list.empty(), "fields that the clause does not use are empty");
      continue;
    }
    WEIR_CHECK(list.size() <= flat[f].ops_max, "no list is longer than its field allows");
    for (const Op& op : list) {
      WEIR_CHECK(op.verb < flat[f].verbs.size(), "the verb is one of the field's");
      const internal::FlatVerb& verb = flat[f].verbs[op.verb];
      writer.byte(op.verb + 1u);
      for (std::size_t a = 0; a < verb.arg_count; ++a) {
        WEIR_CHECK(verb.args[a].contains(op.args[a]), "an argument within its range");
        writer.number(verb.args[a].code_of(op.args[a]));
      }
      if (verb.has_bytes) {
        writer.number(op.bytes_size);
        writer.bytes(value.bytes(op));
      }
    }
    if (ends == ListEnds::kWritten && list.size() < flat[f].ops_max) writer.byte(0);
  }
}

// Drops operations from the back until the case is valid.
void trim(Case& value) {
  for (std::size_t f = kFieldCount; f-- > 0;) {
    std::vector<Op>& list = value.ops(static_cast<FieldId>(f));
    while (!list.empty() && encoded_size(value) > kCaseBytesMax) list.pop_back();
  }
}

// Not with memcmp, because a fuzzer learns from its calls; word by word, because every load is
// checked under a sanitizer.
bool same_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  std::size_t at = 0;
  for (; at + 8 <= a.size(); at += 8) {
    std::uint64_t a_word;
    std::uint64_t b_word;
    std::memcpy(&a_word, a.data() + at, 8);
    std::memcpy(&b_word, b.data() + at, 8);
    if (a_word != b_word) return false;
  }
  for (; at < a.size(); ++at) {
    if (a[at] != b[at]) return false;
  }
  return true;
}

// What std::string does out of line shows in coverage, so that only single bytes are added, and the
// rest is overwritten.
void assign_name(std::string_view name, std::string& result) {
  if (same_name(name, result)) return;
  // Growing would show as well: better at the first case than at some later one.
  if (result.capacity() < kNameCapacity) result.reserve(kNameCapacity);
  if (result.size() > name.size()) result.resize(name.size());
  while (result.size() < name.size()) result.push_back('\0');
  char* const output = result.data();
  std::size_t at = 0;
  for (; at + 8 <= name.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, name.data() + at, 8);
    std::memcpy(output + at, &word, 8);
  }
  for (; at < name.size(); ++at) output[at] = name[at];
}

unsigned distance(unsigned a, unsigned b) noexcept { return a < b ? b - a : a - b; }

}  // namespace

void decode(std::span<const std::byte> input, const Names& names, Case& result) {
  Reader reader(input.first(std::min(input.size(), kInputBytesMax)));
  unsigned hash = reader.byte();
  hash |= reader.byte() << 8;
  const Names::Clause* clause = &names.clauses.front();
  unsigned nearest = ~0u;
  for (const Names::Clause& candidate : names.clauses) {
    const unsigned candidate_distance = distance(candidate.hash, hash);
    if (candidate_distance >= nearest) continue;
    nearest = candidate_distance;
    clause = &candidate;
  }
  hash = reader.byte();
  hash |= reader.byte() << 8;
  const std::string_view* subject = &names.subjects.front();
  if (names.subjects.size() > 1) {
    nearest = ~0u;
    for (const std::string_view& candidate : names.subjects) {
      const unsigned candidate_distance = distance(name_hash(candidate), hash);
      if (candidate_distance < nearest) {
        nearest = candidate_distance;
        subject = &candidate;
      }
    }
  }
  result.clear();
  assign_name(clause->id, result.clause);
  assign_name(*subject, result.subject);
  const internal::FlatSchema& flat = internal::flat_schema();
  for (unsigned uses = clause->uses, f = 0; uses != 0 && !reader.at_end(); uses >>= 1, ++f) {
    if (uses & 1u) decode_list(flat[f], reader, result, result.ops(static_cast<FieldId>(f)));
  }
  if (input.size() > kCaseBytesMax) trim(result);
}

void encode(const Case& value, const Names& names, std::vector<std::byte>& output) {
  const auto clause = std::find_if(names.clauses.begin(), names.clauses.end(),
                                   [&](const Names::Clause& c) { return c.id == value.clause; });
  WEIR_CHECK(clause != names.clauses.end(), "the case's clause is one of the names");
  WEIR_CHECK(clause->hash == name_hash(clause->id), "the clause's hash is that of its id");
  WEIR_CHECK(std::find(names.subjects.begin(), names.subjects.end(), value.subject) !=
                 names.subjects.end(),
             "the case's subject is one of the names");
  output.clear();
  Writer writer(output);
  const unsigned subject_hash = name_hash(value.subject);
  writer.byte(clause->hash & 0xffu);
  writer.byte(clause->hash >> 8);
  writer.byte(subject_hash & 0xffu);
  writer.byte(subject_hash >> 8);
  encode_fields(value, writer, clause->uses, ListEnds::kWritten);
  writer.finish(kHeaderBytes);
  WEIR_CHECK(output.size() <= kInputBytesMax, "the case is not too long");
}

std::size_t encoded_size(const Case& value) {
  std::vector<std::byte> output(kHeaderBytes);
  Writer writer(output);
  encode_fields(value, writer, static_cast<FieldSet>((1u << kFieldCount) - 1), ListEnds::kLeftOut);
  writer.finish(kHeaderBytes);
  return output.size();
}

}  // namespace weir::properties
WEIR_NO_COVERAGE_END
