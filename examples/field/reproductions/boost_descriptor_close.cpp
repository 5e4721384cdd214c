// Boost.Iostreams: a stream over a file descriptor closes well where its last bytes could not be
// written.
// Link: -lboost_iostreams. Exit code 0: it shows what it says; 1: it does not.
#include <fcntl.h>

#include <boost/iostreams/device/file_descriptor.hpp>
#include <boost/iostreams/stream.hpp>
#include <exception>
#include <iostream>
#include <string>

namespace io = boost::iostreams;

namespace {

// Whether the program is told, by a state or an exception.
bool told(std::size_t size, bool flushes) {
  io::stream<io::file_descriptor_sink> file(::open("/dev/full", O_WRONLY), io::close_handle);
  const std::string payload(size, 'a');
  bool told = false;
  try {
    file << payload;
    if (flushes) file.flush();
    told = !file;
    file.close();
    told = told || !file;
  } catch (const std::exception&) {
    told = true;
  }
  std::cout << size << " bytes on /dev/full" << (flushes ? ", flushed" : "") << ": "
            << (told ? "an error" : "close succeeds, the stream is good") << '\n';
  return told;
}

}  // namespace

int main() {
  const bool flushed = told(5, true);
  const bool one = told(5, false);
  const bool more = told(5000, false);
  return flushed && !one && more ? 0 : 1;
}
