#include "codec.h"

#include <algorithm>
#include <new>

#include "weir/codec_sink.h"
#include "weir/codec_source.h"

namespace {

std::byte rotate(std::byte byte) {
  const int letter = std::to_integer<int>(byte | std::byte{0x20}) - 'a';
  if (letter < 0 || letter >= 26) return byte;
  return static_cast<std::byte>(std::to_integer<int>(byte) + (letter < 13 ? 13 : -13));
}

// Both directions: rotated twice is as before. A codec does no I/O; the adaptors below do.
class Codec final : public weir::Codec {
 public:
  weir::Result<weir::Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                                weir::Directive directive) override {
    const std::size_t size = std::min(input.size(), output.size());
    std::size_t rotated = size;
    // rotated -= rotated % 8;  // PLANTED BUG: eight at a time, and what is left is forgotten
    for (std::size_t i = 0; i < size; ++i) output[i] = i < rotated ? rotate(input[i]) : input[i];
    return weir::Step{size, size, status(size == input.size(), directive)};
  }

 private:
  static weir::Status status(bool all, weir::Directive directive) {
    if (!all) return weir::Status::kNeedOutput;
    if (directive == weir::Directive::kFlush) return weir::Status::kFlushed;
    return directive == weir::Directive::kEnd ? weir::Status::kEnd : weir::Status::kNeedInput;
  }
};

}  // namespace

weir::Result<std::unique_ptr<weir::Sink>> Rot13::transform_to(
    std::unique_ptr<weir::Sink> output) const {
  try {
    return std::make_unique<weir::CodecSink>(std::move(output), std::make_unique<Codec>());
  } catch (const std::bad_alloc&) {
    return weir::fail(weir::Code::kOutOfMemory);
  }
}

weir::Result<std::unique_ptr<weir::Source>> Rot13::transform_from(
    std::unique_ptr<weir::Source> input) const {
  try {
    return std::make_unique<weir::CodecSource>(std::move(input), std::make_unique<Codec>());
  } catch (const std::bad_alloc&) {
    return weir::fail(weir::Code::kOutOfMemory);
  }
}

weir::Descriptor Rot13::descriptor() const {
  return weir::Descriptor::parse("example.@NAME@/1").value();
}
