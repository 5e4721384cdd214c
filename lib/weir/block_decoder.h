// BlockDecoder: random access to a stream of blocks of one size.
#pragma once

#include <limits>
#include <memory>
#include <optional>

#include "weir/block_format.h"
#include "weir/random_access.h"

namespace weir::inline v0_1 {

/// Gives bytes of a block only once all of it was verified. A read of one block fetches that record
/// and the bytes before it; the end counts only once the last record was verified and nothing
/// stands behind it.
class BlockDecoder final : public RandomAccess {
 public:
  explicit BlockDecoder(std::unique_ptr<BlockOpener> opener);

  Result<std::size_t> read_at(EncodedWindow& window, std::uint64_t position,
                              std::span<std::byte> output) override;
  Result<std::span<const std::byte>> peek_at(EncodedWindow& window,
                                             std::uint64_t position) override;
  /// Fetches and verifies header and last record.
  Result<std::uint64_t> payload_size(EncodedWindow& window) override;

 private:
  struct Block {
    std::uint64_t index = 0;
    std::span<const std::byte> payload;
  };

  Result<void> begin(EncodedWindow& window);
  Result<bool> load(EncodedWindow& window, std::uint64_t index);
  Result<void> find_end(EncodedWindow& window);
  Result<void> complete(EncodedWindow& window);
  std::uint64_t record_offset(std::uint64_t index) const noexcept;

  std::unique_ptr<BlockOpener> opener_;
  bool begun_ = false;
  BlockSizes sizes_;
  std::optional<Block> block_;                 // the one that lies decoded
  std::optional<std::uint64_t> payload_size_;  // as the last record, verified, says
  bool complete_ = false;                      // and nothing stands behind it
  std::uint64_t next_ = 0;                     // behind the block that was loaded last
  // The encoded stream ends before this block and all further ones.
  std::uint64_t absent_from_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace weir::inline v0_1
