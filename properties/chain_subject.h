// Chains of the shipped transforms as subjects.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "properties/subject.h"
#include "weir/chain.h"

namespace weir::properties {

/// A chain in the clothes of one transform.
class ChainTransform final : public StreamTransform {
 public:
  ChainTransform(Chain chain, Descriptor descriptor)
      : chain_(std::move(chain)), descriptor_(std::move(descriptor)) {}
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return chain_.transform_to(std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return chain_.transform_from(std::move(input));
  }
  Descriptor descriptor() const override { return descriptor_; }
  const Chain& chain() const noexcept { return chain_; }

 private:
  Chain chain_;
  Descriptor descriptor_;
};

/// The parts of a name such as "chain.crc32c+zstd/1": the descriptors of its members in reader's
/// order, here stream.crc32c/1 and stream.zstd/1, whether there are such transforms or not. Empty
/// where it is no name of a chain of two members at least.
std::vector<std::string> chain_members(std::string_view name);

/// The subject of that name: its members, all of them shipped, as one transform. It promises what
/// all members promise, and notices what one of them notices: those that notice nothing pass damage
/// on as it is. It is no multi-member reader where two members change sizes. Null where `name` is
/// none of a chain, or a member is not in this build. Made once.
const Subject* find_chain(std::string_view name);

/// Names of `count` different chains of two to four members, drawn by `seed`: the same ones
/// wherever the same transforms are built in. Fewer where there are no more.
std::vector<std::string> draw_chains(std::size_t count, std::uint64_t seed);

}  // namespace weir::properties
