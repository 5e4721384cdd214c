// A chain of transforms as the command line describes it: descriptors, keys, and what can be set.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keys.h"
#include "weir/error.h"
#include "weir/transform.h"

namespace CLI {
class App;
}  // namespace CLI

namespace weir::cli {

enum class Direction { kEncode, kDecode };

/// What was not given is as the transform has it.
struct ChainOptions {
  std::vector<std::string> transforms;  ///< descriptors, in reader's order
  KeyOptions keys;
  // Of writers.
  std::optional<int> level;
  bool long_distance = false;
  std::optional<unsigned> threads;  ///< 0 for as many as there are processors
  std::optional<std::uint64_t> frame_bytes;
  std::optional<std::uint64_t> block_bytes;
  // Of readers: what a stream may ask for.
  std::optional<std::uint64_t> window_bytes_max;
  std::optional<std::uint64_t> block_bytes_max;
  std::optional<std::uint64_t> frames_max;
  std::optional<std::uint64_t> output_bytes_max;
};

/// Adds `--transform`, the options of keys, and what writers or readers can be told.
void add_chain_options(CLI::App& verb, Direction direction, ChainOptions& options);

/// What became of making a chain: `error` is empty, or one line for a person.
struct ChainOutcome {
  std::vector<std::unique_ptr<StreamTransform>> transforms;  ///< in reader's order
  std::string error;
  bool ok() const noexcept { return error.empty(); }
};
/// Makes the transforms, with their keys. What was given and serves no transform of the chain is an
/// error: whoever gives a key means the result to be encrypted.
ChainOutcome make_chain(const ChainOptions& options);

/// Which option grants more than a reader's kLimitExceeded did; empty when none does.
std::string limit_advice(const Error& error);

}  // namespace weir::cli
