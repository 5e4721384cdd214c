// What every stream has to remember of its life: whether it failed and with what, whether it was
// closed.
#pragma once

#include "weir/check.h"
#include "weir/result.h"

namespace weir::inline v0_1 {

/// The states open, failed and closed of a stream, and the rules between them. See source.h and
/// sink.h.
class StreamState {
 public:
  /// Neither failed nor closed.
  bool open() const noexcept { return open_; }
  /// Whether there was an error other than kWouldBlock.
  bool failed() const noexcept { return failed_; }
  /// Whether close was called, whatever came of it.
  bool closed() const noexcept { return closed_; }

  /// What a read, write or flush returns now. Precondition: not open.
  tl::unexpected<Error> refusal() const noexcept {
    return closed_ ? fail(Code::kClosed) : fail(failure_);
  }

  /// Passes `error` on. Unless it is kWouldBlock, the stream is failed from now on, with its first
  /// error.
  tl::unexpected<Error> failing(const Error& error) noexcept {
    if (error.code != Code::kWouldBlock && !failed_) {
      failure_ = error;
      failed_ = true;
      open_ = false;
    }
    return fail(error);
  }

  /// From now on everything but close is refused.
  void begin_close() noexcept {
    closed_ = true;
    open_ = false;
  }
  /// Whether the stream below was closed: then close only repeats `close_result`.
  bool close_completed() const noexcept { return close_completed_; }
  /// Takes in what closing the stream below gave, and returns what this close returns. Resumable
  /// after kWouldBlock.
  Result<void> complete_close(const Result<void>& below) noexcept {
    if (!below) {
      if (below.error().code == Code::kWouldBlock) return fail(below.error());
      static_cast<void>(failing(below.error()));
    }
    close_completed_ = true;
    return close_result();
  }
  /// The first error of the stream's life, if there was one.
  Result<void> close_result() const noexcept {
    if (failed_) return fail(failure_);
    return {};
  }

 private:
  bool open_ = true;
  bool failed_ = false;
  bool closed_ = false;
  bool close_completed_ = false;
  Error failure_{};
};

/// Ends the program when a stream is used from inside itself.
class NotReentrant {
 public:
  /// Sets `busy` until its scope ends. Precondition: it is not set.
  explicit NotReentrant(bool& busy) : busy_(busy) {
    WEIR_CHECK(!busy_, "a stream is not used from inside itself");
    busy_ = true;
  }
  ~NotReentrant() { busy_ = false; }
  NotReentrant(const NotReentrant&) = delete;
  NotReentrant& operator=(const NotReentrant&) = delete;

 private:
  bool& busy_;
};

}  // namespace weir::inline v0_1
