// A target that decodes cases and does no more: what the structure of the input costs, held against
// empty_target. It brings its own list of transforms, so that none of them is linked: an engine
// looks at every counter of a program after every input.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "properties/case.h"
#include "properties/case_bytes.h"
#include "weir/builtin.h"

namespace weir::inline v0_1 {

std::span<const BuiltinTransform> builtin_transforms() noexcept {
  static constexpr BuiltinTransform kNamesOnly[] = {{"stream.identity/1", "", nullptr},
                                                    {"stream.rot13/1", "", nullptr},
                                                    {"stream.zstd/1", "", nullptr}};
  return kNamesOnly;
}

}  // namespace weir::inline v0_1

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::properties;
  constexpr FieldSet kReading = fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads);
  static const Names::Clause clauses[] = {{"seek-model", kReading}, {"eof-exact", kReading}};
  static constexpr std::string_view kSubjects[] = {"stream.identity/1", "stream.zstd/1"};
  static const Names names{clauses, kSubjects};
  static Case value;
  decode(std::as_bytes(std::span(data, size)), names, value);
  return 0;
}
