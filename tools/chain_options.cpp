#include "chain_options.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

#include "byte_range.h"
#include "processors.h"
#include "text.h"
#include "weir/block_format.h"
#include "weir/builtin.h"
#include "weir/chain.h"
#include "weir/transforms/crc32c.h"
#include "weir/transforms/rot13.h"
#include "weir/transforms/xchacha20poly1305.h"
#include "weir/transforms/zstd.h"
#include "weir/transforms/zstd_seekable.h"

namespace weir::cli {

namespace {

constexpr std::uint64_t kWindowBytesMin = std::uint64_t{1} << 10;
constexpr std::uint64_t kWindowBytesMax = std::uint64_t{1} << 31;
// zstd's own range.
constexpr int kLevelMin = -(1 << 17);
constexpr int kLevelMax = 22;
// The transforms' own bound.
constexpr unsigned kThreadsMax = 256;

// An option that takes a size from `min` to `max`.
void add_size(CLI::App& verb, const std::string& name, std::optional<std::uint64_t>& value,
              std::uint64_t min, std::uint64_t max, const std::string& about,
              const std::string& kind = "SIZE") {
  const auto to_decimal = [min, max](std::string& text) {
    const std::optional<std::uint64_t> size = parse_size(text);
    if (!size) return fmt::format("'{}' is not {}", printable(text), kSizeForms);
    if (*size < min || *size > max) {
      return fmt::format("'{}' is not from {} to {}", printable(text), size_text(min),
                         size_text(max));
    }
    text = std::to_string(*size);
    return std::string();
  };
  verb.add_option(name, value, about)
      ->transform(CLI::Validator(to_decimal, std::string()))
      ->type_name(kind);
}

CLI::Validator whole_number(int min, int max) {
  const auto check = [min, max](const std::string& text) {
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && rest == end && number >= min && number <= max) return std::string();
    return fmt::format("'{}' is not a whole number from {} to {}", printable(text), min, max);
  };
  return CLI::Validator(check, std::string());
}

std::string_view name_of(std::string_view descriptor) {
  return descriptor.substr(0, descriptor.find('/'));
}

// The transforms that an option means something to.
struct Use {
  bool given;
  std::string_view option;
  std::vector<std::string_view> transforms;
};

// What is wrong with options that no transform of the chain heeds.
std::string unused_option(const ChainOptions& options) {
  const std::vector<std::string_view> compressors = {Zstd::kName, ZstdSeekable::kName};
  const std::vector<std::string_view> blocks = {Crc32c::kName, XChaCha20Poly1305::kName};
  const Use uses[] = {
      {!options.keys.files.empty(), "--key-file", {XChaCha20Poly1305::kName}},
      {!options.keys.variables.empty(), "--key-env", {XChaCha20Poly1305::kName}},
      {options.level.has_value(), "--level", compressors},
      {options.long_distance, "--long", {Zstd::kName}},
      {options.threads.has_value(), "--threads", compressors},
      {options.frame_bytes.has_value(), "--frame-size", {ZstdSeekable::kName}},
      {options.block_bytes.has_value(), "--block-size", blocks},
      {options.window_bytes_max.has_value(), "--window-max", compressors},
      {options.block_bytes_max.has_value(), "--block-max", blocks},
      {options.frames_max.has_value(), "--frames-max", {ZstdSeekable::kName}},
      {options.output_bytes_max.has_value(), "--output-max", compressors},
  };
  for (const Use& use : uses) {
    const auto in_chain = [&](std::string_view name) {
      return std::any_of(
          options.transforms.begin(), options.transforms.end(),
          [&](const std::string& descriptor) { return name_of(descriptor) == name; });
    };
    if (!use.given || std::any_of(use.transforms.begin(), use.transforms.end(), in_chain)) continue;
    std::vector<std::string> names(use.transforms.begin(), use.transforms.end());
    return fmt::format("{} is for {}, and the chain has no such transform", use.option,
                       join(names, " and "));
  }
  return {};
}

ExtensionRegistry make_registry(const ChainOptions& options,
                                [[maybe_unused]] std::shared_ptr<const KeyProvider> keys) {
  // Without the keys of tests: what they encrypt is public.
  ExtensionRegistry registry = default_extension_registry();
  registry.add(Rot13::extension());
  [[maybe_unused]] const auto set = [](auto& option, const auto& given) {
    if (given) option = static_cast<std::remove_reference_t<decltype(option)>>(*given);
  };
  [[maybe_unused]] const auto set_window = [&](int& log_max) {
    // Rounded down: what is not granted is not taken.
    if (options.window_bytes_max) {
      log_max = static_cast<int>(std::bit_width(*options.window_bytes_max)) - 1;
    }
  };
  [[maybe_unused]] const std::optional<unsigned> threads =
      options.threads == 0u ? std::min(processors(), kThreadsMax) : options.threads;
#if WEIR_HAVE_ZSTD
  Zstd::Options zstd;
  set(zstd.level, options.level);
  set(zstd.threads, threads);
  zstd.long_distance = options.long_distance;
  set(zstd.output_bytes_max, options.output_bytes_max);
  set_window(zstd.window_log_max);
  registry.add(Zstd::extension(zstd));
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
  ZstdSeekable::Options seekable;
  set(seekable.level, options.level);
  set(seekable.threads, threads);
  set(seekable.frame_bytes, options.frame_bytes);
  set(seekable.frames_max, options.frames_max);
  set(seekable.output_bytes_max, options.output_bytes_max);
  set_window(seekable.window_log_max);
  registry.add(ZstdSeekable::extension(seekable));
#endif
#if WEIR_HAVE_ISAL
  Crc32c::Options crc32c;
  set(crc32c.block_bytes, options.block_bytes);
  set(crc32c.block_bytes_max, options.block_bytes_max);
  registry.add(Crc32c::extension(crc32c));
#endif
#if WEIR_HAVE_SODIUM
  XChaCha20Poly1305::Options cipher;
  set(cipher.block_bytes, options.block_bytes);
  set(cipher.block_bytes_max, options.block_bytes_max);
  registry.add(XChaCha20Poly1305::extension(std::move(keys), cipher));
#endif
  return registry;
}

// Why `descriptor` makes no transform.
std::string refusal(const std::string& descriptor, const Error& error) {
  std::vector<std::string> known;
  std::string same_name;
  for (const BuiltinTransform& transform : builtin_transforms()) {
    known.emplace_back(transform.descriptor);
    if (name_of(transform.descriptor) == name_of(descriptor)) same_name = transform.descriptor;
  }
  for (const MissingTransform& missing : missing_transforms()) {
    if (name_of(missing.descriptor) != name_of(descriptor)) continue;
    return fmt::format("'{}' is not in this build: {}", printable(descriptor), missing.reason);
  }
  if (error.code == Code::kUnknownExtension) {
    return unknown_name("transform", descriptor, known, "weir list");
  }
  if (error.code == Code::kUnsupportedVersion && descriptor.find('/') == std::string::npos) {
    return fmt::format("'{}' has no version; did you mean '{}'?", printable(descriptor), same_name);
  }
  if (error.code == Code::kUnsupportedVersion) {
    return fmt::format("this program does not know '{}'; of that transform it knows '{}'",
                       printable(descriptor), same_name);
  }
  return fmt::format("cannot use '{}': {}", printable(descriptor), describe(error));
}

}  // namespace

void add_chain_options(CLI::App& verb, Direction direction, ChainOptions& options) {
  verb.add_option("--transform", options.transforms,
                  "A transform; again for more, in reader's order")
      ->allow_extra_args(false)
      ->type_name("DESCRIPTOR")
      ->required();
  add_key_options(verb, options.keys);
  if (direction == Direction::kEncode) {
    verb.add_option("--level", options.level, "zstd's level, -131072 to 22 (3)")
        ->check(whole_number(kLevelMin, kLevelMax))
        ->type_name("N");
    verb.add_flag("--long", options.long_distance, "zstd: find what repeats up to 128 MiB away");
    verb.add_option("--threads", options.threads,
                    "zstd, zstd-seekable: compress on N threads; 0: all (1)")
        ->check(whole_number(0, static_cast<int>(kThreadsMax)))
        ->type_name("N");
    add_size(verb, "--frame-size", options.frame_bytes, 1, ZstdSeekable::kFrameBytesMax,
             "zstd-seekable: bytes of a frame (1M)");
    add_size(verb, "--block-size", options.block_bytes, 1, kBlockBytesMax,
             "crc32c, encryption: bytes of a block (64K)");
    return;
  }
  add_size(verb, "--window-max", options.window_bytes_max, kWindowBytesMin, kWindowBytesMax,
           "Refuse zstd windows larger than this (128M)");
  add_size(verb, "--block-max", options.block_bytes_max, 1, kBlockBytesMax,
           "crc32c, encryption: refuse larger blocks (1M)");
  add_size(verb, "--frames-max", options.frames_max, 1, ZstdSeekable::kFramesMax,
           "zstd-seekable: refuse to seek in more frames (1M)", "N");
  add_size(verb, "--output-max", options.output_bytes_max, 0,
           std::uint64_t{std::numeric_limits<std::int64_t>::max()},
           "zstd: refuse to give more bytes than this (1T)");
}

ChainOutcome make_chain(const ChainOptions& options) {
  if (options.transforms.size() > Chain::kLinksMax) {
    return {{},
            fmt::format("a chain has at most {} transforms, this one {}",
                        with_commas(Chain::kLinksMax), with_commas(options.transforms.size()))};
  }
  // Names first: whoever slipped there has not yet been asked for anything else.
  const ExtensionRegistry names = test_extension_registry();
  for (const std::string& descriptor : options.transforms) {
    const auto made = names.from_descriptor(descriptor);
    if (!made) return {{}, refusal(descriptor, made.error())};
  }
  const std::string unused = unused_option(options);
  if (!unused.empty()) return {{}, unused};
  for (const std::string& descriptor : options.transforms) {
    if (name_of(descriptor) != XChaCha20Poly1305::kName || options.keys.given()) continue;
    return {{},
            fmt::format("'{}' needs a key: --key-file FILE or --key-env NAME; `weir keygen FILE` "
                        "makes one",
                        printable(descriptor))};
  }
  const KeysOutcome keys = load_keys(options.keys);
  if (!keys.ok()) return {{}, keys.error};
  auto transforms = make_registry(options, keys.keys).from_descriptor_list(options.transforms);
  if (!transforms) return {{}, describe(transforms.error())};
  return {std::move(*transforms), {}};
}

std::string limit_advice(const Error& error) {
  struct Limit {
    std::string_view detail;  // how the transform names it
    std::string_view option;
  };
  static constexpr Limit kLimits[] = {
      {"block size", "--block-max SIZE"},
      {"chunk size", "--block-max SIZE"},
      {"zstd: window too large", "--window-max SIZE"},
      {"zstd: output limit", "--output-max SIZE"},
      {"seek table: number of frames", "--frames-max N"},
  };
  for (const Limit& limit : kLimits) {
    if (error.detail.view() == limit.detail) return fmt::format("{} grants more", limit.option);
  }
  return {};
}

}  // namespace weir::cli
