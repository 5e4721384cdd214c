#include "report_finding.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "evaluator.h"
#include "foreign.h"
#include "names.h"
#include "program.h"
#include "properties/case_text.h"
#include "properties/emit_test.h"
#include "properties/roster.h"
#include "terminal.h"
#include "text.h"
#include "trace_run.h"

namespace weir::cli {

using nlohmann::ordered_json;
using properties::Actor;
using properties::Answer;
using properties::Call;
using properties::Case;
using properties::Event;
using properties::FieldId;
using properties::Op;
using properties::RunRecord;
using properties::Verdict;

namespace {

// A page is to be opened, not to be downloaded for minutes.
constexpr std::size_t kCaseTextShown = 64 * 1024;
constexpr std::size_t kFirstSteps = 40;
constexpr std::size_t kLastSteps = 120;
constexpr std::size_t kPiecesTold = 60;  // of one lane
constexpr std::size_t kPiecesMax = 400;  // likewise
constexpr std::size_t kHeadBytes = 32;
constexpr std::uint64_t kHexBefore = 32;
constexpr std::uint64_t kHexBytes = 96;
constexpr std::size_t kPayloadBytesMax = std::size_t{16} << 20;

// The lanes of the drawing, by Actor.
constexpr std::array<std::string_view, 4> kLanes = {"writer", "sink", "reader", "source"};

std::size_t lane_of(const Event& event) { return static_cast<std::size_t>(event.actor); }
bool is_reading(const Event& event) {
  return event.actor == Actor::kReader || event.actor == Actor::kSourceBelow;
}
// How far the position moves.
std::uint64_t advance(const Event& event) {
  if (!event.ok) return 0;
  if (event.call == Call::kWrite || event.call == Call::kRead) return event.answered;
  if (event.call == Call::kCommit || event.call == Call::kConsume) return event.asked;
  return 0;
}

// How each call went. A source that gives less than it is asked for is only short where it has more
// to give.
std::vector<std::string_view> states_of(const std::vector<Event>& events) {
  std::vector<std::string_view> states;
  states.reserve(events.size());
  std::uint64_t encoded = 0;  // what the source below has, as far as that is known
  std::uint64_t position = 0;
  bool fresh = true;
  for (const Event& event : events) {
    const bool reads = event.call == Call::kRead;
    const bool source = event.actor == Actor::kSourceBelow;
    std::string_view state = "ok";
    if (!event.ok) {
      state = event.code == Code::kWouldBlock ? "block" : "fault";
    } else if ((reads || event.call == Call::kWrite) && event.asked > 0) {
      if (event.answered > event.asked) {
        state = "lie";
      } else if (reads && event.answered == 0) {
        state = "end";
      } else if (event.answered < event.asked) {
        const bool has_more = source && position + event.answered < encoded;
        if (!reads || has_more) state = "short";
      }
    }
    states.push_back(state);
    if (event.call == Call::kMake) {
      position = 0;
      fresh = true;
    } else if (event.call == Call::kDamage) {
      encoded = event.answered;
    } else if (event.actor == Actor::kSinkBelow && advance(event) > 0) {
      encoded = advance(event) + (fresh ? 0 : encoded);
      fresh = false;
    } else if (source) {
      position = event.ok && event.call == Call::kSeek ? event.answered : position + advance(event);
    }
  }
  return states;
}

// "reader       read 10              -> 3 bytes" in its parts.
ordered_json step_json(const Event& event, std::string_view state, std::size_t index) {
  ordered_json step{{"step", index + 1}};
  if (event.call == Call::kMake && event.ok) {
    step["call"] = "another stream";
    return step;
  }
  std::string line = describe(event);
  const auto trimmed = [](std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  constexpr std::size_t kWhoColumns = 13;
  const std::size_t arrow = line.find(" -> ", kWhoColumns);
  step["who"] = trimmed(line.substr(0, kWhoColumns));
  if (event.actor != Actor::kTest) step["lane"] = kLanes[lane_of(event)];
  step["call"] = trimmed(line.substr(kWhoColumns, arrow - kWhoColumns));
  step["result"] = arrow == std::string::npos ? "" : line.substr(arrow + 4);
  step["state"] = state;
  return step;
}

void add_steps(const RunRecord& run, const std::vector<std::string_view>& states,
               ordered_json& detail) {
  const bool marked = run.step < run.events.size();
  const std::size_t end = marked ? run.step + 1 : run.events.size();
  const std::size_t gap_begin = end > kFirstSteps + kLastSteps ? kFirstSteps : end;
  detail["steps"] = ordered_json::array();
  for (std::size_t i = 0; i < end; ++i) {
    if (i == gap_begin) i = end - kLastSteps;
    detail["steps"].push_back(step_json(run.events[i], states[i], i));
  }
  detail["steps_total"] = run.events.size();
  if (marked) detail["broke"] = run.step + 1;
  if (!marked && run.died) detail["died"] = true;
}

// Where the streams of a run begin: [begin, end) of the one that `at` is in.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};
Range stream_around(const std::vector<Event>& events, std::size_t at) {
  Range range{0, events.size()};
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].call != Call::kMake) continue;
    if (i <= at) range.begin = i + 1;
    if (i > at) {
      range.end = i;
      break;
    }
  }
  range.end = std::min(range.end, at + 1);
  return range;
}
bool has_side(const std::vector<Event>& events, Range range, bool reading) {
  return std::any_of(events.begin() + static_cast<std::ptrdiff_t>(range.begin),
                     events.begin() + static_cast<std::ptrdiff_t>(range.end),
                     [&](const Event& event) {
                       return event.actor != Actor::kTest && is_reading(event) == reading;
                     });
}
// The last stream that was written or read up to `at`.
std::optional<Range> side_before(const std::vector<Event>& events, std::size_t at, bool reading) {
  Range range = stream_around(events, at);
  for (;;) {
    if (has_side(events, range, reading)) return range;
    if (range.begin < 2) return std::nullopt;
    range = stream_around(events, range.begin - 2);
  }
}

// A call, or several alike that go on where the one before ended.
struct Piece {
  std::size_t step;  // of the first
  std::size_t calls;
  std::string_view state;
  Call call;
  std::uint64_t from;
  std::uint64_t to;
};

// What is too much to be told apart is drawn as one piece.
void merge_alike(std::vector<Piece>& pieces, std::size_t broke) {
  std::vector<Piece> merged;
  for (const Piece& piece : pieces) {
    Piece* const last = merged.empty() ? nullptr : &merged.back();
    if (last != nullptr && last->call == piece.call && last->state == piece.state &&
        last->to == piece.from && (last->to > last->from) == (piece.to > piece.from) &&
        piece.step != broke) {
      last->calls += piece.calls;
      last->to = piece.to;
    } else {
      merged.push_back(piece);
    }
  }
  pieces = std::move(merged);
}

void add_lanes(const RunRecord& run, const std::vector<std::string_view>& states,
               ordered_json& detail) {
  const std::vector<Event>& events = run.events;
  if (events.empty()) return;
  const std::size_t at = std::min(run.step, events.size() - 1);
  std::array<std::vector<Piece>, kLanes.size()> lanes;
  for (const bool reading : {false, true}) {
    const std::optional<Range> range = side_before(events, at, reading);
    if (!range) continue;
    std::array<std::uint64_t, kLanes.size()> position{};
    for (std::size_t i = range->begin; i < range->end; ++i) {
      const Event& event = events[i];
      if (event.actor == Actor::kTest || is_reading(event) != reading) continue;
      const std::size_t lane = lane_of(event);
      const std::uint64_t from = position[lane];
      position[lane] += advance(event);
      if (event.ok && event.call == Call::kSeek) position[lane] = event.answered;
      lanes[lane].push_back({i, 1, states[i], event.call, from, position[lane]});
    }
  }
  for (std::size_t lane = 0; lane < kLanes.size(); ++lane) {
    std::vector<Piece>& pieces = lanes[lane];
    if (pieces.size() > kPiecesTold) merge_alike(pieces, run.step);
    for (const Piece& piece : pieces) {
      ordered_json& drawn = detail["lanes"][std::string(kLanes[lane])];
      if (drawn.size() >= kPiecesMax && piece.step != run.step) {
        detail["lanes_cut"] = true;
        continue;
      }
      const std::string call = step_json(events[piece.step], piece.state, piece.step)["call"];
      drawn.push_back({{"step", piece.step + 1},
                       {"calls", piece.calls},
                       {"call", call.substr(0, call.find(' '))},
                       {"state", piece.state},
                       {"from", piece.from},
                       {"to", piece.to}});
    }
  }
}

// Both sides where they part, when what was read can be held against the payload.
void add_hex(const RunRecord& run, std::span<const std::byte> payload, ordered_json& detail) {
  const std::vector<Event>& events = run.events;
  if (run.step >= events.size() || events[run.step].actor != Actor::kReader) return;
  const Event& last = events[run.step];
  if (last.call != Call::kRead && last.call != Call::kPeek) return;
  const std::optional<Range> range = side_before(events, run.step, true);
  // Bytes that nobody wrote are no payload: they are what the decoder is fed.
  if (!range || !side_before(events, run.step, false)) return;
  std::uint64_t position = 0;
  std::optional<std::uint64_t> parted;
  struct Given {
    std::uint64_t at;
    std::span<const std::byte> bytes;
  };
  std::vector<Given> pieces;
  for (std::size_t i = range->begin; i < range->end; ++i) {
    const Event& event = events[i];
    if (event.actor != Actor::kReader) continue;
    const bool gives = event.ok && (event.call == Call::kRead || event.call == Call::kPeek);
    if (gives && i < run.moved.size()) {
      const std::span<const std::byte> bytes = run.moved[i];
      for (std::size_t k = 0; k < bytes.size() && !parted; ++k) {
        const std::uint64_t place = position + k;
        if (place >= payload.size() || payload[place] != bytes[k]) parted = place;
      }
      // What the clause passed over is not what it is about: the payload is not the measure.
      if (parted && i != run.step) return;
      pieces.push_back({position, bytes});
    }
    if (i == run.step && !parted && (!event.ok || event.answered == 0)) parted = position;
    position += advance(event);
    if (event.ok && event.call == Call::kSeek) position = event.answered;
  }
  // Where the payload ends, too, it is not its bytes that part.
  if (!parted || (last.ok && last.answered == 0 && *parted >= payload.size())) return;
  const std::uint64_t from = *parted > kHexBefore ? (*parted - kHexBefore) / 16 * 16 : 0;
  const std::uint64_t end = from + kHexBytes;
  std::string expected;
  if (from < payload.size()) {
    expected =
        hex_text(payload.subspan(from, std::min<std::size_t>(kHexBytes, payload.size() - from)));
  }
  std::string seen;
  std::vector<std::string> cells;
  for (const Given& piece : pieces) {
    for (std::size_t k = 0; k < piece.bytes.size(); ++k) {
      const std::uint64_t place = piece.at + k;
      if (place < from || place >= end) continue;
      // Two dots: bytes that were read, but not kept.
      if (cells.size() <= place - from) cells.resize(place - from + 1, "..");
      cells[place - from] = hex_text(piece.bytes.subspan(k, 1));
    }
  }
  for (const std::string& cell : cells) seen += cell;
  detail["hex"] = {{"from", from},         {"at", *parted},
                   {"of", payload.size()}, {"expected", expected},
                   {"seen", seen},         {"ended", last.ok && last.answered == 0},
                   {"failed", !last.ok}};
}

std::string op_text(const Op& op) {
  // One operation of a list, in the words of the case format.
  const properties::Verb& verb = properties::verb_of(FieldId::kPayload, op);
  if (verb.has_bytes) return std::string(verb.name);
  for (std::size_t i = 0; i < verb.args.size(); ++i) {
    if (verb.args[i].shape == properties::Shape::kSeed) {
      return fmt::format("{} seed {}", verb.name, op.args[i]);
    }
    if (verb.args[i].shape == properties::Shape::kByte) {
      return fmt::format("{} {:#04x}", verb.name, op.args[i]);
    }
  }
  return std::string(verb.name);
}

void add_payload(const Case& value, std::span<const std::byte> payload, ordered_json& detail) {
  detail["payload"] = {{"size", payload.size()},
                       {"head", hex_text(payload.first(std::min(payload.size(), kHeadBytes)))},
                       {"segments", ordered_json::array()}};
  std::uint64_t left = payload.size();
  for (const Op& op : value.ops(FieldId::kPayload)) {
    const properties::Verb& verb = properties::verb_of(FieldId::kPayload, op);
    std::uint64_t size = op.bytes_size;
    for (std::size_t i = 0; i < verb.args.size() && !verb.has_bytes; ++i) {
      if (verb.args[i].shape == properties::Shape::kSize) {
        size = static_cast<std::uint64_t>(op.args[i]);
        break;
      }
    }
    size = std::min(size, left);
    left -= size;
    detail["payload"]["segments"].push_back({{"label", op_text(op)}, {"size", size}});
  }
  detail["writes"] = ordered_json::array();
  std::uint64_t at = 0;
  for (const Op& op : value.ops(FieldId::kWrites)) {
    const std::string_view name = properties::verb_of(FieldId::kWrites, op).name;
    if (name == "flush" || name == "nothing") {
      detail["writes"].push_back({{"at", at}, {"what", name}});
    } else {
      const std::uint64_t size =
          name == "rest" ? payload.size() : static_cast<std::uint64_t>(op.args[0]);
      at = std::min<std::uint64_t>(payload.size(), at + size);
      detail["writes"].push_back({{"at", at}, {"what", name == "lend" ? "lend" : "write"}});
    }
  }
}

// What this build says of the case, and the run that it is told from.
RunRecord run_again(const Case& value, const properties::Clause& clause,
                    const properties::Subject& subject, const properties::PayloadFiles& files,
                    const std::string& kind, ordered_json& detail) {
  std::optional<properties::Violation> violation;
  // A hang is cut off by the processor time that the trace gets; twice would be too long.
  const bool hangs = kind == "hang";
  if (!hangs) {
    Evaluator evaluator({&clause}, {&subject}, files);
    const Answer answer = evaluator.evaluate(value);
    if (answer.cancelled) return {};
    violation = answer.violation;
    const std::string signature =
        violation ? fmt::format("{}: {}", clause.id, violation->kind) : std::string();
    detail["replay"] = !answer.could_not_run.empty() ? "could not be run: " + answer.could_not_run
                       : !violation && answer.discarded > 0
                           ? "the clause has nothing to say of this case"
                       : !violation              ? "it held"
                       : violation->kind == kind ? "violated in the same way"
                                                 : "violated in another way, as " + signature;
    detail["replay_same"] = violation && violation->kind == kind;
  }
  RunRecord run = record_run(clause, subject, value, files, hangs ? 1 : 5);
  run.died = hangs;
  if (violation) {
    run.step = violation->step;
    run.expected = violation->expected;
    run.seen = violation->seen.empty() ? violation->kind : violation->seen;
    run.died = violation->died && violation->kind != "closed-descriptors";
  } else if (hangs) {
    run.seen = kind;
  }
  return run;
}

}  // namespace

ordered_json finding_detail(const std::string& case_text, const std::string& kind) {
  ordered_json detail = ordered_json::object();
  Case value;
  const properties::ParseOutcome parsed = properties::parse(case_text, value);
  if (!parsed.ok) {
    detail["note"] = fmt::format("The case cannot be read by this build (line {}): {}",
                                 parsed.error.line, parsed.error.message);
    return detail;
  }
  const properties::PayloadFiles files;
  std::vector<std::byte> payload;
  const Result<void> made = properties::materialise(value, files, kPayloadBytesMax, payload);
  if (made) {
    add_payload(value, payload, detail);
  } else {
    detail["note"] = "The payload cannot be made: " + describe(made.error());
    return detail;
  }
  bool left_out = false;
  const std::string unknown = name_problem(value, left_out);
  if (!unknown.empty()) {
    detail["note"] = "There is no trace, since this build cannot run the case" + unknown + ".";
    return detail;
  }
  const properties::Clause& clause = *properties::find_clause(value.clause);
  const properties::Subject& subject = *properties::find_subject(value.subject);
  const std::string skip = properties::skip_reason(clause, subject);
  if (!skip.empty()) {
    detail["note"] = "There is no trace, since the clause does not apply in this build: " + skip;
    return detail;
  }
  const RunRecord run = run_again(value, clause, subject, files, kind, detail);
  if (interrupted()) return detail;
  const std::vector<std::string_view> states = states_of(run.events);
  add_steps(run, states, detail);
  add_lanes(run, states, detail);
  add_hex(run, payload, detail);
  if (case_text.size() > kCaseTextShown) {
    detail["note"] = as_called(
        "The case is too long to be shown as a test and as steps: `weir repro --emit-test FILE`, "
        "`weir repro --recipe FILE`.");
    return detail;
  }
  // A test in C++ reaches what the program has of its own.
  if (brought_by(subject).empty()) {
    detail["test"] = properties::emit_test(value, {value.clause, kind}, project_contract());
  }
  if (!run.seen.empty()) {
    detail["recipe"] = printable_lines(properties::recipe(value, clause, run));
  }
  return detail;
}

}  // namespace weir::cli
