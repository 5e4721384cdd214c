// A stream of Weir's as Python's raw streams are: what a transform in Python gets to stand on.
#pragma once

#include <memory>

#include "properties/python/interpreter.h"
#include "weir/sink.h"
#include "weir/source.h"

namespace weir::properties {

/// An io.RawIOBase over a sink or a source. Python may keep the object for longer: once this is
/// gone it is closed, and nothing that is done to it goes anywhere.
class RawStream {
 public:
  explicit RawStream(std::unique_ptr<Sink> sink);
  explicit RawStream(std::unique_ptr<Source> source);
  ~RawStream();
  RawStream(const RawStream&) = delete;
  RawStream& operator=(const RawStream&) = delete;

  const py::object& object() const noexcept { return object_; }

  /// As the object's close, for whoever owns the stream itself.
  Result<void> close();

 private:
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Source> source_;
  py::object object_;
};

}  // namespace weir::properties
