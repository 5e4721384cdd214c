// Guards the words for calls: a recipe and a trace tell every call, on either side, in the order in
// which somebody has to make them, with the bytes that belong to it.
#include <gtest/gtest.h>

#include "properties/case_text.h"
#include "properties/emit_test.h"
#include "properties/trace.h"
#include "weir/source.h"

namespace weir::properties {
namespace {

std::vector<std::byte> bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

Event event(Actor actor, Call call, std::uint64_t asked, std::uint64_t answered,
            Whence whence = Whence::kSet) {
  Event made{actor, call};
  made.asked = asked;
  made.answered = answered;
  made.whence = static_cast<std::uint8_t>(whence);
  return made;
}

Event failed(Actor actor, Call call, Code code, int os_error = 0) {
  Event made{actor, call};
  made.ok = false;
  made.code = code;
  made.os_error = os_error;
  return made;
}

Case parsed(const std::string& text) {
  Case value;
  const ParseOutcome outcome = parse(text, value);
  EXPECT_TRUE(outcome.ok) << outcome.error.message;
  return value;
}

std::string recipe_of(const RunRecord& run, const std::string& fields = "") {
  const Case value = parsed("weir-case 1\nsubject stream.identity/1\nclause round-trip\n" + fields);
  return recipe(value, *find_clause("round-trip"), run);
}

// Each line stands in `text`, behind the one before.
void expect_in_order(const std::string& text, std::initializer_list<std::string_view> lines) {
  std::size_t at = 0;
  for (const std::string_view line : lines) {
    const std::size_t found = text.find(line, at);
    ASSERT_NE(found, std::string::npos) << line << "\nis missing or too early in\n" << text;
    at = found + line.size();
  }
}

// The first bytes that each event moved; events that are not named moved none.
void set_moved(RunRecord& run,
               std::initializer_list<std::pair<std::size_t, std::string_view>> moved) {
  run.moved.resize(run.events.size());
  for (const auto& [event, text] : moved) run.moved[event] = bytes(text);
}

constexpr Actor kWriter = Actor::kWriter;
constexpr Actor kReader = Actor::kReader;
constexpr Actor kSink = Actor::kSinkBelow;
constexpr Actor kSource = Actor::kSourceBelow;

TEST(Recipe, TellsEveryCallOfAWriter) {
  RunRecord run;
  run.payload = bytes("abc");
  run.events = {event(kSink, Call::kReserve, 8, 0),
                event(kSink, Call::kWrite, 2, 1),
                event(kWriter, Call::kWrite, 2, 2),
                event(kSink, Call::kReserve, 8, 4),
                event(kSink, Call::kCommit, 2, 2),
                event(kWriter, Call::kReserve, 4, 4),
                event(kWriter, Call::kCommit, 1, 1),
                failed(kSink, Call::kFlush, Code::kWouldBlock),
                failed(kWriter, Call::kFlush, Code::kWouldBlock),
                event(kSink, Call::kFlush, 0, 0),
                event(kWriter, Call::kFlush, 0, 0),
                event(kWriter, Call::kTell, 0, 3),
                failed(kWriter, Call::kClose, Code::kIo, ENOSPC),
                event(kSink, Call::kDestroy, 0, 0)};
  set_moved(run, {{1, "ab"}, {2, "ab"}, {4, "cd"}, {6, "c"}});
  const std::string text = recipe_of(run);
  expect_in_order(
      text,
      {"Take these 3 bytes as payload, in hexadecimal: 61 62 63",
       "Make an encoder of stream.identity/1",
       "Encoder: call write with 2 bytes: 61 62",
       "calls reserve (ask for room to write into) on the sink below; let it answer that it "
       "lends nothing.",
       "calls write on the sink below with 2 bytes: 61 62; let it answer that it took 1 byte.",
       "It says that it took 2 bytes.",
       "by lending room for 4 bytes.",
       "calls commit (of that room) on the sink below with 2 bytes: 63 64; let it answer that "
       "all is well.",
       "It lends room for 4 bytes.",
       "Encoder: call commit (of that room) with 1 byte: 63",
       "It says that it took 1 byte.",
       "Encoder: call flush",
       "let it answer the error would_block.",
       "It answers the error would_block",
       "It says that all went well.",
       "Encoder: call tell (ask for the position)",
       "It says that the position is 3.",
       "Encoder: call close",
       "It answers the error io",
       "calls destroy on the sink below"});
}

TEST(Recipe, TellsEveryCallOfAReader) {
  RunRecord run;
  run.payload = bytes("abc");
  run.damaged = bytes("aXc");
  run.events = {event(Actor::kTest, Call::kMake, 0, 1),
                event(Actor::kTest, Call::kDamage, 0, 3),
                event(kReader, Call::kSeekable, 0, 1),
                event(kSource, Call::kRead, 2, 2),
                event(kReader, Call::kRead, 2, 2),
                event(kSource, Call::kPeek, 9, 1),
                event(kSource, Call::kConsume, 1, 1),
                event(kReader, Call::kPeek, 9, 1),
                event(kReader, Call::kConsume, 1, 1),
                event(kSource, Call::kRead, 9, 0),
                event(kReader, Call::kRead, 9, 0),
                event(kReader, Call::kRead, 0, 0),
                event(kSource, Call::kSeek, 1, 1, Whence::kSet),
                event(kReader, Call::kSeek, 1, 1, Whence::kSet),
                event(kReader, Call::kSeek, 1, 2, Whence::kCurrent),
                event(kReader, Call::kSeek, static_cast<std::uint64_t>(-1), 2, Whence::kEnd),
                event(kSource, Call::kTell, 0, 1),
                event(kReader, Call::kTell, 0, 2),
                event(kReader, Call::kSeekable, 0, 0),
                failed(Actor::kTest, Call::kMake, Code::kUnknownExtension),
                event(Actor::kTest, Call::kDestroy, 0, 0)};
  set_moved(run, {{3, "aX"}, {4, "aX"}, {5, "c"}, {7, "c"}});
  const std::string text = recipe_of(run, "damage flip 1 bit 0\n");
  expect_in_order(
      text, {"Make another stream of stream.identity/1.",
             "Change the encoded bytes (flip 1",
             "they are now 3 bytes: 61 58 63",
             "Decoder: call seekable (ask whether it can seek)",
             "It says yes.",
             "Decoder: call read with room for 2 bytes",
             "calls read on the source below with room for 2 bytes; let it answer with 2 bytes: 61 "
             "58.",
             "It gives 2 bytes: 61 58.",
             "Decoder: call peek",
             "by lending 1 byte: 63.",
             "calls consume (of those bytes) on the source below",
             "It lends 1 byte: 63.",
             "Decoder: call consume",
             "Done.",
             "let it answer 0 bytes: the end.",
             "It says that the stream ends.",
             "It gives nothing.",
             "Decoder: call seek to 1 from the start",
             "calls seek on the source below to 1; let it answer position 1.",
             "It says that the position is 1.",
             "Decoder: call seek to 1 from the position",
             "Decoder: call seek to -1 from the end",
             "Decoder: call tell",
             "calls tell (ask for the position) on the source below; let it answer position 1.",
             "It says that the position is 2.",
             "It says no.",
             "Make a fresh stream of stream.identity/1: it answers the error unknown_extension",
             "Then: destroy"});
}

TEST(Recipe, SaysWhatIsNotKnownAndWhatDidNotReturn) {
  RunRecord run;
  run.died = true;
  run.seen = "the process died";
  const std::string text = recipe_of(run, "payload counter 70000\n");
  expect_in_order(text, {"Make the payload: counter 70000.",
                         "does not return: the process is lost.", "What comes:       the process"});
  EXPECT_EQ(text.find("What should come"), std::string::npos) << text;
  EXPECT_EQ(text.find("Make an encoder"), std::string::npos) << text;
}

TEST(Recipe, CutsLongBytesAndLongRunsButKeepsTheCallThatMatters) {
  RunRecord run;
  run.payload = bytes(std::string(300, 'a'));
  for (int i = 0; i < 100; ++i) run.events.push_back(event(kReader, Call::kRead, 3, 3));
  run.step = 99;
  const std::string text = recipe_of(run);
  expect_in_order(text, {"(44 more bytes)", "60. Decoder", "and so on, in the same way",
                         "It gives 3 bytes.  <-- here it breaks"});
  EXPECT_EQ(text.find("63. Decoder: call read"), text.rfind("Decoder: call read") - 4) << text;
}

TEST(Recipe, SetsWrongBytesBesideThoseOfThePayload) {
  RunRecord run;
  run.payload = bytes("abc");
  run.events = {event(kReader, Call::kRead, 1, 1), event(kReader, Call::kRead, 2, 2)};
  set_moved(run, {{0, "a"}, {1, "bX"}});
  run.step = 1;
  expect_in_order(recipe_of(run), {"Make a decoder of stream.identity/1 over a source of your own",
                                   "It gives 1 byte: 61.",
                                   "It gives 2 bytes: 62 58; the payload has 62 63.  <-- here"});
}

TEST(Recipe, CountsCallsBelowThatRepeat) {
  RunRecord run;
  run.events = {event(kSource, Call::kRead, 4, 0), event(kSource, Call::kRead, 4, 0),
                event(kSource, Call::kRead, 4, 0), event(kReader, Call::kRead, 4, 0)};
  const std::string text = recipe_of(run);
  expect_in_order(text, {"0 bytes: the end.", "(and the same 2 times more)", "the stream ends."});
  EXPECT_EQ(text.find("the source below"), text.rfind("the source below")) << text;
}

TEST(Recipe, TellsOfALieBelow) {
  RunRecord run;
  run.events = {event(kSource, Call::kRead, 2, 9), event(kReader, Call::kRead, 2, 9)};
  set_moved(run, {{0, "ab"}, {1, "ab"}});
  expect_in_order(recipe_of(run), {"with room for 2 bytes; let it answer with 9 bytes: 61 62",
                                   "(more than it was asked for: a lie)."});
}

TEST(Recipe, TellsWhichAllocationsFail) {
  const RunRecord run;
  expect_in_order(
      recipe_of(run, "memory good 1, fail-once, good 2, fail-once\n"),
      {"Of the allocations that the transform makes, one succeeds, then one fails, then "
       "2 succeed, then one fails, then all succeed."});
  expect_in_order(recipe_of(run, "memory good 3, fail\n"), {"3 succeed, then all fail."});
}

// No stream is made there: what to ask a registry for is all that there is to tell.
TEST(Recipe, TellsWhatToAskARegistryFor) {
  const RunRecord run;
  const auto recipe_for = [&](const std::string& clause, const std::string& fields) {
    const Case value =
        parsed("weir-case 1\nsubject stream.identity/1\nclause " + clause + "\n" + fields);
    return recipe(value, *find_clause(clause), run);
  };
  const std::string chain = "chain subject, damaged, stream.identity/1\n";
  const std::string edit = "descriptor version \"2\"\n";
  expect_in_order(recipe_for("chain", "chain subject\n"),
                  {"Take a chain from these descriptors", "\"stream.identity/1\"."});
  expect_in_order(recipe_for("list-atomic", chain + edit),
                  {"Take the descriptor \"stream.identity/2\": that of the transform",
                   "Ask for the transforms of this list of descriptors: \"stream.identity/1\", "
                   "\"stream.identity/2\", \"stream.identity/1\"."});
  expect_in_order(recipe_for("registry-hygiene", ""),
                  {"Ask one registry twice", "copy the registry"});
  expect_in_order(recipe_for("descriptor-round-trip", edit),
                  {"Parse it and print it again.", "ask that one for its descriptor"});
  expect_in_order(recipe_for("descriptor-own", edit),
                  {"ask it for its descriptor", "Make an instance from the edited descriptor"});
  expect_in_order(recipe_for("version-rejected", edit),
                  {"Ask for an instance of \"stream.identity/2\"."});
}

TEST(Trace, DescribesEveryCallInALine) {
  const std::vector<std::pair<Event, std::string_view>> lines = {
      {event(kWriter, Call::kWrite, 3, 1), "writer       write 3              -> took 1 byte"},
      {event(kSink, Call::kReserve, 8, 0), "sink below   reserve 8            -> lends nothing"},
      {event(kSink, Call::kReserve, 8, 2), "sink below   reserve 8            -> lends 2 bytes"},
      {event(kSink, Call::kCommit, 2, 2), "sink below   commit 2             -> ok"},
      {event(kReader, Call::kRead, 4, 0), "reader       read 4               -> the end"},
      {event(kReader, Call::kRead, 0, 0), "reader       read 0               -> 0 bytes"},
      {event(kSource, Call::kPeek, 4, 4), "source below peek 4               -> lends 4 bytes"},
      {event(kSource, Call::kConsume, 4, 4), "source below consume 4            -> ok"},
      {event(kReader, Call::kSeek, 5, 5), "reader       seek set 5           -> position 5"},
      {event(kReader, Call::kSeek, static_cast<std::uint64_t>(-2), 3, Whence::kCurrent),
       "reader       seek cur -2          -> position 3"},
      {event(kReader, Call::kSeek, 0, 9, Whence::kEnd),
       "reader       seek end 0           -> position 9"},
      {event(kReader, Call::kTell, 0, 9), "reader       tell                 -> position 9"},
      {event(kReader, Call::kSeekable, 0, 1), "reader       seekable             -> yes"},
      {event(kReader, Call::kSeekable, 0, 0), "reader       seekable             -> no"},
      {event(kWriter, Call::kFlush, 0, 0), "writer       flush                -> ok"},
      {failed(kWriter, Call::kClose, Code::kClosed), "writer       close                -> closed"},
      {event(Actor::kTest, Call::kDamage, 0, 7),
       "test         damage               -> 7 bytes now"},
      {event(Actor::kTest, Call::kDestroy, 0, 0), "test         destroy              -> ok"},
      {event(Actor::kTest, Call::kMake, 0, 1), "-- another stream --"},
      {failed(Actor::kTest, Call::kMake, Code::kOutOfMemory),
       "test         make                 -> out_of_memory"}};
  for (const auto& [made, line] : lines) EXPECT_EQ(describe(made), line);
}

TEST(Trace, KeepsTheFirstBytesThatAnEventMovedOnlyWhenTold) {
  const std::vector<std::byte> many(Trace::kMovedMax + 5, std::byte{7});
  Trace trace;
  trace.add(event(kReader, Call::kRead, 1, 1), many);
  EXPECT_TRUE(trace.moved().empty());
  trace.keep_bytes();
  trace.add(event(kReader, Call::kRead, 0, 0), {});
  trace.add(event(kReader, Call::kRead, 1, 1), many);
  ASSERT_EQ(trace.moved().size(), 1u);
  EXPECT_EQ(trace.moved()[0].event, 2u);
  EXPECT_EQ(trace.moved()[0].size, Trace::kMovedMax);
  EXPECT_EQ(trace.pool().size(), Trace::kMovedMax);
  trace.clear();
  EXPECT_TRUE(trace.moved().empty());
}

TEST(Trace, CountsWhatItDoesNotKeep) {
  Trace trace;
  for (std::size_t i = 0; i < Trace::kEventsMax + 2; ++i) {
    EXPECT_EQ(trace.add(event(kReader, Call::kRead, 1, 1)), i);
  }
  EXPECT_EQ(trace.events().size(), Trace::kEventsMax);
  EXPECT_EQ(trace.total(), Trace::kEventsMax + 2);
}

}  // namespace
}  // namespace weir::properties
