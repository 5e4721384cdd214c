#include "foreign.h"

#include <CLI/CLI.hpp>

#include "files.h"
#include "properties/roster.h"

namespace weir::cli {
namespace {

std::string& words() {
  static std::string all;
  return all;
}

}  // namespace

void add_foreign_options(CLI::App&, ForeignOptions&) {}

std::string bring(const ForeignOptions&) { return {}; }

const std::string& foreign_words() { return words(); }

}  // namespace weir::cli
