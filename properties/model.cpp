#include "properties/model.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>

#include "properties/case_coverage.h"
#include "properties/trace.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties {
namespace {

constexpr std::string_view kRuleNames[] = {
    "count-exceeds-asked",
    "write-took-nothing",
    "empty-span-not-zero",
    "wrong-bytes",
    "ends-early",
    "goes-on",
    "end-not-sticky",
    "unexpected-error",
    "fault-changed",
    "fault-swallowed",
    "would-block-without-cause",
    "error-not-repeated",
    "works-after-close",
    "close-not-repeated",
    "tell-wrong",
    "seek-refused",
    "seek-accepted",
    "seek-wrong-position",
    "refusal-wrong-code",
    "seekable-wrong",
    "touched-outside",
    "input-modified",
    "spins",
    "closed-not-once",
    "used-after-close",
    "left-open",
    "wrote-in-destructor",
    "took-part",
};
static_assert(std::size(kRuleNames) == kRuleCount);

Breach breach(Rule rule, std::string expected, std::string seen) {
  return Breach{rule, 0, std::move(expected), std::move(seen)};
}

template <class T>
std::string result_text(const Result<T>& result) {
  if (!result.has_value()) return describe(result.error());
  if constexpr (std::is_void_v<T>) {
    return "success";
  } else {
    return std::to_string(*result);
  }
}

// An allocation that failed may be absorbed, or surface as this and nothing else.
bool out_of_memory_with_cause(const Error& error, const BelowView& below) {
  return below.starved && error.code == Code::kOutOfMemory;
}

// would_block is told once for each time that a stream below blocked: at once or, where bytes come
// first, later.
std::optional<Breach> judge_block(const Error& error, const BelowView& below, std::uint64_t& told) {
  if (below.blocks == told) {
    return breach(Rule::kWouldBlockNoCause,
                  "no would_block: nothing below has blocked since the last one", describe(error));
  }
  told = below.blocks;
  return std::nullopt;
}

// A close may add what only the closing could find out; it never hides or replaces the first
// failure.
template <class State>
std::optional<Breach> judge_close(const Result<void>& result, const State& failure,
                                  const BelowView& below) {
  if (failure.has_value()) {
    if (result.has_value()) {
      return breach(Rule::kFaultSwallowed, "close reports " + describe(*failure), "success");
    }
    if (!same_failure(result.error(), *failure)) {
      return breach(Rule::kFaultChanged, describe(*failure), describe(result.error()));
    }
    return std::nullopt;
  }
  if (below.fault.has_value()) {
    if (result.has_value()) {
      return breach(Rule::kFaultSwallowed, "close reports " + describe(*below.fault), "success");
    }
    if (!below.lied && !same_failure(result.error(), *below.fault)) {
      return breach(Rule::kFaultChanged, describe(*below.fault), describe(result.error()));
    }
    return std::nullopt;
  }
  if (!result.has_value() && !out_of_memory_with_cause(result.error(), below)) {
    return breach(Rule::kUnexpectedError, "close succeeds", describe(result.error()));
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Rule rule) noexcept {
  return kRuleNames[static_cast<std::size_t>(rule)];
}

std::optional<Breach> SourceModel::judge_error(const Error& error) {
  if (error.code == Code::kWouldBlock) {
    return judge_block(error, below_, blocks_told_);
  }
  failure_ = error;
  if (ended_) {
    return breach(Rule::kEndNotSticky, "0 again after the end", describe(error));
  }
  if (out_of_memory_with_cause(error, below_)) return std::nullopt;
  if (below_.fault.has_value()) {
    if (!same_failure(error, *below_.fault) && !below_.lied && ending_ == Ending::kClean) {
      return breach(Rule::kFaultChanged, describe(*below_.fault), describe(error));
    }
    return std::nullopt;
  }
  if (ending_ == Ending::kClean) {
    return breach(Rule::kUnexpectedError, "byte " + std::to_string(position_) + " or the end",
                  describe(error));
  }
  return std::nullopt;
}

std::optional<Breach> SourceModel::on_read(std::span<const std::byte> given,
                                           const Result<std::size_t>& result) {
  if (closed_) {
    if (failed_with(result, Code::kClosed) ||
        (given.empty() && result.has_value() && *result == 0)) {
      return std::nullopt;
    }
    return breach(Rule::kWorksAfterClose, "closed", result_text(result));
  }
  if (failure_.has_value()) {
    if (!result.has_value() && same_failure(result.error(), *failure_)) return std::nullopt;
    if (given.empty() && result.has_value() && *result == 0) return std::nullopt;
    return breach(Rule::kErrorNotRepeated, "again " + describe(*failure_), result_text(result));
  }
  if (given.empty()) {
    if (result.has_value() && *result == 0) return std::nullopt;
    return breach(Rule::kEmptySpanNotZero, "0 for an empty span", result_text(result));
  }
  if (!result.has_value()) return judge_error(result.error());

  const std::uint64_t count = *result;
  if (count > given.size()) {
    return breach(Rule::kCountExceedsAsked, "at most " + bytes_text(given.size()),
                  bytes_text(count));
  }
  if (count == 0) {
    ended_ = true;
    if (below_.fault.has_value() && ending_ != Ending::kEither) {
      return breach(Rule::kFaultSwallowed, describe(*below_.fault), "a clean end");
    }
    if (ending_ == Ending::kError) {
      return breach(Rule::kEndsEarly, "an error: the stream is not complete",
                    "a clean end after " + bytes_text(position_));
    }
    if (ending_ == Ending::kClean && position_ < content_.size()) {
      return breach(Rule::kEndsEarly,
                    "byte " + std::to_string(position_) + " of " + std::to_string(content_.size()),
                    "a clean end");
    }
    return std::nullopt;
  }
  if (ended_) {
    return breach(Rule::kEndNotSticky, "0 again after the end", bytes_text(count));
  }
  if (ending_ == Ending::kEither) {
    position_ += count;
    return std::nullopt;
  }
  const std::uint64_t left = position_ < content_.size() ? content_.size() - position_ : 0;
  const std::size_t comparable = static_cast<std::size_t>(std::min(count, left));
  const auto expected = content_.subspan(
      static_cast<std::size_t>(std::min<std::uint64_t>(position_, content_.size())), comparable);
  const auto seen = given.first(comparable);
  // As one call, since a sanitizer checks every load; where they part is looked for only then.
  if (comparable > 0 && std::memcmp(expected.data(), seen.data(), comparable) != 0) {
    const auto differs = std::mismatch(expected.begin(), expected.end(), seen.begin());
    const auto at = static_cast<std::uint64_t>(differs.first - expected.begin());
    return breach(Rule::kWrongBytes,
                  byte_text(*differs.first) + " at offset " + std::to_string(position_ + at),
                  byte_text(*differs.second));
  }
  if (count > left) {
    return breach(Rule::kGoesOn, "the end after " + bytes_text(content_.size()),
                  bytes_text(count - left) + " more");
  }
  position_ += count;
  return std::nullopt;
}

std::optional<Breach> SourceModel::on_lend(std::size_t size_hint, std::span<const std::byte> lent) {
  if (lent.size() > size_hint) {
    return breach(Rule::kCountExceedsAsked, "at most " + bytes_text(size_hint) + " lent",
                  bytes_text(lent.size()));
  }
  if (!lent.empty() && (closed_ || failure_.has_value())) {
    return closed_ ? breach(Rule::kWorksAfterClose, "nothing lent", bytes_text(lent.size()))
                   : breach(Rule::kErrorNotRepeated, "nothing lent", bytes_text(lent.size()));
  }
  // Lending nothing says nothing; what is lent is read.
  if (lent.empty()) return std::nullopt;
  return on_read(lent, lent.size());
}

std::optional<Breach> SourceModel::on_seek(std::int64_t offset, Whence whence,
                                           const Result<std::uint64_t>& result) {
  if (closed_) {
    if (failed_with(result, Code::kClosed)) return std::nullopt;
    return breach(Rule::kWorksAfterClose, "closed", result_text(result));
  }
  if (failure_.has_value())
    return std::nullopt;  // what a failed stream does with a seek is its own business
  if (!seekable_) {
    if (failed_with(result, Code::kNotSeekable)) return std::nullopt;
    if (result.has_value()) {
      return breach(Rule::kSeekAccepted, "not_seekable", result_text(result));
    }
    return breach(Rule::kRefusalWrongCode, "not_seekable", result_text(result));
  }
  std::uint64_t base = 0;
  if (whence == Whence::kCurrent) base = position_;
  if (whence == Whence::kEnd) base = content_.size();
  const bool negative = offset < 0 && base < std::uint64_t{0} - static_cast<std::uint64_t>(offset);
  const std::uint64_t target = base + static_cast<std::uint64_t>(offset);
  const bool too_far =
      !negative && target > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (negative || too_far) {
    if (failed_with(result, Code::kInvalidArgument)) return std::nullopt;
    if (result.has_value()) {
      return breach(Rule::kSeekAccepted, "invalid_argument", "position " + result_text(result));
    }
    return breach(Rule::kRefusalWrongCode, "invalid_argument", result_text(result));
  }
  if (!result.has_value()) {
    // What is damaged may be found out by a seek.
    if (ending_ == Ending::kEither ||
        (below_.fault.has_value() && same_failure(result.error(), *below_.fault))) {
      failure_ = result.error();
      return std::nullopt;
    }
    return breach(Rule::kSeekRefused, "position " + std::to_string(target), result_text(result));
  }
  if (*result != target) {
    return breach(Rule::kSeekWrongPosition, "position " + std::to_string(target),
                  "position " + result_text(result));
  }
  position_ = target;
  ended_ = false;
  return std::nullopt;
}

std::optional<Breach> SourceModel::on_tell(const Result<std::uint64_t>& result) {
  if (closed_) {
    if (failed_with(result, Code::kClosed)) return std::nullopt;
    return breach(Rule::kWorksAfterClose, "closed", result_text(result));
  }
  if (failure_.has_value()) return std::nullopt;
  if (result.has_value() && *result == position_) return std::nullopt;
  return breach(Rule::kTellWrong, "position " + std::to_string(position_), result_text(result));
}

std::optional<Breach> SourceModel::on_close(const Result<void>& result) {
  if (close_result_.has_value()) {
    const bool same = result.has_value() == close_result_->has_value() &&
                      (result.has_value() || same_failure(result.error(), close_result_->error()));
    if (same) return std::nullopt;
    return breach(Rule::kCloseNotRepeated, "again " + result_text(*close_result_),
                  result_text(result));
  }
  closed_ = true;
  if (failed_with(result, Code::kWouldBlock)) return judge_error(result.error());
  close_result_ = result;
  // The reader was told of a failure when it read; its close may say so again, and need not.
  if (result.has_value() || failure_.has_value() || below_.fault.has_value()) return std::nullopt;
  if (verifies_at_close_ && ending_ != Ending::kClean) return std::nullopt;
  if (out_of_memory_with_cause(result.error(), below_)) return std::nullopt;
  return breach(Rule::kUnexpectedError, "close succeeds", describe(result.error()));
}

std::optional<Breach> SinkModel::judge_error(const Error& error) {
  if (error.code == Code::kWouldBlock) {
    return judge_block(error, below_, blocks_told_);
  }
  failure_ = error;
  if (out_of_memory_with_cause(error, below_)) return std::nullopt;
  if (below_.fault.has_value()) {
    if (!below_.lied && !same_failure(error, *below_.fault)) {
      return breach(Rule::kFaultChanged, describe(*below_.fault), describe(error));
    }
    return std::nullopt;
  }
  return breach(Rule::kUnexpectedError, "success", describe(error));
}

std::optional<Breach> SinkModel::on_write(std::size_t offered, const Result<std::size_t>& result) {
  const bool empty_answer = offered == 0 && result.has_value() && *result == 0;
  if (closed_) {
    if (failed_with(result, Code::kClosed) || empty_answer) return std::nullopt;
    return breach(Rule::kWorksAfterClose, "closed", result_text(result));
  }
  if (failure_.has_value()) {
    if (empty_answer || (!result.has_value() && same_failure(result.error(), *failure_))) {
      return std::nullopt;
    }
    return breach(Rule::kErrorNotRepeated, "again " + describe(*failure_), result_text(result));
  }
  if (offered == 0) {
    if (empty_answer) return std::nullopt;
    if (below_.fault.has_value() && !result.has_value()) return judge_error(result.error());
    return breach(Rule::kEmptySpanNotZero, "0 for an empty span", result_text(result));
  }
  if (!result.has_value()) return judge_error(result.error());
  if (*result > offered) {
    return breach(Rule::kCountExceedsAsked, "at most " + bytes_text(offered), bytes_text(*result));
  }
  if (*result == 0) {
    return breach(Rule::kWriteTookNothing, "1 to " + bytes_text(offered) + " or an error",
                  "0 taken");
  }
  taken_ += *result;
  if (*result < offered && !short_writes_) {
    return breach(Rule::kTookPart, "all of " + bytes_text(offered) + " taken, or an error",
                  bytes_text(*result) + " taken");
  }
  return std::nullopt;
}

std::optional<Breach> SinkModel::on_flush(const Result<void>& result) {
  if (closed_) {
    if (failed_with(result, Code::kClosed)) return std::nullopt;
    return breach(Rule::kWorksAfterClose, "closed", result_text(result));
  }
  if (failure_.has_value()) {
    if (!result.has_value() && same_failure(result.error(), *failure_)) return std::nullopt;
    return breach(Rule::kErrorNotRepeated, "again " + describe(*failure_), result_text(result));
  }
  if (!result.has_value()) return judge_error(result.error());
  return std::nullopt;
}

std::optional<Breach> SinkModel::on_tell(const Result<std::uint64_t>& result) {
  if (closed_) {
    if (failed_with(result, Code::kClosed)) return std::nullopt;
    return breach(Rule::kWorksAfterClose, "closed", result_text(result));
  }
  if (failure_.has_value()) return std::nullopt;
  if (result.has_value() && *result == taken_) return std::nullopt;
  return breach(Rule::kTellWrong, std::to_string(taken_) + " bytes taken", result_text(result));
}

std::optional<Breach> SinkModel::on_close(const Result<void>& result) {
  if (close_result_.has_value()) {
    const bool same = result.has_value() == close_result_->has_value() &&
                      (result.has_value() || same_failure(result.error(), close_result_->error()));
    if (same) return std::nullopt;
    return breach(Rule::kCloseNotRepeated, "again " + result_text(*close_result_),
                  result_text(result));
  }
  closed_ = true;
  if (failed_with(result, Code::kWouldBlock)) {
    return judge_block(result.error(), below_, blocks_told_);
  }
  close_result_ = result;
  return judge_close(result, failure_, below_);
}

}  // namespace weir::properties
WEIR_NO_COVERAGE_END
