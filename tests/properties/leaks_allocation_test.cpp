// Guards the clause no-leaks: what is a leak, what is none, and that it leaves no descriptor behind
// itself.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "properties/clause.h"
#include "properties/mutants/buffering.h"

namespace weir::properties {
namespace {

using Hook = std::function<void()>;

// Passes bytes through; `opening` is called for every stream.
class Hooked final : public StreamTransform {
 public:
  explicit Hooked(Hook opening) : opening_(std::move(opening)) {}
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    opening_();
    return bare_.transform_to(std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    opening_();
    return bare_.transform_from(std::move(input));
  }
  Descriptor descriptor() const override { return bare_.descriptor(); }

 private:
  Hook opening_;
  mutant::BareTransform<mutant::BareSink, mutant::BareSource> bare_;
};

// Both are called where memory counts: for every instance, and for every stream.
Subject hooked(Hook making, Hook opening) {
  return subject_from_maker("test.hooked/1", "Passes bytes through.", mutant::kBareTraits,
                            [=]() -> Result<std::unique_ptr<StreamTransform>> {
                              making();
                              return std::make_unique<Hooked>(opening);
                            });
}

void nothing() {}

Verdict verdict_of(const Subject& subject, std::string_view memory = {}) {
  Case value;
  value.add(FieldId::kPayload, "literal", {}, "abc");
  if (!memory.empty()) value.add(FieldId::kMemory, memory);
  Workspace workspace;
  return run_check(*find_clause("no-leaks"), subject, value, workspace);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

TEST(NoLeaksAllocation, AccusesNobodyWhoGivesAllBack) {
  EXPECT_EQ(verdict_of(hooked(nothing, nothing)).outcome, Outcome::kHeld);
  EXPECT_EQ(verdict_of(hooked(nothing, nothing), "fail").outcome, Outcome::kHeld);
}

TEST(NoLeaksAllocation, FindsWhatStreamsAndInstancesForget) {
  std::list<int> kept;
  const Hook leak = [&] { kept.push_back(1); };
  const Verdict streams = verdict_of(hooked(nothing, leak));
  EXPECT_EQ(streams.outcome, Outcome::kViolated);
  EXPECT_EQ(streams.kind, "memory-leaked");
  // Four streams each time.
  EXPECT_EQ(streams.seen, "96 blocks more after 24 repetitions, 2304 bytes");
  const Verdict instances = verdict_of(hooked(leak, nothing));
  EXPECT_EQ(instances.kind, "memory-leaked");
  EXPECT_EQ(instances.seen, "24 blocks more after 24 repetitions, 576 bytes");
}

// Much is a leak sooner: what is lost here is gone for the cases that follow.
TEST(NoLeaksAllocation, RepeatsItLessWhereMuchIsForgotten) {
  std::list<std::vector<char>> kept;
  const Verdict verdict = verdict_of(hooked(nothing, [&] { kept.emplace_back(1 << 18); }));
  EXPECT_EQ(verdict.kind, "memory-leaked");
  EXPECT_EQ(verdict.seen.substr(0, 34), "48 blocks more after 6 repetitions");
}

// What grows for a while and then no more is kept to be used again.
TEST(NoLeaksAllocation, AccusesNobodyOfWhatIsBounded) {
  for (const std::size_t bound : {1, 5, 64, 90}) {
    std::list<int> kept;
    const Hook keep = [&] {
      if (kept.size() < bound) kept.push_back(1);
    };
    EXPECT_EQ(verdict_of(hooked(nothing, keep)).outcome, Outcome::kHeld) << bound;
  }
  std::list<int> replaced;
  const Hook replace = [&] {
    replaced.push_back(1);
    if (replaced.size() > 3) replaced.pop_front();
  };
  EXPECT_EQ(verdict_of(hooked(nothing, replace)).outcome, Outcome::kHeld);
}

TEST(NoLeaksAllocation, FindsDescriptorsThatStayOpenAndClosesThem) {
  const std::size_t before = open_descriptors();
  // The first is closed again: the number alone would tell nothing.
  const Hook leak = [] {
    const int first = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_GE(::open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    ::close(first);
  };
  const Verdict verdict = verdict_of(hooked(nothing, leak));
  EXPECT_EQ(verdict.kind, "descriptors-leaked");
  EXPECT_EQ(verdict.seen, "96 open descriptors more after 24 repetitions");
  // What the payload's encoding and the first time left open may be meant to stay.
  EXPECT_EQ(open_descriptors(), before + 5);
  for (int again = 0; again < 20; ++again) {
    EXPECT_EQ(verdict_of(hooked(nothing, leak)).kind, "descriptors-leaked");
  }
  const Hook closes = [] { ::close(::open("/dev/null", O_RDONLY | O_CLOEXEC)); };
  EXPECT_EQ(verdict_of(hooked(nothing, closes)).outcome, Outcome::kHeld);
  for (int number = 3; number < 1024; ++number) {
    if (open_descriptors() == before) break;
    const auto link = std::filesystem::path("/proc/self/fd") / std::to_string(number);
    std::error_code error;
    if (std::filesystem::read_symlink(link, error) == "/dev/null") ::close(number);
  }
}

TEST(NoLeaksAllocation, SaysThatStreamsAllocateNothing) {
  struct Same final : StreamTransform {
    Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
      return output;
    }
    Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
      return input;
    }
    Descriptor descriptor() const override { return *Descriptor::parse("stream.identity/1"); }
  };
  const Subject subject = subject_from_maker(
      "test.same/1", "Is what is below.", mutant::kBareTraits,
      []() -> Result<std::unique_ptr<StreamTransform>> { return std::make_unique<Same>(); });
  const Verdict verdict = verdict_of(subject);
  EXPECT_EQ(verdict.outcome, Outcome::kDiscarded);
  EXPECT_EQ(verdict.kind, find_clause("no-leaks")->moot);
}

}  // namespace
}  // namespace weir::properties
