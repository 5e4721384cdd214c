// Protobuf: a gzip stream that was cut, anywhere, ends like a complete one: Next gives false and
// ZlibErrorCode says Z_STREAM_END.
// Link: -lprotobuf. Exit code 0: it shows what it says; 1: it does not.
#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <zlib.h>

#include <iostream>
#include <string>

using namespace google::protobuf::io;

int main() {
  std::string payload;
  for (int i = 0; i < 10000; ++i) payload += std::to_string(i);
  std::string encoded;
  {
    StringOutputStream below(&encoded);
    GzipOutputStream gzip(&below);
    void* room = nullptr;
    int room_bytes = 0;
    for (std::size_t at = 0; at < payload.size();) {
      if (!gzip.Next(&room, &room_bytes)) return 1;
      const std::size_t some = payload.copy(static_cast<char*>(room), room_bytes, at);
      gzip.BackUp(room_bytes - static_cast<int>(some));
      at += some;
    }
    if (!gzip.Close()) return 1;
  }
  const auto read = [&](std::size_t cut, const char* name) {
    ArrayInputStream below(encoded.data(), static_cast<int>(cut));
    GzipInputStream gzip(&below);
    const void* there = nullptr;
    int there_bytes = 0;
    std::size_t total = 0;
    while (gzip.Next(&there, &there_bytes)) total += static_cast<std::size_t>(there_bytes);
    std::cout << name << ": " << total << " of " << payload.size() << " bytes, code "
              << gzip.ZlibErrorCode()
              << (gzip.ZlibErrorCode() == Z_STREAM_END ? " (Z_STREAM_END)" : "") << ", message "
              << (gzip.ZlibErrorMessage() ? gzip.ZlibErrorMessage() : "none") << '\n';
    return gzip.ZlibErrorCode();
  };
  const int whole = read(encoded.size(), "whole");
  const int half = read(encoded.size() / 2, "half");
  return whole == Z_STREAM_END && half == whole ? 0 : 1;
}
