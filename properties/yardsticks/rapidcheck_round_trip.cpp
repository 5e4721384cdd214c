// In the spirit of a property test as everybody writes it: what is written in random pieces is read
// back in random pieces; payload and pieces are drawn element by element.
#include <algorithm>
#include <string>
#include <unordered_map>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic ignored "-Wextra"
#endif
#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "properties/yardsticks/yardstick.h"
#include "weir/memory.h"

namespace weir::properties::yardstick {
namespace {

// The pieces in turn, then from the start.
class InTurn {
 public:
  explicit InTurn(const std::vector<std::size_t>& sizes) : sizes_(sizes) {}
  std::size_t operator()() { return sizes_.empty() ? 4096 : sizes_[next_++ % sizes_.size()]; }

 private:
  const std::vector<std::size_t>& sizes_;
  std::size_t next_ = 0;
};

void round_trip(const StreamTransform& transform) {
  const auto payload = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
  const auto pieces =
      rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 100));
  const auto writes = *pieces;
  const auto reads = *pieces;

  ByteBuffer encoded;
  auto sink = transform.transform_to(std::make_unique<MemorySink>(encoded));
  RC_ASSERT(sink.has_value());
  RC_ASSERT(write_all(**sink, std::as_bytes(std::span(payload)), InTurn(writes)));
  RC_ASSERT((*sink)->close().has_value());

  auto source = transform.transform_from(std::make_unique<MemorySource>(encoded.bytes()));
  RC_ASSERT(source.has_value());
  std::vector<std::byte> decoded;
  RC_ASSERT(read_all(**source, payload.size() + 16, decoded, InTurn(reads)));
  RC_ASSERT((*source)->close().has_value());
  const auto wanted = std::as_bytes(std::span(payload));
  RC_ASSERT(std::equal(decoded.begin(), decoded.end(), wanted.begin(), wanted.end()));
}

}  // namespace

std::string rapidcheck_round_trip(const Subject& subject, std::uint64_t seed, std::uint64_t index) {
  const auto transform = subject.make();
  if (!transform.has_value()) return "no instance";
  // RapidCheck's own defaults, a hundred cases of growing size, but for the seed; and a kill is a
  // kill, so that time is not spent on making it smaller.
  rc::detail::TestParams params;
  params.seed = seed * 0x9e3779b97f4a7c15u + index;
  params.disableShrinking = true;
  rc::detail::TestMetadata metadata;
  metadata.id = "round trip";
  metadata.description = metadata.id;
  rc::detail::TestListenerAdapter silent;
  const std::unordered_map<std::string, rc::detail::Reproduce> none;
  const rc::detail::TestResult result =
      rc::detail::checkTestable([&] { round_trip(**transform); }, metadata, params, silent, none);
  if (result.is<rc::detail::SuccessResult>()) return {};
  return "the property is falsifiable";
}

}  // namespace weir::properties::yardstick
