#include "foreign.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <utility>

#include "files.h"
#include "program.h"
#include "properties/command_subject.h"
#include "properties/plugin_subject.h"
#include "properties/roster.h"
#include "text.h"

namespace weir::cli {
namespace {

using properties::Subject;
using properties::Trait;
using properties::Traits;

// A subject, and the option that brought it.
struct Brought {
  Subject subject;
  std::string option;
};

std::string& words() {
  static std::string all;
  return all;
}

// Options by the names of the subjects that they brought.
std::map<std::string, std::string, std::less<>>& origins() {
  static std::map<std::string, std::string, std::less<>> all;
  return all;
}

std::string check_trait(const std::string& name) {
  if (properties::find_trait(name)) return {};
  std::vector<std::string> known;
  for (std::size_t i = 0; i < properties::kTraitCount; ++i) {
    known.emplace_back(properties::to_string(static_cast<Trait>(i)));
  }
  return unknown_name("trait", name, known, "weir list --traits");
}

// A run of an hour is no test.
constexpr std::uint64_t kCommandSecondsMax = 3600;
// Of programs that one case runs, one after the other, at most.
constexpr double kCommandsPerCase = 8;

double& blocked_seconds() {
  static double seconds = 0;
  return seconds;
}

std::string check_command_seconds(const std::string& text) {
  const bool fits = !text.empty() && text.size() <= 4 &&
                    text.find_first_not_of("0123456789") == std::string::npos &&
                    std::stoul(text) >= 1 && std::stoul(text) <= kCommandSecondsMax;
  return fits ? std::string()
              : fmt::format("'{}' is not a whole number from 1 to {}", printable(text),
                            kCommandSecondsMax);
}

std::string check_command(const std::string& text) {
  return text.empty() ? "must not be empty" : std::string();
}

Traits traits_of(const std::vector<std::string>& names) {
  Traits all = 0;
  for (const std::string& name : names) all |= properties::traits(*properties::find_trait(name));
  return all;
}

// Subjects of plug-ins, in the order in which those are given.
std::string bring_plugins(const ForeignOptions& options, std::vector<Brought>& brought) {
  for (const std::string& path : options.plugins) {
    std::string error;
    const std::string option = "--plugin " + shell_word(path);
    for (Subject& subject : properties::plugin_subjects(path, error)) {
      brought.push_back({std::move(subject), option});
    }
    if (!error.empty()) return printable(error);
  }
  return {};
}

// Claims that mean nothing are rather a slip than a wish.
void check_claims(const ForeignOptions& options) {
  for (const std::string& name : options.no_claims) {
    const auto& claims = options.claims;
    if (std::find(claims.begin(), claims.end(), name) == claims.end()) continue;
    throw CLI::ValidationError("--no-claim", "'" + name + "' is claimed by --claim");
  }
  if (options.given() || (options.claims.empty() && options.no_claims.empty())) return;
  throw CLI::ValidationError(options.claims.empty() ? "--no-claim" : "--claim",
                             "no transform from outside is given that could claim it");
}

// What was brought, with the claims that it is to have.
void apply_claims(const ForeignOptions& options, std::vector<Brought>& brought) {
  const Traits claimed = traits_of(options.claims);
  const Traits dropped = traits_of(options.no_claims);
  for (auto& [subject, option] : brought) {
    subject.traits = static_cast<Traits>((subject.traits | claimed) & ~dropped);
  }
}

// The lines as they were given, for one message.
std::string parse_command(const char* option, const std::string& text,
                          properties::Program& program) {
  auto parsed = properties::parse_program(text);
  if (parsed.has_value()) {
    program = std::move(*parsed);
    return {};
  }
  return fmt::format("{} '{}' cannot be run: {}", option, printable(text),
                     describe(parsed.error()));
}

std::string bring_command(const ForeignOptions& options, std::vector<Brought>& brought) {
  if (options.encode_command.empty()) return {};
  properties::CommandPair commands;
  if (options.command_seconds != 0) {
    const auto seconds = static_cast<double>(options.command_seconds);
    commands.limits.processor_seconds = seconds;
    commands.limits.blocked_seconds = seconds;
  }
  std::string error = parse_command("--encode-command", options.encode_command, commands.encode);
  if (error.empty()) {
    error = parse_command("--decode-command", options.decode_command, commands.decode);
  }
  if (error.empty()) error = printable(properties::why_not_testable(commands));
  if (!error.empty()) return error;
  const std::string option = "--encode-command " + shell_word(options.encode_command);
  blocked_seconds() = kCommandsPerCase * commands.limits.blocked_seconds;
  brought.push_back({properties::command_subject(std::move(commands)), option});
  return {};
}

void add_command_options(CLI::App& verb, ForeignOptions& options) {
  const auto add = [&](const char* name, std::string& text, const char* about) {
    return verb.add_option(name, text, about)->check(check_command)->type_name("COMMAND");
  };
  CLI::Option* const encode = add("--encode-command", options.encode_command,
                                  "A program: standard input to standard output");
  CLI::Option* const decode = add("--decode-command", options.decode_command,
                                  "The program that decodes what that one wrote");
  encode->needs(decode);
  decode->needs(encode);
  verb.add_option("--command-seconds", options.command_seconds,
                  "Seconds a run may compute, or stand still (4, 5)")
      ->check(check_command_seconds)
      ->needs(encode)
      ->type_name("N");
}

void add_python_options(CLI::App& verb, ForeignOptions& options) {
  const auto named = [](const std::string& text) {
    return text.empty() || text.front() == ':' ? std::string("names nothing") : std::string();
  };
  verb.add_option("--python", options.python, "A transform in Python, by module (docs/python.md)")
      ->allow_extra_args(false)
      ->check(named)
      ->type_name("MODULE[:NAME]");
  verb.add_option("--python-file", options.python_files, "The same, from a file")
      ->allow_extra_args(false)
      ->check(named)
      ->type_name("FILE[:NAME]");
}

PythonMaker python_maker = nullptr;

std::string bring_python(const ForeignOptions& options, std::vector<Brought>& brought) {
  for (const bool is_file : {false, true}) {
    const std::string option = is_file ? "--python-file" : "--python";
    for (const std::string& name : is_file ? options.python_files : options.python) {
      const std::string begins = option + " '" + printable(name) + "': ";
      if (python_maker == nullptr) {
        return begins +
               (is_contract_program()
                    ? "this program has no Python: the weir command has"
                    : "this build has no Python: build it with python3-dev and pybind11-dev");
      }
      Subject subject;
      const std::string wrong = python_maker(is_file, name, subject);
      if (!wrong.empty()) return begins + printable(wrong);
      brought.push_back({std::move(subject), option + " " + shell_word(name)});
    }
  }
  return {};
}

// Puts it under test.
std::string add(std::vector<Brought> brought) {
  std::vector<Subject> subjects;
  for (auto one = brought.begin(); one != brought.end(); ++one) {
    const std::string& name = one->subject.name;
    const auto other = std::find_if(
        brought.begin(), one, [&](const Brought& before) { return before.subject.name == name; });
    if (other != one || properties::find_subject(name) != nullptr) {
      return fmt::format(
          "there are two subjects of the name '{}', by {} and by {}: rename one", printable(name),
          other != one ? printable(other->option) : "the program itself", printable(one->option));
    }
  }
  for (Brought& one : brought) {
    origins()[one.subject.name] = one.option;
    subjects.push_back(std::move(one.subject));
  }
  properties::add_subjects(std::move(subjects));
  return {};
}

}  // namespace

void add_plugin_options(CLI::App& verb, ForeignOptions& options) {
  verb.add_option("--plugin", options.plugins, "A shared library of the C ABI (weir/plugin.h)")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        return text.empty() ? std::string("must not be empty") : std::string();
      })
      ->type_name("FILE");
  verb.add_option("--claim", options.claims, "A trait that what is brought claims, too")
      ->allow_extra_args(false)
      ->check(check_trait)
      ->type_name("TRAIT");
  verb.add_option("--no-claim", options.no_claims, "A trait that it does not claim")
      ->allow_extra_args(false)
      ->check(check_trait)
      ->type_name("TRAIT");
  verb.parse_complete_callback([&options] { check_claims(options); });
}

void add_foreign_options(CLI::App& verb, ForeignOptions& options) {
  add_command_options(verb, options);
  add_plugin_options(verb, options);
  add_python_options(verb, options);
}

std::vector<std::string> plugin_arguments(const ForeignOptions& options) {
  std::vector<std::string> arguments;
  for (const std::string& path : options.plugins) arguments.push_back("--plugin=" + path);
  for (const std::string& name : options.claims) arguments.push_back("--claim=" + name);
  for (const std::string& name : options.no_claims) arguments.push_back("--no-claim=" + name);
  return arguments;
}

std::string bring(const ForeignOptions& options) {
  words() = foreign_words(options);
  origins().clear();
  blocked_seconds() = 0;
  std::vector<Brought> brought;
  // Each shape adds its subjects here.
  if (std::string error = bring_plugins(options, brought); !error.empty()) return error;
  if (std::string error = bring_command(options, brought); !error.empty()) return error;
  if (std::string error = bring_python(options, brought); !error.empty()) return error;
  apply_claims(options, brought);
  return add(std::move(brought));
}

void use_python(PythonMaker make) { python_maker = make; }

properties::WorkerLimits case_limits() noexcept {
  properties::WorkerLimits limits;
  limits.blocked_seconds = std::max(limits.blocked_seconds, blocked_seconds());
  return limits;
}

std::string brought_by(const Subject& subject) {
  const auto found = origins().find(subject.name);
  return found == origins().end() ? std::string() : found->second;
}

std::string_view options_that_bring(std::string_view name) noexcept {
  if (name.starts_with("python.")) return "--python or --python-file";
  if (name.starts_with("command.")) return "--encode-command and --decode-command";
  return {};
}

std::string foreign_words(const ForeignOptions& options) {
  std::string text;
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) text += fmt::format(" {} {}", option, shell_word(value));
  };
  for (const std::string& path : options.plugins) add("--plugin", path);
  add("--encode-command", options.encode_command);
  add("--decode-command", options.decode_command);
  if (options.command_seconds != 0) {
    add("--command-seconds", std::to_string(options.command_seconds));
  }
  for (const std::string& name : options.python) add("--python", name);
  for (const std::string& name : options.python_files) add("--python-file", name);
  for (const std::string& name : options.claims) add("--claim", name);
  for (const std::string& name : options.no_claims) add("--no-claim", name);
  return text;
}

const std::string& foreign_words() { return words(); }

void take_over_foreign_words(const std::string& others) { words() = others; }

}  // namespace weir::cli
