// What reads and writes stream.xchacha20poly1305/1 knows of it. Needs no libsodium. Not for others.
// Source: docs/formats.md.
#pragma once

#include <array>
#include <cstddef>
#include <tuple>

#include "weir/key_provider.h"

namespace weir::inline v0_1::internal::xchacha20poly1305_format {

inline constexpr std::array<char, 8> kMagic = {'W', 'E', 'I', 'R', 'X', 'C', 'P', '\1'};
inline constexpr std::size_t kChunkSizeAt = kMagic.size();
inline constexpr std::size_t kReservedAt = kChunkSizeAt + 4;
inline constexpr std::size_t kKeyIdAt = kReservedAt + 4;
inline constexpr std::size_t kStreamNonceAt = kKeyIdAt + std::tuple_size_v<KeyProvider::KeyId>;
inline constexpr std::size_t kStreamNonceBytes = 16;  // the rest of a nonce counts chunks
inline constexpr std::size_t kHeaderBytes = kStreamNonceAt + kStreamNonceBytes;
inline constexpr std::size_t kTagBytes = 16;

}  // namespace weir::inline v0_1::internal::xchacha20poly1305_format
