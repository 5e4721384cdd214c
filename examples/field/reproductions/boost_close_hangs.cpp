// Boost.Iostreams: close never returns where the disk is full and some kilobytes are left.
// Link: -lboost_iostreams. Exit code 0: it shows what it says; 1: it does not.
#include <signal.h>
#include <unistd.h>

#include <boost/iostreams/close.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <fstream>
#include <iostream>
#include <random>
#include <string>

int main() {
  std::string data(10000, '\0');
  std::mt19937 random(1);
  for (char& byte : data) byte = static_cast<char>(random());

  std::ofstream file("/dev/full", std::ios::binary);
  boost::iostreams::filtering_ostream out;
  out.push(boost::iostreams::gzip_compressor());
  out.push(file);
  signal(SIGALRM, [](int) {
    constexpr char text[] = "close has not returned after 5 s\n";
    _exit(write(1, text, sizeof text - 1) > 0 ? 0 : 1);
  });
  alarm(5);
  try {
    out.write(data.data(), static_cast<std::streamsize>(data.size()));
    boost::iostreams::close(out);
    std::cout << "close returned\n";
  } catch (const std::exception& error) {
    std::cout << "close threw: " << error.what() << '\n';
  }
  _exit(1);  // the destructor closes, too
}
