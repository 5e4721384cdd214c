#include "properties/signature.h"

#include <array>
#include <cctype>
#include <csignal>
#include <cstddef>
#include <vector>

namespace weir::properties {
namespace {

constexpr std::size_t kFramesMax = 3;
constexpr std::size_t kNameBytesMax = 48;
constexpr std::size_t kFrameBytesMax = 64;

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Frames that are the same whatever the bug is.
bool is_machinery(std::string_view function) {
  static constexpr std::array kPrefixes = {std::string_view("__"),
                                           std::string_view("_start"),
                                           std::string_view("operator new"),
                                           std::string_view("operator delete"),
                                           std::string_view("std::"),
                                           std::string_view("void std::"),
                                           std::string_view("bool std::"),
                                           std::string_view("weir::properties::"),
                                           std::string_view("weir::internal::"),
                                           std::string_view("rc::"),
                                           std::string_view("testing::"),
                                           std::string_view("decltype"),
                                           std::string_view("clone"),
                                           std::string_view("start_thread"),
                                           std::string_view("LLVMFuzzer"),
                                           std::string_view("fuzzer::"),
                                           std::string_view("<null>"),
                                           std::string_view("(/")};
  for (const std::string_view prefix : kPrefixes) {
    if (starts_with(function, prefix)) return true;
  }
  static constexpr std::array kNames = {
      std::string_view("malloc"),  std::string_view("calloc"), std::string_view("realloc"),
      std::string_view("free"),    std::string_view("abort"),  std::string_view("raise"),
      std::string_view("gsignal"), std::string_view("memcpy"), std::string_view("memmove"),
      std::string_view("memset"),  std::string_view("memcmp"), std::string_view("main"),
      std::string_view("strlen"),  std::string_view("exit"),   std::string_view("_exit")};
  for (const std::string_view name : kNames) {
    if (function == name) return true;
  }
  return false;
}

// Below this frame stands the harness, and whatever program it is part of.
bool is_bottom(std::string_view function) {
  return starts_with(function, "weir::properties::run_check") ||
         starts_with(function, "LLVMFuzzerTestOneInput");
}

// The function of "    #3 0x5581 in weir::decode(int, char) file.cpp:12:3", without arguments;
// empty for other lines.
std::string_view frame_function(std::string_view line) {
  std::size_t at = line.find_first_not_of(' ');
  if (at == std::string_view::npos || line[at] != '#') return {};
  at = line.find(" in ", at);
  if (at == std::string_view::npos) return {};
  std::string_view function = line.substr(at + 4);
  static constexpr std::string_view kAnonymous = "(anonymous namespace)";
  std::size_t from = 0;
  // Arguments begin at the first parenthesis that does not belong to an anonymous namespace or to
  // operator().
  for (;;) {
    const std::size_t open = function.find('(', from);
    const std::size_t blank = function.find(" /", from);
    if (open == std::string_view::npos || blank < open) {
      function = function.substr(0, blank);
      break;
    }
    if (starts_with(function.substr(open), kAnonymous)) {
      from = open + kAnonymous.size();
    } else if (open >= 8 && function.substr(open - 8, 8) == "operator") {
      from = open + 2;
    } else {
      function = function.substr(0, open);
      break;
    }
  }
  while (!function.empty() && function.back() == ' ') function.remove_suffix(1);
  return function.substr(0, kFrameBytesMax);
}

// "signed integer overflow" of "signed integer overflow: 2147483647 + 1 cannot be": what does not
// depend on the data.
std::string undefined_name(std::string_view text) {
  std::string name;
  while (!text.empty() && name.size() < kNameBytesMax) {
    const std::size_t blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    if (word.empty() || word.find_first_of("0123456789'`") != std::string_view::npos) break;
    const bool last = word.back() == ':' || word.back() == ',';
    if (!name.empty()) name += '-';
    name += last ? word.substr(0, word.size() - 1) : word;
    if (last) break;
  }
  return name.empty() ? "undefined-behavior" : name;
}

}  // namespace

std::string to_string(const Signature& signature) {
  return signature.clause + ": " + signature.kind;
}

Signature parse_signature(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos || colon == 0 || colon + 2 == text.size()) return {};
  const std::string_view clause = text.substr(0, colon);
  if (clause.find(' ') != std::string_view::npos) return {};
  return {std::string(clause), std::string(text.substr(colon + 2))};
}

std::string_view signal_kind(int signal) noexcept {
  switch (signal) {
    case SIGABRT:
      return "abort";
    case SIGSEGV:
      return "segv";
    case SIGBUS:
      return "bus";
    case SIGFPE:
      return "fpe";
    case SIGILL:
      return "ill";
    case SIGTRAP:
      return "trap";
    case SIGKILL:
      return "killed";
    default:
      return {};
  }
}

std::string sanitizer_kind(std::string_view report) {
  std::string name;
  std::string frames;
  std::size_t frame_count = 0;
  bool in_first_stack = false;
  while (!report.empty()) {
    const std::string_view line = next_line(report);
    if (name.empty()) {
      static constexpr std::string_view kError = "Sanitizer: ";
      static constexpr std::string_view kUndefined = ": runtime error: ";
      if (const std::size_t at = line.find(kUndefined); at != std::string_view::npos) {
        name = undefined_name(line.substr(at + kUndefined.size()));
      } else if (const std::size_t error = line.find(kError);
                 error != std::string_view::npos &&
                 line.find("ERROR: ") != std::string_view::npos) {
        std::string_view rest = line.substr(error + kError.size());
        if (starts_with(rest, "requested allocation size") ||
            starts_with(rest, "allocator is out of memory") || starts_with(rest, "out of memory") ||
            starts_with(rest, "hard rss limit") || starts_with(rest, "allocation-size-too-big") ||
            starts_with(rest, "out-of-memory") || starts_with(rest, "rss-limit") ||
            starts_with(rest, "specified RSS limit")) {
          return "out-of-memory";
        }
        name = std::string(rest.substr(0, rest.find_first_of(" :(")).substr(0, kNameBytesMax));
        if (name.empty()) name = "unknown";
      }
      continue;
    }
    const std::string_view function = frame_function(line);
    if (function.empty()) {
      // The first stack says where; later ones say who allocated and freed.
      if (in_first_stack) break;
      if (line.find("Sanitizer: allocation-size-too-big") != std::string_view::npos) {
        return "out-of-memory";
      }
      continue;
    }
    in_first_stack = true;
    if (is_bottom(function)) break;
    if (frame_count == kFramesMax || is_machinery(function)) continue;
    frames += frame_count == 0 ? " in " : " < ";
    frames += function;
    ++frame_count;
  }
  return name.empty() ? std::string() : "sanitizer " + name + frames;
}

}  // namespace weir::properties
