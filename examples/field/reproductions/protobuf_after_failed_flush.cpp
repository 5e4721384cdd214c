// Protobuf: after a flush that failed in the stream below, GzipOutputStream goes on giving room.
// Link: -lprotobuf. Exit code 0: it shows what it says; 1: it does not.
#include <fcntl.h>
#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <iostream>

int main() {
  google::protobuf::io::FileOutputStream file(open("/dev/full", O_WRONLY));
  google::protobuf::io::GzipOutputStream gzip(&file);
  void* room = nullptr;
  int room_bytes = 0;
  if (!gzip.Next(&room, &room_bytes)) return 1;
  const bool gzip_flushed = gzip.Flush();
  const bool file_flushed = file.Flush();
  const bool again = gzip.Next(&room, &room_bytes);
  const bool gzip_closed = gzip.Close();
  const bool file_closed = file.Close();
  std::cout << "Flush of GzipOutputStream: " << gzip_flushed
            << ", of FileOutputStream: " << file_flushed << '\n'
            << "Next of GzipOutputStream after it: " << again << '\n'
            << "Close of GzipOutputStream: " << gzip_closed
            << ", of FileOutputStream: " << file_closed << '\n';
  return gzip_flushed && !file_flushed && again && !file_closed ? 0 : 1;
}
