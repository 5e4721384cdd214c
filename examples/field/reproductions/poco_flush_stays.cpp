// POCO: a flush of a DeflatingOutputStream does not flush the stream below, so nothing reaches the
// file.
// Link: -lPocoFoundation. Exit code 0: it shows what it says; 1: it does not.
#include <Poco/DeflatingStream.h>

#include <filesystem>
#include <fstream>
#include <iostream>

int main() {
  const auto path = std::filesystem::temp_directory_path() / "poco_flush_stays.gz";
  std::ofstream file(path, std::ios::binary);
  Poco::DeflatingOutputStream deflater(file, Poco::DeflatingStreamBuf::STREAM_GZIP);
  deflater << "a line of a log" << std::flush;
  const auto behind_flush = std::filesystem::file_size(path);
  file.flush();
  const auto behind_own_flush = std::filesystem::file_size(path);
  std::cout << "in the file after the flush: " << behind_flush
            << " bytes; after a flush of the file itself: " << behind_own_flush << '\n';
  std::filesystem::remove(path);
  return behind_flush == 0 && behind_own_flush > 0 ? 0 : 1;
}
