#include "properties/share.h"

#include <string.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "properties/case_generate.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

// Whether an engine has a case for the pair.
bool has_work(const Plan& plan, CaseFactory& factory, const Clause& clause,
              const Subject& subject) {
  if (!skip_reason(clause, subject).empty()) return false;
  return std::any_of(plan.engines.begin(), plan.engines.end(),
                     [&](EngineId engine) { return factory.size(engine, clause, subject) > 0; });
}

/// Deals units out, one at a time.
class Dealer {
 public:
  Dealer(std::size_t shards, std::size_t clauses, std::size_t subjects)
      : clauses_(clauses),
        subjects_(subjects),
        all_(shards),
        of_pair_(shards * clauses * subjects),
        of_clause_(shards * clauses),
        of_subject_(shards * subjects) {}

  /// Who gets the next unit: one of those that have fewest, of these one that has fewest of its
  /// pair, then of its clause, then of its subject.
  std::size_t deal(std::size_t clause, std::size_t subject) {
    std::size_t best = 0;
    const auto load = [&](std::size_t shard) {
      return std::tuple(all_[shard], of_pair_[(shard * clauses_ + clause) * subjects_ + subject],
                        of_clause_[shard * clauses_ + clause],
                        of_subject_[shard * subjects_ + subject]);
    };
    for (std::size_t shard = 1; shard < all_.size(); ++shard) {
      if (load(shard) < load(best)) best = shard;
    }
    ++all_[best];
    ++of_pair_[(best * clauses_ + clause) * subjects_ + subject];
    ++of_clause_[best * clauses_ + clause];
    ++of_subject_[best * subjects_ + subject];
    return best;
  }

 private:
  std::size_t clauses_;
  std::size_t subjects_;
  std::vector<std::uint64_t> all_;
  std::vector<std::uint64_t> of_pair_;
  std::vector<std::uint64_t> of_clause_;
  std::vector<std::uint64_t> of_subject_;
};

void add_tallies(const std::vector<Tally>& more, std::vector<Tally>& tallies) {
  for (const Tally& tally : more) {
    const auto known = std::find_if(tallies.begin(), tallies.end(),
                                    [&](const Tally& t) { return t.reason == tally.reason; });
    if (known == tallies.end()) {
      tallies.push_back(tally);
    } else {
      known->count += tally.count;
    }
  }
  std::sort(tallies.begin(), tallies.end(),
            [](const Tally& a, const Tally& b) { return a.reason < b.reason; });
}

// Findings are left aside.
void add_pair(const PairReport& more, PairReport& pair) {
  if (more.elsewhere) return;
  if (pair.elsewhere) {
    pair = more;
    return;
  }
  if (pair.skipped() == more.skipped()) {
    // What stayed at zero in both.
    std::erase_if(pair.vacuous, [&](Counter counter) {
      return std::find(more.vacuous.begin(), more.vacuous.end(), counter) == more.vacuous.end();
    });
    pair.nothing_checked = pair.nothing_checked && more.nothing_checked;
  } else if (pair.skipped()) {
    // That there is nothing to check in the subject was true of some of the cases only.
    pair.skip_reason.clear();
    pair.vacuous = more.vacuous;
    pair.nothing_checked = more.nothing_checked;
  }
  if (pair.not_run_reason.empty()) pair.not_run_reason = more.not_run_reason;
  for (std::size_t e = 0; e < kEngineCount; ++e) {
    const EngineRun& from = more.engines[e];
    EngineRun& to = pair.engines[e];
    to.cases += from.cases;
    to.of += from.of;
    to.planned = to.planned || from.planned;
  }
  if (pair.exhaustive_bound.empty()) pair.exhaustive_bound = more.exhaustive_bound;
  pair.sweep_complete = pair.sweep_complete || more.sweep_complete;
  pair.cases += more.cases;
  pair.discarded += more.discarded;
  add_tallies(more.tallies, pair.tallies);
  pair.counters += more.counters;
  pair.stats += more.stats;
  pair.seconds += more.seconds;
}

bool is_of(const Finding& finding, const PairReport& pair) {
  return finding.subject == pair.subject->name && finding.signature.clause == pair.clause->id;
}

// Of two with the same signature.
bool preferred(const Finding& a, const Finding& b) {
  if (a.value != b.value) return simpler_than(a.value, b.value);
  // Any order will do that is the same whoever comes first; this one puts seed 9 before seed 10.
  return ::strverscmp(a.origin.c_str(), b.origin.c_str()) < 0;
}

void add_finding(Finding more, std::vector<Finding>& findings) {
  const auto known = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.signature == more.signature;
  });
  if (known == findings.end()) {
    findings.push_back(std::move(more));
  } else if (preferred(more, *known)) {
    *known = std::move(more);
  }
}

void add_findings(std::vector<Finding> more, Report& report) {
  more.insert(more.begin(), std::make_move_iterator(report.findings.begin()),
              std::make_move_iterator(report.findings.end()));
  report.findings.clear();
  for (PairReport& pair : report.pairs) {
    std::vector<Finding> of_pair;
    std::vector<Finding> of_others;
    for (Finding& finding : more) {
      if (is_of(finding, pair)) {
        add_finding(std::move(finding), of_pair);
      } else {
        of_others.push_back(std::move(finding));
      }
    }
    more = std::move(of_others);
    pair.finding.reset();
    if (of_pair.empty()) continue;
    std::sort(of_pair.begin(), of_pair.end(), [](const Finding& a, const Finding& b) {
      return a.signature.kind < b.signature.kind;
    });
    pair.finding = report.findings.size();
    pair.vacuous.clear();
    pair.nothing_checked = false;
    report.findings.insert(report.findings.end(), std::make_move_iterator(of_pair.begin()),
                           std::make_move_iterator(of_pair.end()));
  }
  WEIR_CHECK(more.empty(), "every finding is of a pair of the plan");
}

// Who breaks the contract has other worries than what it might claim.
void drop_hints(Report& report) {
  std::erase_if(report.hints, [&](const Hint& hint) {
    return std::any_of(report.pairs.begin(), report.pairs.end(), [&](const PairReport& pair) {
      return pair.subject == hint.subject && (pair.finding || pair.not_run());
    });
  });
}

}  // namespace

Share share_of(const Plan& plan, std::uint64_t seeds, const Shard& shard) {
  WEIR_CHECK(shard.index >= 1 && shard.index <= shard.of, "shards are counted from 1");
  CaseFactory factory({plan.corpus, plan.exhaustive_cases_max, plan.random, plan.files});
  std::vector<bool> work;
  for (const Clause* clause : plan.clauses) {
    for (const Subject* subject : plan.subjects) {
      work.push_back(has_work(plan, factory, *clause, *subject));
    }
  }
  Dealer dealer(shard.of, plan.clauses.size(), plan.subjects.size());
  Share share;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Share::Part& part = share.parts.emplace_back();
    for (std::size_t i = 0; i < work.size(); ++i) {
      const std::size_t owner =
          work[i] ? dealer.deal(i / plan.subjects.size(), i % plan.subjects.size()) : 0;
      part.pairs.push_back(owner + 1 == shard.index);
      if (!work[i]) continue;
      part.units += part.pairs.back() ? 1 : 0;
      ++share.units_in_all;
    }
    share.units += part.units;
  }
  return share;
}

Report run_share(const Plan& plan, const Share& share, Observer& observer,
                 const std::atomic<bool>& stop) {
  Report report;
  for (std::size_t seed = 0; seed < share.parts.size(); ++seed) {
    Plan part = plan;
    part.share = share.parts[seed].pairs;
    part.seed = plan.seed + seed;
    if (seed > 0) {
      part.engines = {EngineId::kRandom};
      part.hints = false;
    }
    // Without units it is over at once, whatever the budget.
    if (share.parts[seed].units > 0) {
      part.budget_seconds *=
          static_cast<double>(share.parts[seed].units) / static_cast<double>(share.units);
    }
    add_report(run(part, observer, stop), report);
  }
  report.seeds = share.parts.size();
  return report;
}

void add_report(Report more, Report& report) {
  if (report.pairs.empty()) {
    report = std::move(more);
    return;
  }
  WEIR_CHECK(report.pairs.size() == more.pairs.size(), "both are of the same plan");
  for (std::size_t i = 0; i < report.pairs.size(); ++i) add_pair(more.pairs[i], report.pairs[i]);
  add_findings(std::move(more.findings), report);
  for (std::string& error : more.errors) {
    if (std::find(report.errors.begin(), report.errors.end(), error) == report.errors.end()) {
      report.errors.push_back(std::move(error));
    }
  }
  report.hints.insert(report.hints.end(), more.hints.begin(), more.hints.end());
  drop_hints(report);
  const auto place = [&](const Subject* subject) {
    const auto at = std::find_if(report.pairs.begin(), report.pairs.end(),
                                 [&](const PairReport& pair) { return pair.subject == subject; });
    return at - report.pairs.begin();
  };
  std::sort(report.hints.begin(), report.hints.end(), [&](const Hint& a, const Hint& b) {
    return std::tuple(place(a.subject), a.trait) < std::tuple(place(b.subject), b.trait);
  });
  report.seed = std::min(report.seed, more.seed);
  report.payload_files = std::max(report.payload_files, more.payload_files);
  report.cases += more.cases;
  report.seconds += more.seconds;
  report.interrupted = report.interrupted || more.interrupted;
}

}  // namespace weir::properties
