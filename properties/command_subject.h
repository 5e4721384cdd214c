// Commands as subjects: two programs, each of which reads its standard input to the end and writes
// its standard output. No code of the program under test runs in this process.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "properties/program.h"
#include "properties/subject.h"

namespace weir::properties {

/// Which of the two commands.
enum class Side : std::uint8_t { kEncode, kDecode };
/// "encode" or "decode".
std::string_view to_string(Side side) noexcept;

/// Two commands that belong together.
struct CommandPair {
  Program encode;
  Program decode;
  ProgramLimits limits{};

  const Program& of(Side side) const noexcept { return side == Side::kEncode ? encode : decode; }
};

/// Runs one of them to its end, on the whole of `input`. What it writes to a pipe is appended to
/// `written`. Errors: kIo when it cannot be started. Throws ForeignBreach.
Result<ProgramEnd> run_command(const CommandPair& commands, Side side,
                               std::span<const std::byte> input, OutputTo output,
                               std::string& written);

/// The name of the subject: "command.gzip/1" for "gzip -c".
std::string command_subject_name(const Program& encode);

/// The subject. It claims what every program does that reads a pipe, and its clauses are those in
/// which the programs, not what stands between them and Weir, make the difference.
Subject command_subject(CommandPair commands);

/// Tries both commands on a few bytes, and says in one line why they cannot be tested: not started,
/// or failing whatever they are given, or beyond the limits for it, or writing to standard error
/// alone. Empty when they can. A command that does something else than it should is left for the
/// clauses to find.
std::string why_not_testable(const CommandPair& commands);

}  // namespace weir::properties
