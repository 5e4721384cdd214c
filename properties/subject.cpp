#include "properties/subject.h"

#include <array>
#include <utility>

#include "properties/case_coverage.h"
#include "weir/builtin.h"
#include "weir/check.h"
#if WEIR_HAVE_ISAL
#include "weir/transforms/crc32c.h"
#endif
#if WEIR_HAVE_SODIUM
#include "weir/insecure_test_keys.h"
#include "weir/transforms/xchacha20poly1305.h"
#endif
#if WEIR_HAVE_ZSTD
#include "weir/transforms/zstd.h"
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
#include "weir/transforms/zstd_seekable.h"
#endif

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties {
namespace {

constexpr std::array<std::string_view, kTraitCount> kTraitNames = {
    "size_preserving",    "deterministic",         "seekable",
    "detects_truncation", "detects_corruption",    "flushable",
    "concatenable",       "nonblocking",           "short_writes",
    "multi_member",       "verifies_at_close",     "reports_end_position",
    "partial_below",      "finishes_in_destructor"};

constexpr std::array<std::string_view, kTraitCount> kTraitsAbout = {
    "As many bytes are encoded as written.",
    "The same payload gives the same encoded bytes, however it is cut.",
    "Readers seek when the source below does.",
    "Every cut of an encoded stream is an error.",
    "A damaged stream is an error or decodes to the identical payload.",
    "After a flush, all that was written can be read.",
    "Encoded streams one behind the other decode to the payloads one behind the other.",
    "The streams below may say would_block; without it they never do.",
    "A write may take less than it is offered; without it, it takes all or fails.",
    "A reader goes on into a further encoded stream; without it, it stops or says so.",
    "What is wrong with a stream may be said by close instead of by a read.",
    "At the end, the source below stands right behind the encoded stream.",
    "The streams below may move a part of what is asked for; without it they move all or fail.",
    "A stream that is destroyed without close may finish; without it nothing happens below."};

constexpr Profile kProfiles[] = {
    {"raw",
     "POSIX descriptors, Python raw streams: calls may block, move a part, and are repeated.",
     traits(Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow)},
    {"buffered",
     "Python buffered streams, and the like: calls wait and move all, over a raw stream that does "
     "not.",
     traits(Trait::kPartialBelow, Trait::kFinishesInDestructor)},
    {"blocking",
     "iostreams, FILE*, and the like: a call waits, and moves all or fails; so do the streams "
     "below.",
     traits(Trait::kFinishesInDestructor)},
};

// What the shipped transforms promise. Source: the table of transforms in the README.
constexpr std::pair<std::string_view, Traits> kBuiltinTraits[] = {
    {"stream.identity/1", traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable,
                                 Trait::kFlushable, Trait::kConcatenable, Trait::kNonblocking,
                                 Trait::kShortWrites, Trait::kPartialBelow, Trait::kMultiMember)},
    {"stream.rot13/1", traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable,
                              Trait::kFlushable, Trait::kConcatenable, Trait::kNonblocking,
                              Trait::kShortWrites, Trait::kPartialBelow, Trait::kMultiMember)},
    {"stream.zstd/1",
     traits(Trait::kDeterministic, Trait::kDetectsTruncation, Trait::kDetectsCorruption,
            Trait::kFlushable, Trait::kConcatenable, Trait::kNonblocking, Trait::kShortWrites,
            Trait::kPartialBelow, Trait::kMultiMember)},
    {"stream.zstd-seekable/1",
     traits(Trait::kDeterministic, Trait::kSeekable, Trait::kDetectsTruncation,
            Trait::kDetectsCorruption, Trait::kNonblocking, Trait::kShortWrites,
            Trait::kPartialBelow)},
    {"stream.crc32c/1", traits(Trait::kDeterministic, Trait::kSeekable, Trait::kDetectsTruncation,
                               Trait::kDetectsCorruption, Trait::kNonblocking, Trait::kShortWrites,
                               Trait::kPartialBelow)},
    // Not deterministic: each stream of an instance has another nonce, also in the test registry,
    // where the sequence of them begins alike.
    {"stream.xchacha20poly1305/1",
     traits(Trait::kSeekable, Trait::kDetectsTruncation, Trait::kDetectsCorruption,
            Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow)},
};

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;

// What the shipped transforms hold to, with their default options.
constexpr std::pair<std::string_view, Bounds> kBuiltinBounds[] = {
    // The stream itself; nothing is held back.
    {"stream.identity/1",
     {.write_heap_bytes = kKiB,
      .read_heap_bytes = kKiB,
      .read_ahead_bytes = 1,
      .write_behind_bytes = 0,
      .bytes_per_call = 32 * kKiB}},
    // And the buffer of chunk_size that bytes pass through on their way down.
    {"stream.rot13/1",
     {.write_heap_bytes = 9 * kKiB,
      .read_heap_bytes = kKiB,
      .read_ahead_bytes = 1,
      .write_behind_bytes = 0,
      .bytes_per_call = 4 * kKiB}},
    // A writer: what ZSTD_estimateCStreamSize(3) says, 3.5 MiB, and the adaptor's buffer, twice
    // where a block does not shrink. A reader: the window that it allows at most, its context and
    // buffers. How much a writer takes while it cannot pass anything on depends on how well that
    // compresses: no bound.
    {"stream.zstd/1",
     {.write_heap_bytes = 4 * kMiB,
      .read_heap_bytes = 130 * kMiB,
      .read_ahead_bytes = 256 * kKiB,
      .bytes_per_call = 32 * kKiB}},
    // As stream.zstd/1, with a window of 1 MiB for writing; a reader has the seek table besides.
    {"stream.zstd-seekable/1",
     {.write_heap_bytes = 4 * kMiB,
      .read_heap_bytes = 156 * kMiB,
      .read_ahead_bytes = 256 * kKiB,
      .bytes_per_call = 16 * kKiB}},
    // A writer: a block and the adaptor's buffer. A reader: the largest block that it allows, twice
    // while its buffer grows. It takes a block to give its first byte.
    {"stream.crc32c/1",
     {.write_heap_bytes = 194 * kKiB,
      .read_heap_bytes = 2 * kMiB,
      .read_ahead_bytes = 98 * kKiB,
      .write_behind_bytes = 192 * kKiB,
      .bytes_per_call = 16 * kKiB}},
    // And the decrypted chunk.
    {"stream.xchacha20poly1305/1",
     {.write_heap_bytes = 194 * kKiB,
      .read_heap_bytes = 3 * kMiB,
      .read_ahead_bytes = 98 * kKiB,
      .write_behind_bytes = 192 * kKiB,
      .bytes_per_call = 16 * kKiB}},
};

Bounds builtin_bounds(std::string_view descriptor) {
  for (const auto& [name, bounds] : kBuiltinBounds) {
    if (name == descriptor) return bounds;
  }
  return {};
}

Traits builtin_traits(std::string_view descriptor) {
  for (const auto& [name, set] : kBuiltinTraits) {
    if (name == descriptor) return set;
  }
  WEIR_CHECK(false, "a shipped transform without traits: add it to kBuiltinTraits");
  return 0;
}

#if WEIR_HAVE_ZSTD
// Most cases are small, and zstd's tables and the adaptors' buffers for large streams are not:
// clearing and, under a sanitizer, allocating them would take most of the time. Every 256th size
// keeps the full window and tables of level 3, and so does all that fills them. The others up to
// 4 KiB have a window of 1 KiB, which slides, and a quarter of those up to 256 bytes walks through
// zstd's strategies: the thorough ones take their time. The rest up to 64 KiB has a window of that,
// and four levels take turns.
Result<std::unique_ptr<StreamTransform>> zstd_for(std::uint64_t payload_bytes) {
  constexpr auto tuned = [](int level, int window_log, bool long_distance = false) {
    Zstd::Options options;
    options.level = level;
    options.window_log = window_log;
    options.long_distance = long_distance;
    options.buffer_bytes = std::size_t{1} << window_log;
    return Zstd(options);
  };
  // One level of each strategy, one below zero, and matches far away. Source: zstd 1.5.4,
  // clevels.h, first table.
  static const std::array<Zstd, 11> kSmall = {
      tuned(3, 10),  tuned(-5, 10), tuned(1, 10),  tuned(5, 10),  tuned(6, 10),      tuned(9, 10),
      tuned(13, 10), tuned(16, 10), tuned(18, 10), tuned(19, 10), tuned(3, 10, true)};
  // The strategies that are quick enough for these sizes; with such a window 5 and 7 find matches
  // by rows.
  static const std::array<Zstd, 4> kMiddle = {tuned(3, 16), tuned(1, 16), tuned(5, 16),
                                              tuned(7, 16)};
  // With buffers that the sanitizer need not map and unmap for each stream.
  static const Zstd kFull(Zstd::Options{.buffer_bytes = std::size_t{1} << 16});
  const auto make = [](const Zstd& tuning) { return std::make_unique<Zstd>(tuning); };
  if (payload_bytes % 256 == 7 || payload_bytes > (1u << 16)) return make(kFull);
  if (payload_bytes > (1u << 12)) {
    return make(kMiddle[payload_bytes / 2 % kMiddle.size()]);
  }
  const bool other = payload_bytes <= 256 && payload_bytes % 4 == 1;
  return make(other ? kSmall[payload_bytes / 4 % kSmall.size()] : kSmall.front());
}
#endif

#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
// The window follows the frames; small ones also make a small payload have several.
Result<std::unique_ptr<StreamTransform>> zstd_seekable_for(std::uint64_t payload_bytes) {
  constexpr auto with_frames = [](std::size_t frame_bytes) {
    ZstdSeekable::Options options;
    options.frame_bytes = frame_bytes;
    options.buffer_bytes = std::size_t{1} << 12;
    return ZstdSeekable(options);
  };
  static const ZstdSeekable kFull;
  static const ZstdSeekable kTiny = with_frames(16);
  static const ZstdSeekable kSmall = with_frames(512);
  static const ZstdSeekable kMiddle = with_frames(1 << 13);
  if (payload_bytes % 16 == 7 || payload_bytes > (1u << 16)) {
    return std::make_unique<ZstdSeekable>(kFull);
  }
  return std::make_unique<ZstdSeekable>(payload_bytes <= 64           ? kTiny
                                        : payload_bytes <= (1u << 12) ? kSmall
                                                                      : kMiddle);
}
#endif

// As with zstd: most cases are small, and a block is where things break.
template <class Options>
Options blocks_for(std::uint64_t payload_bytes) {
  Options options;
  if (payload_bytes % 16 == 7 || payload_bytes > (1u << 16)) return options;
  options.block_bytes = payload_bytes <= 64 ? 8 : payload_bytes <= (1u << 12) ? 64 : 4096;
  options.buffer_bytes = std::size_t{1} << 12;
  return options;
}

#if WEIR_HAVE_ISAL
Result<std::unique_ptr<StreamTransform>> crc32c_for(std::uint64_t payload_bytes) {
  return std::make_unique<Crc32c>(blocks_for<Crc32c::Options>(payload_bytes));
}
#endif
#if WEIR_HAVE_SODIUM
Result<std::unique_ptr<StreamTransform>> xchacha20poly1305_for(std::uint64_t payload_bytes) {
  static const std::shared_ptr<const KeyProvider> keys = insecure_test_keys();
  auto options = blocks_for<XChaCha20Poly1305::Options>(payload_bytes);
  options.random = insecure_test_random();
  return std::make_unique<XChaCha20Poly1305>(keys, std::move(options));
}
#endif

// Those that are as good, and faster, when they know how much will be written.
using MakeFor = Result<std::unique_ptr<StreamTransform>> (*)(std::uint64_t payload_bytes);
constexpr std::pair<std::string_view, MakeFor> kBuiltinMakeFor[] = {
#if WEIR_HAVE_ZSTD
    {"stream.zstd/1", zstd_for},
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
    {"stream.zstd-seekable/1", zstd_seekable_for},
#endif
#if WEIR_HAVE_ISAL
    {"stream.crc32c/1", crc32c_for},
#endif
#if WEIR_HAVE_SODIUM
    {"stream.xchacha20poly1305/1", xchacha20poly1305_for},
#endif
    {"", nullptr},
};

}  // namespace

std::string_view to_string(Trait trait) noexcept {
  return kTraitNames[static_cast<std::size_t>(trait)];
}

std::optional<Trait> find_trait(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kTraitCount; ++i) {
    if (kTraitNames[i] == name) return static_cast<Trait>(i);
  }
  return std::nullopt;
}

std::string_view about(Trait trait) noexcept {
  return kTraitsAbout[static_cast<std::size_t>(trait)];
}

std::span<const Profile> profiles() noexcept { return kProfiles; }

const Profile* find_profile(std::string_view name) noexcept {
  for (const Profile& profile : kProfiles) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

Subject subject_from_registry(std::string name, std::string summary, Traits claimed,
                              std::function<ExtensionRegistry()> make_registry) {
  Subject subject;
  subject.name = std::move(name);
  subject.summary = std::move(summary);
  subject.traits = claimed;
  const ExtensionRegistry registry = make_registry();
  subject.make = [registry, descriptor = subject.name] {
    return registry.from_descriptor(descriptor);
  };
  subject.make_cold = [make_registry, descriptor = subject.name] {
    return make_registry().from_descriptor(descriptor);
  };
  subject.make_registry = std::move(make_registry);
  subject.from_descriptor_list = [registry](std::span<const std::string> descriptors) {
    return registry.from_descriptor_list(descriptors);
  };
  return subject;
}

Subject subject_from_maker(std::string name, std::string summary, Traits claimed,
                           std::function<Result<std::unique_ptr<StreamTransform>>()> make) {
  const auto make_registry = [name, make = std::move(make)] {
    const auto from_version =
        [name, make](std::string_view version) -> Result<std::unique_ptr<StreamTransform>> {
      if (version == Descriptor::parse(name)->version()) return make();
      Error error(Code::kUnsupportedVersion);
      error.detail.append("'").append(version).append("'");
      return fail(error);
    };
    ExtensionRegistry registry = test_extension_registry();
    registry.add({name.substr(0, name.find('/')), from_version});
    return registry;
  };
  Subject subject =
      subject_from_registry(std::move(name), std::move(summary), claimed, make_registry);
  subject.own_descriptors = false;
  return subject;
}

const std::vector<Subject>& builtin_subjects() {
  static const std::vector<Subject> subjects = [] {
    std::vector<Subject> made;
    for (const BuiltinTransform& transform : builtin_transforms()) {
      made.push_back(
          subject_from_registry(std::string(transform.descriptor), std::string(transform.summary),
                                builtin_traits(transform.descriptor), test_extension_registry));
      made.back().bounds = builtin_bounds(transform.descriptor);
      for (const auto& [name, make_for] : kBuiltinMakeFor) {
        if (name == transform.descriptor) made.back().make_for = make_for;
      }
    }
    return made;
  }();
  return subjects;
}

}  // namespace weir::properties
WEIR_NO_COVERAGE_END
