// Which errors of a seek end a stream.
#pragma once

#include "weir/stream_state.h"

namespace weir::inline v0_1 {

/// Passes on `error` of a seek. Refusals (kWouldBlock, kInvalidArgument, kNotSeekable) leave the
/// stream as it was; others fail it.
inline tl::unexpected<Error> seek_failure(StreamState& state, const Error& error) noexcept {
  if (error.code == Code::kInvalidArgument || error.code == Code::kNotSeekable) return fail(error);
  return state.failing(error);
}

}  // namespace weir::inline v0_1
