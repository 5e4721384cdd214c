// What is frozen of a shipped transform: the plan of its golden streams.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "properties/golden.h"
#include "properties/subject.h"

namespace weir::properties {

/// A golden stream and the name of its file, without folder and extension: what it guards, in few
/// words.
struct FrozenStream {
  std::string name;
  Golden golden;
};

/// Appends to `streams` what this build, which calls itself `library`, writes through `subject`, a
/// built-in one: streams that decode, alone and in chains, and streams that must fail. Equal for
/// equal seeds and libraries; the nonces of encryption are those of tests. Each was replayed.
/// Returns why that cannot be done, as one line: a transform of a chain is missing, or one does not
/// keep what it promises; empty when all is well.
std::string freeze(const Subject& subject, std::uint64_t seed, std::string_view library,
                   std::vector<FrozenStream>& streams);

/// Where the stream stands in a corpus: "golden/LIBRARY/SUBJECT/NAME.golden", slashes of the
/// subject replaced.
std::string golden_path(const Subject& subject, const FrozenStream& stream);

}  // namespace weir::properties
