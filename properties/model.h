// The stream contract as an executable reference model.
//
// SourceModel and SinkModel watch one stream from the caller's side, call by call, and say which
// rule of the contract an answer breaks. They know the states (open, at end, failed, closed), what
// the content is, and what the streams below did meanwhile. The test suite holds well-behaved
// streams of several shapes against them; every clause judges by them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "weir/result.h"
#include "weir/source.h"

namespace weir::properties {

/// A rule of the stream contract that an answer can break. The comment says what was seen.
enum class Rule : std::uint8_t {
  kCountExceedsAsked,  ///< more bytes than the span has, read or taken
  kWriteTookNothing,   ///< 0 for a write of n > 0 bytes
  kEmptySpanNotZero,   ///< an empty span gave something else than 0, or an error on an open stream
  kWrongBytes,         ///< bytes that are not those of the content
  kEndsEarly,          ///< a clean end before the content was complete
  kGoesOn,             ///< bytes beyond the content
  kEndNotSticky,       ///< bytes or an error after a clean end
  kUnexpectedError,    ///< an error with no cause
  kFaultChanged,       ///< another error than the one that the stream below gave
  kFaultSwallowed,     ///< a clean end, or a close that reports success, although the stream below
                       ///< failed
  kWouldBlockNoCause,  ///< would_block although no stream below blocked since the last one
  kErrorNotRepeated,   ///< a failed stream did something else than repeat its error
  kWorksAfterClose,    ///< a closed stream did not say closed
  kCloseNotRepeated,   ///< a later close returned something else than the first
  kTellWrong,          ///< tell disagrees with what was read, written or sought
  kSeekRefused,        ///< a good seek failed
  kSeekAccepted,       ///< a bad seek succeeded
  kSeekWrongPosition,  ///< a seek returned another position than its target
  kRefusalWrongCode,   ///< a bad seek failed with an unfit code
  kSeekableWrong,      ///< seekable() changed, or disagrees with seek
  kTouchedOutside,     ///< a read changed bytes outside the returned count
  kInputModified,  ///< a write changed the caller's bytes, or a read those that the source below
                   ///< lent
  kSpins,  ///< a call asked the stream below again and again although it had nothing to give or no
           ///< room
  kClosedNotOnce,      ///< the stream below was not closed exactly once
  kUsedAfterClose,     ///< a closed stream still called the stream below
  kLeftOpen,           ///< a destroyed stream did not release the stream below
  kWroteInDestructor,  ///< a destructor called the stream below
  kTookPart,  ///< a write took less than offered although the sink does not claim short writes
};
inline constexpr std::size_t kRuleCount = 28;
/// The kind that a violation of `rule` has in verdicts and signatures, e.g. "ends-early".
std::string_view to_string(Rule rule) noexcept;

/// A set of rules.
using RuleSet = std::uint64_t;
template <class... Rules>
constexpr RuleSet rules(Rules... set) noexcept {
  return (RuleSet{0} | ... | (RuleSet{1} << static_cast<unsigned>(set)));
}
constexpr bool has(RuleSet set, Rule rule) noexcept {
  return (set >> static_cast<unsigned>(rule)) & 1u;
}

/// A broken rule, where, and in words.
struct Breach {
  Rule rule;
  std::size_t step = 0;  ///< filled in by the driver: index into the trace
  std::string expected;
  std::string seen;
};

/// What happened below during the life of a stream, as far as the caller of that stream may notice
/// it.
struct BelowView {
  std::uint64_t blocks = 0;    ///< would-block answers so far
  std::optional<Error> fault;  ///< the first fault that fired
  bool lied =
      false;  ///< an answer claimed too much: `fault` is bad_stream, and any code is as good
  bool starved = false;  ///< an allocation has failed: out_of_memory has a cause
  bool threw = false;    ///< a call of the subject threw std::bad_alloc for that cause
};

/// How a stream of decoded bytes may end.
enum class Ending : std::uint8_t {
  kClean,   ///< at the end of the content, with 0
  kError,   ///< after a prefix of the content, with an error of any kind
  kEither,  ///< anything: only counts, states and repetition are judged, not bytes
};

/// Watches one Source from the caller's side.
class SourceModel {
 public:
  /// `content`: what the source should give; `below`: what happens beneath it, kept by the caller.
  SourceModel(std::span<const std::byte> content, Ending ending, const BelowView& below) noexcept
      : content_(content), below_(below), ending_(ending) {}

  /// What the source says of itself; false until told.
  void set_seekable(bool seekable) noexcept { seekable_ = seekable; }
  /// Whether close may be the first to say that a stream is damaged; false until told.
  void set_verifies_at_close(bool allowed) noexcept { verifies_at_close_ = allowed; }

  /// `given` is the caller's whole span after the call.
  std::optional<Breach> on_read(std::span<const std::byte> given,
                                const Result<std::size_t>& result);
  std::optional<Breach> on_seek(std::int64_t offset, Whence whence,
                                const Result<std::uint64_t>& result);
  std::optional<Breach> on_tell(const Result<std::uint64_t>& result);
  /// `lent` is what peek gave; all of it is consumed next.
  std::optional<Breach> on_lend(std::size_t size_hint, std::span<const std::byte> lent);
  std::optional<Breach> on_close(const Result<void>& result);

  std::uint64_t position() const noexcept { return position_; }
  bool at_end() const noexcept { return ended_; }
  bool closed() const noexcept { return closed_; }
  const std::optional<Error>& failure() const noexcept { return failure_; }

 private:
  std::optional<Breach> judge_error(const Error& error);

  std::span<const std::byte> content_;
  const BelowView& below_;
  Ending ending_;
  bool seekable_ = false;
  bool verifies_at_close_ = false;
  bool ended_ = false;
  bool closed_ = false;
  std::uint64_t position_ = 0;
  std::uint64_t blocks_told_ = 0;  ///< blocks below that a would_block has already told of
  std::optional<Error> failure_;
  std::optional<Result<void>> close_result_;
};

/// Watches one Sink from the caller's side.
class SinkModel {
 public:
  explicit SinkModel(const BelowView& below) noexcept : below_(below) {}

  /// Whether the sink may take less than it is offered; true until told.
  void set_short_writes(bool allowed) noexcept { short_writes_ = allowed; }

  std::optional<Breach> on_write(std::size_t offered, const Result<std::size_t>& result);
  std::optional<Breach> on_flush(const Result<void>& result);
  std::optional<Breach> on_tell(const Result<std::uint64_t>& result);
  /// A completed close must report the first failure, and must not report success over a fault
  /// below.
  std::optional<Breach> on_close(const Result<void>& result);

  std::uint64_t taken() const noexcept { return taken_; }
  bool closed() const noexcept { return closed_; }
  const std::optional<Error>& failure() const noexcept { return failure_; }

 private:
  std::optional<Breach> judge_error(const Error& error);

  const BelowView& below_;
  bool short_writes_ = true;
  bool closed_ = false;
  std::uint64_t taken_ = 0;
  std::uint64_t blocks_told_ = 0;  ///< blocks below that a would_block has already told of
  std::optional<Error> failure_;
  std::optional<Result<void>> close_result_;
};

}  // namespace weir::properties
