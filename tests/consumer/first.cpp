#include <iostream>
#include <string>

#include "weir/file.h"
#include "weir/transforms/zstd_seekable.h"

// `.value()` gives what a call returns, and throws where that is an error.
int main() {
  const weir::ZstdSeekable zstd;
  const std::string text = "hello, weir\n";
  auto sink = zstd.transform_to(weir::FileSink::create("hello.zst").value()).value();
  for (auto left = std::as_bytes(std::span(text)); !left.empty();) {
    left = left.subspan(sink->write(left).value());  // may take less than it is offered
  }
  if (!sink->close()) return 1;  // finishes the stream; says whether all of it was written

  auto source = zstd.transform_from(weir::FileSource::open("hello.zst").value()).value();
  source->seek(7, weir::Whence::kSet).value();
  char word[16];
  while (const auto size = source->read(std::as_writable_bytes(std::span(word))).value()) {
    std::cout.write(word, static_cast<std::streamsize>(size));  // "weir"
  }
}
