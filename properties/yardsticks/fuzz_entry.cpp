// The entry point of the yardsticks that are fuzz targets; WEIR_YARDSTICK names the function.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "properties/roster.h"
#include "properties/yardsticks/yardstick.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weir::properties::Subject;
  static const Subject* const subject = [] {
    const char* name = std::getenv("WEIR_SUBJECT");
    const Subject* found = weir::properties::find_subject(name == nullptr ? "" : name);
    if (found == nullptr) {
      std::fputs("weir: WEIR_SUBJECT names no subject\n", stderr);
      std::exit(3);
    }
    return found;
  }();
  const std::string wrong =
      weir::properties::yardstick::WEIR_YARDSTICK(*subject, std::as_bytes(std::span(data, size)));
  if (!wrong.empty()) {
    std::fprintf(stderr, "weir: %s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
