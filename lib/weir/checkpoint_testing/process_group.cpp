#include "weir/checkpoint_testing/process_group.h"

#include <new>

#include "weir/check.h"

namespace weir::inline v0_1 {

Result<std::string> SingleProcessGroup::broadcast(std::size_t root, std::string_view text) {
  WEIR_CHECK(root == 0, "the root of a group of one");
  try {
    return std::string(text);
  } catch (const std::bad_alloc&) {
    return fail(Code::kOutOfMemory);
  }
}

}  // namespace weir::inline v0_1
