#include "properties/shapes/callbacks.h"

#include <memory>
#include <utility>

#include "properties/case_coverage.h"
#include "weir/check.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties::shapes {
namespace {

template <class Below>
class CallbackDoor final : public Door {
 public:
  CallbackDoor(Below& below, ClosedBy closed_by) : below_(below), closed_by_(closed_by) {}
  Below& below() noexcept { return below_; }
  Result<void> close() override {
    if (closed_by_ == ClosedBy::kLibrary) return {};
    if (below_.closed()) return fail(Code::kIo, "the library closed its program's stream");
    return below_.finish();
  }

 private:
  Below& below_;
  ClosedBy closed_by_;
};

}  // namespace

Subject callbacks_subject(std::string name, std::string summary, Traits claimed,
                          Callbacks callbacks) {
  WEIR_CHECK(callbacks.open_writer && callbacks.open_reader, "a library writes and reads");
  Shape shape;
  shape.waiting = Waiting::kSaysAgain;
  shape.sink_door = [by = callbacks.closed_by](SinkBelow& below) {
    return std::make_unique<CallbackDoor<SinkBelow>>(below, by);
  };
  shape.source_door = [by = callbacks.closed_by](SourceBelow& below) {
    return std::make_unique<CallbackDoor<SourceBelow>>(below, by);
  };
  shape.open_writer = [open = std::move(callbacks.open_writer)](Door& door) {
    return open(static_cast<CallbackDoor<SinkBelow>&>(door).below());
  };
  shape.open_reader = [open = std::move(callbacks.open_reader)](Door& door) {
    return open(static_cast<CallbackDoor<SourceBelow>&>(door).below());
  };
  return foreign_subject(std::move(name), std::move(summary), claimed, std::move(shape));
}

}  // namespace weir::properties::shapes
WEIR_NO_COVERAGE_END
