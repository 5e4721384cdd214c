// Files that the program carries: the projects that `weir init` writes (tools/templates), and the
// page of `weir report` (tools/report_page).
#pragma once

#include <span>
#include <string_view>

namespace weir::cli {

/// A file of a template. `@NAME@` in it stands for the project's name, `@VERSION@` for the version
/// of Weir that it asks for.
struct TemplateFile {
  std::string_view like;  ///< the template, e.g. "rot13"
  std::string_view path;  ///< in the project, or in tools/report_page
  std::string_view content;
};
/// All files, template by template, the first of them the default one.
std::span<const TemplateFile> template_files() noexcept;
/// What the page of a report is put together from.
std::span<const TemplateFile> report_page_files() noexcept;

}  // namespace weir::cli
