// Protobuf: after a flush that failed, Next of the GzipOutputStream goes on giving room.
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
  const bool flushed = gzip.Flush() && file.Flush();
  const bool again = gzip.Next(&room, &room_bytes);
  const bool closed = gzip.Close() && file.Close();
  std::cout << "flush: " << flushed << ", Next after it: " << again << ", close: " << closed
            << '\n';
  return !flushed && again && !closed ? 0 : 1;
}
