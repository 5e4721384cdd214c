// Guards the contract against subjects that are broken through and through, unlike mutants: each
// wrong is noticed by the clauses it breaks, and no check crashes, hangs or throws over it.
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/random_engine.h"
#include "weir/builtin.h"
#include "weir/transforms/identity.h"
#include "weir/version_1.h"

namespace weir::properties {
namespace {

enum class Wrong {
  kNothing,
  kMake,
  kTransformTo,
  kTransformFrom,
  kDescriptor,
  kWriteFails,
  kWriteThrows,
  kWriteThrowsNumber,
  kWriteExhausts,
  kWriteTakesPart,
  kFlushFails,
  kSinkCloseFails,
  kSinkCloseChanges,
  kSinkForgetsState,
  kReadFails,
  kReadThrows,
  kSourceCloseFails,
  kSeekFails,
  kSeekAccepts,
  kSeekableLies,
  kLendsAfterClose,
  kScribblesOnLent,
  kLeaksBelow,
};

const Error kError = io_error(5, "broken");

class BrokenSink final : public Sink {
 public:
  BrokenSink(std::unique_ptr<Sink> below, Wrong wrong) : below_(std::move(below)), wrong_(wrong) {}
  ~BrokenSink() override {
    if (wrong_ == Wrong::kLeaksBelow) leaked().push_back(std::move(below_));
  }
  // What was leaked: never destroyed, since a scripted sink would then write into what is long
  // gone.
  static std::vector<std::unique_ptr<Sink>>& leaked() {
    static auto* const sinks = new std::vector<std::unique_ptr<Sink>>;
    return *sinks;
  }
  Result<std::size_t> write(std::span<const std::byte> input) override {
    switch (wrong_) {
      case Wrong::kWriteFails:
        return fail(kError);
      case Wrong::kWriteThrows:
        throw std::runtime_error("broken");
      case Wrong::kWriteThrowsNumber:
        throw 7;
      case Wrong::kWriteExhausts:
        throw std::bad_alloc();
      case Wrong::kWriteTakesPart:
        return below_->write(input.first(std::min<std::size_t>(input.size(), 1)));
      case Wrong::kSinkForgetsState:
        static_cast<void>(below_->write(input));
        return input.size();
      default:
        return below_->write(input);
    }
  }
  Result<void> flush() override {
    if (wrong_ == Wrong::kFlushFails) return fail(kError);
    return below_->flush();
  }
  Result<std::uint64_t> tell() const override { return below_->tell(); }
  Result<void> close() override {
    auto closed = below_->close();
    if (wrong_ == Wrong::kSinkCloseFails) return fail(kError);
    if (wrong_ == Wrong::kSinkCloseChanges && !closed) return fail(Code::kCorrupt);
    return closed;
  }

 private:
  std::unique_ptr<Sink> below_;
  Wrong wrong_;
};

class BrokenSource final : public Source {
 public:
  BrokenSource(std::unique_ptr<Source> below, Wrong wrong)
      : below_(std::move(below)), wrong_(wrong) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (wrong_ == Wrong::kReadFails) return fail(kError);
    if (wrong_ == Wrong::kReadThrows) throw std::runtime_error("broken");
    if (wrong_ == Wrong::kScribblesOnLent) {
      const auto lent = below_->peek(output.size());
      if (!lent.empty()) {
        const auto size = std::min(lent.size(), output.size());
        std::copy_n(lent.begin(), size, output.begin());
        const_cast<std::byte&>(lent.front()) ^= std::byte{1};
        below_->consume(size);
        return size;
      }
    }
    return below_->read(output);
  }
  std::span<const std::byte> peek(std::size_t size_hint) override {
    if (wrong_ == Wrong::kLendsAfterClose && closed_) {
      return std::span(kByte).first(std::min<std::size_t>(size_hint, 1));
    }
    return {};
  }
  bool seekable() const override {
    return wrong_ == Wrong::kSeekableLies ? !below_->seekable() : below_->seekable();
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (wrong_ == Wrong::kSeekFails) return fail(kError);
    if (wrong_ == Wrong::kSeekAccepts) return static_cast<std::uint64_t>(offset);
    return below_->seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return below_->tell(); }
  Result<void> close() override {
    closed_ = true;
    auto closed = below_->close();
    if (wrong_ == Wrong::kSourceCloseFails) return fail(kError);
    return closed;
  }

 private:
  static constexpr std::array<std::byte, 1> kByte{};
  std::unique_ptr<Source> below_;
  Wrong wrong_;
  bool closed_ = false;
};

class Broken final : public StreamTransform {
 public:
  explicit Broken(Wrong wrong) : wrong_(wrong) {}
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    if (wrong_ == Wrong::kTransformTo) return fail(kError);
    auto inner = Identity().transform_to(std::move(output));
    if (!inner) return inner;
    return std::make_unique<BrokenSink>(std::move(*inner), wrong_);
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    if (wrong_ == Wrong::kTransformFrom) return fail(kError);
    auto inner = Identity().transform_from(std::move(input));
    if (!inner) return inner;
    return std::make_unique<BrokenSource>(std::move(*inner), wrong_);
  }
  Descriptor descriptor() const override {
    return *Descriptor::parse(wrong_ == Wrong::kDescriptor ? "stream.other/1" : "broken.subject/1");
  }

 private:
  Wrong wrong_;
};

constexpr Traits kTraits = traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable,
                                  Trait::kFlushable, Trait::kConcatenable, Trait::kNonblocking,
                                  Trait::kShortWrites, Trait::kPartialBelow, Trait::kMultiMember);

Subject broken(Wrong wrong, Traits claimed = kTraits) {
  return subject_from_registry("broken.subject/1", "A planted subject.", claimed, [wrong] {
    ExtensionRegistry registry = test_extension_registry();
    registry.add(version_1_extension("broken.subject",
                                     [wrong]() -> Result<std::unique_ptr<StreamTransform>> {
                                       if (wrong == Wrong::kMake) return fail(kError);
                                       return std::make_unique<Broken>(wrong);
                                     }));
    return registry;
  });
}

// The clauses that fire on `subject`, in the small scope and in a short search.
std::set<std::string> fired(const Subject& subject) {
  CaseFactory::Options options;
  options.exhaustive_cases_max = 400;
  options.random = make_random_case;
  CaseFactory factory(options);
  Workspace workspace;
  const PayloadFiles files;
  workspace.files = &files;
  workspace.payload_bytes_max = 5000;
  std::set<std::string> ids;
  Case value;
  for (const Clause* clause : clauses()) {
    if (!skip_reason(*clause, subject).empty()) continue;
    for (const EngineId engine : {EngineId::kExhaustive, EngineId::kRandom}) {
      const std::uint64_t count =
          std::min<std::uint64_t>(factory.size(engine, *clause, subject), 150);
      for (std::uint64_t index = 0; index < count; ++index) {
        factory.make(engine, *clause, subject, 1, index, value);
        const Verdict verdict = run_check(*clause, subject, value, workspace);
        if (verdict.outcome != Outcome::kViolated) continue;
        EXPECT_FALSE(verdict.kind.empty()) << clause->id;
        EXPECT_FALSE(verdict.expected.empty()) << clause->id << ' ' << verdict.kind;
        ids.emplace(clause->id);
      }
    }
  }
  return ids;
}

void expect_fired(const Subject& subject, const std::vector<std::string_view>& wanted,
                  const std::string& about) {
  const std::set<std::string> ids = fired(subject);
  std::string all;
  for (const std::string& id : ids) all += ' ' + id;
  for (const std::string_view id : wanted) {
    EXPECT_EQ(ids.count(std::string(id)), 1u) << about << ": " << id << " is silent; heard:" << all;
  }
}

TEST(BrokenSubjects, AreNotHeardWhereNothingIsBroken) {
  EXPECT_EQ(fired(broken(Wrong::kNothing)), std::set<std::string>());
}

TEST(BrokenSubjects, AreNoticedByWhatTheyBreak) {
  // Where the plain way fails already, that is round-trip's to say: others do not join in.
  const std::vector<std::pair<Wrong, std::vector<std::string_view>>> table = {
      {Wrong::kMake, {"round-trip", "self-describing", "descriptor-own", "source-fault"}},
      {Wrong::kTransformTo, {"round-trip"}},
      {Wrong::kTransformFrom, {"round-trip", "eof-exact"}},
      {Wrong::kDescriptor, {"descriptor-own"}},
      {Wrong::kWriteFails, {"round-trip", "zero-length", "after-fault"}},
      {Wrong::kWriteThrows, {"round-trip", "chain"}},
      {Wrong::kWriteThrowsNumber, {"round-trip", "chain"}},
      {Wrong::kWriteExhausts, {"round-trip"}},
      {Wrong::kFlushFails, {"write-chunking"}},
      {Wrong::kSinkCloseFails, {"round-trip", "close-reports", "close-fault"}},
      {Wrong::kSinkCloseChanges, {"close-fault"}},
      {Wrong::kSinkForgetsState,
       {"use-after-close", "short-sink-writes", "would-block-write", "count-bounds"}},
      {Wrong::kReadFails, {"round-trip", "eof-exact"}},
      {Wrong::kReadThrows, {"round-trip"}},
      {Wrong::kSourceCloseFails, {"round-trip", "eof-exact", "close-fault"}},
      {Wrong::kSeekFails, {"seek-model", "seek-past-end"}},
      {Wrong::kSeekAccepts, {"seek-refused", "seek-model"}},
      {Wrong::kSeekableLies, {"seek-honest"}},
      {Wrong::kLendsAfterClose, {"use-after-close"}},
      {Wrong::kScribblesOnLent, {"input-untouched"}},
      {Wrong::kLeaksBelow, {"abandon"}}};
  for (const auto& [wrong, wanted] : table) {
    expect_fired(broken(wrong), wanted, "wrong " + std::to_string(static_cast<int>(wrong)));
  }
}

TEST(BrokenSubjects, ThatTakePartAreNoticedWhereTheyClaimToTakeAll) {
  const auto blocking = static_cast<Traits>(kTraits & ~traits(Trait::kShortWrites));
  expect_fired(broken(Wrong::kWriteTakesPart, blocking), {"round-trip"}, "takes part");
  EXPECT_EQ(fired(broken(Wrong::kWriteTakesPart)).count("round-trip"), 0u);
}

using List = Result<std::vector<std::unique_ptr<StreamTransform>>>;

// A subject that is right but for the function that makes transforms from a list.
template <class Change>
Subject with_list(const Change& change) {
  Subject subject = broken(Wrong::kNothing);
  subject.from_descriptor_list = [inner = subject.from_descriptor_list,
                                  change](std::span<const std::string> descriptors) {
    return change(inner(descriptors), descriptors);
  };
  return subject;
}

TEST(BrokenRegistries, AreNoticedByWhatTheyBreak) {
  expect_fired(with_list([](List, std::span<const std::string>) -> List { return fail(kError); }),
               {"list-atomic", "chain", "self-describing", "descriptor-own", "version-compatible"},
               "refuses everything");
  expect_fired(with_list([](List made, std::span<const std::string>) -> List {
                 if (made.has_value()) return made;
                 return fail(Code::kCorrupt);
               }),
               {"name-rejected", "version-rejected"}, "refuses with another code");
  expect_fired(with_list([](List made, std::span<const std::string>) -> List {
                 if (made.has_value()) return made;
                 return fail(made.error().code);
               }),
               {"version-rejected"}, "does not name what it refuses");
  expect_fired(with_list([](List made, std::span<const std::string>) -> List {
                 if (made.has_value()) std::reverse(made->begin(), made->end());
                 return made;
               }),
               {"list-atomic"}, "turns the order round");
  expect_fired(with_list([](List made, std::span<const std::string>) -> List {
                 if (made.has_value()) made->push_back(std::make_unique<Identity>());
                 return made;
               }),
               {"list-atomic", "self-describing"}, "makes one more");
  expect_fired(with_list([](List made, std::span<const std::string> descriptors) -> List {
                 if (!failed_with(made, Code::kMalformedDescriptor)) return made;
                 std::vector<std::unique_ptr<StreamTransform>> any;
                 while (any.size() < descriptors.size())
                   any.push_back(std::make_unique<Identity>());
                 return any;
               }),
               {"name-rejected"}, "accepts what is malformed");
}

}  // namespace
}  // namespace weir::properties
