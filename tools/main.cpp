#include "command_line.h"

#if WEIR_HAVE_PYTHON
#include "foreign.h"
#include "properties/python/python_subject.h"
#include "properties/roster.h"

namespace {

std::string make_python(bool is_file, std::string_view name, weir::properties::Subject& subject) {
  using namespace weir::properties;
  static const bool once = (add_clauses(python_clauses()), true);
  static_cast<void>(once);
  return make_python_subject(parse_python_name(is_file, name), subject);
}

}  // namespace
#endif

int main(int argc, char** argv) {
#if WEIR_HAVE_PYTHON
  weir::cli::use_python(make_python);
#endif
  return weir::cli::run_command_line(argc, argv);
}
