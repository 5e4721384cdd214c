#include "weir/sink.h"

#include "weir/check.h"

namespace weir::inline v0_1 {

std::span<std::byte> Sink::reserve(std::size_t) { return {}; }

Result<void> Sink::commit(std::size_t) {
  WEIR_CHECK(false, "this sink lends no room");
  return {};
}

}  // namespace weir::inline v0_1
