#include "properties/command_subject.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "properties/foreign_breach.h"
#include "weir/check.h"
#include "weir/checked.h"
#include "weir/stream_state.h"

namespace weir::properties {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;  // a pipe of Linux
// Programs take milliseconds a case, and slow ones seconds for a large one.
constexpr std::size_t kPayloadBytesMax = std::size_t{1} << 20;
// A generous one: what it guards against is believing a header that announces gigabytes.
constexpr std::uint64_t kReadBytesMax = std::uint64_t{512} << 20;

constexpr std::string_view kReaderCalls =
    "the calls of a reader end in Weir: a command has a standard input and a standard output";
constexpr std::string_view kWriterCalls =
    "how bytes are taken from a command is Weir's doing: it has a pipe";
constexpr std::string_view kFaultsBelow =
    "what fails below fails in Weir, which then ends the command; see full-output";
constexpr std::string_view kBlocking = "a command waits: nothing would block";
constexpr std::string_view kMemory = "memory of this process: a command has its own";
constexpr std::string_view kPipe = "a pipe does not seek";
constexpr std::string_view kNoFlush = "a command cannot be told to flush";
constexpr std::string_view kLifecycle =
    "closing and leaving streams is Weir's doing: a command sees its standard input end, or is "
    "ended";
constexpr std::string_view kOtherBytes =
    "what is above and below a command in a chain is Weir's: it moves the bytes of other "
    "transforms as those of files";

// What says nothing about a command, and why: each of them would test the pump in this file.
constexpr Inapplicable kInapplicable[] = {
    {"read-chunking", kReaderCalls},
    {"eof-exact", kReaderCalls},
    {"eof-sticky", kReaderCalls},
    {"zero-length", kReaderCalls},
    {"input-untouched", kReaderCalls},
    {"output-bounds", kReaderCalls},
    {"count-bounds", kReaderCalls},
    {"end-position", kReaderCalls},
    {"read-ahead-bound", kReaderCalls},
    {"call-economy", kReaderCalls},
    {"short-sink-writes", kWriterCalls},
    {"write-behind-bound", kWriterCalls},
    {"would-block-read", kBlocking},
    {"would-block-write", kBlocking},
    {"progress", kBlocking},
    {"seek-model", kPipe},
    {"seek-refused", kPipe},
    {"seek-past-end", kPipe},
    {"seek-honest", kPipe},
    {"seek-over-partial", kPipe},
    {"source-fault", kFaultsBelow},
    {"sink-fault", kFaultsBelow},
    {"flush-fault", kFaultsBelow},
    {"close-fault", kFaultsBelow},
    {"after-fault", kFaultsBelow},
    {"distrust", kFaultsBelow},
    {"close-reports", kFaultsBelow},
    {"allocation-fault", kMemory},
    {"heap-bound", kMemory},
    {"no-leaks", kMemory},
    {"flush-readable", kNoFlush},
    {"flush-forwards", kNoFlush},
    {"close-once", kLifecycle},
    {"use-after-close", kLifecycle},
    {"abandon", kLifecycle},
    {"chain", kOtherBytes},
};

Error error_of(const ProgramEnd& end, Side side, std::uint64_t offset) {
  Error error(side == Side::kDecode ? Code::kCorrupt : Code::kIo);
  error.offset = offset;
  error.detail.append(describe(end));
  return error;
}

/// Writes all of `bytes` to the stream below.
Result<void> pass_on(Sink& below, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const Result<std::size_t> taken = write_below(below, bytes);
    if (!taken.has_value()) return fail(taken.error());
    bytes = bytes.subspan(*taken);
  }
  return {};
}

// Each write is a piece of its own to the command, as from a slow pipe.
class CommandSink final : public Sink {
 public:
  CommandSink(std::unique_ptr<Sink> below, Process process)
      : below_(std::move(below)), process_(std::move(process)), buffer_(kBufferBytes) {}

  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (!state_.open()) return state_.refusal();
    if (input.empty()) return 0;
    std::span<const std::byte> left = input;
    bool waiting = true;
    while (!left.empty() && process_->takes() && !process_->end().has_value()) {
      waiting = waiting && !process_->has_read();
      const auto offered = waiting ? std::span<const std::byte>() : left;
      const Result<std::size_t> taken = move(offered, waiting);
      if (!taken.has_value()) return state_.failing(taken.error());
      left = left.subspan(*taken);
    }
    // A command that closed its standard input has no use for the rest, and will say what that
    // means.
    taken_ += input.size();
    return input.size();
  }

  Result<void> flush() override {
    if (!state_.open()) return state_.refusal();
    return {};
  }

  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return taken_;
  }

  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    if (state_.open()) finish();
    state_.begin_close();
    // Nothing that this command started is left when the stream below is complete.
    process_.reset();
    return state_.complete_close(below_->close());
  }

 private:
  /// One step; what comes out is passed on. How much of `input` went in.
  Result<std::size_t> move(std::span<const std::byte> input, bool shortly) {
    const Process::Moved moved = shortly ? process_->step(input, buffer_, process_->until_asked())
                                         : process_->step(input, buffer_);
    const auto passed = pass_on(*below_, std::span(buffer_).first(moved.given));
    if (!passed.has_value()) return fail(passed.error());
    return moved.taken;
  }

  void finish() {
    process_->close_input();
    while (!process_->end().has_value()) {
      if (const auto moved = move({}, false); !moved.has_value()) {
        static_cast<void>(state_.failing(moved.error()));
        return;
      }
    }
    if (process_->end()->well()) return;
    static_cast<void>(state_.failing(error_of(*process_->end(), Side::kEncode, taken_)));
  }

  std::unique_ptr<Sink> below_;
  std::optional<Process> process_;
  std::vector<std::byte> buffer_;
  std::uint64_t taken_ = 0;
  StreamState state_;
};

// What the source below gives at once is a piece of its own to the command.
class CommandSource final : public Source {
 public:
  CommandSource(std::unique_ptr<Source> below, Process process)
      : below_(std::move(below)), process_(std::move(process)), buffer_(kBufferBytes) {}

  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!state_.open()) return state_.refusal();
    if (output.empty()) return 0;
    while (!process_->end().has_value()) {
      const Result<std::size_t> given = move(output);
      if (!given.has_value()) return state_.failing(given.error());
      if (*given == 0) continue;
      position_ += *given;
      return given;
    }
    if (process_->end()->well()) return 0;
    return state_.failing(error_of(*process_->end(), Side::kDecode, fed_));
  }

  Result<std::uint64_t> seek(std::int64_t, Whence) override { return fail(Code::kNotSeekable); }

  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return position_;
  }

  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    state_.begin_close();
    process_.reset();
    return state_.complete_close(below_->close());
  }

 private:
  /// One step. How many bytes of `output` came out.
  Result<std::size_t> move(std::span<std::byte> output) {
    if (process_->takes() && pending_.empty()) {
      const Result<std::size_t> count = read_below(*below_, buffer_);
      if (!count.has_value()) return fail(count.error());
      pending_ = std::span(buffer_).first(*count);
      begun_ = false;
      if (*count == 0) process_->close_input();
    }
    begun_ = begun_ || process_->has_read();
    const Process::Moved moved = begun_ ? process_->step(pending_, output)
                                        : process_->step({}, output, process_->until_asked());
    pending_ = pending_.subspan(moved.taken);
    fed_ += moved.taken;
    return moved.given;
  }

  std::unique_ptr<Source> below_;
  std::optional<Process> process_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> pending_;  // a piece, or what is left of it
  bool begun_ = false;                  // the piece may go in
  std::uint64_t fed_ = 0;
  std::uint64_t position_ = 0;
  StreamState state_;
};

class CommandTransform final : public StreamTransform {
 public:
  CommandTransform(std::shared_ptr<const CommandPair> commands, std::string name)
      : commands_(std::move(commands)), name_(std::move(name)) {}

  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    auto process = Process::start(commands_->encode, commands_->limits);
    if (!process.has_value()) return fail(process.error());
    return std::make_unique<CommandSink>(std::move(output), std::move(*process));
  }

  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    auto process = Process::start(commands_->decode, commands_->limits);
    if (!process.has_value()) return fail(process.error());
    return std::make_unique<CommandSource>(std::move(input), std::move(*process));
  }

  Descriptor descriptor() const override { return *Descriptor::parse(name_); }

 private:
  std::shared_ptr<const CommandPair> commands_;
  std::string name_;
};

std::string how_it_runs(const Program& program) {
  return "'" + program.text + "'" + (program.by_shell ? " (by /bin/sh)" : "");
}

// ---- trying ----

/// What came of trying a command on a few bytes.
struct Trial {
  bool ran = false;  ///< it ended; otherwise it could not be started, or was lost
  ProgramEnd end{};
  std::string too_slow{};  ///< lost as a hang: what was seen
  std::string written{};
};

constexpr std::string_view kTrialBytes = "Weir tries this command.\n";

std::string option_of(const CommandPair& commands, Side side) {
  return "--" + std::string(to_string(side)) + "-command '" + commands.of(side).text + "'";
}

/// `problem`: that it cannot be started.
Trial try_command(const CommandPair& commands, Side side, std::string_view input,
                  std::string& problem) {
  Trial trial;
  try {
    const auto end =
        run_command(commands, side, std::as_bytes(std::span(input.data(), input.size())),
                    OutputTo::kPipe, trial.written);
    if (end.has_value()) {
      trial.ran = true;
      trial.end = *end;
    } else {
      problem = option_of(commands, side) + " cannot be started: " + describe(end.error());
    }
  } catch (const ForeignBreach& lost) {
    if (lost.kind == "hang") trial.too_slow = lost.seen;
  }
  return trial;
}

/// Why a command is no filter, given what it did with some bytes and with none.
std::string why_no_filter(const CommandPair& commands, Side side, const Trial& some,
                          const Trial& none) {
  // One that hangs on some bytes alone, or crashes, is for the clauses to find.
  if (!some.too_slow.empty() && !none.too_slow.empty()) {
    return option_of(commands, side) + " takes too long, whatever it is given: " + some.too_slow +
           "; if it is only slow, --command-seconds N allows more";
  }
  if (some.ran && none.ran && !some.end.well() && !none.end.well() && some.written.empty()) {
    return option_of(commands, side) +
           (side == Side::kEncode ? " fails whatever it is given: "
                                  : " fails on all that the other command wrote: ") +
           describe(some.end);
  }
  if (some.ran && some.end.well() && some.written.empty() && !some.end.last_words.empty()) {
    return option_of(commands, side) +
           " writes nothing to standard output, and to standard error: " + some.end.last_words;
  }
  return {};
}

}  // namespace

std::string_view to_string(Side side) noexcept {
  return side == Side::kEncode ? "encode" : "decode";
}

Result<ProgramEnd> run_command(const CommandPair& commands, Side side,
                               std::span<const std::byte> input, OutputTo output,
                               std::string& written) {
  auto process = Process::start(commands.of(side), commands.limits, output);
  if (!process.has_value()) return fail(process.error());
  std::vector<std::byte> buffer(kBufferBytes);
  while (!process->end().has_value()) {
    if (input.empty()) process->close_input();
    const Process::Moved moved = process->step(input, buffer);
    input = input.subspan(moved.taken);
    written.append(reinterpret_cast<const char*>(buffer.data()), moved.given);
  }
  return *process->end();
}

std::string command_subject_name(const Program& encode) {
  std::string_view first = encode.words.front();
  if (encode.by_shell) {
    const std::string_view text = encode.text;
    const std::size_t begin = std::min(text.find_first_not_of(" \t\n("), text.size());
    first = text.substr(begin, text.find_first_of(" \t\n|&;<>()", begin) - begin);
  }
  first.remove_prefix(first.rfind('/') + 1);
  std::string name;
  for (const char c : first.substr(0, 40)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    name += plain ? c : '-';
  }
  return "command." + (name.empty() ? std::string("shell") : name) + "/1";
}

Subject command_subject(CommandPair given) {
  const auto commands = std::make_shared<const CommandPair>(std::move(given));
  const std::string name = command_subject_name(commands->encode);
  Subject subject = subject_from_maker(
      name,
      "The command " + how_it_runs(commands->encode) + ", read by " +
          how_it_runs(commands->decode) + ".",
      traits(Trait::kPartialBelow), [commands, name]() -> Result<std::unique_ptr<StreamTransform>> {
        return std::make_unique<CommandTransform>(commands, name);
      });
  subject.bounds.read_heap_bytes = kReadBytesMax;
  subject.take_peak_bytes = take_peak_bytes;
  subject.payload_bytes_max = kPayloadBytesMax;
  subject.inapplicable.assign(std::begin(kInapplicable), std::end(kInapplicable));
  subject.run_command = [commands](Side side, std::span<const std::byte> input,
                                   OutputTo output) -> Result<int> {
    std::string written;
    const auto end = run_command(*commands, side, input, output, written);
    if (!end.has_value()) return fail(end.error());
    return end->code;
  };
  return subject;
}

std::string why_not_testable(const CommandPair& commands) {
  std::string problem;
  const Trial some = try_command(commands, Side::kEncode, kTrialBytes, problem);
  const Trial none = try_command(commands, Side::kEncode, {}, problem);
  if (problem.empty()) problem = why_no_filter(commands, Side::kEncode, some, none);
  if (!problem.empty()) return problem;
  const Trial some_back = try_command(commands, Side::kDecode, some.written, problem);
  const Trial none_back = try_command(commands, Side::kDecode, none.written, problem);
  // What an encoder left behind that did not end well says nothing about the decoder.
  if (problem.empty() && some.ran && some.end.well()) {
    problem = why_no_filter(commands, Side::kDecode, some_back, none_back);
  }
  return problem;
}

}  // namespace weir::properties
