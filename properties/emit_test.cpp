#include "properties/emit_test.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <string_view>

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

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kShown = 256;
  std::string text;
  for (std::size_t i = 0; i < bytes.size() && i < kShown; ++i) {
    if (i > 0) text += ' ';
    text += kDigits[static_cast<unsigned>(bytes[i]) >> 4];
    text += kDigits[static_cast<unsigned>(bytes[i]) & 15];
  }
  if (bytes.size() > kShown) {
    text += " ... (" + std::to_string(bytes.size() - kShown) + " more bytes)";
  }
  return text;
}

std::string bytes_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

/// ": 61 62", the `count` bytes at `offset` of `from`; nothing where they are not known.
std::string slice(std::span<const std::byte> from, std::uint64_t offset, std::uint64_t count) {
  if (count == 0 || offset > from.size() || count > from.size() - offset) return {};
  return ": " +
         hex(from.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count)));
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
      : value_(value), clause_(clause), run_(run) {}

  std::string text() {
    output_ = "What goes wrong with " + value_.subject +
              "\n\nThe promise: " + std::string(clause_.statement) + "\n\n";
    if (!run_.payload.empty()) {
      step("Take these " + bytes_text(run_.payload.size()) +
           " as payload, in hexadecimal: " + hex(run_.payload));
    } else if (!value_.ops(FieldId::kPayload).empty()) {
      step("Make the payload: " + print_ops(value_, FieldId::kPayload));
    }
    // The first event of a writer that passes on at once is the call below.
    if (!run_.events.empty() && (run_.events.front().actor == Actor::kWriter ||
                                 run_.events.front().actor == Actor::kSinkBelow)) {
      step("Make an encoder of " + value_.subject +
           " over a sink of your own, which answers as said below.");
    }
    for (const FieldId id : {FieldId::kChain, FieldId::kDescriptor, FieldId::kMemory}) {
      if (value_.ops(id).empty()) continue;
      const Field& field = schema()[static_cast<std::size_t>(id)];
      step(std::string(field.about) + " Here: " + print_ops(value_, id) + ".");
    }
    calls();
    if (run_.died) step("The call during or after this does not return: the process is lost.");
    output_ += "\n";
    if (!run_.expected.empty()) output_ += "What should come: " + run_.expected + "\n";
    if (!run_.seen.empty()) output_ += "What comes:       " + run_.seen + "\n";
    return std::move(output_);
  }

 private:
  void step(const std::string& text) { output_ += std::to_string(++steps_) + ". " + text + "\n"; }
  void detail(const std::string& text) { output_ += "   - " + text + "\n"; }

  // A trace has a call below before the call that made it, since it has ended first.
  void calls() {
    const std::size_t end = run_.step == Verdict::kNoStep
                                ? run_.events.size()
                                : std::min(run_.step + 1, run_.events.size());
    std::vector<Event> below;
    std::size_t shown = 0;
    constexpr std::size_t kCallsMax = 60;
    for (std::size_t i = 0; i < end; ++i) {
      const Event& event = run_.events[i];
      if (event.actor == Actor::kSinkBelow || event.actor == Actor::kSourceBelow) {
        below.push_back(event);
        continue;
      }
      // Of a long run the positions are still followed, and the call that matters is shown.
      const bool visible = ++shown <= kCallsMax || i + 1 == end;
      const std::string before = output_;
      const std::size_t steps_before = steps_;
      call(event, below, i + 1 == end && run_.step != Verdict::kNoStep);
      below.clear();
      if (!visible) {
        output_ = before;
        steps_ = steps_before;
      }
      if (shown == kCallsMax + 1 && i + 1 != end) {
        output_ += "   ... and so on, in the same way ...\n";
      }
    }
    for (const Event& event : below) below_call(event);
  }

  void call(const Event& event, const std::vector<Event>& below, bool here) {
    if (event.call == Call::kMake) {
      written_ = read_ = sunk_ = given_ = 0;
      if (event.ok) {
        step("Make another stream of " + value_.subject +
             " over a stream of your own, which answers as said below.");
      } else {
        step("Make a fresh stream of " + value_.subject + ": it answers " + error_text(event));
      }
    } else if (event.actor == Actor::kTest) {
      step(event.call == Call::kDamage
               ? "Damage the encoded bytes (" + print_ops(value_, FieldId::kDamage) +
                     "): they are now " + bytes_text(event.answered) +
                     slice(run_.damaged, 0, event.answered)
               : "Then: " + std::string(name_of(event.call)));
    } else if (event.actor == Actor::kWriter) {
      std::string text = "Encoder: call " + std::string(name_of(event.call));
      if (event.call == Call::kWrite) {
        text += " with " + bytes_text(event.asked) + slice(run_.payload, written_, event.asked);
      }
      step(text);
    } else {
      std::string text = "Decoder: call " + std::string(name_of(event.call));
      if (event.call == Call::kRead) text += " with room for " + bytes_text(event.asked);
      if (event.call == Call::kSeek) {
        text += " to " + std::to_string(static_cast<std::int64_t>(event.asked)) + " from " +
                (event.whence == static_cast<std::uint8_t>(Whence::kSet)       ? "the start"
                 : event.whence == static_cast<std::uint8_t>(Whence::kCurrent) ? "the position"
                                                                               : "the end");
      }
      step(text);
    }
    for (const Event& each : below) below_call(each);
    answer(event, here);
  }

  void answer(const Event& event, bool here) {
    if (event.actor == Actor::kTest || event.call == Call::kMake) return;
    const std::string mark = here ? "  <-- here it breaks the promise" : "";
    if (!event.ok) {
      detail("It answers " + error_text(event) + mark);
      return;
    }
    switch (event.call) {
      case Call::kWrite:
      case Call::kCommit:
        written_ += event.answered;
        detail("It says that it took " + bytes_text(event.answered) + "." + mark);
        break;
      case Call::kRead: {
        const std::string should = slice(run_.payload, read_, event.answered);
        detail(event.answered == 0
                   ? (event.asked > 0 ? "It says that the stream ends." : "It gives nothing.") +
                         mark
                   : "It gives " + bytes_text(event.answered) +
                         (should.empty() ? "." : "; right would be" + should) + mark);
        read_ += event.answered;
        break;
      }
      case Call::kPeek:
      case Call::kReserve:
        detail("It lends " + bytes_text(event.answered) + "." + mark);
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

  void below_call(const Event& event) {
    const bool sink = event.actor == Actor::kSinkBelow;
    std::string text = "The transform calls " + std::string(name_of(event.call)) + " on the " +
                       (sink ? "sink" : "source") + " below";
    if (event.call == Call::kWrite) text += " with " + bytes_text(event.asked);
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
        text += "that it took " + bytes_text(event.answered) +
                slice(run_.encoded, sunk_, event.answered);
        sunk_ += event.answered;
        break;
      case Call::kRead: {
        const std::vector<std::byte>& from = run_.damaged.empty() ? run_.encoded : run_.damaged;
        text += event.answered == 0
                    ? "0 bytes: the end"
                    : "with " + bytes_text(event.answered) + slice(from, given_, event.answered);
        given_ += event.answered;
        break;
      }
      case Call::kSeek:
        given_ = event.answered;
        [[fallthrough]];
      case Call::kTell:
        text += "position " + std::to_string(event.answered);
        break;
      case Call::kPeek:
      case Call::kReserve:
        text += event.answered == 0 ? "that it lends nothing"
                                    : "by lending " + bytes_text(event.answered);
        break;
      case Call::kConsume:
        given_ += event.asked;
        text += "that all is well";
        break;
      case Call::kCommit:
        sunk_ += event.asked;
        text += "that all is well";
        break;
      default:
        text += "that all is well";
    }
    detail(text + ".");
  }

  const Case& value_;
  const Clause& clause_;
  const RunRecord& run_;
  std::string output_;
  std::size_t steps_ = 0;
  // Where the streams stand.
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t sunk_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace

std::string emit_test(const Case& value, const Signature& signature) {
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
         "// Build: link weir::properties and GTest::gtest_main; include Weir's root and its lib "
         "folder.\n"
         "#include <gtest/gtest.h>\n"
         "\n"
         "#include <memory>\n"
         "#include <string>\n"
         "#include <string_view>\n"
         "\n"
         "#include \"properties/case_text.h\"\n"
         "#include \"properties/clause.h\"\n"
         "#include \"properties/mutant.h\"\n"
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
         ") {\n"
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
