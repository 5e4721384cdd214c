// The transforms of a plug-in (weir/plugin.h) as subjects.
#pragma once

#include <string>
#include <vector>

#include "properties/subject.h"

namespace weir::properties {

/// The subjects of the plug-in at `path`; none, with one line that names the plug-in and says why
/// in `error`, where it cannot be used. Each process loads it when it makes its first instance (see
/// inspect_plugin).
std::vector<Subject> plugin_subjects(const std::string& path, std::string& error);

/// Loads the plug-in into this process at once, for whoever has to know its code before the first
/// case: an engine that watches coverage. Returns one line that says why that failed, or nothing.
std::string load_plugin(const std::string& path);

}  // namespace weir::properties
