// `weir encode` and `weir decode`: files and pipes through a chain of transforms.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include "commands.h"
#include "exit_code.h"
#include "jobs.h"
#include "meter.h"
#include "output.h"
#include "terminal.h"
#include "text.h"
#include "weir/file.h"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;

using Transforms = std::vector<std::unique_ptr<StreamTransform>>;

// Large enough that calls cost nothing beside the work, small enough to stay in a cache.
constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

void wait_for(int descriptor, short events) {
  pollfd wanted{descriptor, events, 0};
  ::poll(&wanted, 1, -1);
}

// What is known of a copy when it ends early.
struct Flow {
  Totals totals;
  std::uint64_t input_position = 0;
  // The member of the chain that failed first, counted from the raw stream; 0 is the file.
  std::optional<std::size_t> failed_layer;
};

// The end of the chain at the raw input. Counts what is read.
class InputSource final : public Source {
 public:
  // Without `seekable` it is read from front to back, whatever the file could do: streams are then
  // verified as on a pipe.
  InputSource(int descriptor, bool seekable, Flow& flow)
      : file_(descriptor, Ownership::kBorrowed), seekable_(seekable), flow_(&flow) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    Result<std::size_t> size = file_.read(output);
    if (size) {
      flow_->totals.input += *size;
      flow_->input_position += *size;
    } else if (size.error().code != Code::kWouldBlock) {
      flow_->failed_layer = 0;
    }
    return size;
  }
  bool seekable() const override { return seekable_; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (!seekable_) return fail(Code::kNotSeekable);
    Result<std::uint64_t> position = file_.seek(offset, whence);
    if (position) flow_->input_position = *position;
    return position;
  }
  Result<std::uint64_t> tell() const override { return file_.tell(); }
  Result<void> close() override { return file_.close(); }

 private:
  FileSource file_;
  bool seekable_;
  Flow* flow_;
};

// Stands behind a member of the chain and notes whether that was the first to fail. Errors pass
// through chains unchanged, so the message could not tell otherwise whose offset it has.
class WitnessSource final : public Source {
 public:
  WitnessSource(std::unique_ptr<Source> below, std::size_t layer, Flow& flow)
      : below_(std::move(below)), layer_(layer), flow_(&flow) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    return noted(below_->read(output));
  }
  std::span<const std::byte> peek(std::size_t size_hint) override {
    return below_->peek(size_hint);
  }
  void consume(std::size_t size) override { below_->consume(size); }
  bool seekable() const override { return below_->seekable(); }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    return noted(below_->seek(offset, whence));
  }
  Result<std::uint64_t> tell() const override { return below_->tell(); }
  Result<void> close() override { return below_->close(); }

 private:
  template <class T>
  Result<T> noted(Result<T> result) {
    if (!result && result.error().code != Code::kWouldBlock && !flow_->failed_layer) {
      flow_->failed_layer = layer_;
    }
    return result;
  }

  std::unique_ptr<Source> below_;
  std::size_t layer_;
  Flow* flow_;
};

// The end of the chain at the raw output. Counts what is written.
class OutputSink final : public Sink {
 public:
  OutputSink(int descriptor, Flow& flow) : file_(descriptor, Ownership::kBorrowed), flow_(&flow) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    Result<std::size_t> size = file_.write(input);
    if (size) flow_->totals.output += *size;
    return size;
  }
  Result<void> flush() override { return file_.flush(); }
  Result<std::uint64_t> tell() const override { return file_.tell(); }
  Result<void> close() override { return file_.close(); }

 private:
  FileSink file_;
  Flow* flow_;
};

// The writer's end of a chain: bytes go through the last transform first.
Result<std::unique_ptr<Sink>> encode_into(const Transforms& transforms,
                                          std::unique_ptr<Sink> output) {
  for (const auto& transform : transforms) {
    auto outer = transform->transform_to(std::move(output));
    if (!outer) return fail(outer.error());
    output = std::move(*outer);
  }
  return output;
}

// The reader's end: bytes go through the first transform first.
Result<std::unique_ptr<Source>> decode_from(const Transforms& transforms,
                                            std::unique_ptr<Source> input, Flow& flow) {
  for (std::size_t i = 0; i < transforms.size(); ++i) {
    auto outer = transforms[i]->transform_from(std::move(input));
    if (!outer) {
      flow.failed_layer = i + 1;
      return fail(outer.error());
    }
    input = std::make_unique<WitnessSource>(std::move(*outer), i + 1, flow);
  }
  return input;
}

// A failure and where it happened; a range that the payload does not have is one too, whose offset
// is the payload's size.
struct Failure {
  enum class Side { kInput, kOutput, kRange } side;
  Error error;
};

Failure outside(std::uint64_t payload_size) {
  return {Failure::Side::kRange, Error(Code::kInvalidArgument, payload_size, "")};
}

// The part of what a source still gives that is wanted.
struct Part {
  std::uint64_t skip = 0;
  std::optional<std::uint64_t> length;  // none: all
};

// What `done` of the totals counts.
enum class Measure { kInput, kPayload };

// Moves `part` of `source` to `sink` and closes both.
std::optional<Failure> pump(Source& source, Part part, Sink& sink, int input, int output,
                            Measure measure, Flow& flow, Meter& meter) {
  const std::unique_ptr<std::byte[]> buffer(new std::byte[kBufferBytes]);
  std::uint64_t moved = 0;
  // A range that begins at the very end is one; a read tells whether what is skipped is there.
  while (part.skip > 0 || part.length != 0) {
    const std::uint64_t wanted =
        part.skip > 0 ? part.skip : part.length.value_or(std::uint64_t{kBufferBytes});
    const Result<std::size_t> size = source.read(
        {buffer.get(), static_cast<std::size_t>(std::min<std::uint64_t>(wanted, kBufferBytes))});
    if (failed_with(size, Code::kWouldBlock)) {
      wait_for(input, POLLIN);
      continue;
    }
    if (!size) return Failure{Failure::Side::kInput, size.error()};
    if (*size == 0) {
      if (part.skip > 0 || part.length) return outside(moved);
      break;
    }
    moved += *size;
    if (part.skip > 0) {
      part.skip -= *size;
    } else {
      if (part.length) *part.length -= *size;
      std::span<const std::byte> rest(buffer.get(), *size);
      while (!rest.empty()) {
        const Result<std::size_t> taken = sink.write(rest);
        if (failed_with(taken, Code::kWouldBlock)) {
          wait_for(output, POLLOUT);
          continue;
        }
        if (!taken) return Failure{Failure::Side::kOutput, taken.error()};
        rest = rest.subspan(*taken);
      }
    }
    flow.totals.done = measure == Measure::kInput ? flow.totals.input : moved;
    meter.update(flow.totals);
  }
  for (;;) {
    const Result<void> closed = sink.close();
    if (closed) break;
    if (!failed_with(closed, Code::kWouldBlock)) {
      return Failure{Failure::Side::kOutput, closed.error()};
    }
    wait_for(output, POLLOUT);
  }
  // Everything was read and written; what closing an input says changes nothing.
  [[maybe_unused]] const Result<void> released = source.close();
  return std::nullopt;
}

// One file's way through the chain.
class Passage {
 public:
  Passage(Direction direction, const EncodeOptions& options, const Transforms& transforms)
      : direction_(direction), options_(options), transforms_(transforms) {}

  // Returns an exit code. `place` says which file of how many this is, for the progress display;
  // empty for the only one.
  int run(const std::string& input, const std::string& output, const std::string& place);

 private:
  std::optional<Failure> copy(int input, const struct stat& status, const Output& output,
                              const std::string& place, Flow& flow) const;
  int report(const Failure& failure, const std::string& input, const Output& output,
             const Flow& flow) const;
  std::string range_message(std::uint64_t payload_size) const;

  Direction direction_;
  const EncodeOptions& options_;
  const Transforms& transforms_;
};

std::optional<Failure> Passage::copy(int input, const struct stat& status, const Output& output,
                                     const std::string& place, Flow& flow) const {
  const bool regular = S_ISREG(status.st_mode);
  std::optional<std::uint64_t> total;
  if (regular) total = static_cast<std::uint64_t>(status.st_size);
  Measure measure = Measure::kInput;
  auto file_sink = std::make_unique<OutputSink>(output.descriptor(), flow);
  const bool encode = direction_ == Direction::kEncode;
  std::string title = encode ? "encoding" : "decoding";
  if (!place.empty()) title += " " + place;
  if (encode) {
    auto file_source = std::make_unique<InputSource>(input, false, flow);
    auto sink = encode_into(transforms_, std::move(file_sink));
    if (!sink) return Failure{Failure::Side::kInput, sink.error()};
    Meter meter(direction_, title, total, options_.quiet);
    return pump(*file_source, {}, **sink, input, output.descriptor(), measure, flow, meter);
  }

  // A descriptor that was given half read is a stream that begins in its middle.
  const bool seekable = options_.range && regular && ::lseek(input, 0, SEEK_CUR) == 0;
  auto source =
      decode_from(transforms_, std::make_unique<InputSource>(input, seekable, flow), flow);
  if (!source) return Failure{Failure::Side::kInput, source.error()};
  Part part;
  if (options_.range) {
    const ByteRange& range = *options_.range;
    part.skip = range.begin;
    if (range.end) part.length = *range.end - range.begin;
    if ((*source)->seekable()) {
      // The size first: nothing is given of a range that is not all there.
      const Result<std::uint64_t> size = (*source)->seek(0, Whence::kEnd);
      if (!size) return Failure{Failure::Side::kInput, size.error()};
      const std::uint64_t end = range.end.value_or(*size);
      if (range.begin > *size || end > *size) return outside(*size);
      const auto begin = (*source)->seek(static_cast<std::int64_t>(range.begin), Whence::kSet);
      if (!begin) return Failure{Failure::Side::kInput, begin.error()};
      part = {0, end - range.begin};
    }
    if (part.length) {
      measure = Measure::kPayload;
      total = part.skip + *part.length;
    }
  }
  Meter meter(direction_, title, total, options_.quiet);
  return pump(**source, part, *file_sink, input, output.descriptor(), measure, flow, meter);
}

std::string Passage::range_message(std::uint64_t payload_size) const {
  const ByteRange& range = *options_.range;
  const std::string which =
      range.end ? fmt::format("{}-{}", range.begin, *range.end) : fmt::format("{}-", range.begin);
  return fmt::format("the range {} is outside the payload, which has {}", which,
                     payload_size == 1 ? "1 byte" : fmt::format("{} bytes", payload_size));
}

int Passage::report(const Failure& failure, const std::string& input, const Output& output,
                    const Flow& flow) const {
  const Error& error = failure.error;
  const std::uint64_t written = flow.totals.output;
  const std::string left = output.temporary() || written == 0
                               ? "nothing was left behind"
                               : fmt::format("{} had already been passed on", human_bytes(written));
  if (error.code == Code::kOutOfMemory) {
    return refuse(kExitCouldNotRun, fmt::format("out of memory at byte {} of {}; {}",
                                                flow.input_position, input, left));
  }
  if (failure.side == Failure::Side::kOutput && error.code == Code::kIo) {
    if (error.os_error == EPIPE) {
      return refuse(kExitCouldNotRun,
                    fmt::format("cannot write {}: the reader closed the pipe after {}",
                                output.name(), human_bytes(written)));
    }
    const bool full = error.os_error == ENOSPC || error.os_error == EDQUOT;
    return refuse(kExitCouldNotRun,
                  fmt::format("cannot write {}: {} after {}; {}{}", output.name(),
                              error.os_error != 0 ? std::strerror(error.os_error) : describe(error),
                              human_bytes(written), left, full ? "; make room and run again" : ""));
  }
  if (error.code == Code::kIo) {
    return refuse(kExitUsage,
                  fmt::format("cannot read {}: {} at byte {}; {}", input,
                              error.os_error != 0 ? std::strerror(error.os_error) : describe(error),
                              flow.input_position, left));
  }
  const bool encode = direction_ == Direction::kEncode;
  const std::string verb = encode ? "encode" : "decode";
  if (failure.side == Failure::Side::kRange) {
    return refuse(kExitUsage, fmt::format("cannot {} {}: {}; {}", verb, input,
                                          range_message(error.offset), left));
  }
  // Who found it, and in what its offset counts.
  std::string who;
  std::string where;
  const std::size_t layer = flow.failed_layer.value_or(0);
  if (layer > 0) who = transforms_[layer - 1]->descriptor().str() + ": ";
  if (layer > 1) {
    where = fmt::format(" (in what {} gave, of which the input is at byte {})",
                        transforms_[layer - 2]->descriptor().str(), flow.input_position);
  }
  std::string what = describe(error);
  std::string hint;
  switch (error.code) {
    case Code::kTruncated:
      hint = "; the end is missing, or these are not its transforms";
      break;
    case Code::kCorrupt:
      hint = "; is it the right file, and are these its transforms?";
      break;
    case Code::kLimitExceeded:
      hint = limit_advice(error);
      if (!hint.empty()) hint = "; " + hint;
      break;
    case Code::kInvalidArgument:
      // A key provider's words.
      what = std::string(error.detail.view());
      break;
    default:
      break;
  }
  return refuse(kExitUsage, fmt::format("cannot {} {}: {}{}{}; {}{}", verb, input, who, what, where,
                                        left, hint));
}

int Passage::run(const std::string& input_path, const std::string& output_path,
                 const std::string& place) {
  const bool from_standard = is_standard(input_path);
  const std::string input_name =
      from_standard ? "standard input" : fmt::format("'{}'", printable(input_path));
  const auto cannot_read = [&](std::string_view why) {
    return refuse(kExitUsage, fmt::format("cannot read {}: {}", input_name, why));
  };
  struct Descriptor {
    int number = 0;
    ~Descriptor() {
      if (number > 0) ::close(number);
    }
  } input;
  if (!from_standard) {
    input.number = ::open(input_path.c_str(), O_RDONLY | O_CLOEXEC);
    if (input.number < 0) return cannot_read(std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(input.number, &status) != 0) return cannot_read(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return cannot_read("it is a folder; name a file");
  const bool regular = S_ISREG(status.st_mode);
  if (regular && !options_.range) ::posix_fadvise(input.number, 0, 0, POSIX_FADV_SEQUENTIAL);

  struct stat there {};
  const bool exists =
      (is_standard(output_path) ? ::fstat(1, &there) : ::stat(output_path.c_str(), &there)) == 0;
  if (regular && exists && S_ISREG(there.st_mode) && status.st_dev == there.st_dev &&
      status.st_ino == there.st_ino) {
    return refuse(kExitUsage, fmt::format("input and output are the same file, {}; name another "
                                          "output",
                                          input_name));
  }
  for (const std::string& file : options_.chain.keys.files) {
    struct stat key {};
    if (!exists || !S_ISREG(there.st_mode) || ::stat(file.c_str(), &key) != 0) continue;
    if (key.st_dev != there.st_dev || key.st_ino != there.st_ino) continue;
    return refuse(kExitUsage, fmt::format("the output would be written over the key file '{}'; "
                                          "name another output",
                                          printable(file)));
  }
  if (direction_ == Direction::kEncode && is_standard(output_path) && ::isatty(1) == 1) {
    return refuse(kExitUsage,
                  "encoded bytes would go to the terminal; name an output file or redirect");
  }
  Output output;
  // Who may not read the input may not read it in another form either.
  const mode_t fresh = regular ? 0666 & status.st_mode : 0666;
  const int refused =
      output.open(output_path, options_.force ? Existing::kReplace : Existing::kKeep, fresh);
  const auto is_there = [&] {
    return refuse(kExitUsage, fmt::format("cannot write {}: it is there already; --force replaces "
                                          "it",
                                          output.name()));
  };
  if (refused == EEXIST) return is_there();
  if (refused != 0) {
    return refuse(kExitCouldNotRun, fmt::format("cannot write {}: {}", output.name(),
                                                refused == EISDIR ? "it is a folder; name a file"
                                                                  : std::strerror(refused)));
  }
  if (from_standard && ::isatty(0) == 1 && ::isatty(2) == 1 && !options_.quiet) {
    complain("reading from the terminal; Ctrl-D ends the input");
  }

  Flow flow;
  const std::optional<Failure> failure = copy(input.number, status, output, place, flow);
  if (failure) return report(*failure, input_name, output, flow);
  const int error = output.commit();
  if (error == 0) return kExitHeld;
  // Made in the meantime by somebody else.
  if (error == EEXIST) return is_there();
  return refuse(kExitCouldNotRun, fmt::format("cannot write {}: {}; nothing was left behind",
                                              output.name(), std::strerror(error)));
}

int run_several(Direction direction, const EncodeOptions& options, Passage& passage) {
  if (options.files.empty()) {
    return refuse(kExitUsage, "--suffix and --output-dir want the inputs' names");
  }
  struct stat status {};
  if (!options.output_folder.empty() &&
      (::stat(options.output_folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))) {
    return refuse(kExitUsage, fmt::format("'{}' is not a folder; make it first",
                                          printable(options.output_folder)));
  }
  const std::vector<Job> jobs =
      name_outputs(direction, options.files, options.suffix, options.output_folder);
  const std::string clash = find_clash(jobs, options.chain.keys.files);
  if (!clash.empty()) return refuse(kExitUsage, clash + "; nothing was done");
  int code = kExitHeld;
  std::size_t failed = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = jobs[i];
    const std::string place =
        fmt::format("{} ({} of {})", clip(printable(fs::path(job.input).filename().string()), 24),
                    i + 1, jobs.size());
    const int done = job.error.empty() ? passage.run(job.input, job.output, place)
                                       : refuse(kExitUsage, job.error);
    code = std::max(code, done);
    failed += done != kExitHeld;
  }
  if (failed > 0 && jobs.size() > 1) {
    complain(failed == jobs.size()
                 ? fmt::format("all {} files failed", failed)
                 : fmt::format("{} of {} files failed; the others are done", failed, jobs.size()));
  }
  return code;
}

}  // namespace

int run_encode(Direction direction, const EncodeOptions& options) {
  const bool several = !options.suffix.empty() || !options.output_folder.empty();
  if (!several && options.files.size() > 2) {
    return refuse(kExitUsage,
                  fmt::format("{} files, where one input and one output are meant; for several "
                              "inputs say where the outputs go: --suffix or --output-dir",
                              options.files.size()));
  }
  if (options.suffix.find('/') != std::string::npos) {
    return refuse(kExitUsage, fmt::format("'{}' is no suffix: it has a slash; --output-dir takes "
                                          "folders",
                                          printable(options.suffix)));
  }
  const ChainOutcome chain = make_chain(options.chain);
  if (!chain.ok()) return refuse(kExitUsage, chain.error);

  // From here a signal ends the program at once, and with it what was begun.
  remove_on_signal({});
  Passage passage(direction, options, chain.transforms);
  if (several) return run_several(direction, options, passage);
  return passage.run(options.files.empty() ? "-" : options.files[0],
                     options.files.size() < 2 ? "-" : options.files[1], {});
}

}  // namespace weir::cli
