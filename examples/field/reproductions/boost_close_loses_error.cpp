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

// A file on a full disk. Without a buffer of its own, so that it meets each write at once.
void open_full(std::ofstream& file) {
  file.rdbuf()->pubsetbuf(nullptr, 0);
  file.open("/dev/full", std::ios::binary);
}

// Whether anybody was told that nothing was written.
template <class Compressor>
bool told(const char* name) {
  std::ofstream file;
  open_full(file);
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
  file.close();
  std::cout << name << ": close " << (thrown ? "throws" : "succeeds") << ", the stream is "
            << (out.good() ? "good" : "bad") << ", the file below, closed, is "
            << (file.good() ? "good" : "bad") << '\n';
  return thrown || !out.good() || !file.good();
}

int main() {
  // The same without Boost: the file tells.
  std::ofstream plain;
  open_full(plain);
  plain << "all that I have";
  plain.close();
  std::cout << "no filter: the file, closed, is " << (plain.good() ? "good" : "bad") << '\n';
  bool any = plain.good();
  any |= told<boost::iostreams::gzip_compressor>("gzip");
  any |= told<boost::iostreams::zlib_compressor>("zlib");
  any |= told<boost::iostreams::bzip2_compressor>("bzip2");
  any |= told<boost::iostreams::zstd_compressor>("zstd");
  return any ? 1 : 0;
}
