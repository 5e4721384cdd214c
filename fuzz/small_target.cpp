// A target that decodes a case and runs one clause on stream.rot13/1 with a small payload: what a
// case costs, held against empty_target. As decode_target, it links no other transform and no other
// clause: an engine looks at every counter of a program after every input.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

#include "properties/case.h"
#include "properties/case_bytes.h"
#include "properties/clauses.h"
#include "weir/builtin.h"
#include "weir/transforms/rot13.h"

namespace weir::inline v0_1 {

std::span<const BuiltinTransform> builtin_transforms() noexcept {
  static constexpr BuiltinTransform kNamesOnly[] = {{"stream.rot13/1", "", nullptr}};
  return kNamesOnly;
}

}  // namespace weir::inline v0_1

namespace {

constexpr std::string_view kSubject = "stream.rot13/1";
constexpr std::size_t kSmallBytesMax = 256;

weir::properties::Subject make_subject() {
  weir::properties::Subject subject;
  subject.name = kSubject;
  // An instance for each case, as a registry gives it: a copy of a prototype.
  subject.make = [prototype = weir::Rot13()] {
    return weir::Result<std::unique_ptr<weir::StreamTransform>>(
        std::make_unique<weir::Rot13>(prototype));
  };
  return subject;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::properties;
  static const Subject subject = make_subject();
  static const Names::Clause clauses[] = {{clause::round_trip.id, clause::round_trip.uses}};
  static constexpr std::string_view kSubjects[] = {kSubject};
  static const Names names{clauses, kSubjects};
  struct Kept {
    Case value;
    PayloadFiles no_files;
    Workspace workspace;
  };
  static Kept kept;
  kept.workspace.clear();
  kept.workspace.files = &kept.no_files;
  kept.workspace.payload_bytes_max = kSmallBytesMax;
  decode(std::as_bytes(std::span(data, size)), names, kept.value);
  if (clause::round_trip.check(subject, kept.value, kept.workspace).outcome == Outcome::kViolated) {
    std::fputs("weir: a plain round trip through stream.rot13/1 does not hold\n", stderr);
    std::abort();
  }
  return 0;
}
