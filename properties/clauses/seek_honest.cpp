#include <vector>

#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// Asks the source about itself and tries whether it is true.
std::optional<Breach> ask(Source& source, bool expected, Workspace& workspace, SourceModel& model) {
  const bool says = source.seekable();
  Event asked{Actor::kReader, Call::kSeekable};
  asked.answered = says ? 1 : 0;
  const auto asked_step = workspace.trace.add(asked);
  if (says != expected) {
    return Breach{Rule::kSeekableWrong, asked_step, expected ? "seekable" : "not seekable",
                  says ? "seekable" : "not seekable"};
  }
  if (model.failure().has_value()) return std::nullopt;
  const auto result = source.seek(0, Whence::kCurrent);
  Event sought = event_of(Actor::kReader, Call::kSeek, 0, result);
  sought.whence = static_cast<std::uint8_t>(Whence::kCurrent);
  const auto sought_step = workspace.trace.add(sought);
  if (result.has_value() == says) return std::nullopt;
  return Breach{
      Rule::kSeekableWrong, sought_step,
      says ? "a seek that works, as seekable() said" : "a refusal, as seekable() said",
      result.has_value() ? "position " + std::to_string(*result) : describe(result.error())};
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  for (const bool seekable_below : {true, false}) {
    ReadOptions options;
    options.program = true;
    options.drain = false;
    options.close = false;
    options.source = {true, false, false, 1, seekable_below};
    Below below;
    auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                             options, workspace, below);
    if (read.breach.has_value() || read.source == nullptr) {
      return Verdict::discarded("breaks another clause");
    }
    const bool expected =
        has(subject.traits, Trait::kSeekable) && seekable_below ? true : read.source->seekable();
    auto breach = ask(*read.source, expected, workspace, read.model);
    if (!breach.has_value()) {
      std::vector<std::byte> buffer(16);
      static_cast<void>(read.source->read(buffer));
      breach = ask(*read.source, expected, workspace, read.model);
    }
    if (breach.has_value()) return judge(breach, kAllRules);
  }
  return Verdict::held();
}

}  // namespace

const Clause seek_honest = {
    "seek-honest",
    Group::kSeek,
    "seekable() tells the truth, always the same: seeks work where it says yes and are refused "
    "where it says no; who claims to be seekable says yes over a seekable source.",
    "Callers choose their strategy by seekable(); a lie sends them into an error or keeps them "
    "from random access.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kLend)},
    counters(Counter::kReads),
    check,
    false,
    nullptr,
    nullptr,
    traits(Trait::kSeekable),
};

}  // namespace weir::properties::clause
