// Keys of the command line: where they come from, and which one a stream was written with.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "weir/key_provider.h"

namespace CLI {
class App;
}  // namespace CLI

namespace weir::cli {

/// Bytes of a key. In a file or a variable it stands as twice as many hex digits, a newline behind
/// them or not; the id that a program has chosen for it stands before it, as 32 hex digits and a
/// colon. Without, the id follows from the key (derived_key_id).
inline constexpr std::size_t kKeyBytes = 32;

struct KeyOptions {
  std::vector<std::string> files;
  std::vector<std::string> variables;  ///< names in the environment
  bool given() const noexcept { return !files.empty() || !variables.empty(); }
};

/// Adds `--key-file` and `--key-env`, each of which may be given again and again.
void add_key_options(CLI::App& verb, KeyOptions& options);

/// What became of loading keys: `error` is empty, or one line for a person, without any part of a
/// key.
struct KeysOutcome {
  std::shared_ptr<const KeyProvider> keys;  ///< none where no option was given
  std::string error;
  bool ok() const noexcept { return error.empty(); }
};

/// Loads them all. Streams are written with the first one, files before variables, and read with
/// the one whose id they have; without such a key the provider says kInvalidArgument, and the
/// detail names the id. Warns on standard error of files that others may read or write. The keys
/// lie in memory that is neither swapped nor dumped, as far as the system grants that, and are
/// wiped with the provider.
KeysOutcome load_keys(const KeyOptions& options);

/// The id of a key that has none of its own: BLAKE2b, keyed with it, of "weir key id".
/// Precondition: libsodium has been started.
KeyProvider::KeyId derived_key_id(std::span<const std::byte, kKeyBytes> key);

}  // namespace weir::cli
