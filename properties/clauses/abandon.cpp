#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// Destroys `stream` and looks at what that did below.
template <class Stream>
std::optional<Breach> destroy(std::unique_ptr<Stream>& stream, Actor actor, const Below& below,
                              Workspace& workspace) {
  const bool may_finish = has(workspace.traits, Trait::kFinishesInDestructor);
  const auto touches = below.touches;
  stream.reset();
  ++workspace.counters[Counter::kAbandoned];
  const auto step = workspace.trace.add(Event{actor, Call::kDestroy});
  if (!below.destroyed) {
    return Breach{Rule::kLeftOpen, step, "the stream below is destroyed too", "it is still there"};
  }
  if (below.touches != touches && !may_finish) {
    return Breach{Rule::kWroteInDestructor, step, "no call below",
                  below.closes != 0 ? "a close" : "another call"};
  }
  return std::nullopt;
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  constexpr RuleSet kOwned = rules(Rule::kLeftOpen, Rule::kWroteInDestructor);
  WriteOptions writing;
  writing.program = true;
  writing.finish = false;
  writing.close = false;
  Below sink_below;
  {
    auto written = write_through(*transform, workspace.payload, value, writing, workspace,
                                 workspace.encoded, sink_below);
    if (written.breach.has_value() || written.sink == nullptr) return judge(written.breach, kOwned);
    if (auto breach = destroy(written.sink, Actor::kWriter, sink_below, workspace)) {
      return judge(breach, kOwned);
    }
  }
  workspace.encoded.clear();
  Below whole_below;
  const auto whole = write_through(*transform, workspace.payload, value, WriteOptions{}, workspace,
                                   workspace.encoded, whole_below);
  if (whole.breach.has_value()) return judge(whole.breach, kOwned);
  ReadOptions reading;
  reading.program = true;
  reading.drain = false;
  reading.close = false;
  Below source_below;
  auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value, reading,
                           workspace, source_below);
  if (read.breach.has_value() || read.source == nullptr) return judge(read.breach, kOwned);
  return judge(destroy(read.source, Actor::kReader, source_below, workspace), kOwned);
}

}  // namespace

const Clause abandon = {
    "abandon",
    Group::kLifecycle,
    "A stream that is destroyed without close releases the stream below and does not crash; unless "
    "it claims that it may finish, it neither closes the stream below nor writes to it.",
    "A destructor that finishes a stream makes an aborted upload look complete, and throws where "
    "nobody can catch.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kReads),
     verbs(VerbKind::kFlush, VerbKind::kEmpty, VerbKind::kLend)},
    counters(Counter::kAbandoned),
    check,
    false,
    nullptr,
    nullptr,
    traits(Trait::kFinishesInDestructor),
};

}  // namespace weir::properties::clause
