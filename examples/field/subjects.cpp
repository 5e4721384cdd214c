// What is tested: the libraries that were there when this was built.
#include <iterator>

#include "glue.h"
#include "properties/contract.h"

std::vector<weir::properties::Subject> weir_subjects() {
  std::vector<weir::properties::Subject> all;
  const auto add = [&all](std::vector<weir::properties::Subject> some) {
    std::move(some.begin(), some.end(), std::back_inserter(all));
  };
#if FIELD_HAS_BOOST
  add(field::boost_iostreams_subjects());
#endif
#if FIELD_HAS_ZLIB
  add(field::zlib_subjects());
#endif
#if FIELD_HAS_BZIP2
  add(field::bzip2_subjects());
#endif
#if FIELD_HAS_PROTOBUF
  add(field::protobuf_subjects());
#endif
#if FIELD_HAS_POCO
  add(field::poco_subjects());
#endif
  return all;
}
