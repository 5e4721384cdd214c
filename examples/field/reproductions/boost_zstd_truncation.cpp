// Boost.Iostreams: a zstd stream that was cut, anywhere, reads as a complete one.
// Link: -lboost_iostreams. Exit code 0: it shows what it says; 1: it does not.
#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <iostream>
#include <sstream>
#include <string>

namespace io = boost::iostreams;

template <class Compressor, class Decompressor>
bool cuts_go_unnoticed(const char* name) {
  std::string payload;
  for (int i = 0; i < 100000; ++i) payload += std::to_string(i);
  std::string encoded;
  {
    io::filtering_ostream out;
    out.push(Compressor());
    out.push(io::back_inserter(encoded));
    out << payload;
  }
  std::istringstream half(encoded.substr(0, encoded.size() / 2));
  io::filtering_istream in;
  in.push(Decompressor());
  in.push(half);
  std::string decoded;
  try {
    io::copy(in, io::back_inserter(decoded));
  } catch (const std::exception& error) {
    std::cout << name << ": half a file throws: " << error.what() << '\n';
    return false;
  }
  std::cout << name << ": half a file is " << decoded.size() << " of " << payload.size()
            << " bytes, and no error\n";
  return decoded.size() < payload.size();
}

int main() {
  const bool zstd = cuts_go_unnoticed<io::zstd_compressor, io::zstd_decompressor>("zstd");
  const bool gzip = cuts_go_unnoticed<io::gzip_compressor, io::gzip_decompressor>("gzip");
  return zstd && !gzip ? 0 : 1;
}
