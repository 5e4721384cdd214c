#include "properties/case.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "properties/case_coverage.h"
#include "weir/check.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties {
namespace {

// Offsets into the pool have 32 bits; no honest case comes near.
constexpr std::size_t kPoolBytesMax = std::size_t{1} << 31;

bool equal_bytes(std::span<const std::byte> a, std::span<const std::byte> b) noexcept {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace

void BytePool::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (bytes.size() > capacity_ - size_) {
    constexpr std::size_t kCapacityMin = 256;
    const std::size_t capacity = std::max({kCapacityMin, capacity_ * 2, size_ + bytes.size()});
    std::unique_ptr<std::byte[]> grown(new std::byte[capacity]);
    if (size_ != 0) std::memcpy(grown.get(), data_.get(), size_);
    data_ = std::move(grown);
    capacity_ = capacity;
  }
  std::memcpy(data_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void Case::set_bytes(Op& op, std::span<const std::byte> bytes) {
  op.bytes_size = static_cast<std::uint32_t>(bytes.size());
  op.bytes_offset = 0;
  if (bytes.empty()) return;
  const std::less_equal<const std::byte*> not_after;
  const std::span<const std::byte> pool = pool_.bytes();
  if (!pool.empty() && not_after(pool.data(), bytes.data()) &&
      not_after(bytes.data() + bytes.size(), pool.data() + pool.size())) {
    // Bytes in the pool never change, so that operations may share them.
    op.bytes_offset = static_cast<std::uint32_t>(bytes.data() - pool.data());
    return;
  }
  WEIR_CHECK(bytes.size() <= kPoolBytesMax - pool.size(), "a case's byte strings fit its pool");
  op.bytes_offset = static_cast<std::uint32_t>(pool.size());
  pool_.append(bytes);
}

Op& Case::add(FieldId id, std::string_view verb, std::initializer_list<std::int64_t> args,
              std::string_view bytes) {
  Op op;
  op.verb = verb_index(id, verb);
  const Verb& description = verb_of(id, op);
  WEIR_CHECK(args.size() == description.args.size(), "as many arguments as the verb takes");
  WEIR_CHECK(bytes.empty() || description.has_bytes, "bytes only where the verb has some");
  std::copy(args.begin(), args.end(), op.args.begin());
  for (std::size_t i = 0; i < args.size(); ++i) {
    WEIR_CHECK(op.args[i] >= description.args[i].min && op.args[i] <= description.args[i].max,
               "an argument within its range");
  }
  set_bytes(op, std::as_bytes(std::span<const char>(bytes)));
  std::vector<Op>& list = ops(id);
  list.push_back(op);
  return list.back();
}

void Case::clear() noexcept {
  for (std::vector<Op>& list : ops_) list.clear();
  pool_.clear();
}

void Case::compact() {
  BytePool kept;
  for (std::vector<Op>& list : ops_) {
    for (Op& op : list) {
      const std::span<const std::byte> old = bytes(op);
      op.bytes_offset = op.bytes_size == 0 ? 0 : static_cast<std::uint32_t>(kept.size());
      kept.append(old);
    }
  }
  pool_.swap(kept);
}

std::size_t Case::op_count() const noexcept {
  std::size_t count = 0;
  for (const std::vector<Op>& list : ops_) count += list.size();
  return count;
}

bool operator==(const Case& a, const Case& b) noexcept {
  if (a.subject != b.subject || a.clause != b.clause) return false;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const auto same = [&](const Op& x, const Op& y) {
      return x.verb == y.verb && x.args == y.args && equal_bytes(a.bytes(x), b.bytes(y));
    };
    if (!std::equal(a.ops_[f].begin(), a.ops_[f].end(), b.ops_[f].begin(), b.ops_[f].end(), same)) {
      return false;
    }
  }
  return true;
}

std::uint8_t verb_index(FieldId id, std::string_view name) {
  const std::span<const Verb> verbs = schema()[static_cast<std::size_t>(id)].verbs;
  const auto found =
      std::find_if(verbs.begin(), verbs.end(), [&](const Verb& v) { return v.name == name; });
  WEIR_CHECK(found != verbs.end(), "the field has a verb of that name");
  return static_cast<std::uint8_t>(found - verbs.begin());
}

const Verb& verb_of(FieldId id, const Op& op) {
  const Field& field = schema()[static_cast<std::size_t>(id)];
  WEIR_CHECK(op.verb < field.verbs.size(), "the verb is one of the field's");
  return field.verbs[op.verb];
}

std::string_view arg_name(FieldId id, const Op& op, std::size_t index) {
  const Verb& verb = verb_of(id, op);
  WEIR_CHECK(index < verb.args.size() && verb.args[index].shape == Shape::kName,
             "the argument is a name");
  const auto value = static_cast<std::size_t>(op.args[index]);
  WEIR_CHECK(value < verb.args[index].names.size(), "the name is one of the list");
  return verb.args[index].names[value];
}

}  // namespace weir::properties
WEIR_NO_COVERAGE_END
