#include <array>
#include <string>
#include <string_view>

#include "properties/clauses.h"
#include "properties/command_subject.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

struct Place {
  OutputTo output;
  std::string_view what;
  std::string_view kind;
};
constexpr std::array<Place, 2> kPlaces = {{
    {OutputTo::kFullDevice, "a full device", "full-device-unnoticed"},
    {OutputTo::kClosedPipe, "a pipe that nobody reads", "closed-pipe-unnoticed"},
}};

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  if (prepare_encoded(subject, value, workspace, verdict) == nullptr) return verdict;
  bool any = false;
  for (const Side side : {Side::kEncode, Side::kDecode}) {
    const std::span<const std::byte> payload(workspace.payload);
    const std::span<const std::byte> encoded = workspace.encoded.bytes();
    const bool encodes = side == Side::kEncode;
    // Who has nothing to write need not notice where to.
    const std::size_t size = encodes ? encoded.size() : payload.size();
    if (size == 0) continue;
    for (const Place& place : kPlaces) {
      const auto code = subject.run_command(side, encodes ? payload : encoded, place.output);
      if (!code.has_value()) return Verdict::discarded("the command cannot be started");
      any = true;
      ++workspace.counters[Counter::kFaults];
      if (*code != 0) continue;
      return Verdict::violated(place.kind, Verdict::kNoStep,
                               "the " + std::string(to_string(side)) + " command fails: it has " +
                                   std::to_string(size) + " bytes to write, to " +
                                   std::string(place.what),
                               "exit code 0");
    }
  }
  return any ? Verdict::held() : Verdict::discarded("there is nothing to write");
}

}  // namespace

const Clause full_output = {
    "full-output",
    Group::kFaults,
    "A command whose standard output takes nothing, because the disk is full or nobody reads it "
    "any more, ends, and not with exit code 0.",
    "Output is buffered until the program ends, and the error of its last write is not looked at: "
    "the backup of a full disk is reported as a success.",
    traits(),
    fields(FieldId::kPayload),
    counters(Counter::kFaults),
    check,
    false,
    nullptr,
    nullptr,
    0,
    {},
    false,
    true,
};

}  // namespace weir::properties::clause
