#include "ci_guided.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "child_process.h"
#include "exit_code.h"
#include "files.h"
#include "program.h"
#include "report_json.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

using nlohmann::ordered_json;

namespace {

// What it says of 200 samples a target and of its findings is a small part of this.
constexpr std::size_t kResultBytesMax = std::size_t{256} << 20;
// Beyond the budget: starting, shrinking what it found last, ending.
constexpr double kOverrunSeconds = 120;
// What it has found by the time a signal comes is still filed.
constexpr double kLeavingSeconds = 15;

// Takes over what it says. Throws where it says anything else than `weir fuzz` does.
void take(const GuidedSettings& settings, const ordered_json& result, CiRun& run) {
  ordered_json targets = ordered_json::parse(run.targets_json, nullptr, false);
  for (ordered_json target : result.value("targets", ordered_json::array())) {
    if (!settings.subject.empty()) target["subject"] = settings.subject;
    const std::string failure = target.value("failure", std::string());
    const std::string name = target.value("name", std::string());
    if (!failure.empty()) {
      run.errors.push_back(fmt::format("the fuzz target {} failed: {}", name, failure));
    } else if (!target.value("started", true)) {
      run.notes.push_back(fmt::format("the fuzz target {} did not run: the time was up", name));
    }
    targets.push_back(std::move(target));
  }
  run.targets_json = targets.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  for (const ordered_json& error : result.value("errors", ordered_json::array())) {
    run.errors.push_back("guided search: " + error.get<std::string>());
  }
  for (const ordered_json& entry : result.value("findings", ordered_json::array())) {
    run.guided_findings.push_back(read_finding(entry));
  }
}

}  // namespace

FuzzBuild find_fuzz_build(const std::string& folder) {
  FuzzBuild build;
  std::string where = folder;
  // The wrapper says so: it has built it, or knows why it could not.
  if (const char* told = std::getenv("WEIR_FUZZ_BIN"); where.empty() && told != nullptr) {
    where = told;
  }
  const std::string suffix = is_contract_program() ? "_fuzz" : "";
  if (where.empty()) {
    const bool has_targets =
        is_contract_program()
            ? ::access((program_folder() + "/" + program_name() + suffix).c_str(), X_OK) == 0
            : WEIR_HAS_FUZZ_ENGINE != 0;
    if (has_targets) {
      std::error_code ignored;
      build.program = std::filesystem::read_symlink("/proc/self/exe", ignored).string();
      build.own = true;
      return build;
    }
    const char* const why = std::getenv("WEIR_FUZZ_PROBLEM");
    build.problem = why != nullptr && *why != '\0'
                        ? "the fuzz targets could not be built: " + printable(why)
                        : "this build has no fuzz targets; --targets DIR names one that has";
    return build;
  }
  const std::string program = where + "/" + program_name();
  for (const std::string& needed :
       {program, is_contract_program() ? program + suffix : where + "/fuzz_round_trip"}) {
    if (::access(needed.c_str(), X_OK) == 0) continue;
    build.problem =
        fmt::format("'{}' has no fuzz targets: no program {}", printable(where), printable(needed));
    return build;
  }
  build.program = program;
  build.own = same_place(program, "/proc/self/exe");
  return build;
}

void search_guided(const GuidedSettings& settings, CiRun& run) {
  GuidedRun& guided = run.guided.emplace_back();
  guided.subject = settings.subject;
  const auto fail = [&](const std::string& why) {
    guided.left_out = why;
    run.errors.push_back("guided search could not run: " + why);
  };
  const std::string result_path = settings.scratch + "/fuzz.json";
  ::unlink(result_path.c_str());
  // What it prints at its end, this run prints in its own way.
  std::vector<std::string> words = {"/bin/sh",
                                    "-c",
                                    "exec \"$0\" \"$@\" > /dev/null",
                                    settings.build.program,
                                    "fuzz",
                                    "--budget",
                                    fmt::format("{:.0f}ms", settings.budget * 1000),
                                    "--seed",
                                    std::to_string(settings.seed),
                                    "--findings",
                                    settings.findings,
                                    "--corpus",
                                    settings.seeds,
                                    "--json",
                                    result_path};
  if (settings.jobs > 0) {
    words.insert(words.end(), {"--jobs", std::to_string(settings.jobs)});
  }
  if (!settings.subject.empty()) words.insert(words.end(), {"--subject", settings.subject});
  const std::vector<std::string> foreign = plugin_arguments(*settings.foreign);
  words.insert(words.end(), foreign.begin(), foreign.end());
  words.emplace_back("--");
  for (const properties::Group group : settings.groups) {
    words.emplace_back(properties::to_string(group));
  }
  ChildOptions options;
  options.shows = true;
  options.leaving_seconds = kLeavingSeconds;
  options.seconds_max = settings.budget + kOverrunSeconds;
  const ChildEnd end = run_child(words, options);

  std::string text;
  const FileOutcome read = read_file(result_path, kResultBytesMax, text);
  if (!read.ok()) return fail(end.problem());
  const ordered_json result = ordered_json::parse(text, nullptr, false);
  if (!result.is_object()) return fail("what it says is no JSON");
  try {
    take(settings, result, run);
  } catch (const std::exception& error) {
    fail(fmt::format("what it says cannot be read: {}", printable(error.what())));
  }
}

}  // namespace weir::cli
