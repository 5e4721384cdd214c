#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "guesses-from-first-read";
constexpr std::string_view kBug =
    "A first read of fewer bytes than the magic number has means to the reader that the "
    "stream is not encoded, and it passes it through.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kShortReadIsRaw;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant guesses_from_first_read = {
    kName,
    kBug,
    "first-read",
    "short-source-reads would-block-read eof-exact truncation corruption splice chain source-fault",
    "payload   literal \"a\"\nsource    give 1\n",
    "first-read short-source-reads would-block-read",
    subject,
};

}  // namespace weir::properties::mutant
