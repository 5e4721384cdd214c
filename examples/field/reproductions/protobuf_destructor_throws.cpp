// Protobuf: where memory runs out, destroying a GzipOutputStream ends the program: its destructor
// closes the stream, and what that throws cannot leave.
// Link: -lprotobuf. Exit code 0: it shows what it says; 1: it does not.
#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <sstream>

static bool no_memory = false;
void* operator new(std::size_t size) {
  void* const room = no_memory ? nullptr : std::malloc(size);
  if (room == nullptr) throw std::bad_alloc();
  return room;
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }
void operator delete[](void* room) noexcept { std::free(room); }
void operator delete[](void* room, std::size_t) noexcept { std::free(room); }

int main() {
  std::set_terminate([] {
    constexpr char text[] = "std::terminate was called\n";
    _exit(write(1, text, sizeof text - 1) > 0 ? 0 : 1);
  });
  std::ostringstream file;
  google::protobuf::io::OstreamOutputStream below(&file);
  try {
    google::protobuf::io::GzipOutputStream gzip(&below);
    no_memory = true;
  } catch (const std::bad_alloc&) {
  }
  no_memory = false;
  std::cout << "the program goes on\n";
  return 1;
}
