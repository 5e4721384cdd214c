#include "properties/emit_test.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <span>
#include <string_view>

#include "properties/case_descriptor.h"
#include "properties/case_text.h"
#include "weir/source.h"

namespace weir::properties {
namespace {

/// "short-sink-writes" as "ShortSinkWrites".
std::string pascal(std::string_view name) {
  std::string text;
  bool upper = true;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) == 0) {
      upper = true;
      continue;
    }
    text += static_cast<char>(upper ? std::toupper(byte) : byte);
    upper = false;
  }
  return text;
}

/// `text` as a C++ string literal.
std::string literal(std::string_view text) {
  std::string output = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') output += '\\';
    output += c;
  }
  return output + "\"";
}

/// The first of `total` bytes in hexadecimal.
std::string hex(std::span<const std::byte> bytes, std::uint64_t total) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t shown = std::min(bytes.size(), Trace::kMovedMax);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += ' ';
    text += kDigits[static_cast<unsigned>(bytes[i]) >> 4];
    text += kDigits[static_cast<unsigned>(bytes[i]) & 15];
  }
  if (total > shown) text += " ... (" + std::to_string(total - shown) + " more bytes)";
  return text;
}

/// `text` with what does not print as \xNN, in quotes.
std::string quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string output = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      output += c;
    } else {
      output += "\\x";
      output += kDigits[byte >> 4];
      output += kDigits[byte & 15];
    }
  }
  return output + '"';
}

/// ": 61 62", of `count` bytes those that are known.
std::string bytes_of(std::span<const std::byte> known, std::uint64_t count) {
  if (count == 0 || known.empty()) return {};
  return ": " +
         hex(known.first(static_cast<std::size_t>(std::min<std::uint64_t>(count, known.size()))),
             count);
}

/// `count` bytes of `from` at `offset`; nothing where they are not known.
std::span<const std::byte> part_of(std::span<const std::byte> from, std::uint64_t offset,
                                   std::uint64_t count) {
  if (offset > from.size() || count > from.size() - offset) return {};
  return from.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
}

/// What a person has to know of how a clause goes about it: with several streams the calls alone do
/// not tell what each is for.
struct How {
  std::string_view clause;
  std::string_view streams;  ///< what the streams are for
  std::string_view damage;  ///< what is done to encoded bytes; empty for "changed as the case says"
};
constexpr How kHow[] = {
    {"deterministic",
     "The same payload is encoded four times: twice in one write by the same instance, once cut by "
     "it, and once cut in the same places by another instance.",
     ""},
    {"independent",
     "Two payloads are encoded one after the other: the one below, and its bytes in reverse order, "
     "each with the bits 0x55 flipped, and x, y, z behind them. Then two streams of one instance "
     "take turns, call by call, over ordinary streams in memory: two encoders, two decoders, an "
     "encoder and a decoder.",
     ""},
    {"concatenation",
     "Each part of the payload is encoded by a stream of its own, into one file; the last decoder "
     "reads that file.",
     ""},
    {"trailing-garbage",
     "Three streams are decoded: the garbage alone, which has to be an error; the encoded stream "
     "alone; the encoded stream with the garbage behind it.",
     "Put the garbage behind the encoded stream: together"},
    {"first-read",
     "The same bytes are decoded twice: over a source that gives all that it is asked for, and "
     "over "
     "one that gives less. Both have to come to the same. The bytes are the encoded ones, changed "
     "where the case says so, or else the payload itself.",
     ""},
    {"splice",
     "Two payloads are encoded that differ in the lowest bit of every byte. What is decoded is the "
     "head of the first stream and the tail of the second.",
     "Put the head of the first stream and the tail of the second together: they are"},
    {"flush-readable",
     "What is written up to a flush has to be there when the encoded stream is cut behind it.",
     "Cut the encoded stream behind the flush: what is left is"},
    {"amplification",
     "The encoded bytes are damaged and decoded, and then decoded as they were, which has to keep "
     "the bound; what counts is how much memory is allocated at a time.",
     ""},
    {"heap-bound", "What counts is how much memory is allocated at a time.", ""},
    {"allocation-fault",
     "The payload is encoded with all the memory that is asked for, and then again by a new "
     "instance whose allocations fail as said below; where that tells of no error its bytes are "
     "decoded, and after that an encoded stream is decoded with allocations that fail so.",
     ""},
    {"chain",
     "The encoder and the decoder below are chains of transforms. The decoder's is made from the "
     "descriptors that the encoder's gives.",
     ""},
    {"version-compatible",
     "An instance made from the descriptor below decodes what the subject encoded.", ""},
};
const How* how_of(std::string_view clause) {
  const auto* const found = std::find_if(std::begin(kHow), std::end(kHow),
                                         [&](const How& how) { return how.clause == clause; });
  return found == std::end(kHow) ? nullptr : found;
}

std::string_view name_of(Call call) {
  switch (call) {
    case Call::kWrite:
      return "write";
    case Call::kReserve:
      return "reserve (ask for room to write into)";
    case Call::kCommit:
      return "commit (of that room)";
    case Call::kFlush:
      return "flush";
    case Call::kClose:
      return "close";
    case Call::kRead:
      return "read";
    case Call::kPeek:
      return "peek (ask for bytes to look at)";
    case Call::kConsume:
      return "consume (of those bytes)";
    case Call::kSeek:
      return "seek";
    case Call::kTell:
      return "tell (ask for the position)";
    case Call::kDestroy:
      return "destroy";
    case Call::kMake:
      return "make a new stream";
    case Call::kDamage:
      return "damage";
    case Call::kSeekable:
      return "seekable (ask whether it can seek)";
  }
  return "";
}

std::string error_text(const Event& event) {
  return "the error " +
         describe(event.code == Code::kIo ? io_error(event.os_error, "") : Error(event.code));
}

class Recipe {
 public:
  Recipe(const Case& value, const Clause& clause, const RunRecord& run)
      : value_(value), clause_(clause), run_(run), how_(how_of(clause.id)) {}

  std::string text() {
    output_ = "What goes wrong with " + value_.subject +
              "\n\nThe promise: " + std::string(clause_.statement) + "\n\n";
    if (how_ != nullptr) output_ += "How it is tried: " + std::string(how_->streams) + "\n\n";
    if (!run_.payload.empty()) {
      step((run_.payload.size() == 1 ? "Take this byte"
                                     : "Take these " + bytes_text(run_.payload.size())) +
           " as payload, in hexadecimal: " + hex(run_.payload, run_.payload.size()));
    } else if (!value_.ops(FieldId::kPayload).empty()) {
      step("Make the payload: " + print_ops(value_, FieldId::kPayload) + ".");
    }
    memory();
    descriptors();
    calls();
    if (run_.died) step("The call during or after this does not return: the process is lost.");
    output_ += "\n";
    if (!run_.expected.empty()) output_ += "What should come: " + run_.expected + "\n";
    if (!run_.seen.empty()) output_ += "What comes:       " + run_.seen + "\n";
    return std::move(output_);
  }

 private:
  void step(const std::string& text) { output_ += std::to_string(++steps_) + ". " + text + "\n"; }

  // A line that repeats the one before is counted instead.
  void detail(const std::string& text) {
    if (text == last_detail_) {
      ++repeats_;
      return;
    }
    end_details();
    last_detail_ = text;
    output_ += "   - " + text + "\n";
  }
  void end_details() {
    if (repeats_ > 0) {
      output_ += "     (and the same " +
                 (repeats_ == 1 ? "once more" : std::to_string(repeats_) + " times more") + ")\n";
    }
    repeats_ = 0;
    last_detail_.clear();
  }

  void memory() {
    const std::vector<Op>& ops = value_.ops(FieldId::kMemory);
    if (ops.empty()) return;
    std::string text = "Of the allocations that the transform makes";
    std::string_view separator = ", ";
    for (const Op& op : ops) {
      const std::string_view verb = verb_of(FieldId::kMemory, op).name;
      text += separator;
      separator = ", then ";
      if (verb == "good") {
        text += op.args[0] == 1 ? "one succeeds" : std::to_string(op.args[0]) + " succeed";
      } else if (verb == "fail") {
        text += "all fail";
      } else {
        text += "one fails";
      }
    }
    const bool for_ever = verb_of(FieldId::kMemory, ops.back()).name == "fail";
    step(text + (for_ever ? "." : ", then all succeed."));
  }

  // Which descriptors, and what to do with them where no stream is made.
  void descriptors() {
    const std::vector<Op>& edits = value_.ops(FieldId::kDescriptor);
    const std::string edited = edited_descriptor(value_, value_.subject);
    if (!edits.empty()) {
      step("Take the descriptor " + quoted(edited) + ": that of the transform, " +
           quoted(value_.subject) + ", edited.");
    }
    std::string list;
    for (const Op& op : value_.ops(FieldId::kChain)) {
      const std::string_view name = verb_of(FieldId::kChain, op).name;
      list += list.empty() ? "" : ", ";
      list += quoted(name == "subject" ? value_.subject : name == "damaged" ? edited : name);
    }
    if (list.empty()) list = quoted(value_.subject);
    const std::string_view id = clause_.id;
    if (id == "chain") {
      step(
          "Take a chain from these descriptors, in the order in which a reader applies them, with "
          "that of the transform where it is not among them: " +
          list + ".");
    } else if (id == "list-atomic") {
      step("Ask for the transforms of this list of descriptors: " + list + ".");
    } else if (id == "registry-hygiene") {
      step("Ask one registry twice for the transforms of this list of descriptors: " + list + ".");
      step("Ask it for " + quoted(value_.subject) +
           " alone, and for a name that is not registered. Then copy the registry, and in the copy "
           "register another transform under the same name and one under a new name: nothing else "
           "may change, in neither of them.");
    } else if (id == "descriptor-round-trip") {
      if (!edits.empty()) step("Parse it and print it again.");
      step(
          "Make an instance from the transform's own descriptor, and ask that one for its "
          "descriptor.");
    } else if (id == "descriptor-own") {
      step("Make an instance of " + value_.subject +
           " and ask it for its descriptor: its name should be the registered one, and an instance "
           "can be made from it.");
      if (!edits.empty()) {
        step(
            "Make an instance from the edited descriptor, too, and ask that one for its "
            "descriptor.");
      }
    } else if (id == "version-rejected" || id == "name-rejected") {
      step("Ask for an instance of " + quoted(edited) + ".");
    }
  }

  // A trace has a call below before the call that made it, since it has ended first.
  void calls() {
    const std::size_t end = run_.step == Verdict::kNoStep
                                ? run_.events.size()
                                : std::min(run_.step + 1, run_.events.size());
    if (end > 0 && run_.events.front().call != Call::kMake &&
        run_.events.front().actor != Actor::kTest) {
      begin_stream(0, end);
    }
    std::vector<std::size_t> below;
    std::size_t shown = 0;
    constexpr std::size_t kCallsMax = 60;
    for (std::size_t i = 0; i < end; ++i) {
      const Event& event = run_.events[i];
      if (event.actor == Actor::kSinkBelow || event.actor == Actor::kSourceBelow) {
        below.push_back(i);
        continue;
      }
      // Of a long run the positions are still followed, and the call that matters is shown.
      const bool visible = ++shown <= kCallsMax || i + 1 == end;
      const std::string before = output_;
      const std::size_t steps_before = steps_;
      call(i, below, end);
      below.clear();
      if (!visible) {
        output_ = before;
        steps_ = steps_before;
      }
      if (shown == kCallsMax + 1 && i + 1 != end) {
        output_ += "   ... and so on, in the same way ...\n";
      }
    }
    for (const std::size_t i : below) below_call(i);
    end_details();
  }

  // Who makes the first call on the stream that begins at `from` says what it is.
  void begin_stream(std::size_t from, std::size_t end) {
    read_ = 0;
    for (std::size_t i = from; i < end; ++i) {
      const Actor actor = run_.events[i].actor;
      if (actor == Actor::kTest) break;
      const bool writes = actor == Actor::kWriter || actor == Actor::kSinkBelow;
      step("Make " + std::string(writes ? "an encoder" : "a decoder") + " of " + value_.subject +
           " over a " + (writes ? "sink" : "source") +
           " of your own, which answers as said below.");
      return;
    }
    step("Make another stream of " + value_.subject + ".");
  }

  std::span<const std::byte> moved(std::size_t at) const {
    if (at >= run_.moved.size()) return {};
    return run_.moved[at];
  }

  void call(std::size_t at, const std::vector<std::size_t>& below, std::size_t end) {
    const Event& event = run_.events[at];
    if (event.call == Call::kMake) {
      if (event.ok) {
        begin_stream(at + 1, end);
      } else {
        step("Make a fresh stream of " + value_.subject + ": it answers " + error_text(event) +
             ".");
      }
    } else if (event.actor == Actor::kTest) {
      step(event.call == Call::kDamage ? damage(event)
                                       : "Then: " + std::string(name_of(event.call)) + ".");
    } else if (event.actor == Actor::kWriter) {
      std::string text = "Encoder: call " + std::string(name_of(event.call));
      if (event.call == Call::kWrite || event.call == Call::kCommit) {
        text += " with " + bytes_text(event.asked) + bytes_of(moved(at), event.asked);
      }
      step(text);
    } else {
      std::string text = "Decoder: call " + std::string(name_of(event.call));
      if (event.call == Call::kRead) text += " with room for " + bytes_text(event.asked);
      if (event.call == Call::kConsume) text += ", all " + bytes_text(event.asked);
      if (event.call == Call::kSeek) {
        text += " to " + std::to_string(static_cast<std::int64_t>(event.asked)) + " from " +
                (event.whence == static_cast<std::uint8_t>(Whence::kSet)       ? "the start"
                 : event.whence == static_cast<std::uint8_t>(Whence::kCurrent) ? "the position"
                                                                               : "the end");
      }
      step(text);
    }
    for (const std::size_t each : below) below_call(each);
    answer(at, at + 1 == end && run_.step != Verdict::kNoStep);
    end_details();
  }

  std::string damage(const Event& event) const {
    std::string text;
    if (how_ != nullptr && !how_->damage.empty()) {
      text = how_->damage;
    } else {
      text = "Change the encoded bytes (" + print_ops(value_, FieldId::kDamage) +
             "; places count from 0, negative ones from the end): they are now";
    }
    text += " " + bytes_text(event.answered);
    if (run_.damaged.size() == event.answered) text += bytes_of(run_.damaged, event.answered);
    return text + ".";
  }

  void answer(std::size_t at, bool here) {
    const Event& event = run_.events[at];
    if (event.actor == Actor::kTest || event.call == Call::kMake) return;
    const std::string mark = here ? "  <-- here it breaks the promise" : "";
    if (!event.ok) {
      detail("It answers " + error_text(event) + "." + mark);
      return;
    }
    switch (event.call) {
      case Call::kWrite:
      case Call::kCommit:
        detail("It says that it took " + bytes_text(event.answered) + "." + mark);
        break;
      case Call::kRead: {
        const auto should = part_of(run_.payload, read_, event.answered);
        const auto given = moved(at);
        const bool wrong = here && !given.empty() && given.size() <= should.size() &&
                           !std::equal(given.begin(), given.end(), should.begin());
        detail(event.answered == 0
                   ? (event.asked > 0 ? "It says that the stream ends." : "It gives nothing.") +
                         mark
                   : "It gives " + bytes_text(event.answered) + bytes_of(given, event.answered) +
                         (wrong ? "; the payload has" + bytes_of(should, event.answered).substr(1)
                                : "") +
                         "." + mark);
        read_ += event.answered;
        break;
      }
      case Call::kPeek:
        detail("It lends " + bytes_text(event.answered) + bytes_of(moved(at), event.answered) +
               "." + mark);
        break;
      case Call::kReserve:
        detail("It lends room for " + bytes_text(event.answered) + "." + mark);
        break;
      case Call::kConsume:
        read_ += event.asked;
        detail("Done." + mark);
        break;
      case Call::kSeek:
        read_ = event.answered;
        detail("It says that the position is " + std::to_string(event.answered) + "." + mark);
        break;
      case Call::kTell:
        detail("It says that the position is " + std::to_string(event.answered) + "." + mark);
        break;
      case Call::kSeekable:
        detail(std::string(event.answered != 0 ? "It says yes." : "It says no.") + mark);
        break;
      default:
        detail("It says that all went well." + mark);
    }
  }

  void below_call(std::size_t at) {
    const Event& event = run_.events[at];
    const bool sink = event.actor == Actor::kSinkBelow;
    std::string text = "The transform calls " + std::string(name_of(event.call)) + " on the " +
                       (sink ? "sink" : "source") + " below";
    if (event.call == Call::kWrite || event.call == Call::kCommit) {
      text += " with " + bytes_text(event.asked) + bytes_of(moved(at), event.asked);
    }
    if (event.call == Call::kRead) text += " with room for " + bytes_text(event.asked);
    if (event.call == Call::kSeek) {
      text += " to " + std::to_string(static_cast<std::int64_t>(event.asked));
    }
    text += "; let it answer ";
    if (!event.ok) {
      detail(text + error_text(event) + ".");
      return;
    }
    switch (event.call) {
      case Call::kWrite:
        text += "that it took " + bytes_text(event.answered);
        break;
      case Call::kRead:
        text += event.answered == 0
                    ? "0 bytes: the end"
                    : "with " + bytes_text(event.answered) + bytes_of(moved(at), event.answered);
        if (event.answered > event.asked) text += " (more than it was asked for: a lie)";
        break;
      case Call::kSeek:
      case Call::kTell:
        text += "position " + std::to_string(event.answered);
        break;
      case Call::kPeek:
        text += event.answered == 0 ? "that it lends nothing"
                                    : "by lending " + bytes_text(event.answered) +
                                          bytes_of(moved(at), event.answered);
        break;
      case Call::kReserve:
        text += event.answered == 0 ? "that it lends nothing"
                                    : "by lending room for " + bytes_text(event.answered);
        break;
      default:
        text += "that all is well";
    }
    detail(text + ".");
  }

  const Case& value_;
  const Clause& clause_;
  const RunRecord& run_;
  const How* how_;
  std::string output_;
  std::size_t steps_ = 0;
  std::string last_detail_;
  std::size_t repeats_ = 0;
  std::uint64_t read_ = 0;  // where the decoder stands in the payload
};

}  // namespace

std::string emit_test(const Case& value, const Signature& signature, std::string_view contract) {
  const Clause* const clause = find_clause(value.clause);
  Case anonymous = value;
  anonymous.subject.clear();
  const std::string text = print(anonymous);
  std::string lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    std::string line = literal(text.substr(at, end - at));
    line.insert(line.size() - 1, "\\n");
    lines += "    " + line + "\n";
    at = end + 1;
  }
  lines.pop_back();
  return "// Fails while " + value.subject + " breaks " + value.clause + " (" + signature.kind +
         "), passes once it keeps it.\n" +
         "// The promise: " + (clause == nullptr ? "" : std::string(clause->statement)) +
         "\n"
         "// Build: link " +
         (contract.empty() ? "weir::properties" : std::string(contract) + "_subjects") +
         " and GTest::gtest_main.\n"
         "#include <gtest/gtest.h>\n"
         "\n"
         "#include <memory>\n"
         "#include <string>\n"
         "#include <string_view>\n"
         "\n"
         "#include \"properties/case_text.h\"\n"
         "#include \"properties/clause.h\"\n" +
         (contract.empty() ? "" : "#include \"properties/contract.h\"\n") +
         "#include \"properties/roster.h\"\n"
         "\n"
         "namespace {\n"
         "\n"
         "namespace properties = weir::properties;\n"
         "\n"
         "// The transform under test; or hand a Subject of your own to run_check below.\n"
         "constexpr std::string_view kSubject = " +
         literal(value.subject) +
         ";\n"
         "\n"
         "constexpr std::string_view kCase =\n" +
         lines +
         ";\n"
         "\n"
         "TEST(" +
         pascal(value.clause) + ", " + pascal(value.subject.substr(0, value.subject.find('/'))) +
         ") {\n" +
         (contract.empty() ? ""
                           : "  if (properties::find_subject(kSubject) == nullptr) {\n"
                             "    ASSERT_EQ(properties::bring_contract(weir_subjects(), "
                             "weir_clauses()), \"\");\n"
                             "  }\n") +
         "  properties::Case value;\n"
         "  const auto parsed = properties::parse(kCase, value);\n"
         "  ASSERT_TRUE(parsed.ok) << parsed.error.message;\n"
         "  value.subject = kSubject;\n"
         "  const properties::Clause* const clause = properties::find_clause(value.clause);\n"
         "  ASSERT_NE(clause, nullptr) << value.clause;\n"
         "  const properties::Subject* const subject = properties::find_subject(kSubject);\n"
         "  ASSERT_NE(subject, nullptr) << kSubject;\n"
         "  ASSERT_EQ(properties::skip_reason(*clause, *subject), \"\");\n"
         "\n"
         "  const properties::PayloadFiles files;\n"
         "  const auto workspace = std::make_unique<properties::Workspace>();\n"
         "  workspace->files = &files;\n"
         "  const properties::Verdict verdict =\n"
         "      properties::run_check(*clause, *subject, value, *workspace);\n"
         "\n"
         "  std::string calls;\n"
         "  for (const properties::Event& event : workspace->trace.events()) {\n"
         "    calls += properties::describe(event) + '\\n';\n"
         "  }\n"
         "  EXPECT_NE(verdict.outcome, properties::Outcome::kViolated)\n"
         "      << verdict.kind << \"\\nexpected  \" << verdict.expected << \"\\nseen      \" << "
         "verdict.seen\n"
         "      << \"\\n\"\n"
         "      << calls;\n"
         "  if (verdict.outcome == properties::Outcome::kDiscarded) {\n"
         "    GTEST_SKIP() << \"the clause has nothing to say of this case: \" << verdict.kind;\n"
         "  }\n"
         "}\n"
         "\n"
         "}  // namespace\n";
}

std::string recipe(const Case& value, const Clause& clause, const RunRecord& run) {
  return Recipe(value, clause, run).text();
}

}  // namespace weir::properties
