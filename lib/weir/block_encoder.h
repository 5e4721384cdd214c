// BlockEncoder: a Codec that encodes into blocks of one size.
#pragma once

#include <memory>

#include "weir/block_format.h"
#include "weir/codec.h"

namespace weir {

/// Seals each block as soon as it is full: straight from the input into the output where both have
/// all of it, otherwise through a buffer of one block. A flush keeps the block that is not full, so
/// that encoded bytes do not depend on flushes.
class BlockEncoder final : public Codec {
 public:
  explicit BlockEncoder(std::unique_ptr<BlockSealer> sealer);

  /// Throws std::bad_alloc.
  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override;

 private:
  void seal_into(std::byte* record, std::span<const std::byte> payload, bool last) noexcept;

  std::unique_ptr<BlockSealer> sealer_;
  const BlockSizes sizes_;
  std::unique_ptr<std::byte[]> record_;  // of the block that fills up, or waits to be passed on
  std::size_t filled_ = 0;               // payload bytes in it
  std::span<const std::byte> waiting_;   // bytes for the output: of the header or of record_
  std::uint64_t index_ = 0;              // of the next block to be sealed
  bool ended_ = false;
};

}  // namespace weir
