#include "properties/generic_mutants.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "properties/mutants/blocks.h"
#include "weir/check.h"
#include "weir/transform.h"

namespace weir::properties {
namespace {

using mutant::ForwardingSink;
using mutant::ForwardingSource;
using mutant::note_fault;

// A page, and what many buffers are as large as.
constexpr std::uint64_t kBoundaryBytes = 4096;

/// Holds a run of bytes back and passes it on before anything else.
class HoldingSink : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;

 protected:
  void hold(std::span<const std::byte> bytes) {
    held_.insert(held_.end(), bytes.begin(), bytes.end());
  }
  bool holds() const noexcept { return !held_.empty(); }
  void forget() noexcept { held_.clear(); }
  Result<void> pass_on() {
    while (!held_.empty()) {
      const auto taken = inner().write(held_);
      if (!taken.has_value()) return fail(taken.error());
      const std::size_t count = std::min(*taken, held_.size());
      held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return {};
  }

 private:
  std::vector<std::byte> held_;
};

class WriterDropsLastByte final : public HoldingSink {
 public:
  using HoldingSink::HoldingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (input.empty() || closed_) return inner().write(input);
    if (const auto passed = pass_on(); !passed.has_value()) return fail(passed.error());
    if (input.size() > 1) {
      const auto taken = inner().write(input.first(input.size() - 1));
      if (!taken.has_value() || *taken < input.size() - 1) return taken;
    }
    hold(input.last(1));
    return input.size();
  }
  Result<void> flush() override {
    if (const auto passed = pass_on(); !closed_ && !passed.has_value()) return passed;
    return inner().flush();
  }
  Result<void> close() override {
    closed_ = true;
    if (holds()) note_fault();
    forget();
    return inner().close();
  }

 private:
  bool closed_ = false;
};

class WriterRepeatsChunk final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto taken = inner().write(input);
    if (taken.has_value() && *taken > 0 && ++writes_ == 2) {
      note_fault();
      static_cast<void>(inner().write(input.first(*taken)));
    }
    return taken;
  }

 private:
  int writes_ = 0;
};

class WriterSwapsChunks final : public HoldingSink {
 public:
  using HoldingSink::HoldingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (input.empty() || closed_) return inner().write(input);
    if (!began_) {
      began_ = true;
      hold(input);
      return input.size();
    }
    const auto taken = inner().write(input);
    if (taken.has_value() && holds()) {
      note_fault();
      static_cast<void>(pass_on());
    }
    return taken;
  }
  Result<void> flush() override {
    if (const auto passed = pass_on(); !closed_ && !passed.has_value()) return passed;
    return inner().flush();
  }
  Result<void> close() override {
    closed_ = true;
    if (const auto passed = pass_on(); failed_with(passed, Code::kWouldBlock)) return passed;
    return inner().close();
  }

 private:
  bool began_ = false;
  bool closed_ = false;
};

class WriterLosesByteAtBoundary final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const std::uint64_t left = kBoundaryBytes - taken_ % kBoundaryBytes;
    if (left == 1 && !input.empty()) {
      note_fault();
      ++taken_;
      return std::size_t{1};
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), left - 1));
    if (input.empty()) return inner().write(input);
    const auto taken = inner().write(input.first(size));
    if (!taken.has_value()) return taken;
    taken_ += *taken;
    // The caller may rely on writes that take all.
    if (*taken == size && size < input.size()) {
      const auto more = write(input.subspan(size));
      return more.has_value() ? Result<std::size_t>(size + *more) : taken;
    }
    return taken;
  }

 private:
  std::uint64_t taken_ = 0;
};

class WriterOverstatesCount final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto taken = inner().write(input);
    if (!taken.has_value() || *taken == 0) return taken;
    note_fault();
    return *taken + 1;
  }
};

class WriterIgnoresShortWrite final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto taken = inner().write(input);
    if (!taken.has_value() || *taken == input.size()) return taken;
    note_fault();
    return input.size();
  }
};

class WriterLosesBlockedPiece final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto taken = inner().write(input);
    if (!failed_with(taken, Code::kWouldBlock)) return taken;
    note_fault();
    return input.size();
  }
};

class WriterSwallowsError final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto taken = inner().write(input);
    if (!swallow(taken)) return taken;
    return input.size();
  }
  Result<void> flush() override {
    const auto flushed = inner().flush();
    if (!swallow(flushed)) return flushed;
    return {};
  }
  Result<void> close() override {
    const auto closed = inner().close();
    if (!swallow(closed)) return closed;
    return {};
  }

 private:
  template <class T>
  static bool swallow(const Result<T>& result) {
    if (result.has_value() || result.error().code == Code::kWouldBlock) return false;
    note_fault();
    return true;
  }
};

class WriterForgetsFlush final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> flush() override {
    if (closed_) return inner().flush();
    note_fault();
    return {};
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  bool closed_ = false;
};

class WriterForgetsClose final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> close() override {
    note_fault();
    return {};
  }
};

class WriterClosesTwice final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> close() override {
    const auto closed = inner().close();
    if (!failed_with(closed, Code::kWouldBlock)) {
      note_fault();
      static_cast<void>(inner().close());
    }
    return closed;
  }
};

class WriterWorksAfterClose final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (!closed_) return inner().write(input);
    note_fault();
    return input.size();
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  bool closed_ = false;
};

class ReaderDropsLastByte final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.empty() || closed_) return inner().read(output);
    for (;;) {
      std::array<std::byte, 512> piece;
      const auto got = inner().read(std::span(piece).first(std::min(output.size(), piece.size())));
      if (!got.has_value()) return got;
      if (*got == 0) {
        if (held_) note_fault();
        held_.reset();
        return got;
      }
      const std::size_t count = std::min(*got, piece.size());
      std::size_t given = 0;
      if (held_) output[given++] = *held_;
      std::copy_n(piece.begin(), count - 1, output.begin() + static_cast<std::ptrdiff_t>(given));
      given += count - 1;
      held_ = piece[count - 1];
      if (given > 0) return given;
    }
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (whence == Whence::kCurrent && held_ && offset > INT64_MIN) --offset;
    const auto position = inner().seek(offset, whence);
    if (position.has_value()) held_.reset();
    return position;
  }
  Result<std::uint64_t> tell() const override {
    const auto position = inner().tell();
    if (!position.has_value() || !held_) return position;
    return *position - 1;
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  std::optional<std::byte> held_;
  bool closed_ = false;
};

class ReaderRepeatsChunk final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!output.empty() && pending_ && last_.size() <= output.size()) {
      note_fault();
      pending_ = false;
      std::copy(last_.begin(), last_.end(), output.begin());
      return last_.size();
    }
    const auto got = inner().read(output);
    if (got.has_value() && *got > 0 && ++reads_ == 2) {
      last_.assign(output.begin(), output.begin() + static_cast<std::ptrdiff_t>(*got));
      pending_ = true;
    }
    return got;
  }
  Result<void> close() override {
    pending_ = false;
    return inner().close();
  }

 private:
  int reads_ = 0;
  bool pending_ = false;
  std::vector<std::byte> last_;
};

class ReaderLosesByteAtBoundary final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto before = inner().tell();
    const auto got = inner().read(output);
    if (!before.has_value() || !got.has_value() || *got == 0) return got;
    const std::uint64_t left = kBoundaryBytes - *before % kBoundaryBytes;
    if (left > *got || *got == 1) return got;
    note_fault();
    std::copy(output.begin() + static_cast<std::ptrdiff_t>(left),
              output.begin() + static_cast<std::ptrdiff_t>(*got),
              output.begin() + static_cast<std::ptrdiff_t>(left - 1));
    return *got - 1;
  }
};

class ReaderOverrunsCount final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto got = inner().read(output);
    if (got.has_value() && *got > 0 && *got < output.size()) {
      note_fault();
      output[*got] ^= std::byte{0xff};
    }
    return got;
  }
};

class ReaderOverstatesCount final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto got = inner().read(output);
    if (!got.has_value() || *got == 0) return got;
    note_fault();
    return *got + 1;
  }
};

class ReaderEndsAtShortRead final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (ended_ && !output.empty()) return std::size_t{0};
    const auto got = inner().read(output);
    if (got.has_value() && *got > 0 && *got < output.size()) {
      note_fault();
      ended_ = true;
    }
    return got;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    ended_ = false;
    return inner().seek(offset, whence);
  }

 private:
  bool ended_ = false;
};

class ReaderEndsAtBlock final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto got = inner().read(output);
    if (!failed_with(got, Code::kWouldBlock)) return got;
    note_fault();
    return std::size_t{0};
  }
};

class ReaderReportsErrorAsEnd final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto got = inner().read(output);
    if (got.has_value() || closed_ || got.error().code == Code::kWouldBlock) return got;
    note_fault();
    return std::size_t{0};
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  bool closed_ = false;
};

class ReaderEmptyReadIsEnd final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (ended_ && !closed_) return std::size_t{0};
    const auto got = inner().read(output);
    if (output.empty() && got.has_value()) {
      note_fault();
      ended_ = true;
    }
    return got;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    ended_ = false;
    return inner().seek(offset, whence);
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  bool ended_ = false;
  bool closed_ = false;
};

class ReaderGoesOnAfterEnd final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto got = inner().read(output);
    if (output.empty() || !got.has_value() || *got > 0) return got;
    if (!ended_) {
      ended_ = true;
      return got;
    }
    note_fault();
    output[0] = std::byte{0};
    return std::size_t{1};
  }

 private:
  bool ended_ = false;
};

class ReaderSeeksOneOff final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto position = inner().seek(offset, whence);
    if (!position.has_value() || *position == 0) return position;
    note_fault();
    static_cast<void>(inner().seek(static_cast<std::int64_t>(*position - 1), Whence::kSet));
    return position;
  }
};

class ReaderForgetsToMove final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto before = inner().tell();
    const auto position = inner().seek(offset, whence);
    if (!position.has_value() || !before.has_value() || *position == *before) return position;
    note_fault();
    static_cast<void>(inner().seek(static_cast<std::int64_t>(*before), Whence::kSet));
    return position;
  }
};

class ReaderForgetsClose final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<void> close() override {
    note_fault();
    return {};
  }
};

class ReaderClosesTwice final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<void> close() override {
    const auto closed = inner().close();
    if (!failed_with(closed, Code::kWouldBlock)) {
      note_fault();
      static_cast<void>(inner().close());
    }
    return closed;
  }
};

class ReaderWorksAfterClose final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!closed_) return inner().read(output);
    note_fault();
    return std::size_t{0};
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  bool closed_ = false;
};

template <class Layer>
std::unique_ptr<Sink> sink(std::unique_ptr<Sink> stream) {
  return std::make_unique<Layer>(std::move(stream));
}
template <class Layer>
std::unique_ptr<Source> source(std::unique_ptr<Source> stream) {
  return std::make_unique<Layer>(std::move(stream));
}

template <class Layer>
constexpr GenericFault above_writer(std::string_view name, std::string_view bug, Traits needs = 0) {
  return {name, bug, needs, sink<Layer>, nullptr, nullptr, nullptr};
}
template <class Layer>
constexpr GenericFault below_writer(std::string_view name, std::string_view bug, Traits needs = 0) {
  return {name, bug, needs, nullptr, sink<Layer>, nullptr, nullptr};
}
template <class Layer>
constexpr GenericFault above_reader(std::string_view name, std::string_view bug, Traits needs = 0) {
  return {name, bug, needs, nullptr, nullptr, source<Layer>, nullptr};
}
template <class Layer>
constexpr GenericFault below_reader(std::string_view name, std::string_view bug, Traits needs = 0) {
  return {name, bug, needs, nullptr, nullptr, nullptr, source<Layer>};
}

constexpr std::array kFaults = {
    above_writer<WriterDropsLastByte>("writer-drops-last-byte",
                                      "the last byte is still held back at close, and lost"),
    above_writer<WriterRepeatsChunk>("writer-repeats-chunk", "the second write is passed on twice"),
    above_writer<WriterSwapsChunks>("writer-swaps-chunks",
                                    "the first two writes are passed on in the wrong order"),
    above_writer<WriterLosesByteAtBoundary>("writer-loses-byte-at-4096",
                                            "the last byte of every 4 KiB is lost"),
    above_writer<WriterOverstatesCount>("writer-overstates-count",
                                        "a write says that it took one byte more than it did"),
    above_writer<WriterForgetsFlush>("writer-forgets-flush", "flush does nothing",
                                     traits(Trait::kFlushable)),
    above_writer<WriterWorksAfterClose>("writer-works-after-close",
                                        "a write behind close is accepted"),
    below_writer<WriterIgnoresShortWrite>("writer-ignores-short-write",
                                          "what the sink below did not take is lost",
                                          traits(Trait::kPartialBelow)),
    below_writer<WriterLosesBlockedPiece>("writer-loses-blocked-piece",
                                          "what the sink below blocked on is lost",
                                          traits(Trait::kNonblocking)),
    below_writer<WriterSwallowsError>("writer-swallows-error",
                                      "an error of the sink below is taken for success"),
    below_writer<WriterForgetsClose>("writer-forgets-close", "the sink below is not closed"),
    below_writer<WriterClosesTwice>("writer-closes-twice", "the sink below is closed twice"),
    above_reader<ReaderDropsLastByte>("reader-drops-last-byte", "the last byte is never given"),
    above_reader<ReaderRepeatsChunk>("reader-repeats-chunk", "the second read is given twice"),
    above_reader<ReaderLosesByteAtBoundary>("reader-loses-byte-at-4096",
                                            "the last byte of every 4 KiB is lost"),
    above_reader<ReaderOverrunsCount>("reader-overruns-count",
                                      "the byte behind the returned count is changed"),
    above_reader<ReaderOverstatesCount>("reader-overstates-count",
                                        "a read says that it gave one byte more than it did"),
    above_reader<ReaderReportsErrorAsEnd>("reader-reports-error-as-end",
                                          "any error is reported as a clean end"),
    above_reader<ReaderEmptyReadIsEnd>("reader-empty-read-is-end",
                                       "after a read of no bytes the stream is at its end"),
    above_reader<ReaderGoesOnAfterEnd>("reader-goes-on-after-end",
                                       "the second read at the end gives a byte"),
    above_reader<ReaderWorksAfterClose>("reader-works-after-close",
                                        "a read behind close reports a clean end"),
    above_reader<ReaderSeeksOneOff>("reader-seeks-one-off", "a seek lands one byte too early",
                                    traits(Trait::kSeekable)),
    above_reader<ReaderForgetsToMove>("reader-forgets-to-move",
                                      "a seek says that it moved, and did not",
                                      traits(Trait::kSeekable)),
    below_reader<ReaderEndsAtShortRead>("reader-ends-at-short-read",
                                        "a short read of the source below is taken for its end",
                                        traits(Trait::kPartialBelow)),
    below_reader<ReaderEndsAtBlock>("reader-ends-at-block",
                                    "a source below that would block is taken for its end",
                                    traits(Trait::kNonblocking)),
    below_reader<ReaderForgetsClose>("reader-forgets-close", "the source below is not closed"),
    below_reader<ReaderClosesTwice>("reader-closes-twice", "the source below is closed twice"),
};

class FaultyInstance final : public StreamTransform {
 public:
  FaultyInstance(std::unique_ptr<StreamTransform> inner, const GenericFault& fault)
      : inner_(std::move(inner)), fault_(fault) {}

  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    if (fault_.below_sink != nullptr) output = fault_.below_sink(std::move(output));
    auto stream = inner_->transform_to(std::move(output));
    if (stream.has_value() && fault_.above_sink != nullptr) {
      *stream = fault_.above_sink(std::move(*stream));
    }
    return stream;
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    if (fault_.below_source != nullptr) input = fault_.below_source(std::move(input));
    auto stream = inner_->transform_from(std::move(input));
    if (stream.has_value() && fault_.above_source != nullptr) {
      *stream = fault_.above_source(std::move(*stream));
    }
    return stream;
  }
  Descriptor descriptor() const override { return inner_->descriptor(); }

 private:
  std::unique_ptr<StreamTransform> inner_;
  const GenericFault& fault_;
};

using Maker = std::function<Result<std::unique_ptr<StreamTransform>>()>;

Maker faulty_maker(const Maker& make, const GenericFault& fault) {
  if (!make) return {};
  return [make, &fault]() -> Result<std::unique_ptr<StreamTransform>> {
    auto made = make();
    if (!made.has_value()) return made;
    return std::make_unique<FaultyInstance>(std::move(*made), fault);
  };
}

std::string_view name_of(std::string_view descriptor) {
  return descriptor.substr(0, descriptor.find('/'));
}

}  // namespace

std::span<const GenericFault> generic_faults() noexcept { return kFaults; }

const GenericFault* find_generic_fault(std::string_view name) noexcept {
  for (const GenericFault& fault : kFaults) {
    if (fault.name == name) return &fault;
  }
  return nullptr;
}

std::string why_not(const GenericFault& fault, const Subject& subject) {
  std::string missing;
  for (std::size_t i = 0; i < kTraitCount; ++i) {
    const auto trait = static_cast<Trait>(i);
    if (!has(fault.needs, trait) || has(subject.traits, trait)) continue;
    missing += (missing.empty() ? "claims no " : ", ") + std::string(to_string(trait));
  }
  return missing;
}

Subject with_fault(const Subject& subject, const GenericFault& fault) {
  WEIR_CHECK(why_not(fault, subject).empty(), "the fault applies to the subject");
  Subject faulty = subject;
  faulty.summary = std::string(fault.bug);
  faulty.make = faulty_maker(subject.make, fault);
  faulty.make_cold = faulty_maker(subject.make_cold, fault);
  faulty.make_for = {};
  faulty.from_descriptor_list = [lookup = subject.from_descriptor_list,
                                 name = std::string(name_of(subject.name)),
                                 &fault](std::span<const std::string> descriptors) {
    auto made = lookup(descriptors);
    for (std::size_t i = 0; made.has_value() && i < made->size(); ++i) {
      // Others of a chain stay as they are.
      if (i >= descriptors.size() || name_of(descriptors[i]) != name) continue;
      (*made)[i] = std::make_unique<FaultyInstance>(std::move((*made)[i]), fault);
    }
    return made;
  };
  return faulty;
}

}  // namespace weir::properties
