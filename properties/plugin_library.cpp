#include "properties/plugin_library.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "properties/allocation.h"
#include "properties/try_apart.h"
#include "weir/descriptor.h"

namespace weir::properties {
namespace {

constexpr const char* kEntry = "weir_plugin_v1";
constexpr std::uint32_t kTransformsMax = 1000;
constexpr std::size_t kTextBytesMax = 1000;

constexpr std::pair<std::string_view, std::optional<std::uint64_t> Bounds::*> kBounds[] = {
    {"write_heap_bytes", &Bounds::write_heap_bytes},
    {"read_heap_bytes", &Bounds::read_heap_bytes},
    {"read_ahead_bytes", &Bounds::read_ahead_bytes},
    {"write_behind_bytes", &Bounds::write_behind_bytes},
    {"bytes_per_call", &Bounds::bytes_per_call},
};

std::string quoted(std::string_view text) { return std::string("'").append(text).append("'"); }

// ---- a table, read with suspicion ----

// A text of the plug-in: null for none. Fails where it has no end or more than one line.
std::optional<std::string> text_of(const char* text) {
  if (text == nullptr) return std::string();
  const std::size_t size = ::strnlen(text, kTextBytesMax + 1);
  if (size > kTextBytesMax) return std::nullopt;
  const std::string result(text, size);
  const bool plain = std::none_of(result.begin(), result.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  return plain ? std::optional(result) : std::nullopt;
}

bool is_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash + 1 == text.size() ||
      text.find('/', slash + 1) != std::string_view::npos) {
    return false;
  }
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::strchr("._+-@/", c) != nullptr;
  });
  return plain && Descriptor::parse(text).has_value();
}

// Reads what `claims` says into `transform`; returns what is wrong with it.
std::string read_claims(std::string_view claims, PluginTransform& transform) {
  while (!claims.empty()) {
    const std::size_t end = std::min(claims.find(' '), claims.size());
    const std::string_view word = claims.substr(0, end);
    claims.remove_prefix(std::min(end + 1, claims.size()));
    if (word.empty()) continue;
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
      const std::optional<Trait> trait = find_trait(word);
      if (!trait) {
        return "claims " + quoted(word) + ", which is no trait (`weir list --traits` has them all)";
      }
      transform.traits |= traits(*trait);
      continue;
    }
    const auto bound = std::find_if(std::begin(kBounds), std::end(kBounds), [&](const auto& each) {
      return each.first == word.substr(0, equals);
    });
    if (bound == std::end(kBounds)) {
      return "claims " + quoted(word) + ", which is no bound (weir/plugin.h has them all)";
    }
    std::uint64_t bytes = 0;
    const char* const last = word.data() + word.size();
    const auto [rest, problem] = std::from_chars(word.data() + equals + 1, last, bytes);
    if (problem != std::errc() || rest != last) {
      return "claims " + quoted(word) + ", which has no whole number of bytes";
    }
    transform.bounds.*bound->second = bytes;
  }
  return {};
}

// The first function that must be there and is not.
const char* missing_function(const weir_transform& transform) {
  const std::pair<const char*, bool> needed[] = {
      {"make", transform.make != nullptr},
      {"destroy", transform.destroy != nullptr},
      {"open_writer", transform.open_writer != nullptr},
      {"write", transform.write != nullptr},
      {"flush", transform.flush != nullptr},
      {"close_writer", transform.close_writer != nullptr},
      {"destroy_writer", transform.destroy_writer != nullptr},
      {"open_reader", transform.open_reader != nullptr},
      {"read", transform.read != nullptr},
      {"close_reader", transform.close_reader != nullptr},
      {"destroy_reader", transform.destroy_reader != nullptr},
      {"seek", transform.seek != nullptr || transform.seekable == nullptr},
      {"seekable", transform.seekable != nullptr || transform.seek == nullptr},
  };
  for (const auto& [name, there] : needed) {
    if (!there) return name;
  }
  return nullptr;
}

// Reads what one transform says of itself; returns what is wrong with it.
std::string read_transform(const weir_transform& table, std::size_t number,
                           PluginTransform& transform) {
  const std::string which = "transform " + std::to_string(number);
  if (table.name == nullptr) return which + " has no name";
  const std::optional<std::string> name = text_of(table.name);
  if (!name || !is_name(*name)) {
    return which + " has a name that is not NAME/VERSION of letters, digits and any of ._+-@";
  }
  transform.name = *name;
  const std::optional<std::string> summary = text_of(table.summary);
  if (!summary) return *name + " has a summary that is not one line";
  transform.summary = *summary;
  const std::optional<std::string> claims = text_of(table.claims);
  if (!claims) return *name + " has claims that are not one line";
  if (const std::string problem = read_claims(*claims, transform); !problem.empty()) {
    return *name + " " + problem;
  }
  if (const char* const missing = missing_function(table)) {
    return *name + " has no function " + quoted(missing);
  }
  transform.knows_versions = table.make_version != nullptr;
  transform.has_seek = table.seek != nullptr;
  return {};
}

struct Contents {
  std::vector<const weir_transform*> tables;
  std::vector<PluginTransform> transforms;
};

// Returns what is wrong with the table.
std::string read_table(const weir_plugin* plugin, Contents& contents) {
  const std::string says = std::string(kEntry) + " ";
  if (plugin == nullptr) return says + "returns no table";
  if (plugin->abi != WEIR_PLUGIN_ABI) {
    return "it speaks version " + std::to_string(plugin->abi) +
           " of the plug-in ABI, this Weir version " + std::to_string(WEIR_PLUGIN_ABI) +
           ": build it with this Weir's weir/plugin.h";
  }
  if (plugin->plugin_bytes < sizeof(weir_plugin) ||
      plugin->transform_bytes < sizeof(weir_transform) ||
      plugin->transform_bytes % alignof(weir_transform) != 0) {
    return says + "returns tables of " + std::to_string(plugin->plugin_bytes) + " and " +
           std::to_string(plugin->transform_bytes) + " bytes; they have " +
           std::to_string(sizeof(weir_plugin)) + " and " + std::to_string(sizeof(weir_transform)) +
           ": set plugin_bytes and transform_bytes by sizeof";
  }
  if (plugin->transform_count == 0 || plugin->transform_count > kTransformsMax ||
      plugin->transforms == nullptr) {
    return says + "returns " +
           (plugin->transforms == nullptr
                ? std::string("no transforms")
                : std::to_string(plugin->transform_count) + " transforms; 1 to " +
                      std::to_string(kTransformsMax) + " are possible");
  }
  const auto* const first = reinterpret_cast<const std::byte*>(plugin->transforms);
  for (std::size_t i = 0; i < plugin->transform_count; ++i) {
    const auto* const table =
        reinterpret_cast<const weir_transform*>(first + i * plugin->transform_bytes);
    PluginTransform transform;
    std::string problem = read_transform(*table, i + 1, transform);
    if (!problem.empty()) return problem;
    for (const PluginTransform& other : contents.transforms) {
      if (other.name == transform.name) return "two transforms are called " + transform.name;
    }
    contents.tables.push_back(table);
    contents.transforms.push_back(std::move(transform));
  }
  return {};
}

// ---- loading ----

// What the loader said, without the path that stands before it.
std::string loader_error(const std::string& path) {
  const char* const said = ::dlerror();
  std::string text = said != nullptr ? said : "no reason is given";
  if (text.rfind(path + ": ", 0) == 0) text.erase(0, path.size() + 2);
  for (const char* mark :
       {"__asan_", "__ubsan_", "__msan_", "__tsan_", "__sanitizer_", "__sancov_"}) {
    if (text.find(mark) == std::string::npos) continue;
    text +=
        ": it is built with sanitizers or for coverage, which needs Weir's fuzz build "
        "(`tools/weir fuzz`, `tools/weir --fuzz-build VERB`)";
    break;
  }
  return text;
}

std::string load(const std::string& path, Contents& contents) {
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return "it cannot be loaded: " + loader_error(path);
  void* const entry = ::dlsym(library, kEntry);
  if (entry == nullptr) {
    return "it has no function " + std::string(kEntry) +
           ": it is no plug-in (weir/plugin.h), or one of another ABI version";
  }
  const auto get = reinterpret_cast<decltype(&weir_plugin_v1)>(entry);
  return read_table(get(), contents);
}

// What the system knows a file by, and that it is one. Empty, with the reason in `error`.
std::string real_file(const std::string& path, std::string& error) {
  char* const real = ::realpath(path.c_str(), nullptr);
  struct stat status {};
  if (real == nullptr || ::stat(real, &status) != 0) {
    error = std::strerror(errno);
    std::free(real);
    return {};
  }
  std::string result = real;
  std::free(real);
  if (S_ISREG(status.st_mode)) return result;
  error = "it is no file";
  return {};
}

// ---- another process that looks ----

// The answer of that process: five lines a transform, and an end; or what is wrong.
constexpr std::string_view kGood = "good\n";
constexpr std::string_view kBad = "bad\n";

std::string answer_of(const std::string& path) {
  Contents contents;
  const std::string problem = load(path, contents);
  if (!problem.empty()) return std::string(kBad) + problem;
  std::string answer(kGood);
  for (std::size_t i = 0; i < contents.tables.size(); ++i) {
    const weir_transform& table = *contents.tables[i];
    answer += contents.transforms[i].name + "\n" + contents.transforms[i].summary + "\n";
    answer += (table.claims != nullptr ? std::string(table.claims) : std::string()) + "\n";
    answer += contents.transforms[i].knows_versions ? "1\n" : "0\n";
    answer += contents.transforms[i].has_seek ? "1\n" : "0\n";
  }
  return answer;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

std::vector<PluginTransform> inspect_plugin(const std::string& path, std::string& error) {
  const std::string file = real_file(path, error);
  if (file.empty()) return {};
  const ToldApart told = ask_apart([&] { return answer_of(file); });
  std::string_view answer = told.answer;
  if (answer.substr(0, kBad.size()) == kBad) {
    error = answer.substr(kBad.size());
    return {};
  }
  if (answer.substr(0, kGood.size()) != kGood) {
    error = told.fate;
    return {};
  }
  answer.remove_prefix(kGood.size());
  std::vector<PluginTransform> transforms;
  while (!answer.empty()) {
    PluginTransform transform;
    transform.name = take_line(answer);
    transform.summary = take_line(answer);
    error = read_claims(take_line(answer), transform);
    transform.knows_versions = take_line(answer) == "1";
    transform.has_seek = take_line(answer) == "1";
    transforms.push_back(std::move(transform));
  }
  return transforms;
}

const std::vector<const weir_transform*>* loaded_plugin(const std::string& path,
                                                        std::string& error) {
  struct Loaded {
    Contents contents;
    std::string error;
  };
  static std::mutex mutex;
  static std::map<std::string, Loaded> libraries;
  const std::lock_guard lock(mutex);
  const auto [entry, is_new] = libraries.try_emplace(path);
  Loaded& library = entry->second;
  if (is_new) {
    // The first case that makes an instance is not charged with it.
    const Unmetered harness;
    const std::string file = real_file(path, library.error);
    if (!file.empty()) library.error = load(file, library.contents);
  }
  error = library.error;
  return error.empty() ? &library.contents.tables : nullptr;
}

}  // namespace weir::properties
