#include "weir/transforms/identity.h"

#include <utility>

#include "weir/check.h"
#include "weir/checked.h"
#include "weir/seek_failure.h"
#include "weir/stream_state.h"
#include "weir/version_1.h"

namespace weir::inline v0_1 {
namespace {

// What a call returns that does not reach the stream below. Out of line, as is all that happens
// once at most: passing on costs a few nanoseconds, and should.
[[gnu::noinline, gnu::cold]] Result<std::size_t> refuse_or_nothing(const StreamState& state) {
  if (!state.open()) return state.refusal();
  return 0;
}

[[gnu::noinline, gnu::cold]] void note_failure(StreamState& state, const Error& error) {
  static_cast<void>(state.failing(error));
}

class IdentitySource final : public Source {
 public:
  explicit IdentitySource(std::unique_ptr<Source> below) noexcept : below_(std::move(below)) {}

  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!state_.open() || output.empty() || ended_) [[unlikely]] {
      return refuse_or_nothing(state_);
    }
    WEIR_CHECK(output.data() != nullptr, "room to read into");
    return pull(output);
  }

  std::span<const std::byte> peek(std::size_t size_hint) override {
    return state_.open() && !ended_ ? below_->peek(size_hint) : std::span<const std::byte>();
  }
  void consume(std::size_t size) override { below_->consume(size); }
  bool seekable() const override { return below_->seekable(); }

  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (!state_.open()) return state_.refusal();
    Result<std::uint64_t> reached = below_->seek(offset, whence);
    if (!reached) return seek_failure(state_, reached.error());
    ended_ = false;
    return reached;
  }

  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return below_->tell();
  }

  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    state_.begin_close();
    return state_.complete_close(below_->close());
  }

 private:
  // Apart, so that the result is made in its caller's place: copying it costs as much as the rest.
  Result<std::size_t> pull(std::span<std::byte> output) {
    Result<std::size_t> given = read_below(*below_, output);
    if (given) [[likely]] {
      ended_ = *given == 0;
    } else {
      note_failure(state_, given.error());
    }
    return given;
  }

  std::unique_ptr<Source> below_;
  bool ended_ = false;
  StreamState state_;
};

class IdentitySink final : public Sink {
 public:
  explicit IdentitySink(std::unique_ptr<Sink> below) noexcept : below_(std::move(below)) {}

  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (!state_.open() || input.empty()) [[unlikely]] {
      return refuse_or_nothing(state_);
    }
    WEIR_CHECK(input.data() != nullptr, "bytes to write");
    return push(input);
  }

  std::span<std::byte> reserve(std::size_t size_hint) override {
    return state_.open() ? below_->reserve(size_hint) : std::span<std::byte>();
  }

  Result<void> commit(std::size_t size) override {
    if (!state_.open()) return state_.refusal();
    const Result<void> committed = commit_below(*below_, size);
    if (!committed) return state_.failing(committed.error());
    taken_ += size;
    return {};
  }

  Result<void> flush() override {
    if (!state_.open()) return state_.refusal();
    const Result<void> flushed = below_->flush();
    if (!flushed) return state_.failing(flushed.error());
    return {};
  }

  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return taken_;
  }

  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    state_.begin_close();
    return state_.complete_close(below_->close());
  }

 private:
  // Apart for the reason given above.
  Result<std::size_t> push(std::span<const std::byte> input) {
    Result<std::size_t> taken = write_below(*below_, input);
    if (taken) [[likely]] {
      taken_ += *taken;
    } else {
      note_failure(state_, taken.error());
    }
    return taken;
  }

  std::unique_ptr<Sink> below_;
  std::uint64_t taken_ = 0;
  StreamState state_;
};

}  // namespace

Result<std::unique_ptr<Sink>> Identity::transform_to(std::unique_ptr<Sink> output) const {
  WEIR_CHECK(output != nullptr, "a sink to write to");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Sink>> {
    return std::make_unique<IdentitySink>(std::move(output));
  });
}

Result<std::unique_ptr<Source>> Identity::transform_from(std::unique_ptr<Source> input) const {
  WEIR_CHECK(input != nullptr, "a source to read from");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Source>> {
    return std::make_unique<IdentitySource>(std::move(input));
  });
}

Descriptor Identity::descriptor() const { return *Descriptor::parse("stream.identity/1"); }

Extension Identity::extension() { return version_1_extension(Identity()); }

}  // namespace weir::inline v0_1
