// Chain: several transforms as one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "weir/transform.h"

namespace weir::inline v0_1 {

/// Several transforms, in the order in which a reader applies them to the raw stream:
/// `registry.from_descriptor_list(chain.descriptors())` makes a chain that decodes what this one
/// wrote.
class Chain {
 public:
  /// A call goes down through all links: each takes about 1 KiB of the stack, more under a
  /// sanitizer. A list of descriptors may come from a file that somebody else wrote.
  static constexpr std::size_t kLinksMax = 1024;

  /// An empty chain passes bytes through.
  explicit Chain(std::vector<std::unique_ptr<StreamTransform>> transforms);

  /// The writer's end: bytes go through the last transform first. Errors: kLimitExceeded for more
  /// than kLinksMax transforms; those of the transforms. `output` is then released.
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const;
  /// The reader's end: bytes go through the first transform first. Errors: as transform_to.
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const;

  /// The members' descriptors, in reader's order.
  std::vector<std::string> descriptors() const;
  /// How many members there are.
  std::size_t size() const noexcept { return transforms_.size(); }

 private:
  Result<void> check_size() const;

  std::vector<std::unique_ptr<StreamTransform>> transforms_;
};

}  // namespace weir::inline v0_1
