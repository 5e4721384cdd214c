// Libraries in C that read and write through function pointers of their program's, with a context.
//
// The stream below is that context: glue is a few lambdas which call its methods.
//
//     ssize_t write(void* context, const void* bytes, size_t size)
//     [](void* c, const void* p, size_t n) { return static_cast<SinkBelow*>(c)->write(p, n); }
//
// How errors, the end, would-block, close and seeks are said is a table in docs/adapters.md.
#pragma once

#include <functional>
#include <string>

#include "properties/shapes/foreign_stream.h"

namespace weir::properties::shapes {

/// What such libraries promise, to be joined with what one of them does: callbacks may move a part,
/// and so may the library's own functions; who frees a handle finishes the stream. Who passes
/// EAGAIN on may claim nonblocking besides.
inline constexpr Traits kCallbackTraits =
    traits(Trait::kPartialBelow, Trait::kShortWrites, Trait::kFinishesInDestructor);

/// Who closes the stream below.
enum class ClosedBy : std::uint8_t { kProgram, kLibrary };

/// A library's streams over callbacks.
struct Callbacks {
  std::function<Writer(SinkBelow& below)> open_writer;
  std::function<Reader(SourceBelow& below)> open_reader;
  ClosedBy closed_by = ClosedBy::kProgram;
};

/// The subject of `name`, a descriptor of version 1.
Subject callbacks_subject(std::string name, std::string summary, Traits claimed,
                          Callbacks callbacks);

}  // namespace weir::properties::shapes
