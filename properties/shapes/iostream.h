// Libraries that read from a std::istream and write to a std::ostream, or to their stream buffers.
//
//     Subject gzip = iostream_subject("boost.gzip/1", "Boost's gzip filter.", kIostreamTraits, {
//         [](std::ostream& below) {
//           auto stream = std::make_unique<filtering_ostream>();
//           stream->push(gzip_compressor());
//           stream->push(below);
//           return stream;
//         },
//         [](std::istream& below) { ... }});
//
// How errors, the end, close and seeks are said is a table in docs/adapters.md.
#pragma once

#include <functional>
#include <ios>
#include <istream>
#include <ostream>
#include <string>

#include "properties/shapes/foreign_stream.h"

namespace weir::properties::shapes {

/// What iostreams promise, to be joined with what the library does: a call waits, and moves all or
/// fails; a get area may hold any part; a destructor may finish the stream.
inline constexpr Traits kIostreamTraits =
    traits(Trait::kPartialBelow, Trait::kFinishesInDestructor);

/// A library's streams over iostreams. Where a library takes a stream buffer, it is
/// `below.rdbuf()`.
struct Iostreams {
  std::function<Writer(std::ostream& below)> open_writer;
  std::function<Reader(std::istream& below)> open_reader;
  /// What the streams below throw std::ios_base::failure for, as with std::ios::exceptions.
  std::ios_base::iostate below_throws = std::ios_base::goodbit;
};

/// The subject of `name`, a descriptor of version 1.
Subject iostream_subject(std::string name, std::string summary, Traits claimed, Iostreams streams);

}  // namespace weir::properties::shapes
