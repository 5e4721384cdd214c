#include "properties/explain.h"

#include <algorithm>
#include <optional>
#include <set>

#include "properties/case_text.h"

namespace weir::properties {
namespace {

// A string is looked at byte by byte up to this length, longer ones in as many runs.
constexpr std::size_t kRunsMax = 16;

std::string count_of(unsigned count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

/// `op` of field `id` alone, as it stands in text.
std::string text_of(const Case& value, FieldId id, const Op& op) {
  Case alone;
  alone.ops(id).push_back(op);
  Op& copy = alone.ops(id).back();
  const std::span<const std::byte> bytes = value.bytes(op);
  copy.bytes_offset = 0;
  copy.bytes_size = 0;
  alone.set_bytes(copy, bytes);
  return print_ops(alone, id);
}

std::string quoted(std::span<const std::byte> bytes) {
  Case alone;
  alone.add(FieldId::kPayload, "literal", {},
            {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return print_ops(alone, FieldId::kPayload).substr(std::string_view("literal ").size());
}

std::string listed(const std::vector<std::string>& words) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < kShown; ++i) {
    text += (i == 0 ? "" : ", ") + words[i];
  }
  return words.size() > kShown ? text + ", ..." : text;
}

class Explainer {
 public:
  Explainer(const Case& value, const std::function<Changed(const Case&)>& run,
            std::uint64_t evaluations_max, const std::function<bool()>& stopped)
      : value_(value), run_(run), evaluations_max_(evaluations_max), stopped_(stopped) {}

  Explanation explain() {
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      const auto id = static_cast<FieldId>(f);
      for (std::size_t i = 0; i < value_.ops(id).size(); ++i) {
        operation(id, i);
        const Verb& verb = verb_of(id, value_.ops(id)[i]);
        for (std::size_t a = 0; a < verb.args.size(); ++a) argument(id, i, a);
        if (verb.has_bytes) string(id, i);
      }
    }
    return std::move(result_);
  }

 private:
  std::optional<Changed> run(const Case& changed) {
    if (result_.evaluations >= evaluations_max_ || (stopped_ && stopped_())) {
      result_.complete = false;
      return std::nullopt;
    }
    ++result_.evaluations;
    return run_(changed);
  }

  static void count(Part& part, Changed seen) {
    ++part.tried;
    if (seen == Changed::kFails) ++part.failing;
  }

  void add(Part part) {
    part.need = part.tried == 0              ? Need::kUntested
                : part.failing == part.tried ? Need::kAny
                : part.failing == 0          ? Need::kExact
                                             : Need::kSome;
    if (part.tried == 0) part.note = result_.complete ? "there is no other value" : "not looked at";
    result_.parts.push_back(std::move(part));
  }

  // "without the short read it holds"
  void operation(FieldId id, std::size_t i) {
    Part part;
    part.field = id;
    part.op = i;
    part.text = text_of(value_, id, value_.ops(id)[i]);
    Case changed = value_;
    std::vector<Op>& ops = changed.ops(id);
    ops.erase(ops.begin() + static_cast<std::ptrdiff_t>(i));
    if (const std::optional<Changed> seen = run(changed)) {
      count(part, *seen);
      switch (*seen) {
        case Changed::kFails:
          part.note = "does not matter: without it, it fails all the same";
          break;
        case Changed::kDiffers:
          part.note = "matters: without it, it fails in another way";
          break;
        case Changed::kHolds:
          part.note = "matters: without it, it holds";
          break;
        case Changed::kUnknown:
          part.note = "matters: without it, the clause has nothing to say";
          break;
      }
    }
    add(std::move(part));
  }

  void argument(FieldId id, std::size_t i, std::size_t a) {
    const Op& op = value_.ops(id)[i];
    const Arg& arg = verb_of(id, op).args[a];
    Part part;
    part.kind = Part::Kind::kArgument;
    part.field = id;
    part.op = i;
    part.arg = a;
    if (arg.shape == Shape::kName) {
      part.text = arg_name(id, op, a);
    } else {
      part.text = (arg.label.empty() ? "" : std::string(arg.label) + " ") +
                  (arg.shape == Shape::kHash ? "hash" : std::to_string(op.args[a]));
    }
    // A hash names one file; another number names none.
    if (arg.shape != Shape::kHash) {
      if (arg.shape == Shape::kName) {
        names(part, arg);
      } else {
        numbers(part, arg);
      }
    }
    add(std::move(part));
  }

  std::optional<Changed> with_number(const Part& part, std::int64_t number) {
    Case changed = value_;
    changed.ops(part.field)[part.op].args[part.arg] = number;
    return run(changed);
  }

  void names(Part& part, const Arg& arg) {
    std::vector<std::string> failing;
    std::vector<std::string> others;
    const std::int64_t present = value_.ops(part.field)[part.op].args[part.arg];
    for (std::size_t n = 0; n < arg.names.size(); ++n) {
      const auto number = static_cast<std::int64_t>(n);
      if (number == present) continue;
      const std::optional<Changed> seen = with_number(part, number);
      if (!seen) break;
      count(part, *seen);
      (*seen == Changed::kFails ? failing : others).emplace_back(arg.names[n]);
    }
    part.note = others.empty() ? "any other name here also fails"
                : failing.empty()
                    ? "no other name here fails like this"
                    : "also fails with " + listed(failing) + "; not with " + listed(others);
  }

  void numbers(Part& part, const Arg& arg) {
    const std::int64_t present = value_.ops(part.field)[part.op].args[part.arg];
    // Neighbours, landmarks and something far away, both ways; 128 bits hold every sum.
    __extension__ using Wide = __int128;
    std::set<std::int64_t> probes;
    const Wide here = present;
    for (const Wide probe :
         {here - 1, here - 2, here / 2, here + 1, here + 2, here * 2, here + 1000,
          Wide{arg.simplest}, Wide{arg.min}, Wide{0}, Wide{1}, Wide{-1}}) {
      if (probe >= arg.min && probe <= arg.max && probe != here) {
        probes.insert(static_cast<std::int64_t>(probe));
      }
    }
    std::vector<std::int64_t> failing;
    std::vector<std::int64_t> others;
    for (const std::int64_t probe : probes) {
      const std::optional<Changed> seen = with_number(part, probe);
      if (!seen) break;
      count(part, *seen);
      (*seen == Changed::kFails ? failing : others).push_back(probe);
    }
    const auto words = [](const std::vector<std::int64_t>& list) {
      std::vector<std::string> text;
      text.reserve(list.size());
      for (const std::int64_t number : list) text.push_back(std::to_string(number));
      return listed(text);
    };
    const std::string number = std::to_string(present);
    const auto less = [&](std::int64_t n) { return n < present; };
    const auto more = [&](std::int64_t n) { return n > present; };
    if (others.empty()) {
      part.note = "any other number here also fails";
    } else if (failing.empty()) {
      part.note = "only " + number + " fails";
    } else if (std::all_of(failing.begin(), failing.end(), more) &&
               std::all_of(others.begin(), others.end(), less)) {
      part.note = "only " + number + " and more fail";
    } else if (std::all_of(failing.begin(), failing.end(), less) &&
               std::all_of(others.begin(), others.end(), more)) {
      part.note = "only " + number + " and less fail";
    } else {
      part.note = "also fails with " + words(failing) + "; not with " + words(others);
    }
    part.note += " (" + count_of(part.tried, "other") + " tried)";
  }

  // Each run of bytes replaced by others of equal length; neighbours of which the same is true are
  // one part.
  void string(FieldId id, std::size_t i) {
    const Op& op = value_.ops(id)[i];
    const std::vector<std::byte> bytes(value_.bytes(op).begin(), value_.bytes(op).end());
    if (bytes.empty()) return;
    const std::size_t step = (bytes.size() + kRunsMax - 1) / kRunsMax;
    std::vector<Part> runs;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      Part part;
      part.kind = Part::Kind::kBytes;
      part.field = id;
      part.op = i;
      part.bytes_begin = at;
      part.bytes_end = std::min(at + step, bytes.size());
      for (const unsigned other : {unsigned{'b'}, unsigned{'Z'}, 0u, 0xffu}) {
        std::vector<std::byte> edited = bytes;
        std::fill(edited.begin() + static_cast<std::ptrdiff_t>(at),
                  edited.begin() + static_cast<std::ptrdiff_t>(part.bytes_end),
                  static_cast<std::byte>(other));
        if (edited == bytes) continue;
        Case changed = value_;
        changed.set_bytes(changed.ops(id)[i], edited);
        const std::optional<Changed> seen = run(changed);
        if (!seen) break;
        count(part, *seen);
      }
      const auto same = [](const Part& x, const Part& y) {
        return (x.tried == 0) == (y.tried == 0) && (x.failing == 0) == (y.failing == 0) &&
               (x.failing == x.tried) == (y.failing == y.tried);
      };
      if (!runs.empty() && same(runs.back(), part)) {
        runs.back().bytes_end = part.bytes_end;
        runs.back().tried += part.tried;
        runs.back().failing += part.failing;
      } else {
        runs.push_back(std::move(part));
      }
    }
    for (Part& part : runs) {
      const std::size_t size = part.bytes_end - part.bytes_begin;
      part.text = quoted(std::span(bytes).subspan(part.bytes_begin, size));
      const std::string what = size == 1 ? "byte" : "bytes";
      part.note = part.failing == part.tried
                      ? "any other " + what + " here also fail" + (size == 1 ? "s" : "")
                  : part.failing == 0
                      ? "no other " + what + " here fail" + (size == 1 ? "s" : "") + " like this"
                      : "some other " + what + " here also fail" + (size == 1 ? "s" : "") +
                            ", others do not";
      part.note += " (" + count_of(part.tried, "other") + " tried)";
      add(std::move(part));
    }
  }

  const Case& value_;
  const std::function<Changed(const Case&)>& run_;
  const std::uint64_t evaluations_max_;
  const std::function<bool()>& stopped_;
  Explanation result_;
};

}  // namespace

std::string_view to_string(Need need) noexcept {
  switch (need) {
    case Need::kAny:
      return "any";
    case Need::kSome:
      return "some";
    case Need::kExact:
      return "exact";
    case Need::kUntested:
      return "untested";
  }
  return "unknown";
}

Explanation explain(const Case& value, const std::function<Changed(const Case&)>& run,
                    std::uint64_t evaluations_max, const std::function<bool()>& stopped) {
  return Explainer(value, run, evaluations_max, stopped).explain();
}

std::string annotate(const Case& value, const Explanation& explanation) {
  constexpr std::size_t kMarkMax = 60;
  constexpr std::size_t kNameColumns = 10;
  const std::string text = print(value);
  std::string output;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    output += line + '\n';
    for (const Field& field : schema()) {
      if (line.substr(0, line.find(' ')) != field.name) continue;
      // Operations are found by the text before them: a string may well look like another one.
      std::size_t column = line.size() - print_ops(value, field.id).size();
      std::size_t op_index = 0;
      std::size_t inner = column;
      for (const Part& part : explanation.parts) {
        if (part.field != field.id) continue;
        while (op_index < part.op) {
          column += text_of(value, field.id, value.ops(field.id)[op_index]).size() + 2;
          inner = column;
          ++op_index;
        }
        std::size_t mark = column;
        std::size_t width = part.text.size();
        if (part.kind == Part::Kind::kOperation) {
          inner = column + verb_of(field.id, value.ops(field.id)[part.op]).name.size();
        } else if (part.kind == Part::Kind::kArgument) {
          const std::size_t found = line.find(part.text, inner);
          mark = found == std::string::npos ? column : found;
          if (found != std::string::npos) inner = found + width;
        } else {
          // Without the quotes, which stand around the whole string only.
          const std::string_view bare = std::string_view(part.text).substr(1, width - 2);
          const std::size_t found = line.find(bare, inner);
          mark = found == std::string::npos ? column : found;
          width = bare.size();
          if (found != std::string::npos) inner = found + width;
        }
        width = std::clamp<std::size_t>(width, 1, kMarkMax);
        std::string comment = "#";
        comment.append(std::max(std::min(mark, kMarkMax), kNameColumns) - 1, ' ');
        comment.append(width, part.kind == Part::Kind::kOperation ? '-' : '^');
        output += comment + "  " + part.note + '\n';
      }
    }
  }
  return output;
}

}  // namespace weir::properties
