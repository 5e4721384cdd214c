#include "program.h"

#include <optional>
#include <utility>

namespace weir::cli {
namespace {

std::optional<std::string>& contract_name() {
  static std::optional<std::string> name;
  return name;
}

}  // namespace

const std::string& program_name() noexcept {
  static const std::string kWeir = "weir";
  return is_contract_program() ? *contract_name() : kWeir;
}

bool is_contract_program() noexcept { return contract_name().has_value(); }

std::string_view project_contract() noexcept {
  return is_contract_program() ? std::string_view(program_name()) : std::string_view();
}

void become_contract_program(std::string name) { contract_name() = std::move(name); }

std::string as_called(std::string_view text) {
  static constexpr std::string_view kCommand = "weir ";
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = text.find(kCommand); at != std::string_view::npos;
       at = text.find(kCommand, at + 1)) {
    const std::string_view before = text.substr(0, at);
    const bool begins = before.empty() || before.back() == '`' || before.back() == '\n' ||
                        (before.size() >= 2 && before.substr(before.size() - 2) == "  ");
    if (!begins) continue;
    result.append(text, done, at - done).append(program_name());
    done = at + kCommand.size() - 1;
  }
  return result.append(text, done);
}

}  // namespace weir::cli
