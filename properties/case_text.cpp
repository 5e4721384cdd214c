#include "properties/case_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "properties/case_bytes.h"
#include "properties/case_flat.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

constexpr std::string_view kMagic = "weir-case";
constexpr std::string_view kFormat = "1";
constexpr std::size_t kNameColumns = 9;
constexpr std::size_t kNameBytesMax = 255;  // a descriptor is no longer
constexpr std::string_view kHexDigits = "0123456789abcdef";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }
bool is_control(char c) noexcept {
  const auto value = static_cast<unsigned char>(c);
  return (value < 0x20 && c != '\t' && c != '\r' && c != '\n') || value == 0x7f;
}
bool ends_word(char c) noexcept {
  return is_space(c) || c == ',' || c == ';' || c == '"' || c == '#';
}

void append_escape(unsigned char value, std::string& output) {
  output += "\\x";
  output += kHexDigits[value >> 4];
  output += kHexDigits[value & 15];
}

void append_quoted(std::string_view bytes, std::string& output) {
  output += '"';
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      output += '\\';
      output += c;
    } else if (c == '\n') {
      output += "\\n";
    } else if (c == '\t') {
      output += "\\t";
    } else if (value < 0x20 || value >= 0x7f) {
      append_escape(value, output);
    } else {
      output += c;
    }
  }
  output += '"';
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Quotes and escapes what stands in a message, and cuts it.
std::string shown(std::string_view text) {
  constexpr std::size_t kShownMax = 40;
  std::string result;
  append_quoted(text.substr(0, kShownMax), result);
  if (text.size() > kShownMax) result += "...";
  return result;
}

void append_arg(const Arg& arg, std::int64_t value, std::string& output) {
  switch (arg.shape) {
    case Shape::kName:
      output += arg.names[static_cast<std::size_t>(value)];
      return;
    case Shape::kHash: {
      output += "0x";
      for (int shift = 60; shift >= 0; shift -= 4) {
        output += kHexDigits[(static_cast<std::uint64_t>(value) >> shift) & 15];
      }
      return;
    }
    case Shape::kSize:
    case Shape::kOffset:
    case Shape::kByte:
    case Shape::kSeed:
      output += std::to_string(value);
  }
}

/// How a verb is written, e.g. "random N seed N".
std::string usage(const Verb& verb) {
  std::string result(verb.name);
  const auto add = [&](std::string_view word) {
    if (word.empty()) return;
    if (!result.empty()) result += ' ';
    result += word;
  };
  for (const Arg& arg : verb.args) {
    add(arg.label);
    add(arg.shape == Shape::kName ? "NAME" : arg.shape == Shape::kHash ? "HASH" : "N");
  }
  if (verb.has_bytes) {
    add(verb.bytes_label);
    add("\"...\"");
  }
  return result;
}

/// Levenshtein distance over words short enough for a table on the stack.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kMax = 40;
  a = a.substr(0, kMax);
  b = b.substr(0, kMax);
  std::array<std::size_t, kMax + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// Finds the candidate that was probably meant; none when all are far off.
class Nearest {
 public:
  explicit Nearest(std::string_view wanted) : wanted_(wanted) {}
  void consider(std::string_view candidate) {
    const std::size_t distance = edit_distance(wanted_, candidate);
    if (!candidate.empty() && distance < distance_) {
      distance_ = distance;
      best_ = candidate;
    }
  }
  /// E.g. `; did you mean "give"?`, or nothing.
  std::string question() const {
    if (best_.empty() || distance_ > std::max<std::size_t>(2, best_.size() / 3) ||
        distance_ >= best_.size()) {
      return "";
    }
    return "; did you mean \"" + std::string(best_) + "\"?";
  }

 private:
  std::string_view wanted_;
  std::string_view best_;
  std::size_t distance_ = std::numeric_limits<std::size_t>::max();
};

/// Reads one line from left to right. The first failure stands in `error`.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : rest_(line) {}

  std::string error;

  bool fail(std::string message) {
    if (error.empty()) error = std::move(message);
    return false;
  }
  /// Whether only blanks or a comment are left.
  bool at_end() {
    skip_space();
    return rest_.empty() || rest_.front() == '#';
  }
  char front() {
    skip_space();
    return rest_.empty() ? '\0' : rest_.front();
  }
  bool skip(char c) {
    if (front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// The run of bytes up to a blank, a separator, a quote or a comment; possibly empty.
  std::string_view word() {
    const std::string_view result = peek_word();
    rest_.remove_prefix(result.size());
    return result;
  }
  std::string_view peek_word() {
    skip_space();
    std::size_t size = 0;
    while (size < rest_.size() && !ends_word(rest_[size])) ++size;
    return rest_.substr(0, size);
  }
  /// What is left, for messages.
  std::string_view next_for_message() {
    const std::string_view next = peek_word();
    return !next.empty() ? next : rest_.substr(0, rest_.empty() ? 0 : 1);
  }

  /// A quoted byte string, appended to `output`.
  bool quoted(std::string_view after, std::string& output) {
    if (!skip('"')) {
      return fail("after " + shown(after) + " a quoted string is missing, e.g. \"abc\\x00\"" +
                  (at_end() ? "" : ", instead of " + shown(next_for_message())));
    }
    while (true) {
      if (rest_.empty()) return fail("unterminated string: a closing '\"' is missing");
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\') {
        output += c;
        continue;
      }
      if (rest_.empty()) return fail("unterminated string: a closing '\"' is missing");
      const char kind = rest_.front();
      rest_.remove_prefix(1);
      if (kind == '"' || kind == '\\') {
        output += kind;
      } else if (kind == 'n') {
        output += '\n';
      } else if (kind == 't') {
        output += '\t';
      } else if (kind == 'x') {
        unsigned value = 0;
        const char* const digits = rest_.data();
        const std::size_t count = std::min<std::size_t>(2, rest_.size());
        const auto parsed = std::from_chars(digits, digits + count, value, 16);
        if (count < 2 || parsed.ec != std::errc() || parsed.ptr != digits + 2) {
          return fail("\\x needs two hexadecimal digits, e.g. \\x0a");
        }
        output += static_cast<char>(value);
        rest_.remove_prefix(2);
      } else {
        return fail("unknown escape " + shown(std::string("\\") + kind) +
                    R"(; there are \" \\ \n \t and \xNN)");
      }
    }
  }

 private:
  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  std::string_view rest_;
};

class Parser {
 public:
  Parser(std::string_view text, Case& result) : text_(text), result_(result) {}

  ParseOutcome run() {
    result_.clear();
    result_.subject.clear();
    result_.clause.clear();
    const bool ok = header() && lines();
    return {ok, {kind_, line_, std::move(message_)}};
  }

 private:
  bool fail(std::string message) {
    message_ = std::move(message);
    return false;
  }

  /// Puts the next line, without its end, into `line`. False when there is none.
  bool next_line(std::string_view& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    line = text_.substr(at_, end - at_);
    at_ = end + 1;
    ++line_;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return true;
  }

  bool header() {
    line_ = 1;
    if (text_.size() > kCaseTextMax) {
      return fail("text of " + std::to_string(text_.size()) + " bytes; a case has at most " +
                  std::to_string(kCaseTextMax));
    }
    if (text_.substr(0, 3) == "\xef\xbb\xbf") at_ = 3;  // editors' byte order mark
    line_ = 0;
    std::string_view line;
    while (next_line(line)) {
      if (!printable(line)) return false;
      LineReader reader(line);
      if (reader.at_end()) continue;
      if (reader.word() != kMagic) {
        return fail("a case starts with the line \"weir-case 1\", instead of " + shown(line));
      }
      const std::string_view version = reader.word();
      if (version.empty() || !std::all_of(version.begin(), version.end(), is_digit) ||
          !reader.at_end()) {
        return fail("after \"weir-case\" the number of the format is missing: \"weir-case 1\"");
      }
      if (version == kFormat) return true;
      if (version.find_first_not_of('0') == std::string_view::npos || version.front() == '0') {
        return fail("there is no format " + std::string(version.substr(0, 20)) +
                    "; this build reads 1");
      }
      kind_ = TextError::Kind::kStale;
      return fail("format " + std::string(version.substr(0, 20)) + ", this build reads 1");
    }
    line_ = std::max(line_, 1);
    return fail("empty: a case starts with the line \"weir-case 1\"");
  }

  bool printable(std::string_view line) {
    const auto found = std::find_if(line.begin(), line.end(), is_control);
    if (found == line.end()) return true;
    std::string byte;
    append_escape(static_cast<unsigned char>(*found), byte);
    return fail("binary data (byte " + byte + "); a case is text, bytes stand in strings as \\xNN");
  }

  bool lines() {
    std::string_view line;
    while (next_line(line)) {
      if (!printable(line)) return false;
      LineReader reader(line);
      if (reader.at_end()) continue;
      if (!field_line(reader)) return fail(std::move(reader.error));
    }
    // Only long strings make a case long: the operations themselves are few.
    if (strings_bytes_ > kCaseBytesMax / 2 && encoded_size(result_) > kCaseBytesMax) {
      return fail("the strings of this case are too long together; a case has at most " +
                  std::to_string(kCaseBytesMax) + " bytes");
    }
    return true;
  }

  bool field_line(LineReader& reader) {
    const std::string_view name = reader.word();
    if (name == "subject") return name_line(reader, name, subject_line_, result_.subject);
    if (name == "clause") return name_line(reader, name, clause_line_, result_.clause);
    for (const Field& field : schema()) {
      if (field.name == name) {
        return once(reader, name, field_lines_[static_cast<std::size_t>(field.id)]) &&
               operations(reader, field);
      }
    }
    if (name == kMagic) return reader.fail("the header \"weir-case 1\" stands here again");
    Nearest nearest(name);
    std::string all = "subject, clause";
    nearest.consider("subject");
    nearest.consider("clause");
    for (const Field& field : schema()) {
      nearest.consider(field.name);
      all += ", ";
      all += field.name;
    }
    return reader.fail("unknown field " + shown(name.empty() ? reader.next_for_message() : name) +
                       nearest.question() + " There are: " + all);
  }

  bool once(LineReader& reader, std::string_view name, int& first_line) {
    if (first_line != 0) {
      return reader.fail("a second " + shown(name) + "; the first stands in line " +
                         std::to_string(first_line) + ", one line holds all of a field");
    }
    first_line = line_;
    return true;
  }

  bool name_line(LineReader& reader, std::string_view name, int& first_line, std::string& value) {
    if (!once(reader, name, first_line)) return false;
    if (reader.front() == '"') {
      if (!reader.quoted(name, value)) return false;
    } else {
      value = reader.word();
    }
    if (value.size() > kNameBytesMax) {
      return reader.fail("a " + std::string(name) + " of " + std::to_string(value.size()) +
                         " bytes; at most " + std::to_string(kNameBytesMax));
    }
    if (!reader.at_end()) {
      return reader.fail("after the " + std::string(name) + " the line ends, instead of " +
                         shown(reader.next_for_message()) +
                         "; a name with blanks or other odd bytes is quoted");
    }
    return true;
  }

  bool operations(LineReader& reader, const Field& field) {
    if (reader.at_end()) return true;
    std::vector<Op>& list = result_.ops(field.id);
    while (true) {
      if (list.size() == field.ops_max) {
        return reader.fail("more than " + std::to_string(field.ops_max) + " operations in " +
                           shown(field.name));
      }
      if (!operation(reader, field, list)) return false;
      if (reader.at_end()) return true;
      if (!reader.skip(',') && !reader.skip(';')) {
        return reader.fail("after an operation stands ',' or the end of the line, instead of " +
                           shown(reader.next_for_message()));
      }
    }
  }

  bool operation(LineReader& reader, const Field& field, std::vector<Op>& list) {
    Op op;
    const Verb* const verb = find_verb(reader, field, op);
    if (verb == nullptr) return false;
    for (std::size_t a = 0; a < verb->args.size(); ++a) {
      const Arg& arg = verb->args[a];
      if (!label(reader, *verb, arg.label) || !argument(reader, *verb, arg, op.args[a])) {
        return false;
      }
    }
    if (verb->has_bytes) {
      std::string bytes;
      if (!label(reader, *verb, verb->bytes_label) || !reader.quoted(verb->name, bytes)) {
        return false;
      }
      if (bytes.size() > kOpBytesMax) {
        return reader.fail("a string of " + std::to_string(bytes.size()) + " bytes; at most " +
                           std::to_string(kOpBytesMax));
      }
      strings_bytes_ += bytes.size();
      result_.set_bytes(op, std::as_bytes(std::span<const char>(bytes)));
    }
    list.push_back(op);
    return true;
  }

  const Verb* find_verb(LineReader& reader, const Field& field, Op& op) {
    const auto chosen = [&](const Verb& verb) {
      op.verb = static_cast<std::uint8_t>(&verb - field.verbs.data());
      return &verb;
    };
    const std::string_view first = reader.peek_word();
    if (!first.empty() && (is_digit(first.front()) || first.front() == '-')) {
      for (const Verb& verb : field.verbs) {
        if (verb.name.empty()) return chosen(verb);
      }
    }
    LineReader ahead = reader;
    ahead.word();
    const std::string two = std::string(first) + " " + std::string(ahead.word());
    for (const Verb& verb : field.verbs) {
      if (two == verb.name || two == verb.alias) {
        reader = ahead;
        return chosen(verb);
      }
    }
    for (const Verb& verb : field.verbs) {
      if (!first.empty() && (first == verb.name || first == verb.alias)) {
        reader.word();
        return chosen(verb);
      }
    }
    std::string all;
    Nearest nearest(first);
    for (const Verb& verb : field.verbs) {
      nearest.consider(verb.name.substr(0, verb.name.find(' ')));
      all += all.empty() ? "" : ", ";
      all += usage(verb);
    }
    for (const Verb& verb : field.verbs) {
      const std::size_t blank = verb.name.find(' ');
      if (blank != std::string_view::npos && verb.name.substr(0, blank) == first) {
        nearest = Nearest(two);
      }
    }
    for (const Verb& verb : field.verbs) nearest.consider(verb.name);
    if (reader.at_end() || first.empty()) {
      reader.fail("an operation of " + shown(field.name) + " is missing" +
                  (reader.at_end() ? "" : " before " + shown(reader.next_for_message())) +
                  "; there are: " + all);
    } else {
      const std::string question = nearest.question();
      reader.fail("unknown operation " + shown(first) + " in " + shown(field.name) +
                  (question.empty() ? "; there are: " : question + " There are: ") + all);
    }
    return nullptr;
  }

  static bool label(LineReader& reader, const Verb& verb, std::string_view expected) {
    if (expected.empty()) return true;
    if (reader.peek_word() != expected) {
      return reader.fail("\"" + std::string(expected) + "\" is missing" +
                         (reader.at_end() ? "" : " before " + shown(reader.next_for_message())) +
                         "; it is written " + usage(verb));
    }
    reader.word();
    return true;
  }

  static bool argument(LineReader& reader, const Verb& verb, const Arg& arg, std::int64_t& value) {
    const std::string_view word = reader.word();
    if (word.empty()) {
      return reader.fail(std::string(arg.shape == Shape::kName ? "a name" : "a number") +
                         " is missing; it is written " + usage(verb));
    }
    if (arg.shape == Shape::kName) return name_argument(reader, arg, word, value);
    const bool hexadecimal =
        word.size() > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
    if (arg.shape == Shape::kHash && !hexadecimal) {
      return reader.fail("a hash is hexadecimal, e.g. 0x00000000000000ff, instead of " +
                         shown(word));
    }
    const char* const end = word.data() + word.size();
    std::from_chars_result parsed{};
    std::uint64_t bits = 0;
    if (hexadecimal) {
      parsed = std::from_chars(word.data() + 2, end, bits, 16);
      value = static_cast<std::int64_t>(bits);
    } else {
      parsed = std::from_chars(word.data(), end, value, 10);
    }
    if (parsed.ptr != end || parsed.ec == std::errc::invalid_argument) {
      return reader.fail("a number stands here, instead of " + shown(word) + "; it is written " +
                         usage(verb));
    }
    const bool wraps = hexadecimal && arg.shape != Shape::kHash && value < 0;
    if (parsed.ec != std::errc() || wraps || value < arg.min || value > arg.max) {
      return reader.fail("number " + std::string(word.substr(0, 40)) + " out of range" +
                         (arg.shape == Shape::kHash
                              ? ": a hash has 64 bits"
                              : " " + std::to_string(arg.min) + " to " + std::to_string(arg.max)));
    }
    return true;
  }

  static bool name_argument(LineReader& reader, const Arg& arg, std::string_view word,
                            std::int64_t& value) {
    const auto found = std::find(arg.names.begin(), arg.names.end(), word);
    if (found != arg.names.end()) {
      value = found - arg.names.begin();
      return true;
    }
    Nearest nearest(word);
    std::string all;
    for (const std::string_view name : arg.names) {
      nearest.consider(name);
      all += all.empty() ? "" : ", ";
      all += name;
    }
    const std::string question = nearest.question();
    return reader.fail("unknown name " + shown(word) +
                       (question.empty() ? "; there are: " : question + " There are: ") + all);
  }

  std::string_view text_;
  Case& result_;
  std::size_t at_ = 0;
  int line_ = 0;
  int subject_line_ = 0;
  int clause_line_ = 0;
  std::array<int, kFieldCount> field_lines_{};
  std::size_t strings_bytes_ = 0;
  TextError::Kind kind_ = TextError::Kind::kMalformed;
  std::string message_;
};

void append_ops(const Case& value, FieldId id, std::string& output) {
  bool first = true;
  const auto word = [&](std::string_view text) {
    if (text.empty()) return;
    output += text;
    output += ' ';
  };
  for (const Op& op : value.ops(id)) {
    if (!first) output += ", ";
    first = false;
    const Verb& verb = verb_of(id, op);
    word(verb.name);
    for (std::size_t a = 0; a < verb.args.size(); ++a) {
      word(verb.args[a].label);
      append_arg(verb.args[a], op.args[a], output);
      output += ' ';
    }
    if (verb.has_bytes) {
      word(verb.bytes_label);
      append_quoted(as_text(value.bytes(op)), output);
    } else {
      output.pop_back();  // the blank behind the last word
    }
  }
}

void append_line(std::string_view name, std::string& output) {
  output += name;
  output.append(name.size() < kNameColumns ? kNameColumns - name.size() : 0, ' ');
  output += ' ';
}

void append_name(std::string_view name, std::string_view value, std::string& output) {
  if (value.empty()) return;
  append_line(name, output);
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '\\' && !ends_word(c);
  });
  if (plain) {
    output += value;
  } else {
    append_quoted(value, output);
  }
  output += '\n';
}

}  // namespace

std::string print(const Case& value) {
  std::string output;
  output += kMagic;
  output += ' ';
  output += kFormat;
  output += '\n';
  append_name("subject", value.subject, output);
  append_name("clause", value.clause, output);
  for (const Field& field : schema()) {
    if (value.ops(field.id).empty()) continue;
    append_line(field.name, output);
    append_ops(value, field.id, output);
    output += '\n';
  }
  return output;
}

std::string print_ops(const Case& value, FieldId id) {
  std::string output;
  append_ops(value, id, output);
  return output;
}

ParseOutcome parse(std::string_view text, Case& result) { return Parser(text, result).run(); }

}  // namespace weir::properties
