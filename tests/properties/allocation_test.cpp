// Guards the meter of allocations: what counts, what fails and when, and that nothing else notices.
#include "properties/allocation.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "properties/clause.h"
#include "properties/harness.h"
#include "properties/mutant.h"
#if WEIR_HAVE_ISAL
#include "weir/transforms/crc32c.h"
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
#include "weir/transforms/zstd_seekable.h"
#endif

namespace weir::properties {
namespace {

// Kept from the optimiser, which otherwise sees that nobody looks at what is allocated.
void* volatile kept = nullptr;
// Called through variables: compilers think that they know what these two change.
void* (*volatile allocate)(std::size_t) = std::malloc;
void (*volatile release)(void*) = std::free;

// Builds that cannot meter do not have this file.
class AllocationTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(can_meter_allocations()); }
};
using AllocationMeterTest = AllocationTest;

Case memory_case(std::initializer_list<std::pair<std::string_view, int>> ops) {
  Case value;
  for (const auto& [verb, count] : ops) {
    if (verb == "good") {
      value.add(FieldId::kMemory, verb, {count});
    } else {
      value.add(FieldId::kMemory, verb);
    }
  }
  return value;
}

TEST_F(AllocationMeterTest, CountsEveryWayOfAllocatingAndItsBytes) {
  AllocationMeter meter;
  meter.start();
  {
    const Metered subject;
    void* a = allocate(100);
    kept = a;
    EXPECT_EQ(meter.live_bytes(), 100u);
    void* b = std::calloc(10, 20);
    kept = b;
    EXPECT_EQ(meter.live_bytes(), 300u);
    void* grown = std::realloc(a, 1000);
    kept = grown;
    EXPECT_EQ(meter.live_bytes(), 1200u);
    void* aligned = nullptr;
    EXPECT_EQ(::posix_memalign(&aligned, 64, 128), 0);
    void* other = std::aligned_alloc(64, 64);
    kept = other;
    void* third = ::memalign(32, 32);
    kept = third;
    EXPECT_EQ(meter.live_bytes(), 1424u);
    auto* object = new int(1);
    kept = object;
    EXPECT_EQ(meter.live_bytes(), 1424u + sizeof(int));
    EXPECT_EQ(meter.calls(), 7u);
    release(b);
    release(grown);
    release(aligned);
    release(other);
    release(third);
    delete object;
  }
  meter.stop();
  EXPECT_EQ(meter.live_bytes(), 0u);
  EXPECT_EQ(meter.peak_bytes(), 1424u + sizeof(int));
  EXPECT_EQ(meter.failures(), 0u);
}

TEST_F(AllocationMeterTest, CountsOnlyWhatIsMetered) {
  void* before = allocate(50);
  kept = before;
  AllocationMeter meter;
  meter.start();
  void* paused = allocate(60);
  kept = paused;
  void* counted = nullptr;
  {
    const Metered subject;
    release(before);
    counted = allocate(70);
    kept = counted;
    {
      const Unmetered test;
      release(paused);
      kept = allocate(80);
      release(kept);
      const Metered again;
      kept = allocate(1);
      release(kept);
    }
    // What starting a thread allocates counts here; what the thread allocates does not.
    std::thread([] {
      kept = allocate(std::size_t{1} << 20);
      release(kept);
    }).join();
  }
  EXPECT_GE(meter.live_bytes(), 70u);
  const std::uint64_t live = meter.live_bytes();
  // Freed by somebody else, a block is free all the same.
  release(counted);
  EXPECT_EQ(meter.live_bytes(), live - 70);
  meter.stop();
  kept = allocate(std::size_t{1} << 20);
  release(kept);
  EXPECT_LT(meter.peak_bytes(), std::uint64_t{1} << 20);
}

TEST_F(AllocationMeterTest, BlocksMayBeFreedByOtherThreads) {
  std::vector<void*> blocks(200);
  std::vector<void*> foreign(200);
  AllocationMeter meter;
  meter.start();
  std::uint64_t live = 0;
  for (int round = 0; round < 20; ++round) {
    {
      const Metered subject;
      for (void*& block : blocks) block = allocate(100);
    }
    EXPECT_EQ(meter.live_bytes(), live + 100 * blocks.size());
    // What another thread allocates counts neither there nor when it is freed here.
    std::thread([&] {
      for (void* block : blocks) release(block);
      for (void*& block : foreign) block = allocate(100);
    }).join();
    EXPECT_EQ(meter.live_bytes(), live);
    const Metered subject;
    for (void* block : foreign) release(block);
    EXPECT_EQ(meter.live_bytes(), live);
  }
  meter.stop();
  EXPECT_LT(meter.peak_bytes(), 2 * 100 * blocks.size());
}

TEST_F(AllocationMeterTest, ABlockThatAnotherThreadReallocatesStaysCounted) {
  AllocationMeter meter;
  meter.start();
  void* block = nullptr;
  {
    const Metered subject;
    block = allocate(100);
  }
  std::thread([&] {
    kept = std::realloc(block, 100000);
    block = kept;
    void* volatile failed = std::realloc(block, ~std::size_t{0} / 2);
    EXPECT_EQ(failed, nullptr);
  }).join();
  EXPECT_EQ(meter.live_bytes(), 100000u);
  std::thread([&] {
    AllocationMeter other;
    other.start();
    {
      const Metered subject;
      release(block);
    }
    EXPECT_EQ(other.live_bytes(), 0u);
    other.stop();
  }).join();
  EXPECT_EQ(meter.live_bytes(), 0u);
}

TEST_F(AllocationMeterTest, EachThreadHasAMeterOfItsOwn) {
  const auto work = [] {
    AllocationMeter meter;
    meter.start();
    {
      const Metered subject;
      for (std::size_t i = 1; i <= 2000; ++i) {
        void* const block = allocate(i);
        release(block);
      }
    }
    meter.stop();
    EXPECT_EQ(meter.live_bytes(), 0u);
    EXPECT_EQ(meter.peak_bytes(), 2000u);
    EXPECT_EQ(meter.calls(), 2000u);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

TEST_F(AllocationMeterTest, FollowsManyBlocks) {
  std::vector<void*> blocks(5000);
  AllocationMeter meter;
  meter.start();
  const Metered subject;
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = allocate(i + 1);
  EXPECT_EQ(meter.live_bytes(), 5000u * 5001u / 2);
  for (std::size_t i = 0; i < blocks.size(); i += 2) release(blocks[i]);
  for (std::size_t i = 1; i < blocks.size(); i += 2) release(blocks[i]);
  EXPECT_EQ(meter.live_bytes(), 0u);
  EXPECT_EQ(meter.calls(), 5000u);
}

TEST_F(AllocationMeterTest, FailsTheChosenOnes) {
  const Case value = memory_case({{"good", 2}, {"fail-once", 0}, {"good", 1}, {"fail", 0}});
  AllocationMeter meter(value);
  meter.start();
  std::string seen;
  {
    const Metered subject;
    char answers[8] = {};
    for (int i = 0; i < 7; ++i) {
      errno = 0;
      void* block = allocate(8);
      kept = block;
      answers[i] = block != nullptr ? '+' : errno == ENOMEM ? '-' : '?';
      release(block);
    }
    const Unmetered test;
    seen = answers;
  }
  meter.stop();
  EXPECT_EQ(seen, "++-+---");
  EXPECT_EQ(meter.calls(), 7u);
  EXPECT_EQ(meter.failures(), 4u);
  EXPECT_EQ(meter.live_bytes(), 0u);
}

TEST_F(AllocationMeterTest, FollowsAScriptAgainFromItsBeginning) {
  const Case value = memory_case({{"good", 1}, {"fail", 0}});
  AllocationMeter meter;
  meter.start();
  std::vector<void*> blocks;
  for (int again = 0; again < 2; ++again) {
    meter.follow(&value);
    const Metered subject;
    void* const block = allocate(8);
    EXPECT_NE(block, nullptr);
    {
      const Unmetered test;
      blocks.push_back(block);
    }
    kept = allocate(8);
    EXPECT_EQ(kept, nullptr);
    EXPECT_EQ(meter.calls(), 2u);
    EXPECT_EQ(meter.failures(), 1u);
    EXPECT_EQ(meter.live_blocks(), blocks.size());
  }
  meter.follow(nullptr);
  const Metered subject;
  kept = allocate(8);
  EXPECT_NE(kept, nullptr);
  EXPECT_EQ(meter.failures(), 0u);
  release(kept);
  for (void* block : blocks) release(block);
  EXPECT_EQ(meter.live_blocks(), 0u);
}

TEST_F(AllocationMeterTest, AFailedReallocLeavesTheBlock) {
  const Case value = memory_case({{"good", 1}, {"fail-once", 0}});
  AllocationMeter meter(value);
  meter.start();
  const Metered subject;
  auto* const block = static_cast<char*>(allocate(10));
  block[9] = 'x';
  kept = block;
  EXPECT_EQ(std::realloc(kept, 20), nullptr);
  EXPECT_EQ(block[9], 'x');
  EXPECT_EQ(meter.live_bytes(), 10u);
  release(block);
  EXPECT_EQ(meter.live_bytes(), 0u);
}

TEST_F(AllocationMeterTest, OperatorNewThrows) {
  const Case value = memory_case({{"fail-once", 0}});
  AllocationMeter meter(value);
  meter.start();
  const Metered subject;
  EXPECT_THROW(kept = ::operator new(8), std::bad_alloc);
}

TEST_F(AllocationMeterTest, RefusesWhatIsBeyondTheLimitAndRemembersIt) {
  AllocationMeter meter;
  meter.set_limit(1000);
  meter.start();
  const Metered subject;
  kept = allocate(std::size_t{1} << 40);
  EXPECT_EQ(kept, nullptr);
  EXPECT_EQ(meter.peak_bytes(), std::uint64_t{1} << 40);
  volatile std::size_t overflowing = ~std::size_t{0};
  kept = std::calloc(overflowing, 16);
  EXPECT_EQ(kept, nullptr);
  kept = allocate(1000);
  EXPECT_NE(kept, nullptr);
  release(kept);
  EXPECT_EQ(meter.failures(), 2u);
}

// What the shipped transforms claim to write with is near what they need.
TEST_F(AllocationTest, TheWriteBoundsOfTheBuiltinTransformsAreTight) {
  int tried = 0;
  for (const Subject& subject : builtin_subjects()) {
    if (subject.bounds.write_heap_bytes.value_or(0) <= 1024) continue;
    Case value;
    value.add(FieldId::kPayload, "random", {1 << 20, 1});
    Workspace workspace;
    const Clause& clause = *find_clause("heap-bound");
    EXPECT_EQ(run_check(clause, subject, value, workspace).outcome, Outcome::kHeld) << subject.name;
    Subject strict = subject;
    *strict.bounds.write_heap_bytes /= 2;
    EXPECT_EQ(run_check(clause, strict, value, workspace).outcome, Outcome::kViolated)
        << subject.name;
    ++tried;
  }
  EXPECT_GT(tried, 0);
}

// Either bound may be claimed without the other.
TEST_F(AllocationTest, EachHeapBoundStandsForItself) {
  const Clause& clause = *find_clause("heap-bound");
  Subject subject = builtin_subjects()[0];
  Case value;
  value.add(FieldId::kPayload, "text", {100});
  Workspace workspace;
  for (const bool writing : {true, false}) {
    subject.bounds = {};
    EXPECT_NE(skip_reason(clause, subject), "");
    auto& bound = writing ? subject.bounds.write_heap_bytes : subject.bounds.read_heap_bytes;
    bound = 1000;
    EXPECT_EQ(skip_reason(clause, subject), "");
    EXPECT_EQ(run_check(clause, subject, value, workspace).outcome, Outcome::kHeld);
    bound = 1;
    const Verdict verdict = run_check(clause, subject, value, workspace);
    EXPECT_EQ(verdict.outcome, Outcome::kViolated);
    EXPECT_NE(verdict.expected.find(writing ? "writing" : "reading"), std::string::npos);
  }
}

// Every allocation of both ends of each shipped transform fails in turn, once and for ever.
TEST_F(AllocationTest, EveryAllocationOfTheBuiltinTransformsMayFail) {
  const Clause* clause = find_clause("allocation-fault");
  ASSERT_NE(clause, nullptr);
  for (const Subject& subject : builtin_subjects()) {
    for (const bool once : {false, true}) {
      int held = 0;
      for (int n = 0; n < 1000; ++n) {
        Case value;
        value.subject = subject.name;
        value.clause = clause->id;
        value.add(FieldId::kPayload, "text", {300000});
        value.add(FieldId::kWrites, "", {1000});
        value.add(FieldId::kWrites, "flush");
        if (n > 0) value.add(FieldId::kMemory, "good", {n});
        value.add(FieldId::kMemory, once ? "fail-once" : "fail");
        Workspace workspace;
        const Verdict verdict = run_check(*clause, subject, value, workspace);
        ASSERT_NE(verdict.outcome, Outcome::kViolated)
            << subject.name << " at allocation " << n << ": " << verdict.kind << ", expected "
            << verdict.expected << ", seen " << verdict.seen;
        if (verdict.outcome == Outcome::kDiscarded) {
          EXPECT_EQ(verdict.kind, "no allocation failed");
          break;
        }
        ++held;
      }
      EXPECT_GE(held, 1) << subject.name;
      EXPECT_LT(held, 1000) << subject.name;
    }
  }
}

// Takes everything, lends nothing, keeps nothing.
class Swallow final : public Sink {
 public:
  Result<std::size_t> write(std::span<const std::byte> input) override { return input.size(); }
  Result<void> flush() override { return {}; }
  Result<std::uint64_t> tell() const override { return 0; }
  Result<void> close() override { return {}; }
};

// What a write takes while its n-th allocation and all behind it fail. It ends with the first n for
// which none fails.
std::vector<std::size_t> taken_starved(const StreamTransform& transform, std::size_t size) {
  const std::vector<std::byte> payload(size, std::byte{'a'});
  std::vector<std::size_t> taken;
  for (int n = 0;; ++n) {
    auto sink = *transform.transform_to(std::make_unique<Swallow>());
    Case value;
    if (n > 0) value.add(FieldId::kMemory, "good", {n});
    value.add(FieldId::kMemory, "fail");
    AllocationMeter meter(value);
    meter.start();
    Result<std::size_t> written = 0;
    Result<std::size_t> behind = 0;
    {
      const Metered subject;
      written = sink->write(payload);
      if (meter.failures() > 0) behind = sink->write(payload);
    }
    meter.stop();
    if (meter.failures() == 0) return taken;
    EXPECT_TRUE(failed_with(behind, Code::kOutOfMemory)) << n;
    EXPECT_EQ(sink->tell().value_or(99), written.value_or(0)) << n;
    taken.push_back(written.value_or(0));
  }
}

// An allocation that fails in the middle of a step loses nothing of what the step did before.
TEST_F(AllocationTest, WhatCameBeforeAFailedAllocationWasTaken) {
#if WEIR_HAVE_ISAL
  // The sink's buffer; where that is smaller than a block, one to gather in, behind the header.
  EXPECT_EQ(taken_starved(Crc32c({.block_bytes = 64}), 100), (std::vector<std::size_t>{0}));
  EXPECT_EQ(taken_starved(Crc32c({.block_bytes = 64, .buffer_bytes = 64}), 100),
            (std::vector<std::size_t>{0, 0}));
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
  // The last one is for the entries of the table, behind the first frame.
  const auto taken = taken_starved(ZstdSeekable({.frame_bytes = 64}), 100);
  ASSERT_GT(taken.size(), 2u);
  EXPECT_EQ(taken.back(), 64u);
  EXPECT_EQ(std::count(taken.begin(), taken.end(), 0u), static_cast<int>(taken.size()) - 1);
#endif
}

TEST_F(AllocationTest, TheSameCaseCountsTheSameFirstAndLast) {
  const Clause* clause = find_clause("heap-bound");
  ASSERT_NE(clause, nullptr);
  for (const Subject& subject : builtin_subjects()) {
    Case value;
    value.add(FieldId::kPayload, "text", {5000});
    std::vector<std::uint64_t> counts;
    for (int i = 0; i < 3; ++i) {
      Workspace workspace;
      EXPECT_EQ(run_check(*clause, subject, value, workspace).outcome, Outcome::kHeld);
      counts.push_back(workspace.counters[Counter::kAllocations]);
      Verdict verdict;
      EXPECT_TRUE(plain_round_trip_holds(subject, {}, workspace));
    }
    EXPECT_EQ(counts[0], counts[1]) << subject.name;
    EXPECT_EQ(counts[0], counts[2]) << subject.name;
  }
}

}  // namespace
}  // namespace weir::properties
