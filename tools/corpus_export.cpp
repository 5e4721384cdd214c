// `weir corpus export`: cases of the corpus become what fuzzers and fuzzing services take.
#include <algorithm>
#include <filesystem>
#include <map>

#include "commands.h"
#include "corpus_files.h"
#include "exit_code.h"
#include "fuzz/fuzz_target.h"
#include "names.h"
#include "program.h"
#include "properties/roster.h"
#include "raw_corpus.h"
#include "terminal.h"
#include "text.h"
#include "zip_archive.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

// The entries of a project's own dictionary, in the syntax that libFuzzer and AFL++ share.
std::string added_entries() {
  std::string text;
  std::size_t number = 0;
  if (!is_contract_program()) return text;
  for (const std::string& entry : properties::internal::final_dictionary()) {
    text += fmt::format("project_{}=\"", number++);
    for (const char c : entry) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\' || byte < 0x20 || byte > 0x7e) {
        text += fmt::format("\\x{:02x}", byte);
      } else {
        text += c;
      }
    }
    text += "\"\n";
  }
  return text;
}

// The dictionary of `target`; empty where it has none. On an error `error` says so.
std::string dictionary_of(const std::string& target, std::string& error) {
  std::string text;
  const std::string folder =
      is_contract_program() ? std::string() : find_in_project("fuzz/dictionaries");
  const std::string file = folder + "/" + target + ".dict";
  std::error_code ignored;
  if (!folder.empty() && fs::exists(file, ignored)) {
    error = read_file(file, properties::kCaseBytesMax, text).error;
  }
  return text + added_entries();
}

}  // namespace

int run_corpus_export(const CorpusExportOptions& options) {
  std::string error;
  const std::vector<properties::Group> groups = select_targets(options.targets, error);
  const std::string folder = error.empty() ? corpus_folder(options.corpus, error) : std::string();
  std::vector<CorpusFile> corpus;
  std::vector<std::string> notes;
  if (error.empty()) error = read_corpus(folder, corpus, notes).error;
  if (interrupted()) return kExitInterrupted;
  std::error_code ignored;
  // What stood there would go to a fuzzer as well, be it of another schema.
  if (error.empty() && fs::exists(options.output, ignored) &&
      !(fs::is_directory(options.output, ignored) && fs::is_empty(options.output, ignored))) {
    error = fmt::format(
        "'{}' is there already and is not an empty folder: name another one, or "
        "take it away",
        printable(options.output));
  }
  if (!error.empty()) return refuse(kExitUsage, error);

  std::size_t open = 0;
  std::size_t metered = 0;
  for (const CorpusFile& file : corpus) {
    if (file.open) ++open;
    if (!file.open && properties::find_clause(file.value.clause)->meters) ++metered;
  }
  std::size_t all = 0;
  std::vector<std::byte> bytes;
  const auto write = [&](const std::string& path, std::string_view content) {
    error = make_folder_of(path);
    if (error.empty()) error = write_file(path, content).error;
    return error.empty();
  };
  for (const properties::Group group : groups) {
    const std::string name(properties::to_string(group));
    const auto target = fuzz::FuzzTarget::make(name, {}, error);
    if (target == nullptr) {
      notes.push_back(error);
      error.clear();
      continue;
    }
    std::map<std::string, std::string> inputs;  // by name
    for (const CorpusFile& file : corpus) {
      // What breaks a target ends it before it has begun; what counts memory is not in the builds
      // that fuzz, where its name would mean another clause.
      if (file.open || properties::find_clause(file.value.clause)->meters ||
          !target->contains(file.value)) {
        continue;
      }
      target->encode_seed(file.value, bytes);
      const std::string content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      inputs.emplace(content_name(content), content);
    }
    for (const auto& [input, content] : inputs) {
      if (interrupted()) return kExitInterrupted;
      if (!write(fmt::format("{}/{}/{}", options.output, name, input), content)) {
        return refuse(kExitCouldNotRun, error);
      }
    }
    const std::string stem = fmt::format("{}/fuzz_{}", options.output, name);
    if (!inputs.empty()) {
      error = write_zip(stem + "_seed_corpus.zip", {inputs.begin(), inputs.end()}, schema_text());
    }
    const std::string dictionary = error.empty() ? dictionary_of(name, error) : std::string();
    if (error.empty() && !dictionary.empty()) write(stem + ".dict", dictionary);
    if (!error.empty()) return refuse(kExitCouldNotRun, error);
    print("{}: {}{}\n", name, plural(inputs.size(), "seed"),
          dictionary.empty() ? "" : ", a dictionary");
    all += inputs.size();
  }
  if (all == 0) return refuse(kExitCouldNotRun, "no case of the corpus is one of these targets");
  if (!write(options.output + "/" + std::string(kSchemaFile), schema_text() + "\n")) {
    return refuse(kExitCouldNotRun, error);
  }
  if (open > 0) notes.push_back(plural(open, "open case") + " left out: they break their target");
  if (metered > 0) {
    notes.push_back(plural(metered, "case") +
                    " about memory left out: builds that fuzz cannot count it");
  }
  for (const std::string& note : notes) print("note: {}\n", note);
  print("exported {} of {} to {}\n", plural(all, "seed"), plural(groups.size(), "target"),
        printable(options.output));
  return kExitHeld;
}

}  // namespace weir::cli
