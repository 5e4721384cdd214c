// Transforms from outside, as a command line brings them: one shape an option. Whoever runs cases
// takes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "properties/subject.h"
#include "properties/worker.h"

namespace CLI {
class App;
}  // namespace CLI

namespace weir::cli {

/// What was given.
struct ForeignOptions {
  std::vector<std::string> plugins;       ///< shared libraries (properties/plugin_subject.h)
  std::vector<std::string> python;        ///< MODULE:NAME
  std::vector<std::string> python_files;  ///< FILE:NAME
  std::string encode_command;             ///< with decode_command: a pair of programs
  std::string decode_command;
  std::uint64_t command_seconds = 0;   ///< limit of a run; 0: as ProgramLimits has it
  std::vector<std::string> claims;     ///< traits that all of it claims besides
  std::vector<std::string> no_claims;  ///< traits that none of it claims
  bool given() const noexcept {
    return !plugins.empty() || !python.empty() || !python_files.empty() || !encode_command.empty();
  }
};

/// What makes a subject of a transform in Python: of NAME in a file, or in a module. Returns one
/// line that says why that cannot be done; empty when it was.
using PythonMaker = std::string (*)(bool is_file, std::string_view name,
                                    properties::Subject& subject);
/// A program that has an interpreter in it says so. Before the command line is read.
void use_python(PythonMaker make);

/// Adds the options of every shape to a verb.
void add_foreign_options(CLI::App& verb, ForeignOptions& options);

/// Adds those of plug-ins alone, which run in the fuzz targets as well.
void add_plugin_options(CLI::App& verb, ForeignOptions& options);
/// The same for the command line of a fuzz target (fuzz/target.cpp).
std::vector<std::string> plugin_arguments(const ForeignOptions& options);

/// Makes the subjects and adds them to those under test (roster.h). Returns one line that says why
/// that cannot be done, for exit code 3; empty when it was.
std::string bring(const ForeignOptions& options);

/// How long a case may take, by what was brought: programs have limits of their own.
properties::WorkerLimits case_limits() noexcept;

/// The option that brought `subject`, with what it was given; empty where the program has it of its
/// own.
std::string brought_by(const properties::Subject& subject);

/// The options that bring a subject of this name, by the way in which those are named; empty where
/// the name says nothing.
std::string_view options_that_bring(std::string_view name) noexcept;

/// The options, as words for a shell, each with a space in front: what a command that repeats a
/// case has to say besides. Empty when nothing was brought.
std::string foreign_words(const ForeignOptions& options);
/// Those of what `bring` was given.
const std::string& foreign_words();
/// Takes over the words of another run, for a report of what that one brought.
void take_over_foreign_words(const std::string& others);

}  // namespace weir::cli
