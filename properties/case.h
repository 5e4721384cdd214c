// Case: one input to a clause, as a structured value.
//
// A case is a clause, a subject and a few fields; each field is a list of operations. What fields
// and operations there are, with their arguments and ranges, stands once, in `schema()`; everything
// that is done with a case (bytes, text, generation, mutation, shrinking, enumeration) walks that
// table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::properties {

/// The fields of a case. `kFieldCount` is their number.
enum class FieldId : std::uint8_t {
  kPayload,  ///< the bytes to encode (for hostile input: the encoded bytes themselves), as a recipe
  kWrites,   ///< how the payload is cut, where flushes fall
  kSink,     ///< what the sink below does at each call
  kDamage,   ///< what happens to the encoded stream between writer and reader
  kSource,   ///< what the source below does at each call
  kReads,    ///< the reader's program
  kChain,    ///< transforms, in reader's order
  kDescriptor,  ///< edits to the subject's own descriptor
  kMemory,      ///< what the allocator does at each allocation of the subject
};
inline constexpr std::size_t kFieldCount = 9;

/// A set of fields: those that a clause uses. The others stay empty, which is their neutral value.
using FieldSet = std::uint16_t;
constexpr FieldSet field_bit(FieldId id) noexcept {
  return static_cast<FieldSet>(1u << static_cast<unsigned>(id));
}
template <class... Ids>
constexpr FieldSet fields(Ids... ids) noexcept {
  return static_cast<FieldSet>((0u | ... | field_bit(ids)));
}

/// What an operation is about. A clause names the kinds that mean something to it; to others they
/// would only be noise.
enum class VerbKind : std::uint8_t {
  kPlain,         ///< means something to every clause that uses the field
  kShort,         ///< a stream below gives, takes or lends less than it is asked for
  kBlock,         ///< a stream below would block
  kFault,         ///< a stream below, or the allocator, fails and stays so
  kPassingFault,  ///< it fails once and goes on
  kLie,           ///< a stream below reports more than it was asked for
  kDelay,         ///< good behaviour for some calls, before something else
  kFlush,         ///< the writer flushes
  kEmpty,         ///< the writer writes nothing
  kLend,          ///< writer or reader use the subject's own buffer
  kSeek,          ///< the reader seeks
  kClose,         ///< the reader closes early
  kCut,           ///< the encoded stream is cut
  kHarm,          ///< it is damaged otherwise
};
inline constexpr std::size_t kVerbKindCount = 14;

/// A set of kinds.
using KindSet = std::uint16_t;
template <class... Kinds>
constexpr KindSet verbs(Kinds... kinds) noexcept {
  return static_cast<KindSet>((0u | ... | (1u << static_cast<unsigned>(kinds))));
}
constexpr bool has(KindSet set, VerbKind kind) noexcept {
  return (set >> static_cast<unsigned>(kind)) & 1u;
}
inline constexpr KindSet kAllKinds = (1u << kVerbKindCount) - 1;

/// What cases of a clause are made of.
struct Scope {
  FieldSet fields = 0;
  KindSet kinds = kAllKinds;  ///< operations of other kinds are not drawn; kPlain always are
  KindSet needs = 0;          ///< drawn cases have at least one operation of each of these kinds
  constexpr Scope(FieldSet used) noexcept : fields(used) {}  // NOLINT(google-explicit-constructor)
  constexpr Scope(FieldSet used, KindSet about, KindSet needed = 0) noexcept
      : fields(used), kinds(static_cast<KindSet>(about | verbs(VerbKind::kPlain))), needs(needed) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr operator FieldSet() const noexcept { return fields; }
};

/// How an argument is read, printed and drawn.
enum class Shape : std::uint8_t {
  kSize,  ///< a count of bytes: mostly small, edges of powers of two and of common blocks, now and
          ///< then large
  kOffset,  ///< a place or distance in a stream, possibly negative
  kByte,    ///< 0..255
  kSeed,    ///< any number; small ones are as good as large ones
  kHash,    ///< 64 bits, printed in hexadecimal
  kName,    ///< one of `names`, stored as its index
};

/// One argument of an operation.
struct Arg {
  std::string_view label;  ///< stands before the value in text; may be empty
  Shape shape;
  std::int64_t min;
  std::int64_t max;
  std::int64_t simplest;                      ///< what shrinking aims at
  std::span<const std::string_view> names{};  ///< for kName
};

inline constexpr std::size_t kArgsMax = 3;

/// One kind of operation of a field.
struct Verb {
  std::string_view name;  ///< as in text; may have two words; empty for "just the number"
  std::span<const Arg> args{};
  bool has_bytes = false;          ///< carries a byte string, printed last, quoted
  std::string_view bytes_label{};  ///< stands before it in text; may be empty
  std::string_view alias{};        ///< another spelling that parsing accepts
  std::uint8_t weight = 4;         ///< how often it is drawn, against its neighbours
  std::span<const std::string_view> dictionary{};  ///< byte strings worth drawing
  VerbKind kind = VerbKind::kPlain;
};

/// One field. Verbs are ordered from simplest to most complex: shrinking tries earlier ones.
struct Field {
  FieldId id;
  std::string_view name;   ///< as in text
  std::string_view about;  ///< one sentence, for docs
  std::span<const Verb> verbs;
  std::size_t ops_max;
  std::uint8_t first_in_16 = 12;  ///< drawn lists have a first operation this many times in sixteen
  std::uint8_t more_in_16 = 8;    ///< and a further one this many times in sixteen, at full size
};

/// The fields, in the order in which they stand in bytes and text. Index = FieldId.
std::span<const Field, kFieldCount> schema();
/// A hash over all that gives a byte form its meaning: byte forms of another schema are stale.
std::uint64_t schema_hash();

/// One operation: a verb, its arguments, and its bytes as a place in the case's pool.
struct Op {
  std::uint8_t verb = 0;
  std::array<std::int64_t, kArgsMax> args{};
  std::uint32_t bytes_offset = 0;
  std::uint32_t bytes_size = 0;
};

inline constexpr std::size_t kCaseBytesMax =
    std::size_t{1} << 20;  ///< no byte form is longer, its ends of lists apart
/// No text is longer: every byte of a byte form may become \xNN, and words stand around them.
inline constexpr std::size_t kCaseTextMax = 4 * kCaseBytesMax + (std::size_t{1} << 16);
inline constexpr std::size_t kOpBytesMax = std::size_t{1}
                                           << 18;  ///< no byte string of one operation is longer

/// A growing run of bytes in which nothing but its own code runs, so that decoding a case neither
/// zeroes memory nor shows in a fuzzer's coverage. Copies are as long as what is used.
class BytePool {
 public:
  BytePool() noexcept = default;
  BytePool(const BytePool& other) { append(other.bytes()); }
  BytePool(BytePool&& other) noexcept { swap(other); }
  BytePool& operator=(const BytePool& other) {
    if (this != &other) {
      clear();
      append(other.bytes());
    }
    return *this;
  }
  BytePool& operator=(BytePool&& other) noexcept {
    swap(other);
    return *this;
  }
  ~BytePool() = default;

  std::span<const std::byte> bytes() const noexcept { return {data_.get(), size_}; }
  std::size_t size() const noexcept { return size_; }
  void clear() noexcept { size_ = 0; }
  /// `bytes` may not lie in this pool.
  void append(std::span<const std::byte> bytes);
  void swap(BytePool& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// A case. Reusing one object for many cases allocates nothing once it has grown.
class Case {
 public:
  std::string subject;  ///< descriptor of the transform under test, e.g. "stream.rot13/1"
  std::string clause;   ///< id of the clause, e.g. "round-trip"

  const std::vector<Op>& ops(FieldId id) const noexcept {
    return ops_[static_cast<std::size_t>(id)];
  }
  std::vector<Op>& ops(FieldId id) noexcept { return ops_[static_cast<std::size_t>(id)]; }
  std::span<const std::byte> bytes(const Op& op) const noexcept {
    return pool_.bytes().subspan(op.bytes_offset, op.bytes_size);
  }
  /// Copies `bytes` into the pool and points `op` at them. `bytes` may lie in this case's own pool.
  void set_bytes(Op& op, std::span<const std::byte> bytes);
  /// Appends an operation of the verb named `verb`. Precondition: the field has it; as many args as
  /// it takes.
  Op& add(FieldId id, std::string_view verb, std::initializer_list<std::int64_t> args = {},
          std::string_view bytes = {});

  /// Empties the fields (not the names), keeping memory.
  void clear() noexcept;
  /// Drops pool bytes that no operation uses.
  void compact();
  /// The number of operations in all fields.
  std::size_t op_count() const noexcept;

  /// Equal names, operations, arguments and byte strings (wherever these lie in the pool).
  friend bool operator==(const Case& a, const Case& b) noexcept;
  friend bool operator!=(const Case& a, const Case& b) noexcept { return !(a == b); }

 private:
  std::array<std::vector<Op>, kFieldCount> ops_;
  BytePool pool_;
};

/// Index of the verb named `name` in field `id`. Precondition: there is one.
std::uint8_t verb_index(FieldId id, std::string_view name);
/// The verb that `op` of field `id` has.
const Verb& verb_of(FieldId id, const Op& op);
/// The word that stands for argument `index` of `op` in text, e.g. "EIO". Precondition: its shape
/// is kName.
std::string_view arg_name(FieldId id, const Op& op, std::size_t index);

}  // namespace weir::properties
