// Which program this is: `weir`, or a project's own with the same verbs.
#pragma once

#include <string>
#include <string_view>

namespace weir::cli {

/// Its name in help, hints and messages: "weir", or that of the project's program.
const std::string& program_name() noexcept;
/// Whether it is a project's own.
bool is_contract_program() noexcept;
/// The name of the project's contract; empty where the program is no project's own.
std::string_view project_contract() noexcept;
/// Makes it a project's own. Before anything else.
void become_contract_program(std::string name);

/// `text` with this program's name instead of "weir" where a command begins: at the start of the
/// text or behind two blanks or a quote.
std::string as_called(std::string_view text);

}  // namespace weir::cli
