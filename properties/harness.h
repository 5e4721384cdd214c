// What clauses are made of: a writer and a reader that follow a case's programs, judged call by
// call by the model.
//
// The habit of every clause: run the case; if a rule is broken, run the control, which is the same
// without the condition that the clause is about; if the control fails too, the case says nothing
// about this clause and is discarded.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "properties/clause.h"
#include "properties/model.h"
#include "properties/scripted.h"
#include "weir/transform.h"

namespace weir::properties {

/// The record of a call and its result.
template <class T>
Event event_of(Actor actor, Call call, std::uint64_t asked, const Result<T>& result) {
  Event event{actor, call};
  event.asked = asked;
  event.ok = result.has_value();
  if (!result.has_value()) {
    event.code = result.error().code;
    event.os_error = result.error().os_error;
  } else if constexpr (std::is_arithmetic_v<T>) {
    event.answered = *result;
  }
  return event;
}

/// What the writer does.
struct WriteOptions {
  bool program = false;      ///< follow the `writes` field; otherwise one write of everything
  bool flushes = true;       ///< with `program`: carry out `flush`
  bool empty_writes = true;  ///< with `program`: carry out `nothing`
  bool check_input = false;  ///< look whether the caller's bytes changed
  bool tells = false;        ///< tell after each write
  bool finish = true;        ///< after the program, write what is left
  bool close = true;         ///< close at the end
  bool flush_some = false;   ///< flush behind everything where the program flushed no byte
  bool go_on = false;        ///< after a failure, write and flush again before closing
  ScriptOptions sink{false, false, false};
};

/// A flush of the writer that succeeded, and how things stood behind it.
struct FlushMark {
  std::size_t step = 0;             ///< index into the trace
  std::uint64_t taken = 0;          ///< bytes that the subject had taken
  std::uint64_t bytes = 0;          ///< bytes that the sink below had
  std::uint64_t flushes = 0;        ///< flushes of the sink below during this one
  std::uint64_t bytes_flushed = 0;  ///< bytes that the sink below had at its last flush
};

/// What came of writing. Bytes are in the output buffer.
struct WriteRun {
  std::optional<Breach> breach;
  std::optional<Error> error;  ///< the first failure of the subject's sink, or of making it
  std::unique_ptr<Sink> sink;  ///< the subject's sink, still alive
  bool closed_well = false;    ///< close reported success
  std::vector<FlushMark> flushes;
  SinkModel model;
  explicit WriteRun(const BelowView& below) : model(below) {}
};

/// Writes `payload` through `transform` into `output` as the case says. Stops at the first breach;
/// a failure ends the writing, then closes.
WriteRun write_through(const StreamTransform& transform, std::span<const std::byte> payload,
                       const Case& value, const WriteOptions& options, Workspace& workspace,
                       ByteBuffer& output, Below& below);

/// What the reader does.
struct ReadOptions {
  bool program = false;     ///< follow the `reads` field before draining
  bool seeks = false;       ///< with `program`: carry out seeks
  bool tells = true;        ///< with `program`: carry out tells
  bool closes = false;      ///< with `program`: carry out `close`
  bool empty_reads = true;  ///< with `program`: carry out `read 0`
  bool drain = true;        ///< read to the end after the program
  bool exactly = false;     ///< drain by one read of exactly what is left, then one byte more
  bool guard = false;       ///< look whether bytes outside the returned count changed
  bool guard_span = false;  ///< look only whether bytes outside the reader's span changed
  int reads_after_end = 0;  ///< further reads after the end or the error
  bool close = true;        ///< close at the end
  bool collect = false;     ///< append what was read to workspace.decoded
  Ending ending = Ending::kClean;
  std::size_t bytes_max = std::size_t{64} << 20;  ///< stop reading beyond this
  ScriptOptions source{false, false, false};
};

/// What came of reading.
struct ReadRun {
  std::optional<Breach> breach;
  std::optional<Error> error;      ///< the first failure of the subject's source, or of making it
  bool ended = false;              ///< a clean end was seen
  bool cut_off = false;            ///< reading was stopped at bytes_max
  std::unique_ptr<Source> source;  ///< the subject's source, still alive
  SourceModel model;
  ReadRun(std::span<const std::byte> content, Ending ending, const BelowView& below)
      : model(content, ending, below) {}
};

/// Reads `encoded` through `transform` as the case says and holds what comes against `content`.
/// Stops at the first breach.
ReadRun read_through(const StreamTransform& transform, std::span<const std::byte> encoded,
                     std::span<const std::byte> content, const Case& value,
                     const ReadOptions& options, Workspace& workspace, Below& below);

/// What came of reading any bytes to their end, or to an error, and closing.
struct Reading {
  std::optional<Breach> breach;  ///< of a rule that holds whatever the bytes are
  std::optional<Error> error;    ///< of a read, or else of close
  bool cut_off = false;          ///< more came out than is worth reading
  std::size_t step = 0;          ///< of the last call before close
  std::uint64_t position = 0;    ///< of the source below, before close
  std::uint64_t asked_max = 0;   ///< see Below

  /// Whether the reader took the bytes for a whole stream.
  bool clean() const noexcept { return !breach.has_value() && !error.has_value() && !cut_off; }
};

/// Reads `bytes`, whatever they are, over a source that does what `source` lets it do, into
/// workspace.decoded.
Reading read_all(const StreamTransform& transform, std::span<const std::byte> bytes,
                 const Case& value, const ScriptOptions& source, Workspace& workspace,
                 std::size_t bytes_max = ReadOptions{}.bytes_max);

/// Whether a fault came so late that the reader may end well all the same: who ends by a mark of
/// the format need not care what the source below says once it has given all `encoded_size` bytes.
bool may_end_well(const ReadRun& run, const Below& below, std::size_t encoded_size,
                  const Subject& subject);

/// Closes twice more what the run has closed: the stream below is closed exactly once, and each
/// answer is that of the first close.
std::optional<Breach> close_again(WriteRun& run, const Below& below, Workspace& workspace);
std::optional<Breach> close_again(ReadRun& run, const Below& below, Workspace& workspace);

/// Closes what was read, into the trace; the error that it tells. Precondition: the source is there
/// and was not closed.
std::optional<Error> close_source(ReadRun& run, Below& below, Workspace& workspace);

/// Makes an instance of the subject, for a payload of that size where it is given. On failure
/// `verdict` is the violation "make-failed" or, for the control, anything but held.
std::unique_ptr<StreamTransform> make_instance(const Subject& subject, Verdict& verdict,
                                               std::optional<std::uint64_t> payload_bytes = {});

/// As make_instance, of an instance that shares nothing with those before it: what it allocates
/// does not depend on what ran before.
std::unique_ptr<StreamTransform> make_cold_instance(const Subject& subject, Verdict& verdict);

/// What most clauses start with: makes workspace.payload and an instance. Null: `verdict` says why
/// the case cannot run.
std::unique_ptr<StreamTransform> prepare(const Subject& subject, const Case& value,
                                         Workspace& workspace, Verdict& verdict);

/// As prepare, and encodes the payload into workspace.encoded: one write, a well-behaved sink,
/// close. Null also where that fails.
std::unique_ptr<StreamTransform> prepare_encoded(const Subject& subject, const Case& value,
                                                 Workspace& workspace, Verdict& verdict);

/// After writing under a condition: workspace.encoded decodes plainly to the payload and, where
/// bytes do not depend on it, equals what one plain write gives.
Verdict judge_written(const StreamTransform& transform, const std::optional<Breach>& breach,
                      bool same_bytes, const Subject& subject, const Case& value,
                      Workspace& workspace);

/// Whether the case's program `id` has an operation named `verb`.
bool has_verb(const Case& value, FieldId id, std::string_view verb);
/// Whether the stream below that follows program `id` fails, for ever or once.
bool has_fault(const Case& value, FieldId id);

/// The control: one write, well-behaved streams, one reader that drains: does `payload` come back
/// and do both ends close?
bool plain_round_trip_holds(const Subject& subject, std::span<const std::byte> payload,
                            const Workspace& workspace);

/// Violated if a rule of `owned` is broken, discarded ("breaks another clause") if another is, held
/// otherwise.
Verdict judge(const std::optional<Breach>& breach, RuleSet owned);

/// As judge with all rules; a violation becomes discarded ("fails without it too") when the plain
/// round trip of workspace.payload fails as well.
Verdict judge_unless_plain_fails(const std::optional<Breach>& breach, const Subject& subject,
                                 const Workspace& workspace);

/// The discard of a case about parts where `below` was never asked for more than a byte, which has
/// no parts.
inline constexpr std::string_view kBytewise = "the subject moves one byte at a time below";

/// Rules about which bytes arrive and whether the stream ends where it should.
inline constexpr RuleSet kContentRules =
    rules(Rule::kWrongBytes, Rule::kEndsEarly, Rule::kGoesOn, Rule::kUnexpectedError);
inline constexpr RuleSet kAllRules = ~RuleSet{0};

}  // namespace weir::properties
