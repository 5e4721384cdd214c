// POCO: the second of two flushes in a row fails, and the stream with it.
// Link: -lPocoFoundation. Exit code 0: it shows what it says; 1: it does not.
#include <Poco/DeflatingStream.h>

#include <iostream>
#include <sstream>

int main() {
  std::ostringstream file;
  Poco::DeflatingOutputStream deflater(file, Poco::DeflatingStreamBuf::STREAM_GZIP);
  deflater << "one" << std::flush;
  const bool good = deflater.good();
  deflater << std::flush;
  const bool still_good = deflater.good();
  deflater << "two";
  std::cout << "after a flush: " << (good ? "good" : "bad")
            << "; after another one: " << (still_good ? "good" : "bad")
            << "; the file below: " << (file.good() ? "good" : "bad") << '\n';
  return good && !still_good && file.good() ? 0 : 1;
}
