// Libraries that read and write a FILE* of their program's.
//
//     Subject pack = stdio_subject("pack.file/1", "libpack over FILE*.", kStdioTraits, {
//         [](std::FILE* below) { pack* p = pack_open(below); return WriterCalls{...}; },
//         [](std::FILE* below) { ... }});
//
// The FILE* is made by fopencookie: what the library calls on it reaches Weir's stream whenever its
// buffer is full, empty or flushed. How errors, the end, close and seeks are said is a table in
// docs/adapters.md.
#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>

#include "properties/shapes/callbacks.h"

namespace weir::properties::shapes {

/// What stdio promises, to be joined with what the library does: fread and fwrite wait, and move
/// all or fail; a library's own functions may move a part; who frees a handle finishes the stream.
inline constexpr Traits kStdioTraits = traits(Trait::kShortWrites, Trait::kFinishesInDestructor);

/// A library's streams over FILE*.
struct Stdio {
  std::function<Writer(std::FILE* below)> open_writer;
  std::function<Reader(std::FILE* below)> open_reader;
  ClosedBy closed_by = ClosedBy::kProgram;
  /// As with setvbuf; 0: unbuffered. Small, so that failures come in the middle of short streams.
  std::size_t buffer_bytes = 64;
};

/// The subject of `name`, a descriptor of version 1. Linux and others with fopencookie.
Subject stdio_subject(std::string name, std::string summary, Traits claimed, Stdio stdio);

}  // namespace weir::properties::shapes
