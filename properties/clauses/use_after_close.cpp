#include <array>
#include <vector>

#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// Tries one call after close; the result must be `closed` and nothing may arrive below.
template <class T>
std::optional<Breach> expect_closed(const Result<T>& result, Actor actor, Call call,
                                    const Below& below, Workspace& workspace) {
  ++workspace.counters[Counter::kAfterClose];
  Event event{actor, call};
  event.asked = 1;
  event.ok = result.has_value();
  if (!result.has_value()) event.code = result.error().code;
  const auto step = workspace.trace.add(event);
  if (below.calls_after_close > 0) {
    return Breach{Rule::kUsedAfterClose, step, "no call on the closed stream below", "a call"};
  }
  if (failed_with(result, Code::kClosed)) return std::nullopt;
  return Breach{Rule::kWorksAfterClose, step, "closed",
                result.has_value() ? "success" : describe(result.error())};
}

// A closed stream lends nothing, and does not ask the stream below whether it would.
std::optional<Breach> expect_none_lent(std::size_t lent, Actor actor, Call call, const Below& below,
                                       Workspace& workspace) {
  ++workspace.counters[Counter::kAfterClose];
  Event event{actor, call};
  event.asked = 1;
  event.answered = lent;
  const auto step = workspace.trace.add(event);
  if (below.calls_after_close > 0) {
    return Breach{Rule::kUsedAfterClose, step, "no call on the closed stream below", "a call"};
  }
  if (lent == 0) return std::nullopt;
  return Breach{Rule::kWorksAfterClose, step, "nothing lent", std::to_string(lent) + " bytes lent"};
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  constexpr RuleSet kOwned = rules(Rule::kWorksAfterClose, Rule::kUsedAfterClose);
  const std::array<std::byte, 1> byte{std::byte{'w'}};
  WriteOptions writing;
  writing.program = true;
  Below sink_below;
  auto written = write_through(*transform, workspace.payload, value, writing, workspace,
                               workspace.encoded, sink_below);
  if (written.breach.has_value() || written.sink == nullptr) return judge(written.breach, kOwned);
  const auto size_closed = workspace.encoded.size();
  Sink& sink = *written.sink;
  auto breach =
      expect_closed(sink.write(byte), Actor::kWriter, Call::kWrite, sink_below, workspace);
  if (!breach)
    breach = expect_closed(sink.flush(), Actor::kWriter, Call::kFlush, sink_below, workspace);
  if (!breach)
    breach = expect_closed(sink.tell(), Actor::kWriter, Call::kTell, sink_below, workspace);
  if (!breach) {
    breach = expect_none_lent(sink.reserve(1).size(), Actor::kWriter, Call::kReserve, sink_below,
                              workspace);
  }
  if (!breach && workspace.encoded.size() != size_closed) {
    breach = Breach{Rule::kUsedAfterClose, workspace.trace.total(), "no byte below after close",
                    "bytes"};
  }
  if (breach) return judge(breach, kOwned);

  ReadOptions reading;
  reading.program = true;
  reading.closes = true;
  reading.drain = false;
  Below source_below;
  auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value, reading,
                           workspace, source_below);
  if (read.breach.has_value() || read.source == nullptr) return judge(read.breach, kOwned);
  Source& source = *read.source;
  // On the heap, as all room that subjects write into: there the sanitizers see who writes beside
  // it.
  std::vector<std::byte> room(1);
  breach = expect_closed(source.read(room), Actor::kReader, Call::kRead, source_below, workspace);
  if (!breach && source.seekable()) {
    breach = expect_closed(source.seek(0, Whence::kSet), Actor::kReader, Call::kSeek, source_below,
                           workspace);
  }
  if (!breach)
    breach = expect_closed(source.tell(), Actor::kReader, Call::kTell, source_below, workspace);
  if (!breach) {
    breach = expect_none_lent(source.peek(1).size(), Actor::kReader, Call::kPeek, source_below,
                              workspace);
  }
  return judge(breach, kOwned);
}

}  // namespace

const Clause use_after_close = {
    "use-after-close",
    Group::kLifecycle,
    "After close every call but close says closed, and none reaches the stream below.",
    "I/O that goes through after close writes into a file that somebody else has opened meanwhile.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kReads),
     verbs(VerbKind::kFlush, VerbKind::kEmpty, VerbKind::kLend, VerbKind::kClose)},
    counters(Counter::kAfterClose),
    check,
};

}  // namespace weir::properties::clause
