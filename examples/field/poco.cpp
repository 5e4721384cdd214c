// POCO's deflating, inflating and base64 streams over iostreams.
//
// Not claimed: further members behind the first (an InflatingInputStream ends with the first one,
// and has reset() for the next), nonblocking, damage of zlib streams (Adler-32 is weak where they
// are short, RFC 3309), and everything about damage of base64, which has neither an end mark nor a
// checksum.
#include <Poco/Base64Decoder.h>
#include <Poco/Base64Encoder.h>
#include <Poco/DeflatingStream.h>
#include <Poco/InflatingStream.h>

#include <memory>

#include "glue.h"
#include "properties/shapes/iostream.h"

namespace field {
namespace {

using namespace Poco;
using namespace weir::properties;

Subject deflate(const char* name, const char* summary, DeflatingStreamBuf::StreamType deflating,
                InflatingStreamBuf::StreamType inflating, Traits promised) {
  const auto open_writer = [deflating](std::ostream& below) {
    return shapes::Writer(std::make_unique<DeflatingOutputStream>(below, deflating),
                          [](DeflatingOutputStream& open) { return open.close() == 0; });
  };
  const auto open_reader = [inflating](std::istream& below) {
    return shapes::Reader(std::make_unique<InflatingInputStream>(below, inflating));
  };
  return shapes::iostream_subject(
      name, summary,
      shapes::kIostreamTraits | promised |
          traits(Trait::kDeterministic, Trait::kDetectsTruncation, Trait::kFlushable),
      {open_writer, open_reader});
}

Subject base64() {
  const auto open_writer = [](std::ostream& below) {
    return shapes::Writer(std::make_unique<Base64Encoder>(below),
                          [](Base64Encoder& open) { return open.close() == 0; });
  };
  const auto open_reader = [](std::istream& below) {
    return shapes::Reader(std::make_unique<Base64Decoder>(below));
  };
  return shapes::iostream_subject("poco.base64/1", "POCO's Base64Encoder and Base64Decoder.",
                                  shapes::kIostreamTraits | traits(Trait::kDeterministic),
                                  {open_writer, open_reader});
}

}  // namespace

std::vector<Subject> poco_subjects() {
  return {deflate("poco.gzip/1", "POCO's DeflatingOutputStream and InflatingInputStream, gzip.",
                  DeflatingStreamBuf::STREAM_GZIP, InflatingStreamBuf::STREAM_GZIP,
                  traits(Trait::kDetectsCorruption)),
          deflate("poco.zlib/1", "POCO's DeflatingOutputStream and InflatingInputStream, zlib.",
                  DeflatingStreamBuf::STREAM_ZLIB, InflatingStreamBuf::STREAM_ZLIB, {}),
          base64()};
}

}  // namespace field
