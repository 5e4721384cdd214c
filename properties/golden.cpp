#include "properties/golden.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "properties/payload.h"
#include "properties/trace.h"
#include "weir/builtin.h"
#include "weir/chain.h"
#include "weir/check.h"
#include "weir/file.h"
#include "weir/memory.h"

namespace weir::properties {
namespace {

constexpr std::string_view kMagic = "weir-golden";
constexpr std::string_view kFormat = "1";
constexpr std::size_t kNameColumns = 10;  // as in a case
constexpr std::size_t kBytesPerLine = 32;
constexpr std::size_t kBytesPerGroup = 4;
constexpr std::size_t kTransformsMax = 16;
constexpr std::string_view kHexDigits = "0123456789abcdef";

// The lines that a case does not have, in their order; those of the recipe stand before `expect`.
enum class Own : std::uint8_t { kGuards, kLibrary, kTransform, kExpect, kEncoded };
constexpr std::array<std::string_view, 5> kOwnNames = {"guards", "library", "transform", "expect",
                                                       "encoded"};
constexpr std::array<FieldId, 3> kRecipe = {FieldId::kPayload, FieldId::kWrites, FieldId::kDamage};

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

constexpr bool is_control(char c) noexcept {
  return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f';
}
// What may stand in a descriptor here: others, which are rare, have no golden streams.
constexpr bool is_plain(char c) noexcept { return c > ' ' && c < '\x7f'; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The first word of `text`, which loses it and the blanks behind it.
std::string_view take_word(std::string_view& text) noexcept {
  const auto end = std::find_if(text.begin(), text.end(), is_blank);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text = trimmed(text.substr(word.size()));
  return word;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kShownMax = 40;
  std::string result = "\"";
  for (const char c : text.substr(0, kShownMax)) {
    const auto value = static_cast<unsigned char>(c);
    if (value >= 0x20 && value < 0x7f) {
      result += c;
    } else {
      result += "\\x";
      result += kHexDigits[value >> 4];
      result += kHexDigits[value & 15];
    }
  }
  return result + (text.size() > kShownMax ? "...\"" : "\"");
}

std::optional<std::uint64_t> number_of(std::string_view word) noexcept {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) {
    return std::nullopt;
  }
  return value;
}

// Errors of reading: no others can stand in a golden stream.
std::optional<Code> code_of(std::string_view name) noexcept {
  for (int i = 0; i <= static_cast<int>(Code::kUnsupportedVersion); ++i) {
    const auto code = static_cast<Code>(i);
    if (to_string(code) == name) return code;
  }
  return std::nullopt;
}

std::string words_of(const std::optional<Golden::Failure>& failure) {
  if (!failure) return "payload";
  std::string text(to_string(failure->code));
  if (failure->offset) text += " at " + std::to_string(*failure->offset);
  text += " after " + std::to_string(failure->given);
  if (failure->unverified) text += " unverified";
  return text;
}

class Parser {
 public:
  Parser(std::string_view text, Golden& result) : text_(text), result_(result) {}

  ParseOutcome run() {
    result_ = Golden{};
    const bool ok = header() && lines() && complete() && recipe();
    return {ok, {kind_, line_, std::move(message_)}};
  }

 private:
  bool fail(std::string message) {
    message_ = std::move(message);
    return false;
  }

  // The next line that says something, without blanks around it.
  bool next(std::string_view& line) {
    while (at_ < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      whole_line_ = text_.substr(at_, end - at_);
      at_ = end + 1;
      ++line_;
      if (!whole_line_.empty() && whole_line_.back() == '\r') whole_line_.remove_suffix(1);
      line = trimmed(whole_line_);
      if (!line.empty() && line.front() != '#') return true;
      case_text_ += '\n';
    }
    return false;
  }

  // Where in its line `part` begins, from 1.
  std::string column(std::string_view part) const {
    return std::to_string(part.data() - whole_line_.data() + 1);
  }

  bool header() {
    line_ = 1;
    if (text_.size() > kGoldenTextMax) {
      return fail("text of " + std::to_string(text_.size()) +
                  " bytes; a golden stream has at most " + std::to_string(kGoldenTextMax));
    }
    line_ = 0;
    std::string_view line;
    if (!next(line)) {
      line_ = std::max(line_, 1);
      return fail("empty: a golden stream starts with the line \"weir-golden 1\"");
    }
    std::string_view rest = line;
    if (take_word(rest) != kMagic) {
      return fail("a golden stream starts with the line \"weir-golden 1\", instead of " +
                  shown(line));
    }
    if (rest != kFormat) {
      const std::optional<std::uint64_t> format = number_of(rest);
      if (!format || *format < 2) {
        return fail("behind \"weir-golden\" stands the number of the format: \"weir-golden 1\"");
      }
      kind_ = TextError::Kind::kStale;
      return fail("format " + std::to_string(*format) + ", this build reads 1");
    }
    case_text_ += "weir-case 1\n";
    return true;
  }

  bool lines() {
    std::string_view line;
    while (next(line)) {
      const auto odd = std::find_if(line.begin(), line.end(), is_control);
      if (odd != line.end()) {
        return fail("column " + column(line.substr(static_cast<std::size_t>(odd - line.begin()))) +
                    ": binary data; a golden stream is text");
      }
      std::string_view rest = line;
      const std::string_view name = take_word(rest);
      const auto own = std::find(kOwnNames.begin(), kOwnNames.end(), name);
      if (own == kOwnNames.end()) {
        // A line of the recipe: the parser of cases knows what is wrong with it.
        case_text_ += whole_line_;
        case_text_ += '\n';
        if (!of_recipe(name)) return false;
        continue;
      }
      case_text_ += '\n';
      const auto index = static_cast<std::size_t>(own - kOwnNames.begin());
      if (own_lines_[index] != 0) {
        return fail("a second " + shown(name) + "; the first stands in line " +
                    std::to_string(own_lines_[index]));
      }
      own_lines_[index] = line_;
      if (!own_line(static_cast<Own>(index), rest)) return false;
      if (static_cast<Own>(index) == Own::kEncoded) return bytes();
    }
    return true;
  }

  bool of_recipe(std::string_view name) {
    for (const FieldId id : kRecipe) {
      if (schema()[static_cast<std::size_t>(id)].name == name) return true;
    }
    std::string all;
    for (const std::string_view own : kOwnNames) all.append(own).append(", ");
    return fail("unknown line " + shown(name) + "; there are: " + all + "payload, writes, damage");
  }

  bool own_line(Own own, std::string_view rest) {
    switch (own) {
      case Own::kGuards:
        result_.guards = rest;
        break;
      case Own::kLibrary:
        result_.library = rest;
        break;
      case Own::kTransform:
        while (!rest.empty()) {
          const std::string_view word = take_word(rest);
          if (!std::all_of(word.begin(), word.end(), is_plain)) {
            return fail("column " + column(word) + ": " + shown(word) +
                        " has bytes that do not print");
          }
          result_.transforms.emplace_back(word);
        }
        if (result_.transforms.size() > kTransformsMax) {
          return fail(std::to_string(result_.transforms.size()) + " transforms; at most " +
                      std::to_string(kTransformsMax));
        }
        return !result_.transforms.empty() ||
               fail(
                   "behind \"transform\" stand descriptors, in the order in which a reader applies "
                   "them");
      case Own::kExpect:
        return expect(rest);
      case Own::kEncoded: {
        const std::optional<std::uint64_t> size = number_of(rest);
        if (!size || *size > kGoldenEncodedMax) {
          return fail("behind \"encoded\" stands the number of bytes, at most " +
                      std::to_string(kGoldenEncodedMax) + ", instead of " + shown(rest));
        }
        encoded_bytes_ = static_cast<std::size_t>(*size);
        return true;
      }
    }
    return !rest.empty() ||
           fail("nothing stands behind " + shown(kOwnNames[static_cast<std::size_t>(own)]));
  }

  bool expect(std::string_view rest) {
    static constexpr std::string_view kForms =
        "; it is \"payload\", or \"CODE [at OFFSET] after COUNT [unverified]\", e.g. \"corrupt at "
        "16 "
        "after 8\"";
    const auto wrong = [&](std::string_view word) {
      return fail("column " + column(word.empty() ? whole_line_.substr(whole_line_.size()) : word) +
                  ": " + (word.empty() ? "a word is missing" : shown(word) + " is not expected") +
                  std::string(kForms));
    };
    std::string_view word = take_word(rest);
    if (word == "payload") return rest.empty() || wrong(rest);
    const std::optional<Code> code = code_of(word);
    if (!code) return wrong(word);
    Golden::Failure failure{*code};
    word = take_word(rest);
    if (word == "at") {
      word = take_word(rest);
      failure.offset = number_of(word);
      if (!failure.offset) return wrong(word);
      word = take_word(rest);
    }
    if (word != "after") return wrong(word);
    word = take_word(rest);
    const std::optional<std::uint64_t> given = number_of(word);
    if (!given) return wrong(word);
    failure.given = *given;
    word = take_word(rest);
    failure.unverified = word == "unverified";
    if (!rest.empty() || (!word.empty() && !failure.unverified)) {
      return wrong(failure.unverified ? rest : word);
    }
    result_.failure = failure;
    return true;
  }

  // Pairs of digits up to the end of the text.
  bool bytes() {
    std::string_view line;
    while (next(line)) {
      case_text_ += '\n';
      while (!line.empty()) {
        unsigned value = 0;
        const std::size_t count = std::min<std::size_t>(2, line.size());
        const auto parsed = std::from_chars(line.data(), line.data() + count, value, 16);
        if (count < 2 || parsed.ec != std::errc() || parsed.ptr != line.data() + 2) {
          return fail("column " + column(line) + ": " + shown(line.substr(0, count)) +
                      " are not two hexadecimal digits");
        }
        if (result_.encoded.size() == encoded_bytes_) {
          return fail("column " + column(line) + ": more bytes than the " +
                      std::to_string(encoded_bytes_) + " that line " +
                      std::to_string(own_lines_[static_cast<std::size_t>(Own::kEncoded)]) +
                      " announces");
        }
        result_.encoded.push_back(static_cast<std::byte>(value));
        line = trimmed(line.substr(2));
      }
    }
    if (result_.encoded.size() != encoded_bytes_) {
      return fail("only " + std::to_string(result_.encoded.size()) + " of the " +
                  std::to_string(encoded_bytes_) + " bytes that line " +
                  std::to_string(own_lines_[static_cast<std::size_t>(Own::kEncoded)]) +
                  " announces");
    }
    return true;
  }

  bool complete() {
    for (std::size_t i = 0; i < kOwnNames.size(); ++i) {
      if (own_lines_[i] == 0) return fail("the line " + shown(kOwnNames[i]) + " is missing");
    }
    return true;
  }

  // Lines stand where they stood, so that what is said of one has its number.
  bool recipe() {
    const int last_line = line_;
    const ParseOutcome parsed = parse(case_text_, result_.recipe);
    if (!parsed.ok) {
      line_ = parsed.error.line;
      return fail(parsed.error.message);
    }
    line_ = last_line;
    return true;
  }

  std::string_view text_;
  Golden& result_;
  std::size_t at_ = 0;
  int line_ = 0;
  std::string_view whole_line_;
  std::array<int, kOwnNames.size()> own_lines_{};
  std::size_t encoded_bytes_ = 0;
  std::string case_text_;  // the recipe's lines, the others left blank
  TextError::Kind kind_ = TextError::Kind::kMalformed;
  std::string message_;
};

// Bytes of a golden stream as a file, or as a pipe, which gives one byte a read and cannot seek.
class Below final : public Source {
 public:
  Below(std::span<const std::byte> bytes, bool pipe) : memory_(bytes), pipe_(pipe) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    return memory_.read(pipe_ ? output.first(std::min<std::size_t>(output.size(), 1)) : output);
  }
  bool seekable() const override { return !pipe_; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (pipe_) return weir::fail(Code::kNotSeekable);
    return memory_.seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return memory_.tell(); }
  Result<void> close() override { return memory_.close(); }

 private:
  MemorySource memory_;
  bool pipe_;
};

std::string seen(const Error& error, std::uint64_t given) {
  return describe(error) + ", after " + bytes_text(given);
}

// What is wrong with reading `golden` from front to back in pieces; empty when nothing is.
std::string read_through(const Golden& golden, std::span<const std::byte> payload,
                         const Chain& chain, bool pipe, std::size_t piece) {
  const std::string way = std::string(piece == 1 ? "read byte by byte" : "read at once") +
                          (pipe ? " from a pipe: " : ": ");
  const std::string expected = "expected " + words_of(golden.failure) + ", ";
  const auto source = chain.transform_from(std::make_unique<Below>(golden.encoded, pipe));
  if (!source) return way + expected + "seen " + describe(source.error());
  const bool verified = !golden.failure || !golden.failure->unverified;
  std::vector<std::byte> room(piece);
  std::uint64_t given = 0;
  for (;;) {
    const Result<std::size_t> count = (*source)->read(room);
    if (!count) {
      const Error& error = count.error();
      const bool right =
          golden.failure && error.code == golden.failure->code && given == golden.failure->given &&
          // Over a pipe the end has no place before it is met.
          (pipe || !golden.failure->offset || error.offset == golden.failure->offset);
      return right ? std::string() : way + expected + "seen " + seen(error, given);
    }
    if (*count == 0) break;
    const auto wrong = [&](std::uint64_t at) {
      return way + expected + "seen other bytes from byte " + std::to_string(at) + " on";
    };
    if (given + *count > payload.size()) {
      if (verified || given + *count > golden.failure->given) return wrong(payload.size());
    } else if (verified && std::memcmp(room.data(), payload.data() + given, *count) != 0) {
      const auto here = payload.begin() + static_cast<std::ptrdiff_t>(given);
      return wrong(
          given +
          static_cast<std::uint64_t>(
              std::mismatch(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*count), here)
                  .first -
              room.begin()));
    }
    given += *count;
  }
  if (golden.failure || given != payload.size()) {
    return way + expected + "seen a clean end after " + bytes_text(given);
  }
  const Result<void> closed = (*source)->close();
  return closed ? std::string() : way + "close fails: " + describe(closed.error());
}

// The same by random access, from the end to the beginning. Precondition: it decodes.
std::string read_here_and_there(const Golden& golden, std::span<const std::byte> payload,
                                const Chain& chain) {
  constexpr std::size_t kPlacesMax = 500;
  constexpr std::size_t kReadBytes = 20;  // across the border of the smallest blocks
  const std::string way = "read by random access: ";
  const auto source = chain.transform_from(std::make_unique<Below>(golden.encoded, false));
  if (!source) return way + describe(source.error());
  if (!(*source)->seekable()) return {};
  const Result<std::uint64_t> end = (*source)->seek(0, Whence::kEnd);
  if (!end) return way + describe(end.error());
  if (*end != payload.size()) {
    return way + "expected a payload of " + std::to_string(payload.size()) + " bytes, seen " +
           std::to_string(*end);
  }
  const std::size_t step = payload.size() / kPlacesMax + 1;
  std::array<std::byte, kReadBytes> room;
  for (std::size_t behind = 0; behind <= payload.size(); behind += step) {
    const std::size_t place = payload.size() - behind;
    const auto sought = (*source)->seek(static_cast<std::int64_t>(place), Whence::kSet);
    if (!sought) return way + describe(sought.error());
    const std::size_t wanted = std::min(room.size(), behind);
    std::size_t done = 0;
    while (done < wanted) {
      const auto count = (*source)->read(std::span(room).subspan(done, wanted - done));
      if (!count) return way + seen(count.error(), done) + " from byte " + std::to_string(place);
      if (*count == 0) break;
      done += *count;
    }
    if (done < wanted || !std::equal(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(done),
                                     payload.begin() + static_cast<std::ptrdiff_t>(place))) {
      return way + "other bytes at byte " + std::to_string(place);
    }
  }
  return {};
}

std::string_view name_of(std::string_view descriptor) noexcept {
  return descriptor.substr(0, descriptor.find('/'));
}

std::string read_text(const std::string& path, std::string& text) {
  auto source = FileSource::open(path);
  if (!source) return path + ": cannot be read: " + describe(source.error());
  text.clear();
  std::vector<std::byte> room(std::size_t{64} << 10);
  for (;;) {
    const Result<std::size_t> count = (*source)->read(room);
    if (!count) return path + ": cannot be read: " + describe(count.error());
    if (*count == 0) return {};
    text.append(reinterpret_cast<const char*>(room.data()), *count);
    // The parser says what is wrong.
    if (text.size() > kGoldenTextMax) return {};
  }
}

}  // namespace

std::string print(const Golden& golden) {
  std::string text = "weir-golden 1\n";
  const auto line = [&](std::string_view name, std::string_view value) {
    text += name;
    text.append(kNameColumns - name.size(), ' ');
    text.append(value).append("\n");
  };
  line("guards", golden.guards);
  line("library", golden.library);
  std::string transforms;
  for (const std::string& descriptor : golden.transforms) {
    WEIR_CHECK(!descriptor.empty() && std::all_of(descriptor.begin(), descriptor.end(), is_plain),
               "a descriptor that is one word");
    transforms.append(transforms.empty() ? "" : " ").append(descriptor);
  }
  line("transform", transforms);
  for (const FieldId id : kRecipe) {
    if (golden.recipe.ops(id).empty()) continue;
    line(schema()[static_cast<std::size_t>(id)].name, print_ops(golden.recipe, id));
  }
  line("expect", words_of(golden.failure));
  line("encoded", std::to_string(golden.encoded.size()));
  for (std::size_t i = 0; i < golden.encoded.size(); ++i) {
    if (i % kBytesPerLine == 0) {
      text.append(i == 0 ? "" : "\n").append("  ");
    } else if (i % kBytesPerGroup == 0) {
      text += ' ';
    }
    const auto value = std::to_integer<unsigned>(golden.encoded[i]);
    text += kHexDigits[value >> 4];
    text += kHexDigits[value & 15];
  }
  if (!golden.encoded.empty()) text += '\n';
  return text;
}

ParseOutcome parse_golden(std::string_view text, Golden& result) {
  return Parser(text, result).run();
}

GoldenReplay replay(const Golden& golden, const MakeTransforms& make) {
  using Outcome = GoldenReplay::Outcome;
  for (const std::string& descriptor : golden.transforms) {
    for (const MissingTransform& missing : missing_transforms()) {
      if (name_of(missing.descriptor) == name_of(descriptor)) {
        return {Outcome::kLeftOut,
                descriptor + " is not in this build: " + std::string(missing.reason)};
      }
    }
  }
  std::vector<std::byte> payload;
  const Result<void> made =
      materialise(golden.recipe, PayloadFiles(), kGoldenPayloadMax + 1, payload);
  if (!made) return {Outcome::kBroken, "the payload cannot be made: " + describe(made.error())};
  if (payload.size() > kGoldenPayloadMax) {
    return {Outcome::kBroken, "the payload has more than 16 MiB"};
  }
  auto transforms = make(golden.transforms);
  if (!transforms) {
    const Error& error = transforms.error();
    if (golden.failure && golden.failure->code == error.code && golden.failure->given == 0) {
      return {};
    }
    return {Outcome::kBroken, "expected " + words_of(golden.failure) + ", seen " + describe(error)};
  }
  const Chain chain(std::move(*transforms));
  for (const bool pipe : {false, true}) {
    for (const std::size_t piece : {payload.size() + 1, std::size_t{1}}) {
      std::string wrong = read_through(golden, payload, chain, pipe, piece);
      if (!wrong.empty()) return {Outcome::kBroken, std::move(wrong)};
    }
  }
  if (!golden.failure) {
    std::string wrong = read_here_and_there(golden, payload, chain);
    if (!wrong.empty()) return {Outcome::kBroken, std::move(wrong)};
  }
  return {};
}

GoldenReplay replay(const Golden& golden) {
  return replay(golden, [](std::span<const std::string> descriptors) {
    return test_extension_registry().from_descriptor_list(descriptors);
  });
}

std::string read_golden_files(const std::string& folder, std::vector<GoldenFile>& files) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<std::string> paths;
  if (!fs::is_directory(folder, error)) {
    paths.push_back(folder);
  } else {
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == kGoldenExtension && entry->is_regular_file(error)) {
        paths.push_back(entry->path().string());
      }
    }
    if (error) return folder + ": cannot be read: " + error.message();
    std::sort(paths.begin(), paths.end());
  }
  std::string text;
  for (const std::string& path : paths) {
    std::string unread = read_text(path, text);
    if (!unread.empty()) return unread;
    GoldenFile file{path, {}};
    const ParseOutcome parsed = parse_golden(text, file.golden);
    if (!parsed.ok) {
      const bool stale = parsed.error.kind == TextError::Kind::kStale;
      return path + ":" + std::to_string(parsed.error.line) + ": " + (stale ? "stale: " : "") +
             parsed.error.message;
    }
    files.push_back(std::move(file));
  }
  return {};
}

}  // namespace weir::properties
