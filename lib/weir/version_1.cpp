#include "weir/version_1.h"

#include <utility>

#include "weir/check.h"
#include "weir/descriptor.h"

namespace weir::inline v0_1 {

Extension version_1_extension(std::string name,
                              std::function<Result<std::unique_ptr<StreamTransform>>()> make) {
  WEIR_CHECK(make != nullptr, "an extension must be able to make its transform");
  return {std::move(name),
          [make = std::move(make)](
              std::string_view version) -> Result<std::unique_ptr<StreamTransform>> {
            if (!is_version_1(version)) {
              Error error(Code::kUnsupportedVersion, "version \"");
              error.detail.append(version).append("\"");
              return fail(error);
            }
            return make();
          }};
}

}  // namespace weir::inline v0_1
