// BlockEncoder: a Codec that encodes into blocks of one size.
#pragma once

#include <memory>

#include "weir/block_format.h"
#include "weir/codec.h"

namespace weir::inline v0_1 {

/// Seals each block as soon as it is full: straight from the input into the output where both have
/// all of it. Otherwise the block fills up in the output, or, where that is too small, the payload
/// is secret or a flush comes between, in a buffer of its own. A flush keeps the block that is not
/// full, so that encoded bytes do not depend on flushes.
class BlockEncoder final : public Codec {
 public:
  explicit BlockEncoder(std::unique_ptr<BlockSealer> sealer);

  /// Throws std::bad_alloc.
  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override;

 private:
  Result<Step> fill(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive);
  void append(std::span<const std::byte> piece, std::span<std::byte> output) noexcept;
  void seal_into(std::byte* record, std::span<const std::byte> payload, bool last) noexcept;
  std::byte* own_record();

  std::unique_ptr<BlockSealer> sealer_;
  const BlockSizes sizes_;
  std::unique_ptr<std::byte[]> own_record_;  // made when it is needed
  std::byte* record_ = nullptr;  // of the block that fills up: own_record_ or the output's front
  std::size_t filled_ = 0;       // payload bytes in it
  std::span<const std::byte> waiting_;  // bytes for the output: of the header or of own_record_
  std::uint64_t index_ = 0;             // of the next block to be sealed
  bool ended_ = false;
};

}  // namespace weir::inline v0_1
