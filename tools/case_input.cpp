#include "case_input.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "files.h"
#include "fuzz/fuzz_target.h"
#include "names.h"
#include "properties/case_text.h"
#include "properties/finding.h"
#include "properties/roster.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

using properties::Case;

namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Whether a person wrote it, or a program for persons: the first line that says something is the
// header.
bool looks_like_text(std::string_view content) {
  while (!content.empty()) {
    const std::size_t end = std::min(content.find('\n'), content.size());
    std::string_view line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    if (line.empty() || line == "\r" || line.front() == '#') continue;
    return line.substr(0, 9) == "weir-case";
  }
  return false;
}

std::optional<InputProblem> decode_raw(const std::string& content, const std::string& target,
                                       const std::string& subject, CaseInput& input) {
  if (target.empty() && content.empty()) {
    return InputProblem{
        false, fmt::format("'{}' is empty: there is no case in it", printable(input.path))};
  }
  if (target.empty()) {
    // The same bytes are another case for every target, so that a guess would mislead.
    std::vector<std::string> targets;
    for (const properties::Group group : groups_with_clauses()) {
      targets.emplace_back(properties::to_string(group));
    }
    return InputProblem{
        false, fmt::format("'{}' is not a .case text (its first line is not 'weir-case 1'); if it "
                           "has raw bytes of a fuzz target, say which with --target NAME, one of: "
                           "{}",
                           printable(input.path), join(targets, ", "))};
  }
  std::string error;
  const auto decoder = fuzz::FuzzTarget::make(target, subject, error);
  if (decoder == nullptr) return InputProblem{false, error};
  decoder->decode(std::as_bytes(std::span(content.data(), content.size())), input.value);
  input.raw = true;
  return std::nullopt;
}

std::optional<InputProblem> parse_text(const std::string& content, CaseInput& input) {
  const properties::ParseOutcome parsed = properties::parse(content, input.value);
  if (!parsed.ok) {
    const bool stale = parsed.error.kind == properties::TextError::Kind::kStale;
    return InputProblem{stale,
                        fmt::format("{}:{}: {}{}", printable(input.path), parsed.error.line,
                                    stale ? "stale: " : "", printable(parsed.error.message))};
  }
  input.recorded = properties::recorded_signature(content);
  return std::nullopt;
}

}  // namespace

std::optional<InputProblem> read_case(const std::string& path, const std::string& target,
                                      const std::string& subject,
                                      const properties::PayloadFiles& files, CaseInput& input) {
  input = {};
  input.path = path;
  std::string content;
  const FileOutcome read = read_file(path, properties::kCaseBytesMax, content);
  if (!read.ok()) return InputProblem{false, read.error};
  const bool text = target.empty() && (looks_like_text(content) || ends_with(path, ".case"));
  std::optional<InputProblem> problem = text || looks_like_text(content)
                                            ? parse_text(content, input)
                                            : decode_raw(content, target, subject, input);
  if (problem) return problem;

  bool left_out = false;
  const std::string unknown = name_problem(input.value, left_out);
  if (!unknown.empty()) return InputProblem{false, printable(path) + unknown};
  input.subject = properties::find_subject(input.value.subject);
  input.clause = properties::find_clause(input.value.clause);
  for (const properties::Field& field : properties::schema()) {
    if ((input.clause->uses & properties::field_bit(field.id)) == 0 &&
        !input.value.ops(field.id).empty()) {
      input.notes.push_back(
          fmt::format("{} does not use the field '{}'", input.clause->id, field.name));
    }
  }
  // Bytes of a fuzz target may name any file, and mean a case that its clause discards.
  if (input.raw) return std::nullopt;
  std::vector<std::byte> payload;
  const Result<void> made =
      properties::materialise(input.value, files, std::size_t{16} << 20, payload);
  if (!made) {
    return InputProblem{
        false,
        fmt::format("{}: its payload cannot be made: {}; a real file is named with --payload",
                    printable(path), describe(made.error()))};
  }
  return std::nullopt;
}

std::string add_payloads(const std::vector<std::string>& paths, properties::PayloadFiles& files) {
  const LeaveOnSignal leave;
  for (const std::string& path : paths) {
    const Result<void> added = files.add(path);
    if (added) continue;
    const Error& error = added.error();
    const std::string reason = error.code == Code::kIo && error.os_error != 0
                                   ? std::strerror(error.os_error)
                                   : describe(error);
    return fmt::format("cannot take payloads from '{}': {}", printable(path), reason);
  }
  return {};
}

std::string raw_note(const CaseInput& input, const std::string& target) {
  return fmt::format("note: {} is no .case text: its bytes are read as a case of the target {}",
                     printable(input.path), target);
}

std::string describe_size(const Case& value) {
  return fmt::format("{}, {} of text", plural(value.op_count(), "operation"),
                     human_bytes(properties::print(value).size()));
}

}  // namespace weir::cli
