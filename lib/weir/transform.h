// StreamTransform: what stands between a writer and storage.
#pragma once

#include <memory>

#include "weir/descriptor.h"
#include "weir/result.h"
#include "weir/sink.h"
#include "weir/source.h"

namespace weir::inline v0_1 {

/// A configured transform. One instance serves any number of streams, also interleaved; its streams
/// may outlive it.
class StreamTransform {
 public:
  virtual ~StreamTransform() = default;

  /// A sink that encodes what is written to it into `output`, which it owns.
  virtual Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const = 0;

  /// A source that decodes what it reads from `input`, which it owns.
  virtual Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const = 0;

  /// Names what is needed to decode: an instance made from this descriptor alone reads what this
  /// one wrote.
  virtual Descriptor descriptor() const = 0;
};

}  // namespace weir::inline v0_1
