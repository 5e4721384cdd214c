#include "weir/builtin.h"

#include <utility>

#include "weir/transforms/identity.h"
#include "weir/transforms/rot13.h"
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

namespace weir::inline v0_1 {
namespace {

constexpr BuiltinTransform kBuiltin[] = {
    {"stream.identity/1", "Passes bytes through.", [] { return Identity::extension(); }},
    {"stream.rot13/1", "Swaps the case of ASCII letters.", [] { return Rot13::extension(); }},
#if WEIR_HAVE_ZSTD
    {"stream.zstd/1", "Compresses into zstd frames with a checksum.",
     [] { return Zstd::extension(); }},
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
    {"stream.zstd-seekable/1", "Compresses into zstd frames with a seek table.",
     [] { return ZstdSeekable::extension(); }},
#endif
#if WEIR_HAVE_ISAL
    {"stream.crc32c/1", "Stores blocks with checksums; seekable.",
     [] { return Crc32c::extension(); }},
#endif
#if WEIR_HAVE_SODIUM
    {"stream.xchacha20poly1305/1", "Encrypts in authenticated chunks; seekable.",
     [] { return XChaCha20Poly1305::extension(nullptr); }},
#endif
};

// The first entry only keeps the table from being empty.
constexpr MissingTransform kMissing[] = {
    {"", ""},
#if !WEIR_HAVE_ZSTD
    {"stream.zstd/1", "built without libzstd (Debian: libzstd-dev)"},
#endif
#if !WEIR_HAVE_ZSTD
    {"stream.zstd-seekable/1", "built without libzstd (Debian: libzstd-dev)"},
#elif !WEIR_HAVE_XXHASH
    {"stream.zstd-seekable/1", "built without xxHash (Debian: libxxhash-dev)"},
#endif
#if !WEIR_HAVE_ISAL
    {"stream.crc32c/1", "built without ISA-L (Debian: libisal-dev)"},
#endif
#if !WEIR_HAVE_SODIUM
    {"stream.xchacha20poly1305/1", "built without libsodium (Debian: libsodium-dev)"},
#endif
};

}  // namespace

std::span<const BuiltinTransform> builtin_transforms() noexcept { return kBuiltin; }

std::span<const MissingTransform> missing_transforms() noexcept {
  return std::span(kMissing).subspan(1);
}

ExtensionRegistry default_extension_registry(
    [[maybe_unused]] std::shared_ptr<const KeyProvider> keys) {
  ExtensionRegistry registry;
  for (const BuiltinTransform& transform : builtin_transforms()) {
    Extension extension = transform.extension();
    if (extension.name != Rot13::kName) registry.add(std::move(extension));
  }
#if WEIR_HAVE_SODIUM
  if (keys != nullptr) registry.add(XChaCha20Poly1305::extension(std::move(keys)));
#endif
  return registry;
}

ExtensionRegistry test_extension_registry() {
  ExtensionRegistry registry = default_extension_registry();
  registry.add(Rot13::extension());
#if WEIR_HAVE_SODIUM
  registry.add(insecure_test_extension());
#endif
  return registry;
}

}  // namespace weir::inline v0_1
