#include "weir/chain.h"

#include <utility>

#include "weir/check.h"

namespace weir::inline v0_1 {

Chain::Chain(std::vector<std::unique_ptr<StreamTransform>> transforms)
    : transforms_(std::move(transforms)) {
  for (const auto& transform : transforms_) {
    WEIR_CHECK(transform != nullptr, "a chain has no empty links");
  }
}

Result<std::unique_ptr<Sink>> Chain::transform_to(std::unique_ptr<Sink> output) const {
  WEIR_CHECK(output != nullptr, "a sink to write to");
  if (const Result<void> allowed = check_size(); !allowed) return fail(allowed.error());
  // The first link stands next to the raw stream, for the writer as for the reader.
  for (const auto& transform : transforms_) {
    Result<std::unique_ptr<Sink>> outer = transform->transform_to(std::move(output));
    if (!outer) return fail(outer.error());
    output = std::move(*outer);
  }
  return output;
}

Result<std::unique_ptr<Source>> Chain::transform_from(std::unique_ptr<Source> input) const {
  WEIR_CHECK(input != nullptr, "a source to read from");
  if (const Result<void> allowed = check_size(); !allowed) return fail(allowed.error());
  for (const auto& transform : transforms_) {
    Result<std::unique_ptr<Source>> outer = transform->transform_from(std::move(input));
    if (!outer) return fail(outer.error());
    input = std::move(*outer);
  }
  return input;
}

Result<void> Chain::check_size() const {
  if (transforms_.size() <= kLinksMax) return {};
  Error error(Code::kLimitExceeded, "a chain of ");
  error.detail.append(transforms_.size()).append(" transforms; it may have ").append(kLinksMax);
  return fail(error);
}

std::vector<std::string> Chain::descriptors() const {
  std::vector<std::string> descriptors;
  descriptors.reserve(transforms_.size());
  for (const auto& transform : transforms_) descriptors.push_back(transform->descriptor().str());
  return descriptors;
}

}  // namespace weir::inline v0_1
