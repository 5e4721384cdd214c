// Guards the scoped log level: defaults, every way out, overlapping scopes, several threads, and
// loggers that come and go.
#include "weir/checkpoint_testing/scoped_logging.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <barrier>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "captured_log.h"

namespace weir {
namespace {

using spdlog::level::level_enum;

constexpr const char* kName = "weir.test";

class ScopedLogLevelTest : public testing::Test {
 protected:
  void SetUp() override { log_.logger().set_level(level_enum::err); }
  level_enum level() { return log_.logger().level(); }

  test::CapturedLog log_{kName};
};

TEST_F(ScopedLogLevelTest, HoldsForTheScope) {
  {
    const ScopedLogLevel scope(kName, LogLevel::kDebug);
    EXPECT_EQ(level(), level_enum::debug);
    log_.logger().debug("inside");
  }
  EXPECT_EQ(level(), level_enum::err);
  log_.logger().debug("outside");
  EXPECT_EQ(log_.text(), "debug inside\n");
}

TEST(ScopedLogLevel, DefaultsAreThoseOfTheSeed) {
  EXPECT_EQ(kCheckpointLogger, "torch.distributed.checkpoint");
  test::CapturedLog log(kCheckpointLogger);
  log.logger().set_level(level_enum::warn);
  {
    const ScopedLogLevel scope;
    EXPECT_EQ(log.logger().level(), level_enum::info);
  }
  EXPECT_EQ(log.logger().level(), level_enum::warn);
}

TEST_F(ScopedLogLevelTest, EveryLevelIsTheLoggersOwn) {
  const std::pair<LogLevel, level_enum> levels[] = {
      {LogLevel::kTrace, level_enum::trace}, {LogLevel::kDebug, level_enum::debug},
      {LogLevel::kInfo, level_enum::info},   {LogLevel::kWarning, level_enum::warn},
      {LogLevel::kError, level_enum::err},   {LogLevel::kCritical, level_enum::critical},
      {LogLevel::kOff, level_enum::off},
  };
  for (const auto& [ours, theirs] : levels) {
    const ScopedLogLevel scope(kName, ours);
    EXPECT_EQ(level(), theirs);
  }
}

TEST_F(ScopedLogLevelTest, NestedOnesGiveBackInTurn) {
  {
    const ScopedLogLevel outer(kName, LogLevel::kInfo);
    {
      const ScopedLogLevel inner(kName, LogLevel::kTrace);
      EXPECT_EQ(level(), level_enum::trace);
    }
    EXPECT_EQ(level(), level_enum::info);
  }
  EXPECT_EQ(level(), level_enum::err);
}

// All orders in which four scopes can end: the newest live one decides, and the base returns last.
TEST_F(ScopedLogLevelTest, NewestLiveOneWinsInWhateverOrderTheyEnd) {
  const std::pair<LogLevel, level_enum> levels[] = {
      {LogLevel::kTrace, level_enum::trace},
      {LogLevel::kDebug, level_enum::debug},
      {LogLevel::kInfo, level_enum::info},
      {LogLevel::kWarning, level_enum::warn},
  };
  std::vector<std::size_t> order{0, 1, 2, 3};
  std::size_t orders = 0;
  do {
    std::optional<ScopedLogLevel> scopes[4];
    for (std::size_t i = 0; i < 4; ++i) scopes[i].emplace(kName, levels[i].first);
    for (const std::size_t ended : order) {
      scopes[ended].reset();
      level_enum expected = level_enum::err;
      for (std::size_t i = 0; i < 4; ++i) {
        if (scopes[i].has_value()) expected = levels[i].second;
      }
      ASSERT_EQ(level(), expected) << "order " << orders << ", scope " << ended;
    }
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(orders, 24u);
}

TEST_F(ScopedLogLevelTest, ThreadsOverlap) {
  std::barrier step(2);
  std::thread other([&] {
    step.arrive_and_wait();
    {
      const ScopedLogLevel newer(kName, LogLevel::kTrace);
      step.arrive_and_wait();
      step.arrive_and_wait();
      EXPECT_EQ(level(), level_enum::trace) << "the older scope has ended, the newer decides";
    }
    EXPECT_EQ(level(), level_enum::err) << "the last to end gives back the base level";
  });
  {
    const ScopedLogLevel older(kName, LogLevel::kInfo);
    step.arrive_and_wait();
    step.arrive_and_wait();
    EXPECT_EQ(level(), level_enum::trace);
  }
  step.arrive_and_wait();
  other.join();
  EXPECT_EQ(level(), level_enum::err);
}

TEST_F(ScopedLogLevelTest, ManyThreadsLeaveTheBaseLevel) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 500; ++round) {
        const ScopedLogLevel outer(kName, LogLevel::kInfo);
        const ScopedLogLevel inner(kName, LogLevel::kTrace);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(level(), level_enum::err);
}

TEST_F(ScopedLogLevelTest, LoggersAreIndependent) {
  test::CapturedLog other("weir.test.other");
  other.logger().set_level(level_enum::critical);
  std::optional<ScopedLogLevel> first(std::in_place, kName, LogLevel::kInfo);
  const ScopedLogLevel second("weir.test.other", LogLevel::kTrace);
  EXPECT_EQ(level(), level_enum::info);
  first.reset();
  EXPECT_EQ(level(), level_enum::err);
  EXPECT_EQ(other.logger().level(), level_enum::trace);
}

TEST_F(ScopedLogLevelTest, LevelSetByHandHoldsUntilTheNewestScopeEnds) {
  {
    const ScopedLogLevel outer(kName, LogLevel::kInfo);
    log_.logger().set_level(level_enum::warn);
    {
      const ScopedLogLevel inner(kName, LogLevel::kTrace);
      log_.logger().set_level(level_enum::off);
    }
    EXPECT_EQ(level(), level_enum::warn) << "what the inner scope found";
  }
  EXPECT_EQ(level(), level_enum::err);
}

TEST(ScopedLogLevel, MissingLoggerIsMadeLikeTheDefaultOne) {
  spdlog::drop("weir.test.missing");
  const auto model = spdlog::default_logger();
  ASSERT_NE(model, nullptr);
  const level_enum before = model->level();
  model->set_level(level_enum::critical);
  {
    const ScopedLogLevel scope("weir.test.missing", LogLevel::kDebug);
    ASSERT_NE(spdlog::get("weir.test.missing"), nullptr);
    EXPECT_EQ(spdlog::get("weir.test.missing")->level(), level_enum::debug);
    EXPECT_EQ(model->level(), level_enum::critical);
  }
  ASSERT_NE(spdlog::get("weir.test.missing"), nullptr);
  EXPECT_EQ(spdlog::get("weir.test.missing")->level(), level_enum::critical);
  EXPECT_EQ(spdlog::get("weir.test.missing")->sinks(), model->sinks());
  spdlog::drop("weir.test.missing");
  model->set_level(before);
}

TEST(ScopedLogLevel, MissingLoggerIsMadeWithoutADefaultOne) {
  spdlog::drop("weir.test.missing");
  const auto model = spdlog::default_logger();
  spdlog::set_default_logger(nullptr);
  {
    const ScopedLogLevel scope("weir.test.missing", LogLevel::kDebug);
    ASSERT_NE(spdlog::get("weir.test.missing"), nullptr);
    EXPECT_EQ(spdlog::get("weir.test.missing")->level(), level_enum::debug);
    EXPECT_EQ(spdlog::get("weir.test.missing")->sinks().size(), 1u);
  }
  spdlog::drop("weir.test.missing");
  spdlog::set_default_logger(model);
}

TEST_F(ScopedLogLevelTest, EmptyNameIsTheDefaultLogger) {
  const auto before = spdlog::default_logger()->level();
  {
    const ScopedLogLevel scope("", LogLevel::kTrace);
    EXPECT_EQ(spdlog::default_logger()->level(), level_enum::trace);
  }
  EXPECT_EQ(spdlog::default_logger()->level(), before);
}

TEST(ScopedLogLevel, ThreadsMakeTheSameMissingLoggerOnce) {
  for (int round = 0; round < 100; ++round) {
    spdlog::drop("weir.test.missing");
    std::barrier start(4);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        const ScopedLogLevel scope("weir.test.missing", LogLevel::kTrace);
        EXPECT_EQ(spdlog::get("weir.test.missing")->level(), level_enum::trace);
        start.arrive_and_wait();
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(spdlog::get("weir.test.missing")->level(), spdlog::default_logger()->level());
  }
  spdlog::drop("weir.test.missing");
}

TEST(ScopedLogLevel, LoggerThatIsDroppedMeanwhileGetsItsLevelBack) {
  test::CapturedLog first(kName);
  const auto kept = spdlog::get(kName);
  kept->set_level(level_enum::err);
  {
    const ScopedLogLevel scope(kName, LogLevel::kDebug);
    test::CapturedLog second(kName);
    second.logger().set_level(level_enum::off);
    {
      const ScopedLogLevel newer(kName, LogLevel::kTrace);
      EXPECT_EQ(second.logger().level(), level_enum::trace);
      EXPECT_EQ(kept->level(), level_enum::debug);
    }
    EXPECT_EQ(second.logger().level(), level_enum::off);
  }
  EXPECT_EQ(kept->level(), level_enum::err);
}

TEST(ScopedLogLevelDeathTest, LevelThatDoesNotExistIsTheCallersBug) {
  EXPECT_DEATH(ScopedLogLevel(kName, static_cast<LogLevel>(99)), "check failed.*a log level");
}

class WithCheckpointLogging : public ScopedLogLevelTest {};

TEST_F(WithCheckpointLogging, GivesWhatTheBodyGives) {
  int number = 7;
  int& same = with_checkpoint_logging(
      [&]() -> int& {
        EXPECT_EQ(level(), level_enum::debug);
        return number;
      },
      kName, LogLevel::kDebug);
  EXPECT_EQ(&same, &number);
  EXPECT_EQ(level(), level_enum::err);
  with_checkpoint_logging([&] { EXPECT_EQ(level(), level_enum::info); }, kName);
  EXPECT_EQ(level(), level_enum::err);
}

TEST_F(WithCheckpointLogging, GivesTheLevelBackWhenTheBodyThrows) {
  EXPECT_THROW(with_checkpoint_logging([] { throw std::runtime_error("body"); }, kName),
               std::runtime_error);
  EXPECT_EQ(level(), level_enum::err);
}

TEST_F(WithCheckpointLogging, BodyMayMoveWhatItGives) {
  const std::unique_ptr<int> given =
      with_checkpoint_logging([] { return std::make_unique<int>(3); }, kName);
  EXPECT_EQ(*given, 3);
}

TEST(WithCheckpointLoggingDefaults, AreThoseOfTheSeed) {
  test::CapturedLog log(kCheckpointLogger);
  log.logger().set_level(level_enum::off);
  with_checkpoint_logging([&] {
    log.logger().info("said");
    log.logger().debug("not said");
  });
  EXPECT_EQ(log.text(), "info said\n");
  EXPECT_EQ(log.logger().level(), level_enum::off);
}

struct Refuses : spdlog::sinks::base_sink<std::mutex> {
  void sink_it_(const spdlog::details::log_msg&) override { throw 1; }
  void flush_() override {}
};

// Destructors log: whatever a sink does must not end the program.
TEST(CheckpointWarning, SurvivesASinkThatThrows) {
  test::CapturedLog log(kCheckpointLogger);
  log.logger().sinks() = {std::make_shared<Refuses>()};
  internal::warn("removing", "/nowhere", Error(Code::kIo, "x"));
}

TEST(CheckpointWarning, SaysWhatAndWhy) {
  test::CapturedLog log(kCheckpointLogger);
  internal::warn("removing", "/nowhere", Error(Code::kIo, "x"));
  EXPECT_EQ(log.text(), "warning removing /nowhere: io: x\n");
}

}  // namespace
}  // namespace weir
