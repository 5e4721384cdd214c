// Subject: a transform under test and what it claims.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weir/registry.h"
#include "weir/transform.h"

namespace weir::properties {

enum class OutputTo : std::uint8_t;
enum class Side : std::uint8_t;

/// A promise that a subject may claim. A claim is tested.
enum class Trait : std::uint8_t {
  kSizePreserving,  ///< as many bytes encoded as written
  kDeterministic,   ///< the same payload and options give the same encoded bytes, however it is cut
  kSeekable,        ///< readers seek when the source below does
  kDetectsTruncation,  ///< every cut of an encoded stream is an error
  kDetectsCorruption,  ///< every damaged stream is an error or decodes to the identical payload
  kFlushable,          ///< after a flush, all that was written can be read
  kConcatenable,  ///< encoded streams one behind the other decode to the payloads one behind the
                  ///< other
  kNonblocking,   ///< streams below may say would_block; without it they never do
  kShortWrites,   ///< a write may take less than it is offered; without it, it takes all or fails
  kMultiMember,   ///< a reader goes on into a further encoded stream behind the first; without it,
                  ///< it stops after the first, or says that there is more
  kVerifiesAtClose,     ///< what is wrong with a stream may be said by close instead of by a read
  kReportsEndPosition,  ///< at the end, the source below stands right behind the encoded stream
  kPartialBelow,  ///< streams below may give or take a part of what is asked for; without it, they
                  ///< move all of it (a source: up to its end) or fail, and lend nothing
  kFinishesInDestructor,  ///< a stream that is destroyed without close may finish; without it,
                          ///< nothing happens below
};
inline constexpr std::size_t kTraitCount = 14;

/// A set of traits.
using Traits = std::uint16_t;
template <class... Ts>
constexpr Traits traits(Ts... ts) noexcept {
  return static_cast<Traits>((0u | ... | (1u << static_cast<unsigned>(ts))));
}
constexpr bool has(Traits set, Trait trait) noexcept {
  return (set >> static_cast<unsigned>(trait)) & 1u;
}
inline constexpr Traits kAllTraits = (1u << kTraitCount) - 1;
/// Leave rather than promises: who claims one of these may do what others may not, and no case can
/// show the claim to be false.
inline constexpr Traits kPermissions =
    traits(Trait::kShortWrites, Trait::kVerifiesAtClose, Trait::kFinishesInDestructor);
/// As in lists and reports, e.g. "size_preserving".
std::string_view to_string(Trait trait) noexcept;
/// Nothing when there is none of that name.
std::optional<Trait> find_trait(std::string_view name) noexcept;
/// What the trait promises or permits, one sentence.
std::string_view about(Trait trait) noexcept;

/// A usual convention of streams as one word.
struct Profile {
  std::string_view name;   ///< e.g. "raw"
  std::string_view about;  ///< one sentence
  Traits traits;           ///< to be joined with what the transform itself promises
};
/// All profiles, the most demanding first.
std::span<const Profile> profiles() noexcept;
/// Null when there is none of that name.
const Profile* find_profile(std::string_view name) noexcept;

/// Bounds that a subject claims. A bound that is not claimed is not tested.
struct Bounds {
  /// Bytes allocated at any time while one stream is written, beyond those before.
  std::optional<std::uint64_t> write_heap_bytes{};
  /// The same while one stream is read, whatever its bytes are.
  std::optional<std::uint64_t> read_heap_bytes{};
  /// Bytes taken from the source below to give the first byte of a stream.
  std::optional<std::uint64_t> read_ahead_bytes{};
  /// Bytes that a sink takes while the sink below takes none.
  std::optional<std::uint64_t> write_behind_bytes{};
  /// Bytes that a call below moves on average, at least, in streams of many times that size.
  std::optional<std::uint64_t> bytes_per_call{};
};

/// A clause that has nothing to say of a subject, whatever that claims.
struct Inapplicable {
  std::string_view clause;  ///< its id
  std::string_view reason;  ///< as in reports, e.g. "has no descriptors"
};

/// A transform under test.
struct Subject {
  std::string name;     ///< its descriptor, e.g. "stream.rot13/1" or "mutant.one-read-is-all/1"
  std::string summary;  ///< one sentence
  Traits traits = 0;
  Bounds bounds{};
  /// Makes transforms from descriptors, as a registry does that knows this subject and the built-in
  /// transforms (for chains).
  std::function<Result<std::vector<std::unique_ptr<StreamTransform>>>(
      std::span<const std::string> descriptors)>
      from_descriptor_list;
  /// A fresh instance.
  std::function<Result<std::unique_ptr<StreamTransform>>()> make;
  /// A fresh instance that will write `payload_bytes`: it may choose its tables and its
  /// way of encoding by that. Empty where `make` is as fast.
  std::function<Result<std::unique_ptr<StreamTransform>>(std::uint64_t payload_bytes)> make_for{};
  /// A fresh instance that shares nothing with those before it, such as pooled contexts. Empty
  /// where `make` is as good.
  std::function<Result<std::unique_ptr<StreamTransform>>()> make_cold{};
  /// A registry like the one behind from_descriptor_list that shares nothing with those before it.
  /// Empty where there is none.
  std::function<ExtensionRegistry()> make_registry{};
  /// Another implementation of the same format, which outlives this one. Who has one is subject to
  /// the clauses about two implementations, and to no others. Null: none.
  const Subject* peer = nullptr;
  /// Whether it is the subject that makes something of descriptors and their versions. Where it is
  /// Weir, clauses about that have nothing to say of the subject.
  bool own_descriptors = true;
  /// Clauses that are skipped.
  std::vector<Inapplicable> inapplicable{};
  /// Longer payloads are cut to this.
  std::size_t payload_bytes_max = ~std::size_t{0};
  /// The most memory that programs of its streams had at any time since this was last asked. Empty
  /// where streams work in the memory of whoever calls them.
  std::function<std::uint64_t()> take_peak_bytes{};
  /// Runs a command to its end (command_subject.h), with `input` as its standard input. Its exit
  /// code; 128 and the number of the signal that ended it. Empty where the subject is no command.
  std::function<Result<int>(Side side, std::span<const std::byte> input, OutputTo output)>
      run_command{};
  /// What more is known of the failure whose words stand in `seen`, one line: a traceback, say.
  /// Empty where nothing ever is.
  std::function<std::string(std::string_view seen)> explain{};
  /// Whether nothing below blocks while a writer closes, as where streams have no way to go on with
  /// a close.
  bool close_waits = false;
};

/// A subject whose instances and descriptors come from a registry that `make_registry` makes, and
/// whose cold instances come from a further one each.
Subject subject_from_registry(std::string name, std::string summary, Traits traits,
                              std::function<ExtensionRegistry()> make_registry);

/// A subject that has instances and no descriptors of its own: its name, "NAME/VERSION", stands for
/// one wherever a descriptor does, in a chain, say.
Subject subject_from_maker(std::string name, std::string summary, Traits traits,
                           std::function<Result<std::unique_ptr<StreamTransform>>()> make);

/// Subjects for the transforms of `builtin_transforms()`, in that order.
const std::vector<Subject>& builtin_subjects();

}  // namespace weir::properties
