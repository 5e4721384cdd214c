// Python objects as Weir's transforms and streams.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "properties/python/interpreter.h"
#include "properties/python/raw_stream.h"
#include "weir/transform.h"

namespace weir::properties {

/// How a transform in Python is called.
enum class PythonShape : std::uint8_t {
  kExtension,  ///< transform_to(output), transform_from(input), and descriptors
  kFunctions,  ///< the first two alone
  kFile,       ///< called with a file object and "wb" or "rb"
  kFileNamed,  ///< likewise, with the file object as `fileobj`
};

/// Whether streams of that shape close the stream below. Others leave that to whoever opened it, as
/// two nested `with` statements do.
constexpr bool closes_below(PythonShape shape) noexcept {
  return shape == PythonShape::kExtension || shape == PythonShape::kFunctions;
}

/// A stream in Python, and what it stands on. What is common to both directions.
///
/// Python's streams promise nothing for calls behind an exception: it is repeated here, and of the
/// stream only close is called from then on.
class PythonStream {
 public:
  PythonStream(std::unique_ptr<RawStream> below, py::object stream, bool closes_below, bool reads);
  ~PythonStream();

  const py::object& object() const noexcept { return stream_; }

  /// Whether a method says True; false also where it is missing or raises. `raised`: what it
  /// raised.
  bool says(const py::str& method, std::string* raised = nullptr) const;
  /// "If False, seek(), tell() and truncate() will raise OSError": who does not seek is not asked,
  /// and what was counted stands.
  Result<std::uint64_t> tell(std::uint64_t counted) const;
  Result<void> close();

  std::unique_ptr<RawStream> below_;
  py::object stream_;
  bool closes_below_;
  bool reads_;
  bool closed_ = false;
  std::optional<Error> failure_;
  std::optional<Result<void>> close_result_;
  mutable std::optional<bool> offers_tell_;

  bool has(const py::str& method) const;
  bool offers_tell() const;
  /// The failure that every call but close repeats; none once it is closed.
  const Error* repeated() const noexcept {
    return failure_.has_value() && !closed_ ? &*failure_ : nullptr;
  }
  /// Takes the exception that is set, and remembers it for good unless it may pass.
  Error fail_with_exception();
  /// What a call about `asked` bytes gave that should give a count or None.
  Result<std::size_t> count_of(const py::object& answer, const char* method, std::size_t asked);
};

class PythonSink final : public Sink {
 public:
  PythonSink(std::unique_ptr<RawStream> below, py::object stream, bool closes_below)
      : stream_(std::move(below), std::move(stream), closes_below, false) {}

  Result<std::size_t> write(std::span<const std::byte> input) override;
  Result<void> flush() override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;
  const PythonStream& stream() const noexcept { return stream_; }

 private:
  PythonStream stream_;
  std::uint64_t taken_ = 0;
};

class PythonSource final : public Source {
 public:
  PythonSource(std::unique_ptr<RawStream> below, py::object stream, bool closes_below);

  Result<std::size_t> read(std::span<std::byte> output) override;
  bool seekable() const override;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;
  const PythonStream& stream() const noexcept { return stream_; }

 private:
  PythonStream stream_;
  bool has_readinto_;
  std::uint64_t position_ = 0;
};

class PythonTransform final : public StreamTransform {
 public:
  /// `fixed` is the descriptor of those shapes that have none.
  PythonTransform(PythonShape shape, py::object object, Descriptor fixed)
      : shape_(shape), object_(std::move(object)), fixed_(std::move(fixed)) {}

  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override;
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override;
  Descriptor descriptor() const override;

 private:
  /// Null: an exception is set.
  py::object wrap(const py::object& below, const py::str& method, const char* mode) const;

  PythonShape shape_;
  py::object object_;
  Descriptor fixed_;
};

/// What stands before a descriptor from Python, so that it can stand beside one of Weir's own.
inline constexpr std::string_view kPythonPrefix = "python.";

/// What get_descriptor() or registry_name() of `object` says, prefixed. Throws std::runtime_error
/// where that cannot be a descriptor.
Descriptor python_descriptor(const py::object& object, const py::str& method);

}  // namespace weir::properties
