#include "tests/properties/innocents.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "properties/mutants/buffering.h"
#include "properties/mutants/framed.h"
#include "weir/builtin.h"
#include "weir/check.h"
#include "weir/checked.h"
#include "weir/stream_state.h"
#include "weir/transform.h"
#include "weir/version_1.h"

namespace weir::properties::innocents {
namespace {

// Lets a stream below through that has all the states right; here only what a layer adds.
class LateSink final : public Sink {
 public:
  explicit LateSink(std::unique_ptr<Sink> below) : below_(std::move(below)) {}

  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (state_.closed()) return fail(Code::kClosed);
    for (const std::byte byte : input) {
      if (size_ == held_.size()) pass_on();
      held_[size_++] = byte;
    }
    taken_ += input.size();
    return input.size();
  }
  Result<void> flush() override {
    if (state_.closed()) return fail(Code::kClosed);
    pass_on();
    if (!state_.failed()) note(below_->flush());
    return {};
  }
  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return taken_;
  }
  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    pass_on();
    state_.begin_close();
    return state_.complete_close(below_->close());
  }

 private:
  void note(const Result<void>& result) {
    if (!result.has_value()) static_cast<void>(state_.failing(result.error()));
  }
  // After a failure nothing more goes out, and what comes in is thrown away.
  void pass_on() {
    for (std::size_t done = 0; done < size_ && !state_.failed();) {
      const auto taken = write_below(*below_, std::span(held_).subspan(done, size_ - done));
      if (!taken.has_value()) {
        static_cast<void>(state_.failing(taken.error()));
      } else {
        done += *taken;
      }
    }
    size_ = 0;
  }

  std::unique_ptr<Sink> below_;
  std::array<std::byte, 32> held_{};
  std::size_t size_ = 0;
  std::uint64_t taken_ = 0;
  StreamState state_;
};

class AheadSource final : public Source {
 public:
  explicit AheadSource(std::unique_ptr<Source> below) : below_(std::move(below)) {}

  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!state_.open()) return state_.refusal();
    if (output.empty()) return std::size_t{0};
    const std::optional<Error> blocked = fill();
    if (begin_ == end_) {
      if (met_.has_value()) return state_.failing(*met_);
      if (blocked.has_value()) return fail(*blocked);
      return std::size_t{0};
    }
    const std::size_t size = std::min(output.size(), end_ - begin_);
    std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(begin_), size, output.begin());
    begin_ += size;
    position_ += size;
    return size;
  }
  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return position_;
  }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return fail(state_.closed() ? Code::kClosed : Code::kNotSeekable);
  }
  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    state_.begin_close();
    return state_.complete_close(below_->close());
  }

 private:
  // Reads until the buffer is full or nothing more comes. Returns would_block when that is why.
  std::optional<Error> fill() {
    std::copy(held_.begin() + static_cast<std::ptrdiff_t>(begin_),
              held_.begin() + static_cast<std::ptrdiff_t>(end_), held_.begin());
    end_ -= begin_;
    begin_ = 0;
    while (!met_.has_value() && !ended_ && end_ < held_.size()) {
      const auto given = read_below(*below_, std::span(held_).subspan(end_));
      if (given.has_value()) {
        end_ += *given;
        ended_ = *given == 0;
      } else if (given.error().code == Code::kWouldBlock) {
        return given.error();
      } else {
        met_ = given.error();
      }
    }
    return std::nullopt;
  }

  std::unique_ptr<Source> below_;
  std::array<std::byte, 48> held_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  std::optional<Error> met_;
  std::uint64_t position_ = 0;
  StreamState state_;
};

// Writes in blocks. A part taken is an error here: the stream below takes all or fails.
class FullSink final : public Sink {
 public:
  explicit FullSink(std::unique_ptr<Sink> below) : below_(std::move(below)) {}

  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (!state_.open()) return state_.refusal();
    for (const std::byte byte : input) {
      if (size_ == held_.size()) {
        const auto passed = pass_on();
        if (!passed.has_value()) return state_.failing(passed.error());
      }
      held_[size_++] = byte ^ kKey;
    }
    taken_ += input.size();
    return input.size();
  }
  Result<void> flush() override {
    if (!state_.open()) return state_.refusal();
    auto flushed = pass_on();
    if (flushed.has_value()) flushed = below_->flush();
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
    if (!state_.failed()) {
      const auto passed = pass_on();
      if (!passed.has_value()) static_cast<void>(state_.failing(passed.error()));
    }
    return state_.complete_close(below_->close());
  }

  static constexpr std::byte kKey{0x20};

 private:
  Result<void> pass_on() {
    if (size_ == 0) return {};
    const auto taken = write_below(*below_, std::span(held_).first(size_));
    if (!taken.has_value()) return fail(taken.error());
    if (*taken < size_) return fail(Code::kIo, "a short write");
    size_ = 0;
    return {};
  }

  std::unique_ptr<Sink> below_;
  std::array<std::byte, 16> held_{};
  std::size_t size_ = 0;
  std::uint64_t taken_ = 0;
  StreamState state_;
};

// Reads in blocks. A block that is not full is the last one: the stream below is not asked again.
class FullSource final : public Source {
 public:
  explicit FullSource(std::unique_ptr<Source> below) : below_(std::move(below)) {}

  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!state_.open()) return state_.refusal();
    if (output.empty()) return std::size_t{0};
    if (begin_ == end_ && !last_) {
      const auto given = read_below(*below_, held_);
      if (!given.has_value()) return state_.failing(given.error());
      begin_ = 0;
      end_ = *given;
      last_ = end_ < held_.size();
    }
    const std::size_t size = std::min(output.size(), end_ - begin_);
    for (std::size_t i = 0; i < size; ++i) output[i] = held_[begin_ + i] ^ FullSink::kKey;
    begin_ += size;
    position_ += size;
    return size;
  }
  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return position_;
  }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return fail(state_.closed() ? Code::kClosed : Code::kNotSeekable);
  }
  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    state_.begin_close();
    return state_.complete_close(below_->close());
  }

 private:
  std::unique_ptr<Source> below_;
  std::array<std::byte, 16> held_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool last_ = false;
  std::uint64_t position_ = 0;
  StreamState state_;
};

// Takes all or throws: the copy comes first.
class ThrowingSink final : public mutant::BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const std::vector<std::byte> copy(input.begin(), input.end());
    return BufferingSink::write(copy);
  }
};

constexpr std::size_t kTrailerBytes = 4;

// FNV-1a of 32 bits.
class Checksum {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      sum_ = (sum_ ^ std::to_integer<std::uint32_t>(byte)) * 16777619u;
    }
  }
  std::array<std::byte, kTrailerBytes> bytes() const {
    std::array<std::byte, kTrailerBytes> result{};
    for (std::size_t i = 0; i < kTrailerBytes; ++i) {
      result[i] = static_cast<std::byte>((sum_ >> (8 * i)) & 0xff);
    }
    return result;
  }

 private:
  std::uint32_t sum_ = 2166136261u;
};

class TrailerSink : public Sink {
 public:
  explicit TrailerSink(std::unique_ptr<Sink> below) : below_(std::move(below)) {}

  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (state_.closed()) return fail(Code::kClosed);
    if (input.empty() && !state_.failed()) return std::size_t{0};
    if (!state_.open()) return state_.refusal();
    const auto taken = write_below(*below_, input);
    if (!taken.has_value()) return state_.failing(taken.error());
    sum_.add(input.first(*taken));
    taken_ += *taken;
    return *taken;
  }
  Result<void> flush() override {
    if (!state_.open()) return state_.refusal();
    const auto flushed = below_->flush();
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
    const auto trailer = sum_.bytes();
    while (written_ < trailer.size() && !state_.failed()) {
      const auto taken = write_below(*below_, std::span(trailer).subspan(written_));
      if (taken.has_value()) {
        written_ += *taken;
      } else if (taken.error().code == Code::kWouldBlock) {
        return fail(taken.error());
      } else {
        static_cast<void>(state_.failing(taken.error()));
      }
    }
    return state_.complete_close(below_->close());
  }

 private:
  std::unique_ptr<Sink> below_;
  Checksum sum_;
  std::size_t written_ = 0;  // of the trailer
  std::uint64_t taken_ = 0;
  StreamState state_;
};

class TrailerSource : public Source {
 public:
  explicit TrailerSource(std::unique_ptr<Source> below) : below_(std::move(below)) {}

  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!state_.open()) return state_.refusal();
    if (output.empty()) return std::size_t{0};
    while (!ended_) {
      // As much as fits behind what is held back, so that what comes out fits the output.
      std::array<std::byte, 64 + kTrailerBytes> window;
      std::copy_n(held_.begin(), size_, window.begin());
      const auto given = read_below(
          *below_, std::span(window).subspan(size_, std::min<std::size_t>(64, output.size())));
      if (!given.has_value()) return state_.failing(given.error());
      ended_ = *given == 0;
      const std::size_t total = size_ + *given;
      const std::size_t out = total > kTrailerBytes ? total - kTrailerBytes : 0;
      std::copy_n(window.begin(), out, output.begin());
      size_ = total - out;
      std::copy_n(window.begin() + static_cast<std::ptrdiff_t>(out), size_, held_.begin());
      sum_.add(output.first(out));
      position_ += out;
      if (out > 0) return out;
    }
    return std::size_t{0};
  }
  Result<std::uint64_t> tell() const override {
    if (state_.closed()) return fail(Code::kClosed);
    return position_;
  }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return fail(state_.closed() ? Code::kClosed : Code::kNotSeekable);
  }
  Result<void> close() override {
    if (state_.close_completed()) return state_.close_result();
    state_.begin_close();
    if (ended_ && size_ < kTrailerBytes) {
      static_cast<void>(state_.failing(Error(Code::kTruncated)));
    } else if (ended_ && held_ != sum_.bytes()) {
      static_cast<void>(state_.failing(Error(Code::kCorrupt)));
    }
    return state_.complete_close(below_->close());
  }

 private:
  std::unique_ptr<Source> below_;
  Checksum sum_;
  std::array<std::byte, kTrailerBytes> held_{};  // the last bytes so far: the trailer, at the end
  std::size_t size_ = 0;
  bool ended_ = false;
  std::uint64_t position_ = 0;
  StreamState state_;
};

// Streams of one kind that are alive at a time live in places of their own.
template <class Stream>
class Pooled final : public Stream {
 public:
  using Stream::Stream;
  static void* operator new(std::size_t size) {
    WEIR_CHECK(size <= sizeof(Place), "a place for one stream");
    auto& all = places();
    const auto place =
        std::find_if(all.begin(), all.end(), [](const Place& other) { return !other.taken; });
    WEIR_CHECK(place != all.end(), "a place that is free");
    place->taken = true;
    return place->bytes.data();
  }
  static void operator delete(void* stream) noexcept {
    for (Place& place : places()) {
      if (place.bytes.data() == stream) place.taken = false;
    }
  }

 private:
  struct Place {
    alignas(std::max_align_t) std::array<std::byte, sizeof(Stream) + 64> bytes;
    bool taken;
  };
  static std::array<Place, 16>& places() {
    static std::array<Place, 16> all{};
    return all;
  }
};

std::unique_ptr<StreamTransform> identity() {
  auto made = test_extension_registry().from_descriptor("stream.identity/1");
  return made.has_value() ? std::move(*made) : nullptr;
}

// The identity where a layer is missing.
template <class SinkLayer, class SourceLayer>
class Layered final : public StreamTransform {
 public:
  explicit Layered(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    if constexpr (std::is_void_v<SinkLayer>) {
      return identity()->transform_to(std::move(output));
    } else {
      return std::make_unique<SinkLayer>(std::move(output));
    }
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    if constexpr (std::is_void_v<SourceLayer>) {
      return identity()->transform_from(std::move(input));
    } else {
      return std::make_unique<SourceLayer>(std::move(input));
    }
  }
  Descriptor descriptor() const override { return descriptor_; }

 private:
  Descriptor descriptor_;
};

template <class SinkLayer, class SourceLayer>
Subject layered(const std::string& key, std::string summary, Traits claimed) {
  return subject_from_registry(key + "/1", std::move(summary), claimed, [key] {
    ExtensionRegistry registry = test_extension_registry();
    registry.add({key, [key](std::string_view version) -> Result<std::unique_ptr<StreamTransform>> {
                    if (!is_version_1(version)) {
                      Error error(Code::kUnsupportedVersion, "version ");
                      error.detail.append(version);
                      return fail(error);
                    }
                    auto described = Descriptor::parse(key + "/1");
                    if (!described.has_value()) return fail(described.error());
                    return std::make_unique<Layered<SinkLayer, SourceLayer>>(std::move(*described));
                  }});
    return registry;
  });
}

// A transform under another name.
class Named final : public StreamTransform {
 public:
  Named(std::unique_ptr<StreamTransform> transform, Descriptor descriptor, bool reads_ahead)
      : transform_(std::move(transform)),
        descriptor_(std::move(descriptor)),
        reads_ahead_(reads_ahead) {}
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return transform_->transform_to(std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    if (reads_ahead_) input = std::make_unique<AheadSource>(std::move(input));
    return transform_->transform_from(std::move(input));
  }
  Descriptor descriptor() const override { return descriptor_; }

 private:
  std::unique_ptr<StreamTransform> transform_;
  Descriptor descriptor_;
  bool reads_ahead_;
};

Subject framed(const std::string& key, std::string summary, const mutant::Framed::Options& options,
               bool reads_ahead = false) {
  return subject_from_registry(
      key + "/1", std::move(summary), mutant::framed_traits(options), [key, options, reads_ahead] {
        ExtensionRegistry registry = test_extension_registry();
        registry.add(version_1_extension(
            key, [key, options, reads_ahead]() -> Result<std::unique_ptr<StreamTransform>> {
              auto described = Descriptor::parse(key + "/1");
              if (!described.has_value()) return fail(described.error());
              return std::make_unique<Named>(std::make_unique<mutant::Framed>(options),
                                             std::move(*described), reads_ahead);
            }));
        return registry;
      });
}

}  // namespace

Subject late_teller() {
  // The buffered profile: nothing waits by saying so, and writes take all.
  return layered<LateSink, void>(
      "innocent.late-teller", "Tells of failures at close.",
      traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable, Trait::kFlushable,
             Trait::kConcatenable, Trait::kMultiMember, Trait::kPartialBelow));
}

Subject prefetcher() {
  return layered<void, AheadSource>(
      "innocent.prefetcher", "Reads ahead.",
      traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kFlushable, Trait::kConcatenable,
             Trait::kMultiMember, Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow));
}

Subject multi_member() { return framed("innocent.multi-member", "Has members and blocks.", {}); }

Subject single_member() {
  mutant::Framed::Options options;
  options.multi_member = false;
  options.stops_exactly = true;
  return framed("innocent.single-member", "Ends behind one member, exactly.", options);
}

Subject holds_back() {
  mutant::Framed::Options options;
  options.holds_back = true;
  return framed("innocent.holds-back", "Writes nothing before close.", options);
}

Subject checks_at_close() {
  return layered<TrailerSink, TrailerSource>(
      "innocent.checks-at-close", "Has a checksum at the end, and compares it at close.",
      traits(Trait::kDeterministic, Trait::kDetectsTruncation, Trait::kDetectsCorruption,
             Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow,
             Trait::kVerifiesAtClose));
}

Subject trusts_below() {
  // The blocking profile.
  Subject subject = layered<FullSink, FullSource>(
      "innocent.trusts-below", "Takes streams below at their word that they move all.",
      traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kFlushable, Trait::kConcatenable,
             Trait::kMultiMember));
  subject.bounds = {.write_heap_bytes = 1024, .read_heap_bytes = 1024, .read_ahead_bytes = 16};
  return subject;
}

Subject prefetches_one_member() {
  mutant::Framed::Options options;
  options.multi_member = false;
  options.stops_exactly = true;
  Subject subject = framed("innocent.prefetches-one-member",
                           "Ends behind one member, and has read beyond it.", options, true);
  subject.traits = static_cast<Traits>(subject.traits & ~traits(Trait::kReportsEndPosition));
  return subject;
}

Subject allocates_nothing() {
  Subject subject = layered<Pooled<TrailerSink>, Pooled<TrailerSource>>(
      "innocent.allocates-nothing", "Has its streams in a pool.", checks_at_close().traits);
  subject.bounds = {.write_heap_bytes = 0, .read_heap_bytes = 0};
  return subject;
}

Subject throws_cleanly() {
  return layered<ThrowingSink, void>(
      "innocent.throws-cleanly", "Throws std::bad_alloc and is as it was before.",
      traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable, Trait::kFlushable,
             Trait::kConcatenable, Trait::kMultiMember, Trait::kNonblocking, Trait::kShortWrites,
             Trait::kPartialBelow));
}

const std::vector<Subject>& all() {
  static const std::vector<Subject> subjects = {
      late_teller(),       prefetcher(),      multi_member(), single_member(),
      holds_back(),        checks_at_close(), trusts_below(), prefetches_one_member(),
      allocates_nothing(), throws_cleanly()};
  return subjects;
}

}  // namespace weir::properties::innocents
