// The compression filters of Boost.Iostreams in filtering streams, over iostreams; and its streams
// over file descriptors.
//
// Not claimed, from the documentation:
// - nonblocking: "non-blocking Devices do not work properly" with filtering streams (3.6,
//   Asynchronous and Non-Blocking I/O).
// - flushable: the compression filters do not model Flushable.
// - detects_corruption of zstd: its frames have a checksum only where one is asked for, and
//   zstd_params cannot; and of zlib: Adler-32 is weak where streams are short (RFC 3309).
#include <boost/iostreams/close.hpp>
#include <boost/iostreams/device/file_descriptor.hpp>
#include <boost/iostreams/filter/bzip2.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zlib.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <boost/iostreams/stream.hpp>
#include <memory>

#include "glue.h"
#include "properties/shapes/descriptor.h"
#include "properties/shapes/iostream.h"

namespace field {
namespace {

using namespace weir::properties;
using boost::iostreams::filtering_istream;
using boost::iostreams::filtering_ostream;

template <class Compressor, class Decompressor>
Subject filters(const char* name, const char* summary, Traits promised) {
  const auto open_writer = [](std::ostream& below) {
    auto stream = std::make_unique<filtering_ostream>();
    stream->push(Compressor());
    stream->push(below);
    return shapes::Writer(std::move(stream),
                          [](filtering_ostream& open) { boost::iostreams::close(open); });
  };
  const auto open_reader = [](std::istream& below) {
    auto stream = std::make_unique<filtering_istream>();
    stream->push(Decompressor());
    stream->push(below);
    return shapes::Reader(std::move(stream));
  };
  return shapes::iostream_subject(
      name, summary, shapes::kIostreamTraits | traits(Trait::kDeterministic) | promised,
      {open_writer, open_reader});
}

// Seeks only where the descriptor does, which a socket does not.
Subject file_descriptors() {
  using namespace boost::iostreams;
  const auto open_writer = [](int below) {
    auto open = std::make_unique<stream<file_descriptor_sink>>(below, close_handle);
    return shapes::Writer(std::move(open), [](auto& writer) { writer.close(); });
  };
  const auto open_reader = [](int below) {
    auto open = std::make_unique<stream<file_descriptor_source>>(below, close_handle);
    return shapes::Reader(std::move(open), [](auto& reader) { reader.close(); });
  };
  return shapes::descriptor_subject(
      "boost.descriptor/1", "Boost.Iostreams' streams over file descriptors.",
      shapes::kDescriptorTraits | traits(Trait::kSizePreserving, Trait::kDeterministic,
                                         Trait::kFlushable, Trait::kConcatenable,
                                         Trait::kMultiMember),
      {open_writer, open_reader, shapes::ClosedBy::kLibrary});
}

}  // namespace

std::vector<Subject> boost_iostreams_subjects() {
  using namespace boost::iostreams;
  constexpr Traits kNotices = traits(Trait::kDetectsTruncation, Trait::kDetectsCorruption);
  constexpr Traits kMembers = traits(Trait::kConcatenable, Trait::kMultiMember);
  return {
      filters<gzip_compressor, gzip_decompressor>("boost.gzip/1", "Boost.Iostreams' gzip filters.",
                                                  kNotices | kMembers),
      filters<zlib_compressor, zlib_decompressor>("boost.zlib/1", "Boost.Iostreams' zlib filters.",
                                                  traits(Trait::kDetectsTruncation)),
      filters<bzip2_compressor, bzip2_decompressor>(
          "boost.bzip2/1", "Boost.Iostreams' bzip2 filters.", kNotices | kMembers),
      filters<zstd_compressor, zstd_decompressor>("boost.zstd/1", "Boost.Iostreams' zstd filters.",
                                                  traits(Trait::kDetectsTruncation) | kMembers),
      file_descriptors(),
  };
}

}  // namespace field
