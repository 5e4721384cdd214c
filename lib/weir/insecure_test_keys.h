// Keys and "randomness" that everybody knows, so that a test repeats. Whatever is encrypted with
// them is public.
#pragma once

#include <memory>

#include "weir/key_provider.h"
#include "weir/registry.h"
#include "weir/transforms/xchacha20poly1305.h"

namespace weir::inline v0_1 {

/// One key of 32 bytes for ever, which stands in the source, with the id of all zeros.
std::shared_ptr<const KeyProvider> insecure_test_keys();

/// A sequence that always begins alike, and numbers its calls: streams that are made one after the
/// other have different nonces, and the same ones each time. Copies go on with one sequence.
RandomBytes insecure_test_random();

/// `stream.xchacha20poly1305` with these, whose instances each begin the sequence anew. For tests
/// of streams, never for data.
Extension insecure_test_extension();

}  // namespace weir::inline v0_1
