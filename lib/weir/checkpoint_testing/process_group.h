// ProcessGroup: the processes that run one test together.
//
// Every member of a group makes the same calls in the same order; a call returns when the others
// have made theirs (a broadcast need not wait for members that only receive).
// For implementers: a call that cannot be completed fails, on every member that still makes it.
// None waits for ever for a member that is known to be gone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "weir/result.h"

namespace weir::inline v0_1 {

/// Processes (or threads) that act together. Rank 0 is the one that makes what all share.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;

  /// Which member this is, from 0. Constant.
  virtual std::size_t rank() const = 0;

  /// How many members there are, at least 1. Constant.
  virtual std::size_t size() const = 0;

  /// Gives every member the `text` of the member `root`, any bytes of any length; what the others
  /// pass is not looked at. Precondition: `root` < size(), the same on all. Errors: kIo when the
  /// group is broken.
  virtual Result<std::string> broadcast(std::size_t root, std::string_view text) = 0;

  /// Returns when all members have called it. Errors: kIo when the group is broken.
  virtual Result<void> barrier() = 0;
};

/// A group of one, which waits for nobody. Errors: kOutOfMemory alone.
class SingleProcessGroup final : public ProcessGroup {
 public:
  std::size_t rank() const override { return 0; }
  std::size_t size() const override { return 1; }
  Result<std::string> broadcast(std::size_t root, std::string_view text) override;
  Result<void> barrier() override { return {}; }
};

}  // namespace weir::inline v0_1
