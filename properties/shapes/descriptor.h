// Libraries that insist on a file descriptor.
//
// The library gets one end of a socket pair. For reading, the whole source below is put into the
// other end; what each of its reads gave arrives as a read of its own, and a failure behind it as
// ECONNRESET. For writing, what the library has sent by the end of a call is passed on to the sink
// below; after a failure there, the library's next write gives EPIPE. How all that is said, and
// what a library that wants a real file may do, is in docs/adapters.md.
#pragma once

#include <functional>
#include <string>

#include "properties/shapes/callbacks.h"

namespace weir::properties::shapes {

/// What descriptors promise, to be joined with what the library does: reads may give a part; so may
/// the library's own functions; who frees a handle finishes the stream.
inline constexpr Traits kDescriptorTraits =
    traits(Trait::kPartialBelow, Trait::kShortWrites, Trait::kFinishesInDestructor);

/// A library's streams over descriptors.
struct Descriptors {
  std::function<Writer(int below)> open_writer;
  std::function<Reader(int below)> open_reader;
  ClosedBy closed_by = ClosedBy::kProgram;
};

/// The subject of `name`, a descriptor of version 1. Linux. A bound on reading ahead cannot be
/// claimed. SIGPIPE is blocked while the library writes.
Subject descriptor_subject(std::string name, std::string summary, Traits claimed,
                           Descriptors descriptors);

}  // namespace weir::properties::shapes
