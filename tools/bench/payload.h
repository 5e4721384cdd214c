// Generated data with the texture of what is compressed in practice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::bench {

/// Fills buffers piece by piece; the same bytes on every machine.
class PayloadGenerator {
 public:
  enum class Kind : std::uint8_t {
    kText,    ///< words of a small vocabulary, frequent ones more often: shrinks to about a third
    kBinary,  ///< 32-bit floats around zero, as trained weights are: hardly shrinks
  };
  explicit PayloadGenerator(Kind kind);

  /// Replaces `output` by the next `size` bytes.
  void next(std::size_t size, std::vector<std::byte>& output);

 private:
  std::uint64_t draw() noexcept;
  void append_word(std::vector<std::byte>& output);
  void append_float(std::vector<std::byte>& output);

  Kind kind_;
  std::uint64_t state_ = 1;
  std::vector<std::vector<std::byte>> words_;
  std::vector<std::byte> left_;  // generated beyond the last piece
};

}  // namespace weir::bench
