// What mutants are made of: a correct built-in transform with one faulty layer above or beneath it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "properties/mutant.h"
#include "weir/sink.h"
#include "weir/source.h"

namespace weir::properties::mutant {

/// Forwards every call. A mutant overrides the one that it gets wrong.
class ForwardingSource : public Source {
 public:
  explicit ForwardingSource(std::unique_ptr<Source> inner) : inner_(std::move(inner)) {}
  Result<std::size_t> read(std::span<std::byte> output) override { return inner_->read(output); }
  bool seekable() const override { return inner_->seekable(); }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    return inner_->seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return inner_->tell(); }
  Result<void> close() override { return inner_->close(); }

 protected:
  Source& inner() const { return *inner_; }

 private:
  std::unique_ptr<Source> inner_;
};

/// Forwards every call. A mutant overrides the one that it gets wrong.
class ForwardingSink : public Sink {
 public:
  explicit ForwardingSink(std::unique_ptr<Sink> inner) : inner_(std::move(inner)) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    return inner_->write(input);
  }
  Result<void> flush() override { return inner_->flush(); }
  Result<std::uint64_t> tell() const override { return inner_->tell(); }
  Result<void> close() override { return inner_->close(); }

 protected:
  Sink& inner() const { return *inner_; }

 private:
  std::unique_ptr<Sink> inner_;
};

using WrapSink = std::function<std::unique_ptr<Sink>(std::unique_ptr<Sink>)>;
using WrapSource = std::function<std::unique_ptr<Source>(std::unique_ptr<Source>)>;

/// Wraps a stream in a `Layer`, which takes the stream as its only argument.
template <class Layer>
std::unique_ptr<Sink> wrap_sink(std::unique_ptr<Sink> sink) {
  return std::make_unique<Layer>(std::move(sink));
}
template <class Layer>
std::unique_ptr<Source> wrap_source(std::unique_ptr<Source> source) {
  return std::make_unique<Layer>(std::move(source));
}

/// What a faulty transform is made of. Empty functions stand for no layer.
struct Recipe {
  std::string base = "stream.identity/1";  ///< the correct transform in the middle
  std::optional<Traits> traits{};          ///< what is claimed; those of the base where not given
  Bounds bounds{};  ///< those of the base do not hold: layers have buffers of their own
  /// Makes the base where it is not the built-in one as it is.
  std::function<std::unique_ptr<StreamTransform>()> make_base{};
  WrapSink above_sink{};      ///< between the writer and the base
  WrapSink below_sink{};      ///< between the base and the sink below
  WrapSource above_source{};  ///< between the base and the reader
  WrapSource below_source{};  ///< between the source below and the base
  /// Changes the recipe for one new instance: gives its layers what all streams of that instance
  /// share.
  std::function<void(Recipe& instance)> per_instance{};
  /// The versions that the extension accepts; empty for the right ones.
  std::function<bool(std::string_view version)> accepts{};
  /// What an instance made from `version` says of itself; empty for the mutant's own descriptor.
  std::function<std::string(std::string_view version)> describes{};
};

/// The subject "mutant.NAME/1" made by `recipe`.
Subject make_subject(std::string_view name, std::string_view bug, const Recipe& recipe);

}  // namespace weir::properties::mutant
