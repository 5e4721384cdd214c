#include "golden_replays.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "files.h"
#include "text.h"

namespace weir::cli {

using properties::Golden;
using properties::GoldenReplay;
using properties::Subject;

namespace {

bool names(const Golden& golden, const Subject& subject) {
  const auto name_of = [](std::string_view descriptor) {
    return descriptor.substr(0, descriptor.find_first_of("@/"));
  };
  return std::any_of(
      golden.transforms.begin(), golden.transforms.end(),
      [&](const std::string& each) { return name_of(each) == name_of(subject.name); });
}

}  // namespace

GoldenReplays replay_goldens(const std::vector<properties::GoldenFile>& files,
                             const std::vector<const Subject*>& subjects) {
  GoldenReplays replays;
  std::map<std::string, std::size_t> lacking;
  for (const properties::GoldenFile& file : files) {
    if (interrupted()) break;
    if (!subjects.empty() &&
        std::none_of(subjects.begin(), subjects.end(),
                     [&](const Subject* subject) { return names(file.golden, *subject); })) {
      continue;
    }
    ++replays.of;
    const GoldenReplay replay = properties::replay(file.golden);
    switch (replay.outcome) {
      case GoldenReplay::Outcome::kHeld:
        ++replays.held;
        break;
      case GoldenReplay::Outcome::kBroken:
        replays.broken.push_back({file.path, file.golden.guards, replay.message});
        break;
      case GoldenReplay::Outcome::kLeftOut:
        ++lacking[replay.message];
        break;
    }
  }
  for (const auto& [reason, count] : lacking) {
    replays.notes.push_back(fmt::format("{} left out: {}", plural(count, "golden stream"), reason));
  }
  return replays;
}

std::string golden_count(const GoldenReplays& replays) {
  return fmt::format("{} of {}", with_commas(replays.held), plural(replays.of, "golden stream"));
}

std::string golden_count_line(const Terminal& terminal, const GoldenReplays& replays) {
  if (replays.of == 0) return {};
  return fmt::format("  {}  {}\n", terminal.styled(Style::kDim, pad("golden", 10)),
                     golden_count(replays));
}

std::string golden_lines(const GoldenReplays& replays) {
  const Terminal terminal(1);
  std::string text;
  for (const auto& [path, guards, message] : replays.broken) {
    text +=
        fmt::format("{} {}\n  guards     {}\n  seen       {}\n  reproduce  {} corpus replay {}\n",
                    terminal.styled(Style::kBad, "broken"), printable(path), printable(guards),
                    printable(message), program_command(), shell_word(path));
  }
  return text;
}

}  // namespace weir::cli
