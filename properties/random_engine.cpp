#include "properties/random_engine.h"

#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <sstream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic ignored "-Wextra"
#endif
#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "properties/case_generate.h"
#include "properties/case_text.h"
#include "properties/random_bits.h"
#include "properties/verdict.h"

namespace weir::properties {

// Found by RapidCheck when it prints a counterexample.
void showValue(const Case& value, std::ostream& output) { output << '\n' << print(value); }

namespace {

/// The variants of visit_simpler as a sequence. They are listed once, at the first one asked for,
/// and each is itself a Shrinkable over its own variants.
rc::Seq<rc::Shrinkable<Case>> simpler_cases(const Case& value);

rc::Shrinkable<Case> shrinkable_case(Case value) {
  const auto shared = std::make_shared<const Case>(std::move(value));
  return rc::shrinkable::lambda([shared] { return *shared; },
                                [shared] { return simpler_cases(*shared); });
}

class SimplerCases {
 public:
  explicit SimplerCases(Case value) : value_(std::move(value)) {}

  rc::Maybe<rc::Shrinkable<Case>> operator()() {
    if (!listed_) {
      listed_ = true;
      // A payload of many bytes has as many variants: those beyond the first ones are found again
      // from a smaller case.
      constexpr std::size_t kVariantsMax = 4000;
      visit_simpler(value_, [this](const Case& variant) {
        variants_.push_back(variant);
        return variants_.size() == kVariantsMax;
      });
    }
    if (next_ == variants_.size()) return rc::Nothing;
    return shrinkable_case(std::move(variants_[next_++]));
  }

 private:
  Case value_;
  std::vector<Case> variants_;
  std::size_t next_ = 0;
  bool listed_ = false;
};

rc::Seq<rc::Shrinkable<Case>> simpler_cases(const Case& value) {
  return rc::makeSeq<SimplerCases>(value);
}

/// A RapidCheck generator of cases within `uses`: the whole case is drawn at once from one
/// number, since drawing element by element is a hundred times slower; its shrinks come from the
/// same description.
rc::Gen<Case> case_gen(std::string_view subject, std::string_view clause, Scope uses,
                       std::span<const GenerateOptions::PayloadFile> payload_files) {
  return [=](const rc::Random& random, int size) {
    rc::Random stream(random);
    RandomBits bits(stream.next());
    GenerateOptions options;
    options.size = size < 0 ? 0 : size > 100 ? 100 : size;
    options.payload_files = payload_files;
    Case value;
    value.subject = subject;
    value.clause = clause;
    generate(bits, uses, options, value);
    return shrinkable_case(std::move(value));
  };
}

}  // namespace

void make_random_case(const Clause& clause, const Subject& subject, const Draw& draw,
                      Case& result) {
  const rc::Gen<Case> gen = case_gen(subject.name, clause.id, clause.uses, draw.payload_files);
  const rc::Random random(case_seed(clause, subject, draw.seed, draw.index));
  result = gen(random, case_size(draw.index)).value();
}

// Fault clauses discard cases in which no fault fires, which is most of the small ones.
constexpr int kDiscardsPerHeld = 30;

PropertyOutcome check_property(const Clause& clause, const Subject& subject, int cases,
                               std::uint64_t seed) {
  PropertyOutcome outcome;
  const PayloadFiles no_files;
  Workspace workspace;
  workspace.files = &no_files;
  const rc::Gen<Case> gen = case_gen(subject.name, clause.id, clause.uses, {});
  // RapidCheck runs its smallest counterexample last; the verdict is kept beside it for the
  // message.
  Verdict last;
  const auto property = [&] {
    const Case value = *gen;
    Verdict verdict = run_check(clause, subject, value, workspace);
    switch (verdict.outcome) {
      case Outcome::kHeld:
        ++outcome.held;
        return;
      case Outcome::kDiscarded:
        ++outcome.discarded;
        RC_DISCARD(std::string(verdict.kind));
      case Outcome::kViolated:
        outcome.counterexample = value;
        last = std::move(verdict);
        RC_FAIL(std::string(last.kind) + ": expected " + last.expected + ", seen " + last.seen);
    }
  };
  rc::detail::TestParams params;
  params.seed = case_seed(clause, subject, seed, 0);
  params.maxSuccess = cases;
  params.maxDiscardRatio = kDiscardsPerHeld;
  rc::detail::TestMetadata metadata;
  metadata.id = std::string(clause.id) + " on " + subject.name;
  metadata.description = metadata.id;
  // With a listener and a (here empty) list of failures of its own RapidCheck neither reads its
  // environment variable nor prints.
  rc::detail::TestListenerAdapter silent;
  const std::unordered_map<std::string, rc::detail::Reproduce> none;
  const rc::detail::TestResult result =
      rc::detail::checkTestable(property, metadata, params, silent, none);
  std::ostringstream text;
  if (result.is<rc::detail::SuccessResult>()) {
    outcome.kind = PropertyOutcome::Kind::kHeld;
    text << outcome.held << " cases held, " << outcome.discarded << " discarded";
    // A property that returns early counts as passed for RapidCheck, not for us.
    if (outcome.held < cases) {
      outcome.kind = PropertyOutcome::Kind::kError;
      text << "; " << cases << " were asked for";
    }
  } else if (result.is<rc::detail::GaveUpResult>()) {
    outcome.kind = PropertyOutcome::Kind::kGaveUp;
    text << "gave up: " << outcome.held << " cases held, " << outcome.discarded << " discarded";
  } else if (result.is<rc::detail::FailureResult>()) {
    outcome.kind = PropertyOutcome::Kind::kViolated;
    text << last.kind << "\nexpected  " << last.expected << "\nseen      " << last.seen << '\n';
  } else {
    rc::detail::printResultMessage(result, text);
  }
  outcome.description = text.str();
  return outcome;
}

}  // namespace weir::properties
