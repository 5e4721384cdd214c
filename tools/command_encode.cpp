// `weir encode` and `weir decode`: files and pipes through a chain of transforms.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "terminal.h"
#include "text.h"
#include "weir/builtin.h"
#include "weir/chain.h"
#include "weir/file.h"
#include "weir/transforms/rot13.h"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;

// Large enough that calls cost nothing beside the work, small enough to stay in a cache.
constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

bool is_standard(const std::string& path) { return path.empty() || path == "-"; }

int refuse(ExitCode code, std::string_view message) {
  complain(message);
  return code;
}

void wait_for(int descriptor, short events) {
  pollfd wanted{descriptor, events, 0};
  ::poll(&wanted, 1, -1);
}

// The output: a temporary name beside the final one until all is written, or standard output, or a
// device as it is.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    if (owned_ && descriptor_ >= 0) ::close(descriptor_);
  }

  // Returns errno.
  int open(const std::string& path) {
    if (is_standard(path)) {
      name_ = "standard output";
      return 0;
    }
    name_ = fmt::format("'{}'", printable(path));
    owned_ = true;
    const OutputPlace place = find_output(path);
    if (place.error != 0) return place.error;
    if (place.in_place) {
      descriptor_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
      return descriptor_ < 0 ? errno : 0;
    }
    final_ = place.path;
    // A signal in between would leave the file behind.
    const SignalsHeld held;
    std::string name;
    descriptor_ = open_beside(place, name);
    if (descriptor_ < 0) return errno;
    temporary_ = name;
    remove_on_signal(name);
    return 0;
  }

  // Puts the finished output under its final name. Returns errno.
  int commit() {
    if (temporary_.empty()) return 0;
    if (::fsync(descriptor_) != 0) return errno;
    if (::close(std::exchange(descriptor_, -1)) != 0) return errno;
    if (::rename(temporary_.c_str(), final_.c_str()) != 0) return errno;
    temporary_.clear();
    remove_on_signal({});
    // The name is safe once the folder is on the disk; a file system that cannot do that loses
    // nothing by it.
    const fs::path folder = fs::path(final_).parent_path();
    const int handle = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
    if (handle >= 0) {
      [[maybe_unused]] const int synced = ::fsync(handle);
      ::close(handle);
    }
    return 0;
  }

  int descriptor() const { return descriptor_; }
  const std::string& name() const { return name_; }
  bool temporary() const { return !temporary_.empty(); }

 private:
  int descriptor_ = 1;
  bool owned_ = false;
  std::string name_;
  std::string temporary_;
  std::string final_;
};

struct Totals {
  std::uint64_t input = 0;
  std::uint64_t output = 0;
};

// What is drawn while bytes flow.
class Meter {
 public:
  Meter(Direction direction, std::optional<std::uint64_t> input_bytes)
      : direction_(direction),
        input_bytes_(input_bytes),
        start_(std::chrono::steady_clock::now()) {}

  void update(std::uint64_t input, std::uint64_t output) {
    if (!progress_.due()) return;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    // What is over at once needs no bar.
    if (seconds < 0.3) return;
    const double rate = static_cast<double>(input) / seconds;
    const bool encode = direction_ == Direction::kEncode;
    std::string line = encode ? "encoding  " : "decoding  ";
    if (input_bytes_ && *input_bytes_ > 0) {
      const auto percent =
          static_cast<unsigned>(100.0 * static_cast<double>(std::min(input, *input_bytes_)) /
                                static_cast<double>(*input_bytes_));
      line += bar(progress_.terminal(), input, *input_bytes_, 20);
      line += fmt::format(" {:>3}%  ", percent);
    }
    line += fmt::format(
        "{} in, {} out, {}/s", human_bytes(input), human_bytes(output),
        human_bytes(encode ? static_cast<std::uint64_t>(rate)
                           : static_cast<std::uint64_t>(static_cast<double>(output) / seconds)));
    if (input_bytes_ && *input_bytes_ > input && rate > 0) {
      line += fmt::format(", {} left",
                          human_seconds(static_cast<double>(*input_bytes_ - input) / rate));
    }
    progress_.draw({line});
  }
  void clear() { progress_.clear(); }

 private:
  Direction direction_;
  std::optional<std::uint64_t> input_bytes_;
  std::chrono::steady_clock::time_point start_;
  Progress progress_;
};

// A failure and the side on which it happened.
struct Failure {
  enum class Side { kInput, kOutput } side;
  Error error;
};

// Watches the descriptor below a transform, so that a system's refusal can be told from bad data.
class CountingSource final : public Source {
 public:
  CountingSource(int descriptor, Totals& totals)
      : file_(descriptor, Ownership::kBorrowed), totals_(&totals) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    Result<std::size_t> size = file_.read(output);
    if (size) totals_->input += *size;
    return size;
  }
  Result<std::uint64_t> tell() const override { return file_.tell(); }
  Result<void> close() override { return file_.close(); }

 private:
  FileSource file_;
  Totals* totals_;
};

class CountingSink final : public Sink {
 public:
  CountingSink(int descriptor, Totals& totals)
      : file_(descriptor, Ownership::kBorrowed), totals_(&totals) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    Result<std::size_t> size = file_.write(input);
    if (size) totals_->output += *size;
    return size;
  }
  Result<void> flush() override { return file_.flush(); }
  Result<std::uint64_t> tell() const override { return file_.tell(); }
  Result<void> close() override { return file_.close(); }

 private:
  FileSink file_;
  Totals* totals_;
};

// Moves everything from `source` to `sink` and closes both.
std::optional<Failure> pump(Source& source, Sink& sink, int input, int output, Totals& totals,
                            Meter& meter) {
  const std::unique_ptr<std::byte[]> buffer(new std::byte[kBufferBytes]);
  for (;;) {
    const Result<std::size_t> size = source.read({buffer.get(), kBufferBytes});
    if (failed_with(size, Code::kWouldBlock)) {
      wait_for(input, POLLIN);
      continue;
    }
    if (!size) return Failure{Failure::Side::kInput, size.error()};
    if (*size == 0) break;
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
    meter.update(totals.input, totals.output);
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

// How the system's words for `error` stand in a message.
std::string reason_of(const Error& error) {
  return error.code == Code::kIo && error.os_error != 0 ? std::strerror(error.os_error)
                                                        : describe(error);
}

int report(const Failure& failure, Direction direction, const std::string& input,
           const Output& output, const Totals& totals) {
  const bool to_file = output.temporary();
  const std::string left =
      to_file ? "nothing was left behind"
              : fmt::format("{} had already been passed on", human_bytes(totals.output));
  if (failure.error.code == Code::kOutOfMemory) {
    return refuse(kExitCouldNotRun,
                  fmt::format("out of memory at byte {}; {}", totals.input, left));
  }
  if (failure.side == Failure::Side::kOutput) {
    const int error = failure.error.os_error;
    if (failure.error.code == Code::kIo && error == EPIPE) {
      return refuse(kExitCouldNotRun,
                    fmt::format("cannot write {}: the reader closed the pipe after {}",
                                output.name(), human_bytes(totals.output)));
    }
    const std::string hint = error == ENOSPC || error == EDQUOT ? "; make room and run again" : "";
    return refuse(kExitCouldNotRun,
                  fmt::format("cannot write {}: {} after {}; {}{}", output.name(),
                              reason_of(failure.error), human_bytes(totals.output), left, hint));
  }
  if (failure.error.code == Code::kIo) {
    return refuse(kExitUsage, fmt::format("cannot read {}: {} at byte {}; {}", input,
                                          reason_of(failure.error), totals.input, left));
  }
  std::string hint;
  if (direction == Direction::kDecode) {
    switch (failure.error.code) {
      case Code::kTruncated:
        hint = "; the end is missing: fetch the file again";
        break;
      case Code::kCorrupt:
        hint = "; is it the right file, and are these its transforms?";
        break;
      case Code::kLimitExceeded:
        hint = "; the stream asks for more than this program grants";
        break;
      default:
        break;
    }
  }
  return refuse(kExitUsage, fmt::format("cannot {} {}: {}; {}{}",
                                        direction == Direction::kEncode ? "encode" : "decode",
                                        input, describe(failure.error), left, hint));
}

// The chain that the command line names, or nothing after a complaint.
std::optional<Chain> make_chain(const std::vector<std::string>& descriptors) {
  // Without the keys of tests: what they encrypt is public.
  ExtensionRegistry registry = default_extension_registry();
  registry.add(Rot13::extension());
  auto transforms = registry.from_descriptor_list(descriptors);
  if (transforms) return Chain(std::move(*transforms));
  // The list fails as a whole; the message names the one that is at fault.
  std::vector<std::string> known;
  for (const BuiltinTransform& transform : builtin_transforms()) {
    known.emplace_back(transform.descriptor);
  }
  for (const std::string& descriptor : descriptors) {
    const auto made = registry.from_descriptor(descriptor);
    if (made) continue;
    for (const MissingTransform& missing : missing_transforms()) {
      if (missing.descriptor.substr(0, missing.descriptor.find('/')) ==
          std::string_view(descriptor).substr(0, descriptor.find('/'))) {
        complain(
            fmt::format("'{}' is not in this build: {}", printable(descriptor), missing.reason));
        return std::nullopt;
      }
    }
    if (made.error().code == Code::kUnknownExtension) {
      complain(unknown_name("transform", descriptor, known, "weir list"));
    } else if (made.error().code == Code::kUnsupportedVersion &&
               descriptor.find('/') == std::string::npos) {
      complain(fmt::format("'{}' has no version; did you mean '{}/1'?", printable(descriptor),
                           printable(descriptor)));
    } else {
      complain(fmt::format("cannot use '{}': {}", printable(descriptor), describe(made.error())));
    }
    return std::nullopt;
  }
  complain(describe(transforms.error()));
  return std::nullopt;
}

}  // namespace

int run_encode(Direction direction, const EncodeOptions& options) {
  std::optional<Chain> chain = make_chain(options.transforms);
  if (!chain) return kExitUsage;

  // From here a signal ends the program at once, and with it what was begun.
  remove_on_signal({});
  int input = 0;
  const std::string input_name =
      is_standard(options.input) ? "standard input" : fmt::format("'{}'", printable(options.input));
  if (!is_standard(options.input)) {
    input = ::open(options.input.c_str(), O_RDONLY | O_CLOEXEC);
    if (input < 0) {
      return refuse(kExitUsage,
                    fmt::format("cannot read {}: {}", input_name, std::strerror(errno)));
    }
  }
  struct stat source_status {};
  if (::fstat(input, &source_status) != 0) {
    return refuse(kExitUsage, fmt::format("cannot read {}: {}", input_name, std::strerror(errno)));
  }
  if (S_ISDIR(source_status.st_mode)) {
    return refuse(kExitUsage,
                  fmt::format("cannot read {}: it is a folder; name a file", input_name));
  }
  const bool regular = S_ISREG(source_status.st_mode);
  if (regular) ::posix_fadvise(input, 0, 0, POSIX_FADV_SEQUENTIAL);

  struct stat sink_status {};
  const bool sink_exists =
      (is_standard(options.output) ? ::fstat(1, &sink_status)
                                   : ::stat(options.output.c_str(), &sink_status)) == 0;
  if (regular && sink_exists && S_ISREG(sink_status.st_mode) &&
      source_status.st_dev == sink_status.st_dev && source_status.st_ino == sink_status.st_ino) {
    return refuse(kExitUsage,
                  fmt::format("input and output are the same file, {}; name another output",
                              is_standard(options.input) ? "standard input" : input_name));
  }

  if (direction == Direction::kEncode && is_standard(options.output) && ::isatty(1) == 1) {
    return refuse(kExitUsage,
                  "encoded bytes would go to the terminal; name an output file or redirect");
  }

  Output output;
  const int refused = output.open(options.output);
  if (refused != 0) {
    return refuse(kExitCouldNotRun, fmt::format("cannot write '{}': {}", printable(options.output),
                                                refused == EISDIR ? "it is a folder; name a file"
                                                                  : std::strerror(refused)));
  }
  if (is_standard(options.input) && ::isatty(0) == 1 && ::isatty(2) == 1) {
    complain("reading from the terminal; Ctrl-D ends the input");
  }

  Totals totals;
  std::optional<std::uint64_t> input_bytes;
  if (regular) input_bytes = static_cast<std::uint64_t>(source_status.st_size);
  Meter meter(direction, input_bytes);
  std::optional<Failure> failure;
  auto file_source = std::make_unique<CountingSource>(input, totals);
  auto file_sink = std::make_unique<CountingSink>(output.descriptor(), totals);
  if (direction == Direction::kEncode) {
    auto sink = chain->transform_to(std::move(file_sink));
    failure = sink ? pump(*file_source, **sink, input, output.descriptor(), totals, meter)
                   : Failure{Failure::Side::kOutput, sink.error()};
  } else {
    auto source = chain->transform_from(std::move(file_source));
    failure = source ? pump(**source, *file_sink, input, output.descriptor(), totals, meter)
                     : Failure{Failure::Side::kInput, source.error()};
  }
  meter.clear();
  if (input != 0) ::close(input);
  if (failure) return report(*failure, direction, input_name, output, totals);
  const int error = output.commit();
  if (error != 0) {
    return refuse(kExitCouldNotRun, fmt::format("cannot write {}: {}; nothing was left behind",
                                                output.name(), std::strerror(error)));
  }
  return kExitHeld;
}

}  // namespace weir::cli
