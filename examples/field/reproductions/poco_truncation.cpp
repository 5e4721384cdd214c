// POCO: a stream that was cut before its first byte of payload could be decoded is an empty one.
// Link: -lPocoFoundation. Exit code 0: it shows what it says; 1: it does not.
#include <Poco/DeflatingStream.h>
#include <Poco/InflatingStream.h>

#include <iostream>
#include <sstream>
#include <string>

int main() {
  std::string payload;
  for (int i = 0; i < 100; ++i) payload += std::to_string(i);
  std::ostringstream file;
  Poco::DeflatingOutputStream deflater(file, Poco::DeflatingStreamBuf::STREAM_GZIP);
  deflater << payload;
  deflater.close();
  const std::string encoded = file.str();

  std::size_t unnoticed = 0;
  std::size_t last = 0;
  for (std::size_t cut = 1; cut < encoded.size(); ++cut) {
    std::istringstream part(encoded.substr(0, cut));
    Poco::InflatingInputStream inflater(part, Poco::InflatingStreamBuf::STREAM_GZIP);
    while (inflater.get() != EOF) {
    }
    if (inflater.eof() && !inflater.bad()) {
      ++unnoticed;
      last = cut;
    }
  }
  std::cout << "of " << encoded.size() << " encoded bytes: " << unnoticed
            << " cuts read as a clean end, the last of them behind byte " << last << '\n';
  return unnoticed > 0 ? 0 : 1;
}
