// Streams that are right in all they do, for mutants that get one thing wrong: a sink that holds
// bytes back, and streams that do nothing but pass bytes through, with no correct transform around
// them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "properties/mutants/blocks.h"
#include "weir/checked.h"
#include "weir/stream_state.h"

namespace weir::properties::mutant {

/// Holds back up to kBytes bytes until it is full, flushed or closed.
class BufferingSink : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;

  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (!state_.open()) return state_.refusal();
    if (input.empty()) return std::size_t{0};
    if (end_ == kBytes) {
      const auto drained = drain();
      if (!drained.has_value()) return state_.failing(drained.error());
    }
    const std::size_t taken = std::min(input.size(), kBytes - end_);
    std::copy_n(input.begin(), taken, buffer_.begin() + static_cast<std::ptrdiff_t>(end_));
    end_ += taken;
    taken_ += taken;
    return taken;
  }

  Result<void> flush() override {
    if (!state_.open()) return state_.refusal();
    auto result = drain();
    if (result.has_value()) result = inner().flush();
    if (!result.has_value()) return state_.failing(result.error());
    return {};
  }

  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return taken_;
  }

  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    state_.begin_close();
    if (!state_.failed()) {
      const auto result = drain();
      if (failed_with(result, Code::kWouldBlock)) return result;
      if (!result.has_value()) static_cast<void>(state_.failing(result.error()));
    }
    return state_.complete_close(inner().close());
  }

 protected:
  static constexpr std::size_t kBytes = 64;

  /// What is held back and was not passed on.
  std::span<const std::byte> held() const {
    return std::span(buffer_).subspan(begin_, end_ - begin_);
  }
  /// Forgets the first `size` bytes of it.
  void passed(std::size_t size) {
    begin_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  /// Passes on all that is held back.
  virtual Result<void> drain() {
    while (!held().empty()) {
      const auto taken = write_below(inner(), held());
      if (!taken.has_value()) return fail(taken.error());
      passed(*taken);
    }
    return {};
  }
  StreamState& state() { return state_; }

 private:
  std::array<std::byte, kBytes> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t taken_ = 0;
  StreamState state_;
};

/// Passes calls through.
class BareSink : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;

  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (refuses()) return state_.refusal();
    if (input.empty()) return std::size_t{0};
    const auto taken = push(input);
    if (!taken.has_value()) return state_.failing(taken.error());
    taken_ += *taken;
    return taken;
  }
  Result<void> flush() override {
    if (refuses()) return state_.refusal();
    const auto flushed = inner().flush();
    if (!flushed.has_value()) return state_.failing(flushed.error());
    return {};
  }
  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return taken_;
  }
  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    state_.begin_close();
    return state_.complete_close(inner().close());
  }

 protected:
  virtual Result<std::size_t> push(std::span<const std::byte> input) {
    return write_below(inner(), input);
  }
  /// Whether writes and flushes are refused now.
  virtual bool refuses() const { return !state_.open(); }
  const StreamState& state() const { return state_; }
  void add_to_tell(std::uint64_t more) { taken_ += more; }

 private:
  std::uint64_t taken_ = 0;
  StreamState state_;
};

/// Passes reads through. Not seekable.
class BareSource : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;

  Result<std::size_t> read(std::span<std::byte> output) override {
    if (refuses()) return state_.refusal();
    if (output.empty() || ended_) return std::size_t{0};
    const auto given = pull(output);
    if (!given.has_value()) return state_.failing(given.error());
    position_ += *given;
    ended_ = *given == 0;
    return given;
  }
  bool seekable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return fail(state_.closed() ? Code::kClosed : Code::kNotSeekable);
  }
  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return position_;
  }
  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    state_.begin_close();
    return state_.complete_close(inner().close());
  }

 protected:
  virtual Result<std::size_t> pull(std::span<std::byte> output) {
    return read_below(inner(), output);
  }
  /// Whether reads are refused now.
  virtual bool refuses() const { return !state_.open(); }
  const StreamState& state() const { return state_; }

 private:
  bool ended_ = false;
  std::uint64_t position_ = 0;
  StreamState state_;
};

/// A transform that is nothing but these two streams.
template <class SinkLayer, class SourceLayer>
class BareTransform final : public StreamTransform {
 public:
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return wrap_sink<SinkLayer>(std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return wrap_source<SourceLayer>(std::move(input));
  }
  Descriptor descriptor() const override { return *Descriptor::parse("stream.identity/1"); }
};

/// What a BareTransform promises.
inline constexpr Traits kBareTraits =
    traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kFlushable, Trait::kConcatenable,
           Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow, Trait::kMultiMember);

/// The subject "mutant.NAME/1" made of these two streams.
template <class SinkLayer, class SourceLayer>
Subject bare_subject(std::string_view name, std::string_view bug) {
  Recipe recipe;
  recipe.traits = kBareTraits;
  recipe.make_base = [] { return std::make_unique<BareTransform<SinkLayer, SourceLayer>>(); };
  return make_subject(name, bug, recipe);
}

/// The subject "mutant.NAME/1": the identity, with `Layer` beneath its writer.
template <class Layer>
Subject sink_subject(std::string_view name, std::string_view bug) {
  Recipe recipe;
  recipe.below_sink = wrap_sink<Layer>;
  return make_subject(name, bug, recipe);
}

}  // namespace weir::properties::mutant
