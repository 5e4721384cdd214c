// PluginLibrary: a shared library that speaks weir/plugin.h, looked at before it is believed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "properties/subject.h"
#include "weir/plugin.h"

namespace weir::properties {

/// What a plug-in says of one of its transforms.
struct PluginTransform {
  std::string name;
  std::string summary;
  Traits traits = 0;
  Bounds bounds{};
  bool knows_versions = false;
  bool has_seek = false;
};

/// What the plug-in at `path` has; none, with one line that says why in `error`, where it cannot be
/// used. A process of its own loads it and looks: nothing of it runs in this one, neither what it
/// does when it is loaded nor threads of its own, which no fork would take along.
std::vector<PluginTransform> inspect_plugin(const std::string& path, std::string& error);

/// The transforms of the plug-in at `path`, loaded into this process if it has not been: in the
/// order of inspect_plugin. Null, with a line in `error`, where that fails. They stay as long as
/// the process.
const std::vector<const weir_transform*>* loaded_plugin(const std::string& path,
                                                        std::string& error);

}  // namespace weir::properties
