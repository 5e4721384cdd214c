// `weir inspect`: the frames or blocks of an encoded stream.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "exit_code.h"
#include "program.h"
#include "terminal.h"
#include "text.h"
#include "weir/builtin.h"
#include "weir/file.h"
#include "weir/layout.h"

namespace weir::cli {

using nlohmann::ordered_json;

namespace {

// Shown of the first and of the last parts, unless all are asked for.
constexpr std::size_t kShownFirst = 10;
constexpr std::size_t kShownLast = 5;
// Rows that determine the widths of columns; those behind them hardly need more.
constexpr std::size_t kRowsForWidths = 1000;

// Waits where others would have to be asked again.
class WaitingSource final : public Source {
 public:
  explicit WaitingSource(int descriptor)
      : descriptor_(descriptor), file_(descriptor, Ownership::kBorrowed) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    for (;;) {
      Result<std::size_t> size = file_.read(output);
      if (!failed_with(size, Code::kWouldBlock)) return size;
      pollfd wanted{descriptor_, POLLIN, 0};
      ::poll(&wanted, 1, -1);
    }
  }
  bool seekable() const override { return file_.seekable(); }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    return file_.seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return file_.tell(); }
  Result<void> close() override { return file_.close(); }

 private:
  int descriptor_;
  FileSource file_;
};

std::string_view name_of(LayoutPart::Kind kind) {
  switch (kind) {
    case LayoutPart::Kind::kFrame:
      return "frame";
    case LayoutPart::Kind::kSkippable:
      return "skippable";
    case LayoutPart::Kind::kSeekTable:
      return "seek table";
    case LayoutPart::Kind::kBlock:
      return "block";
    case LayoutPart::Kind::kLastBlock:
      return "last block";
  }
  return "";
}

std::string_view name_of(LayoutPart::Checksum checksum) {
  switch (checksum) {
    case LayoutPart::Checksum::kNone:
      return "none";
    case LayoutPart::Checksum::kUnverified:
      return "unverified";
    case LayoutPart::Checksum::kRight:
      return "right";
    case LayoutPart::Checksum::kWrong:
      return "wrong";
  }
  return "";
}

std::string ratio_of(std::optional<std::uint64_t> payload, std::uint64_t encoded) {
  if (!payload || encoded == 0) return "-";
  return fmt::format("{:.2f}", static_cast<double>(*payload) / static_cast<double>(encoded));
}

bool has_frames(StreamFormat format) {
  return format == StreamFormat::kZstd || format == StreamFormat::kZstdSeekable;
}
bool has_tags(StreamFormat format) { return format == StreamFormat::kXChaCha20Poly1305; }

// "1 frame", "3 blocks".
std::string parts_of(const Layout& layout, std::uint64_t count) {
  return plural(count, has_frames(layout.format) ? "frame" : "block");
}

// Takes parts as they come, and hands on all of them or the first and the last ones.
class Selection : public LayoutVisitor {
 public:
  explicit Selection(bool all) : all_(all) {}
  void part(const LayoutPart& part) final {
    ++count_;
    if (all_ || count_ <= kShownFirst) {
      show(part);
      return;
    }
    if (last_.size() == kShownLast) {
      last_.pop_front();
      ++left_out_;
    }
    last_.push_back(part);
  }
  /// The rest. Behind the last part.
  void finish() {
    if (left_out_ > 0) leave_out(left_out_);
    for (const LayoutPart& part : last_) show(part);
    end();
  }

 protected:
  virtual void show(const LayoutPart& part) = 0;
  virtual void leave_out(std::uint64_t count) = 0;
  virtual void end() = 0;

 private:
  bool all_;
  std::uint64_t count_ = 0;
  std::uint64_t left_out_ = 0;
  std::deque<LayoutPart> last_;
};

// Parts as rows. What is known of the whole stream only at its end stands below them.
class Table final : public Selection {
 public:
  explicit Table(bool all) : Selection(all), terminal_(1) {}

 private:
  static constexpr std::size_t kColumns = 9;
  using Row = std::array<std::string, kColumns>;
  // The frames of zstd have all columns, blocks have no more than their sizes and checksums.
  static constexpr std::array<std::string_view, kColumns> kTitles = {
      "#", "kind", "offset", "encoded", "payload", "ratio", "window", "blocks", "checksum"};
  static constexpr std::size_t kKind = 1;
  static constexpr std::size_t kWindow = 6;
  static constexpr std::size_t kBlocks = 7;
  static constexpr std::size_t kChecksum = 8;

  void show(const LayoutPart& part) override {
    const bool frame = part.kind == LayoutPart::Kind::kFrame;
    const bool of_frames = frame || part.kind == LayoutPart::Kind::kSkippable ||
                           part.kind == LayoutPart::Kind::kSeekTable;
    frames_ = frames_ || of_frames;
    Row row;
    row[0] = with_commas(part.index);
    row[kKind] = name_of(part.kind);
    row[2] = with_commas(part.offset);
    row[3] = with_commas(part.encoded_bytes);
    row[4] = part.payload_bytes ? with_commas(*part.payload_bytes) : "?";
    row[5] = of_frames && !frame ? "" : ratio_of(part.payload_bytes, part.encoded_bytes);
    if (frame) {
      row[kWindow] = human_bytes(part.window_bytes);
      row[kBlocks] = with_commas(part.blocks);
    }
    row[kChecksum] = checksum_cell(part, frame || !of_frames);
    if (frame && part.dictionary_id != 0) {
      row[kChecksum] += fmt::format(", dictionary {}", part.dictionary_id);
    }
    rows_.push_back(std::move(row));
    if (rows_.size() == kRowsForWidths) print_rows();
  }

  std::string checksum_cell(const LayoutPart& part, bool may_have) const {
    if (!may_have) return {};
    switch (part.checksum) {
      case LayoutPart::Checksum::kNone:
        return "none";
      case LayoutPart::Checksum::kUnverified:
        return frames_ ? fmt::format("{:08x} not verified", part.checksum_value)
                       : "tag not verified";
      case LayoutPart::Checksum::kRight:
        return fmt::format("{:08x} ", part.checksum_value) +
               terminal_.styled(Style::kGood, "right");
      case LayoutPart::Checksum::kWrong:
        return fmt::format("{:08x} ", part.checksum_value) + terminal_.styled(Style::kBad, "wrong");
    }
    return {};
  }

  void leave_out(std::uint64_t count) override { left_out_ = {rows_.size(), count}; }
  void end() override { print_rows(); }

  void print_rows() {
    if (!titled_ && !rows_.empty()) {
      for (std::size_t column = 0; column < kColumns; ++column) {
        widths_[column] = columns(kTitles[column]);
        for (const Row& row : rows_) {
          widths_[column] = std::max(widths_[column], columns(row[column]));
        }
      }
      Row titles;
      std::copy(kTitles.begin(), kTitles.end(), titles.begin());
      write_out(terminal_.styled(Style::kTitle, line_of(titles)) + "\n");
      titled_ = true;
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (left_out_.second > 0 && i == left_out_.first) {
        write_out(terminal_.styled(Style::kDim, fmt::format("  {} more; --all shows them",
                                                            with_commas(left_out_.second))) +
                  "\n");
      }
      write_out(line_of(rows_[i]) + "\n");
    }
    rows_.clear();
  }

  std::string line_of(const Row& row) const {
    std::string line;
    for (std::size_t column = 0; column < kColumns; ++column) {
      if (!frames_ && (column == kWindow || column == kBlocks)) continue;
      line += "  ";
      if (column == kChecksum) {
        line += row[column];
      } else if (column == kKind) {
        line += pad(row[column], widths_[column]);
      } else {
        line += pad_left(row[column], widths_[column]);
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  }

  Terminal terminal_;
  bool frames_ = false;
  bool titled_ = false;
  std::array<std::size_t, kColumns> widths_{};
  std::vector<Row> rows_;
  std::pair<std::size_t, std::uint64_t> left_out_{0, 0};  // before which row, and how many
};

// Parts as the elements of a JSON array, one a line.
class JsonParts final : public Selection {
 public:
  using Selection::Selection;
  std::uint64_t left_out() const { return left_out_; }

 private:
  void show(const LayoutPart& part) override {
    ordered_json entry{{"index", part.index},      {"kind", name_of(part.kind)},
                       {"offset", part.offset},    {"encoded_bytes", part.encoded_bytes},
                       {"payload_bytes", nullptr}, {"checksum", name_of(part.checksum)}};
    if (part.payload_bytes) entry["payload_bytes"] = *part.payload_bytes;
    // A tag has no value of 32 bits.
    const bool tag =
        part.checksum == LayoutPart::Checksum::kUnverified && part.kind != LayoutPart::Kind::kFrame;
    if (part.checksum != LayoutPart::Checksum::kNone && !tag) {
      entry["checksum_value"] = fmt::format("{:08x}", part.checksum_value);
    }
    if (part.kind == LayoutPart::Kind::kFrame) {
      entry["blocks"] = part.blocks;
      entry["window_bytes"] = part.window_bytes;
      if (part.content_bytes) entry["content_bytes"] = *part.content_bytes;
      if (part.dictionary_id != 0) entry["dictionary_id"] = part.dictionary_id;
    }
    write_out((first_ ? "\n    " : ",\n    ") + entry.dump());
    first_ = false;
  }
  void leave_out(std::uint64_t count) override { left_out_ = count; }
  void end() override { write_out(first_ ? "]" : "\n  ]"); }

  bool first_ = true;
  std::uint64_t left_out_ = 0;
};

void print_line(const Terminal& terminal, std::string_view name, std::string_view value) {
  print("  {}  {}\n", terminal.styled(Style::kDim, pad(name, 9)), value);
}

std::string size_line(std::uint64_t bytes) {
  const std::string exact = plural(bytes, "byte");
  return bytes < 1024 ? exact : fmt::format("{} ({})", human_bytes(bytes), exact);
}

void print_summary(const Terminal& terminal, const Layout& layout, bool any_rows) {
  if (any_rows) print("\n");
  const std::string so_far = layout.complete ? "" : ", up to the damage";
  print_line(terminal, "format", to_string(layout.format));
  if (layout.block_bytes > 0) {
    print_line(terminal, "blocks of", size_line(layout.block_bytes));
  }
  if (has_tags(layout.format) && layout.block_bytes > 0) {
    print_line(terminal, "key id", hex_text(layout.key_id));
    print_line(terminal, "nonce", hex_text(layout.nonce));
  }
  const bool table = layout.format == StreamFormat::kZstdSeekable && layout.complete;
  print_line(terminal, has_frames(layout.format) ? "frames" : "blocks",
             table ? with_commas(layout.parts - 1) + " and the seek table"
                   : with_commas(layout.parts) + so_far);
  print_line(terminal, "encoded", size_line(layout.encoded_bytes) + so_far);
  print_line(terminal, "payload",
             (layout.payload_known ? size_line(layout.payload_bytes)
                                   : "at least " + size_line(layout.payload_bytes)) +
                 so_far);
  print_line(terminal, "ratio",
             layout.payload_known && layout.complete
                 ? ratio_of(layout.payload_bytes, layout.encoded_bytes)
                 : "-");
  if (table) {
    print_line(terminal, "table",
               fmt::format("of {}: {} compared{}", plural(layout.table_entries, "frame"),
                           layout.table_compared == layout.table_entries
                               ? "all"
                               : with_commas(layout.table_compared),
                           layout.table_checksums ? fmt::format(", {} with their checksums",
                                                                with_commas(layout.table_verified))
                                                  : ""));
  }
  if (layout.damaged_parts > 0) {
    print_line(terminal, "damaged",
               terminal.styled(Style::kBad, parts_of(layout, layout.damaged_parts)));
  }
}

// Without a format there is nothing to be said of a structure.
void write_summary_json(const Layout& layout, std::optional<StreamFormat> format,
                        std::uint64_t left_out, int code) {
  ordered_json root{{"parts_left_out", left_out},
                    {"format", nullptr},
                    {"structure", nullptr},
                    {"complete", layout.complete},
                    {"parts_total", layout.parts},
                    {"encoded_bytes", layout.encoded_bytes},
                    {"payload_bytes", layout.payload_bytes},
                    {"payload_known", layout.payload_known}};
  if (format) {
    root["format"] = to_string(*format);
    root["structure"] = true;
  }
  if (layout.block_bytes > 0) {
    root["header_bytes"] = layout.header_bytes;
    root["block_bytes"] = layout.block_bytes;
  }
  if (has_tags(layout.format) && layout.block_bytes > 0) {
    root["key_id"] = hex_text(layout.key_id);
    root["nonce"] = hex_text(layout.nonce);
  }
  if (layout.format == StreamFormat::kZstdSeekable && layout.complete) {
    root["seek_table"] = {{"entries", layout.table_entries},
                          {"compared", layout.table_compared},
                          {"verified", layout.table_verified},
                          {"checksums", layout.table_checksums}};
  }
  root["damaged_parts"] = layout.damaged_parts;
  root["error"] = nullptr;
  if (layout.damage) {
    const Error& error = *layout.damage;
    root["error"] = {{"code", to_string(error.code)}, {"text", describe(error)}};
    if (error.offset != Error::kNoOffset) root["error"]["offset"] = error.offset;
  }
  root["exit_code"] = code;
  // Behind the parts, which were written as they came.
  const std::string text = root.dump(2, ' ', false, ordered_json::error_handler_t::replace);
  write_out("," + text.substr(1) + "\n");
}

std::string reason_of(const Error& error) {
  return error.code == Code::kIo && error.os_error != 0 ? std::strerror(error.os_error)
                                                        : describe(error);
}

// The format that `descriptor` names; nothing, with a message or none, where it has no structure.
std::optional<StreamFormat> format_of(const std::string& descriptor, std::string& error) {
  std::vector<std::string> known;
  for (const StreamFormat format : {StreamFormat::kZstd, StreamFormat::kZstdSeekable,
                                    StreamFormat::kCrc32c, StreamFormat::kXChaCha20Poly1305}) {
    if (to_string(format) == descriptor) return format;
  }
  for (const BuiltinTransform& transform : builtin_transforms()) {
    if (transform.descriptor == descriptor) return std::nullopt;
    known.emplace_back(transform.descriptor);
  }
  error = unknown_name("transform", descriptor, known, "weir list");
  return std::nullopt;
}

}  // namespace

int run_inspect(const InspectOptions& options) {
  LayoutOptions layout_options;
  layout_options.verify = options.verify;
  bool plain = false;
  if (!options.transform.empty()) {
    std::string error;
    layout_options.format = format_of(options.transform, error);
    if (!error.empty()) return refuse(kExitUsage, error);
    plain = !layout_options.format;
  }

  const bool standard = options.file == "-";
  const std::string name =
      standard ? "standard input" : fmt::format("'{}'", printable(options.file));
  const auto unreadable = [&](std::string_view why) {
    return refuse(kExitUsage, fmt::format("cannot read {}: {}", name, why));
  };
  // Nothing is written that a signal could leave half done.
  remove_on_signal({});
  const int input = standard ? 0 : ::open(options.file.c_str(), O_RDONLY | O_CLOEXEC);
  struct Closing {
    int descriptor;
    ~Closing() {
      if (descriptor > 0) ::close(descriptor);
    }
  } const closing{input};
  struct stat status {};
  if (input < 0 || ::fstat(input, &status) != 0) return unreadable(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return unreadable("it is a folder; name a file");
  if (standard && ::isatty(0) == 1) return unreadable("it is the terminal; name a file");

  if (plain) {
    const std::string why = fmt::format(
        "{} has no frames, blocks or checksums: every byte stands for one byte", options.transform);
    if (options.json) {
      const ordered_json root{{"weir", WEIR_VERSION},           {"file", options.file},
                              {"format", options.transform},    {"structure", false},
                              {"parts", ordered_json::array()}, {"exit_code", kExitHeld}};
      write_out(root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
    } else {
      print("{}\n", why);
    }
    return kExitHeld;
  }

  Table table(options.all);
  JsonParts json_parts(options.all);
  Selection& parts = options.json ? static_cast<Selection&>(json_parts) : table;
  if (options.json) {
    const ordered_json file = options.file;
    write_out(fmt::format("{{\n  \"weir\": \"{}\",\n  \"file\": {},\n  \"parts\": [", WEIR_VERSION,
                          file.dump(-1, ' ', false, ordered_json::error_handler_t::replace)));
  }
  const Result<Layout> read =
      read_layout(std::make_unique<WaitingSource>(input), layout_options, parts);
  parts.finish();
  int code = kExitHeld;
  Layout layout;
  std::optional<StreamFormat> format = layout_options.format;
  if (read) {
    layout = *read;
    format = layout.format;
  } else {
    layout.payload_known = false;
    layout.damage = read.error();
  }
  if (layout.damage) {
    code = layout.damage->code == Code::kOutOfMemory ? kExitCouldNotRun : kExitUsage;
  }
  // Asked to verify, it must not end well where it could not.
  const bool needs_key = options.verify && !layout.damage && layout.parts > 0 &&
                         layout.format == StreamFormat::kXChaCha20Poly1305;
  if (needs_key) code = kExitCouldNotRun;
  if (options.json) {
    write_summary_json(layout, format, json_parts.left_out(), code);
  } else if (read) {
    print_summary(Terminal(1), layout, layout.parts > 0);
  }
  if (needs_key) {
    complain(fmt::format("{}: no tag was verified, which takes the key: `{}` does", name,
                         as_called("weir decode --transform " +
                                   std::string(to_string(StreamFormat::kXChaCha20Poly1305)) +
                                   " --key-file KEY FILE /dev/null")));
  }
  if (!layout.damage) return code;
  const Error& error = *layout.damage;
  if (error.code == Code::kIo) return unreadable(reason_of(error));
  const std::string hint =
      read || options.json || error.offset != 0 ? "" : "; --transform DESCRIPTOR says what it is";
  complain(fmt::format("{}: {}{}", name, printable(describe(error)), hint));
  return code;
}

}  // namespace weir::cli
