// Scripted streams: a source and a sink that do at each call what a case says, and remember what
// was done to them.
//
// Both keep the stream contract themselves, unless `fail-once` or `claim` tells them not to: they
// fail for ever once they failed, end for ever once they ended, and say closed after close. Where
// the script ends they behave well: give and take all that is asked, lend nothing, never block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "properties/clause.h"
#include "properties/model.h"
#include "properties/recycled.h"
#include "weir/memory.h"

namespace weir::properties {

/// When the faults of a script fire and its `good` counts. Until then both wait, and so does what
/// stands behind them, while the stream behaves well.
enum class FaultTime : std::uint8_t {
  kAnyCall,
  kFlush,       ///< while the writer flushes
  kClose,       ///< while the writer closes; the first fault left fires in the close of this stream
  kCloseBelow,  ///< in the close of this stream: the first fault left
};

/// Which operations of a script are carried out; the others do as the simplest operation does.
struct ScriptOptions {
  bool partial = true;              ///< give, take and lend
  bool blocks = true;               ///< block
  bool faults = true;               ///< fail, fail-once
  std::uint64_t block_repeats = 1;  ///< how often one `block` answers would_block
  bool seekable = true;             ///< sources only
  bool lies = false;                ///< claim
  bool whole = false;  ///< sources only: its bytes are all that a writer wrote, read to a clean end
  FaultTime faults_at = FaultTime::kAnyCall;
};

/// What the test knows of a scripted stream, also after the subject destroyed it. Kept by the test.
struct Below : BelowView {
  bool used = false;        ///< a stream was made over this record
  std::uint64_t calls = 0;  ///< reads or writes (lending included)
  std::uint64_t closes = 0;
  std::uint64_t asked_max = 0;  ///< the most that one read or write was about
  bool destroyed = false;
  bool ended = false;                   ///< a source has said that it is at its end
  std::uint64_t bytes = 0;              ///< given or taken
  std::uint64_t position = 0;           ///< where a source stands
  std::uint64_t calls_after_close = 0;  ///< reads, writes, flushes, seeks behind close
  std::uint64_t idle_answers = 0;  ///< blocks, ends and errors in a row, without a byte in between
  std::uint64_t idle_answers_max = 0;
  std::uint64_t touches = 0;        ///< calls of any kind, but destruction and tell
  bool lent_bytes_changed = false;  ///< somebody wrote into bytes that peek lent
  bool lent_room_overrun = false;   ///< somebody wrote behind the room that reserve lent
  std::uint64_t flushes = 0;        ///< that succeeded
  std::uint64_t bytes_flushed = 0;  ///< taken before the last of them
  /// How far into its bytes a source has given them, and how far it had when it first failed or
  /// lied.
  std::uint64_t reached = 0;
  std::uint64_t reached_before_fault = 0;
  bool flushing = false;  ///< the writer flushes: the driver says
  bool closing = false;   ///< the writer or the reader closes: the driver says
  /// Calls that a script may interrupt: what `good` counts, and where a fault can be put.
  std::uint64_t chances = 0;
};

/// The error that the `fail` operation with this argument means.
Error scripted_error(std::int64_t name_index);

/// Gives `bytes` as the case's `source` field says. All arguments must outlive it.
class ScriptedSource final : public Source, public Recycled<ScriptedSource> {
 public:
  ScriptedSource(std::span<const std::byte> bytes, const Case& value, const ScriptOptions& options,
                 Workspace& workspace, Below& below);
  ~ScriptedSource() override;

  Result<std::size_t> read(std::span<std::byte> output) override;
  std::span<const std::byte> peek(std::size_t size_hint) override;
  void consume(std::size_t size) override;
  bool seekable() const override { return options_.seekable; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

  /// Whether the case has no reason for a reader to fail.
  bool gives_all() const noexcept { return options_.whole && !options_.faults && !options_.lies; }

 private:
  Result<std::size_t> answer(std::span<std::byte> output);
  /// `count` bytes were given.
  void advance(std::size_t count) noexcept;
  /// The operation for the next call; null where the script has ended or waits.
  const Op* current(bool closing = false) const;
  /// The failure that the script has for the next call, whatever call that is.
  std::optional<Error> interruption(bool closing = false);
  void check_lent();

  std::span<const std::byte> bytes_;
  const std::vector<Op>* script_;
  std::size_t next_ = 0;
  std::uint64_t repeated_ = 0;
  ScriptOptions options_;
  Workspace& workspace_;
  Below& below_;
  std::uint64_t position_ = 0;
  bool ended_ = false;
  bool closed_ = false;
  std::optional<Error> failure_;
  std::vector<std::byte>
      lent_;  ///< a copy that the subject may see, so that writing into it harms nobody
  std::size_t lent_size_ = 0;
};

/// Takes bytes into `output` as the case's `sink` field says. All arguments must outlive it.
class ScriptedSink final : public Sink, public Recycled<ScriptedSink> {
 public:
  ScriptedSink(ByteBuffer& output, const Case& value, const ScriptOptions& options,
               Workspace& workspace, Below& below);
  ~ScriptedSink() override;

  Result<std::size_t> write(std::span<const std::byte> input) override;
  std::span<std::byte> reserve(std::size_t size_hint) override;
  Result<void> commit(std::size_t size) override;
  Result<void> flush() override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  Result<std::size_t> answer(std::span<const std::byte> input);
  /// The operation for the next call; null where the script has ended or waits.
  const Op* current(bool closing = false) const;

  ByteBuffer& output_;
  const std::vector<Op>* script_;
  std::size_t next_ = 0;
  std::uint64_t repeated_ = 0;
  ScriptOptions options_;
  Workspace& workspace_;
  Below& below_;
  bool closed_ = false;
  std::optional<Error> failure_;
  /// The block or failure that the script has for the next call, whatever call that is.
  std::optional<Error> interruption(bool closing = false);
  void check_lent();
  void add_event(Call call, const Result<void>& result);
  void note_idle(bool moved) noexcept;

  std::vector<std::byte> lent_;  ///< with guard bytes behind it
  std::size_t lent_size_ = 0;
};

}  // namespace weir::properties
