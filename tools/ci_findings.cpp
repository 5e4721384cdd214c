// What is one finding: a cause, however many clauses and engines show it.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "ci_run.h"
#include "properties/case_text.h"
#include "properties/roster.h"

namespace weir::cli {

using properties::Case;
using properties::Finding;
using properties::Report;
using properties::Signature;

namespace {

// "random, seed 1, case 17", "replay of PATH", "fuzz target seek".
std::string engine_of(const Finding& finding) {
  const std::string_view origin = finding.origin;
  const std::string_view word = origin.substr(0, origin.find_first_of(" ,"));
  return word == "fuzz" ? "guided" : std::string(word);
}

// What a case does, whatever clause looks at it.
std::string deeds(const Finding& finding) {
  Case value = finding.value;
  value.clause = "any";
  return properties::print(value);
}

class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    // The first one stands for all.
    const std::size_t x = find(a);
    const std::size_t y = find(b);
    parent_[std::max(x, y)] = std::min(x, y);
  }

 private:
  std::vector<std::size_t> parent_;
};

// One that several engines found.
struct Found {
  Finding finding;
  std::set<std::string> engines;
  bool by_suite = false;
  Signature alias;  // what it is in this build
};

bool is_chain(const Found& found) { return found.finding.signature.clause == kChainClause; }

// The subject of a finding in a chain, and the others in it.
std::vector<std::string_view> members_of(const Finding& finding) {
  std::vector<std::string_view> members = {finding.subject};
  for (const properties::Op& op : finding.value.ops(properties::FieldId::kChain)) {
    members.push_back(properties::verb_of(properties::FieldId::kChain, op).name);
  }
  return members;
}

}  // namespace

std::vector<CiFinding> group_findings(const Report& suite, const std::vector<Finding>& guided,
                                      const std::vector<Signature>& aliases) {
  std::vector<Found> all;
  for (const Finding& finding : suite.findings) {
    all.push_back({finding, {engine_of(finding)}, true, finding.signature});
  }
  for (std::size_t i = 0; i < guided.size(); ++i) {
    const Finding& finding = guided[i];
    const auto same = std::find_if(all.begin(), all.end(), [&](const Found& each) {
      return each.finding.subject == finding.subject && each.finding.signature == finding.signature;
    });
    if (same == all.end()) {
      all.push_back({finding, {engine_of(finding)}, false, aliases[i]});
      continue;
    }
    same->engines.insert(engine_of(finding));
    // Both went to the same file, which keeps the smaller.
    if (simpler_than(finding.value, same->finding.value)) {
      Finding smaller = finding;
      smaller.origin = same->finding.origin;
      same->finding = std::move(smaller);
    }
  }
  // Chains last: what is wrong in one is mostly the fault of a member that is wrong by itself.
  std::stable_sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    if (is_chain(a) != is_chain(b)) return is_chain(b);
    if (a.finding.subject != b.finding.subject) return a.finding.subject < b.finding.subject;
    return rank_of(a.finding.signature.clause) < rank_of(b.finding.signature.clause);
  });

  Groups groups(all.size());
  std::map<std::pair<std::string, std::string>, std::size_t> by_kind;
  std::map<std::string, std::size_t> by_deeds;
  std::map<std::string, std::size_t, std::less<>> alone;  // the first one of a subject by itself
  // What the smallest case needs besides a payload, a sink that takes little, say, is mostly what
  // the bug is about.
  std::map<std::pair<std::string, properties::FieldId>, std::size_t> by_field;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Finding& finding = all[i].finding;
    // There it may be another one that says so, in its own words. A chain of two that are wrong
    // goes to its subject, so that it does not make one of the two.
    if (is_chain(all[i])) {
      const std::vector<std::string_view> members = members_of(finding);
      const auto wrong = std::find_if(members.begin(), members.end(), [&](std::string_view member) {
        return alone.count(member) != 0;
      });
      if (wrong != members.end()) {
        groups.join(i, alone.find(*wrong)->second);
        continue;
      }
    } else {
      alone.emplace(finding.subject, i);
    }
    for (const std::string& kind : {finding.signature.kind, all[i].alias.kind}) {
      if (kind.empty()) continue;
      groups.join(i, by_kind.emplace(std::pair(finding.subject, kind), i).first->second);
    }
    // The subject's name is part of it.
    groups.join(i, by_deeds.emplace(deeds(finding), i).first->second);
    for (const properties::Field& field : properties::schema()) {
      if (field.id == properties::FieldId::kPayload || finding.value.ops(field.id).empty())
        continue;
      groups.join(i, by_field.emplace(std::pair(finding.subject, field.id), i).first->second);
    }
  }

  std::vector<CiFinding> findings;
  std::map<std::size_t, std::size_t> number_of;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Found& found = all[i];
    const auto [at, first] = number_of.emplace(groups.find(i), findings.size());
    if (first) {
      CiFinding& finding = findings.emplace_back();
      finding.finding = std::move(found.finding);
      finding.by_fuzz_build = !found.by_suite;
    } else {
      CiFinding& finding = findings[at->second];
      // One that this build shows is the better start.
      if (finding.by_fuzz_build && found.by_suite && !is_chain(found)) {
        std::swap(finding.finding, found.finding);
        finding.by_fuzz_build = false;
      }
      finding.also.push_back(std::move(found.finding));
    }
    CiFinding& finding = findings[at->second];
    for (const std::string& engine : found.engines) {
      if (std::find(finding.engines.begin(), finding.engines.end(), engine) ==
          finding.engines.end()) {
        finding.engines.push_back(engine);
      }
    }
  }
  return findings;
}

std::vector<CiFinding> part_by_age(CiFinding& finding, const std::vector<Aged>& ages) {
  std::vector<CiFinding> apart;
  std::vector<Finding> same;
  for (std::size_t i = 0; i < finding.also.size(); ++i) {
    Finding& each = finding.also[i];
    if (ages[i].age == finding.age || ages[i].age == Age::kUnknown) {
      same.push_back(std::move(each));
      continue;
    }
    const auto other = std::find_if(apart.begin(), apart.end(), [&](const CiFinding& one) {
      return one.finding.subject == each.subject;
    });
    if (other != apart.end()) {
      other->also.push_back(std::move(each));
      continue;
    }
    CiFinding& made = apart.emplace_back();
    made.finding = std::move(each);
    made.engines = finding.engines;
    made.by_fuzz_build = finding.by_fuzz_build;
    made.age = ages[i].age;
    made.age_reason = ages[i].reason;
  }
  finding.also = std::move(same);
  return apart;
}

const OpenCase* open_case_of(const CiRun& run, const std::string& subject,
                             const Signature& signature) {
  const auto found = std::find_if(run.open.begin(), run.open.end(), [&](const OpenCase& open) {
    const auto file = std::find_if(run.open_files.begin(), run.open_files.end(),
                                   [&](const CorpusFile& each) { return each.path == open.path; });
    return open.status == OpenCase::Status::kViolated && file != run.open_files.end() &&
           file->value.subject == subject && open.seen == signature;
  });
  return found == run.open.end() ? nullptr : &*found;
}

void mark_known(const CiRun& run, std::vector<CiFinding>& findings) {
  for (CiFinding& finding : findings) {
    std::set<std::string> paths;
    bool all = true;
    const auto look = [&](const Finding& each) {
      const OpenCase* const open = open_case_of(run, each.subject, each.signature);
      if (open == nullptr) {
        all = false;
      } else {
        paths.insert(open->path);
      }
    };
    look(finding.finding);
    for (const Finding& each : finding.also) look(each);
    finding.known.clear();
    if (all) finding.known.assign(paths.begin(), paths.end());
  }
}

}  // namespace weir::cli
