// Boost.Iostreams: a byte behind a complete gzip stream takes the payload of that stream with it.
// Link: -lboost_iostreams. Exit code 0: it shows what it says; 1: it does not.
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <iostream>
#include <sstream>
#include <string>

namespace io = boost::iostreams;

std::size_t bytes_before_the_error(const std::string& payload) {
  std::string encoded;
  {
    io::filtering_ostream out;
    out.push(io::gzip_compressor());
    out.push(io::back_inserter(encoded));
    out << payload;
  }
  std::istringstream file(encoded + "x");
  io::filtering_istream in;
  in.push(io::gzip_decompressor());
  in.push(file);
  std::size_t count = 0;
  while (in.get() != EOF) ++count;
  std::cout << count << " of " << payload.size() << " bytes, then "
            << (in.bad() ? "an error" : "the end") << '\n';
  return count;
}

int main() {
  const bool short_arrives = bytes_before_the_error("hello") == 5;
  const bool long_arrives = bytes_before_the_error(std::string(64, 'a')) == 64;
  return short_arrives && !long_arrives ? 0 : 1;
}
