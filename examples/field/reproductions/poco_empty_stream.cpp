// POCO: of an empty payload a DeflatingOutputStream writes nothing at all, not even the header and
// the trailer; its InflatingInputStream cannot read that back.
// Link: -lPocoFoundation. Exit code 0: it shows what it says; 1: it does not.
#include <Poco/DeflatingStream.h>
#include <Poco/InflatingStream.h>

#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

int main() {
  std::ostringstream file;
  Poco::DeflatingOutputStream deflater(file, Poco::DeflatingStreamBuf::STREAM_GZIP);
  deflater.close();
  std::cout << "encoded: " << file.str().size() << " bytes\n";

  std::istringstream encoded(file.str());
  Poco::InflatingInputStream inflater(encoded, Poco::InflatingStreamBuf::STREAM_GZIP);
  const int first = inflater.get();
  std::cout << "read: " << (first == EOF ? "no byte" : "a byte") << ", "
            << (inflater.bad() ? "and the stream is bad" : "and a clean end") << '\n';
  return file.str().empty() && inflater.bad() ? 0 : 1;
}
