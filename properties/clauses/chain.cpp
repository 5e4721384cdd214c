#include <algorithm>

#include "properties/chain_subject.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// Longer chains add time, not meaning.
constexpr std::size_t kLinksMax = 6;

std::vector<std::string> descriptors_of(const Subject& subject, const Case& value) {
  std::vector<std::string> list;
  bool has_subject = false;
  for (const Op& op : value.ops(FieldId::kChain)) {
    if (list.size() == kLinksMax) break;
    const std::string_view name =
        schema()[static_cast<std::size_t>(FieldId::kChain)].verbs[op.verb].name;
    const bool is_subject = name == "subject" || name == "damaged";
    has_subject = has_subject || is_subject;
    list.emplace_back(is_subject ? std::string_view(subject.name) : name);
  }
  if (!has_subject) list.emplace_back(subject.name);
  // Other transforms move parts: who cannot have that below stands next to the stream that does
  // not.
  if (!has(subject.traits, Trait::kPartialBelow)) {
    list.erase(std::remove(list.begin(), list.end(), subject.name), list.end());
    list.insert(list.begin(), subject.name);
  }
  return list;
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const auto make_chain = [&](const std::vector<std::string>& list) -> Result<ChainTransform> {
    auto made = subject.from_descriptor_list(list);
    if (!made.has_value()) return fail(made.error());
    return ChainTransform(Chain(std::move(*made)), *Descriptor::parse("chain"));
  };
  const auto written_names = descriptors_of(subject, value);
  const auto chain_written = make_chain(written_names);
  if (!chain_written.has_value()) {
    return Verdict::violated("list-refused", Verdict::kNoStep, "a chain from good descriptors",
                             describe(chain_written.error()));
  }
  const auto recorded = chain_written->chain().descriptors();
  const auto chain_read = make_chain(recorded);
  if (!chain_read.has_value()) {
    return Verdict::violated("list-refused", Verdict::kNoStep,
                             "a chain from the descriptors that a chain gave",
                             describe(chain_read.error()));
  }
  workspace.counters[Counter::kLinks] += chain_read->chain().size() - 1;
  Below sink_below;
  const auto written = write_through(*chain_written, workspace.payload, value, WriteOptions{},
                                     workspace, workspace.encoded, sink_below);
  if (written.breach.has_value()) {
    return judge_unless_plain_fails(written.breach, subject, workspace);
  }
  Below source_below;
  const auto read = read_through(*chain_read, workspace.encoded.bytes(), workspace.payload, value,
                                 ReadOptions{}, workspace, source_below);
  return judge_unless_plain_fails(read.breach, subject, workspace);
}

}  // namespace

const Clause chain = {
    "chain",
    Group::kRoundTrip,
    "Any chain of transforms, rebuilt from its descriptors, decodes what the chain wrote.",
    "A host that records a chain in writing order cannot read it back unless the transforms happen "
    "to commute.",
    traits(),
    fields(FieldId::kPayload, FieldId::kChain),
    counters(Counter::kBytes, Counter::kLinks),
    check,
};

}  // namespace weir::properties::clause
