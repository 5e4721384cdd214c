// Stream libraries that people use, as Weir subjects. Each file of glue hands Weir's streams to its
// library and the library's streams to Weir, and adds nothing.
#pragma once

#include <vector>

#include "properties/subject.h"

namespace field {

std::vector<weir::properties::Subject> boost_iostreams_subjects();
std::vector<weir::properties::Subject> zlib_subjects();
std::vector<weir::properties::Subject> bzip2_subjects();
std::vector<weir::properties::Subject> protobuf_subjects();
std::vector<weir::properties::Subject> poco_subjects();

}  // namespace field
