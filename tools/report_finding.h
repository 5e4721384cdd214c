// What the page of `weir report` shows of one finding beyond what a run wrote down: the case taken
// apart, and what a run of it in this build does.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace weir::cli {

/// Parses the text of a finding's case and, where this build has its subject, runs it. `kind` is
/// how it was violated. Members of the result, each left out where it is not to be had:
///   payload  {size, head (hex), segments [{label, size}]}
///   writes   [{at, what}]: where writes end and flushes fall
///   lanes    {writer, sink, source, reader}: [{step, calls, call, state, from, to}], of the
///            streams about which the verdict is; lanes_cut
///   steps    [{step, who, lane, call, result, state}]; steps_total; broke: the step that broke it
///   hex      {from, at, expected, seen, ended}: both sides where they part
///   test, recipe, replay (what this build says of the case), note (why something is left out)
nlohmann::ordered_json finding_detail(const std::string& case_text, const std::string& kind);

}  // namespace weir::cli
