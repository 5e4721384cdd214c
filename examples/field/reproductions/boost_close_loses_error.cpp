// Boost.Iostreams: writing to a full disk succeeds, from the first byte to close.
// Link: -lboost_iostreams. Exit code 0: it shows what it says; 1: it does not.
#include <boost/iostreams/close.hpp>
#include <boost/iostreams/filter/bzip2.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zlib.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <fstream>
#include <iostream>

// Whether anybody was told that nothing was written.
template <class Compressor>
bool told(const char* name) {
  std::ofstream file("/dev/full", std::ios::binary);
  boost::iostreams::filtering_ostream out;
  out.push(Compressor());
  out.push(file);
  bool thrown = false;
  try {
    out << "all that I have";
    boost::iostreams::close(out);
  } catch (const std::exception&) {
    thrown = true;
  }
  std::cout << name << ": close " << (thrown ? "throws" : "succeeds") << ", the stream is "
            << (out.good() ? "good" : "bad") << ", the file below is "
            << (file.good() ? "good" : "bad") << '\n';
  return thrown || !out.good() || !file.good();
}

int main() {
  bool any = false;
  any |= told<boost::iostreams::gzip_compressor>("gzip");
  any |= told<boost::iostreams::zlib_compressor>("zlib");
  any |= told<boost::iostreams::bzip2_compressor>("bzip2");
  any |= told<boost::iostreams::zstd_compressor>("zstd");
  return any ? 1 : 0;
}
