// AFL++'s custom mutator and trimmer, made on cases rather than on bytes, as target_mutators.cpp
// makes libFuzzer's. A library that afl-fuzz loads (AFL_CUSTOM_MUTATOR_LIBRARY); WEIR_GROUP and
// WEIR_SUBJECT say, as they do to the target, what it is about.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_target.h"
#include "properties/case_generate.h"

namespace weir::fuzz {
namespace {

using properties::Case;
using properties::RandomBits;

// Trimming runs the target once a step, for each input that is kept: what is left after this many
// is for the shrinker.
constexpr int kTrimStepsMax = 256;
constexpr std::size_t kVariantsMax = 64;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

class AflMutator {
 public:
  AflMutator(std::unique_ptr<FuzzTarget> target, unsigned seed)
      : target_(std::move(target)), bits_(seed) {}

  std::span<const std::byte> change(std::span<const std::byte> input,
                                    std::span<const std::byte> other, std::size_t size_max) {
    target_->decode(input, case_);
    if (!other.empty() && bits_.chance(1, 4)) {
      target_->decode(other, other_);
      target_->cross_over(bits_, case_, other_, mixed_);
      target_->encode(mixed_, output_);
    } else {
      target_->mutate(bits_, case_);
      target_->encode(case_, output_);
    }
    if (output_.size() > size_max)
      output_.assign(input.begin(), input.begin() + std::min(size_max, input.size()));
    return output_;
  }

  int begin_trim(std::span<const std::byte> input) {
    target_->decode(input, case_);
    size_ = input.size();
    step_ = 0;
    collect();
    return steps();
  }
  std::span<const std::byte> trimmed() {
    target_->encode(variants_[at_], output_);
    return output_;
  }
  // Returns the number of the next step; that of `begin_trim` when there is none.
  int end_step(bool same) {
    ++step_;
    if (same) {
      case_ = std::move(variants_[at_]);
      size_ = output_.size();
      collect();
    } else {
      ++at_;
    }
    return at_ < variants_.size() && step_ < kTrimStepsMax ? step_ : kTrimStepsMax;
  }

 private:
  int steps() const { return variants_.empty() ? 0 : kTrimStepsMax; }
  // The simpler variants of the case that are no longer than it; afl-fuzz takes no others.
  void collect() {
    variants_.clear();
    at_ = 0;
    properties::visit_simpler(case_, [&](const Case& simpler) {
      if (!target_->contains(simpler)) return false;
      target_->encode(simpler, output_);
      if (output_.size() <= size_) variants_.push_back(simpler);
      return variants_.size() == kVariantsMax;
    });
  }

  std::unique_ptr<FuzzTarget> target_;
  RandomBits bits_;
  Case case_;
  Case other_;
  Case mixed_;
  std::vector<std::byte> output_;
  std::vector<Case> variants_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  int step_ = 0;
};

std::span<const std::byte> bytes(const unsigned char* data, std::size_t size) {
  return std::as_bytes(std::span(data, data == nullptr ? 0 : size));
}

}  // namespace
}  // namespace weir::fuzz

using weir::fuzz::AflMutator;

// AFL++'s names. The result of these calls is read before the next one, and not written to.
#define WEIR_AFL extern "C" __attribute__((visibility("default")))
WEIR_AFL void* afl_custom_init(void* afl, unsigned int seed);
WEIR_AFL void* afl_custom_init(void* /*afl*/, unsigned int seed) {
  std::string error;
  auto target = weir::fuzz::FuzzTarget::make(weir::fuzz::variable("WEIR_GROUP"),
                                             weir::fuzz::variable("WEIR_SUBJECT"), error);
  if (target == nullptr) {
    std::fprintf(stderr, "weir: %s\n", error.c_str());
    return nullptr;
  }
  return new AflMutator(std::move(target), seed);
}

WEIR_AFL std::size_t afl_custom_fuzz(void* data, unsigned char* buffer, std::size_t size,
                                     unsigned char** output, unsigned char* other,
                                     std::size_t other_size, std::size_t size_max);
WEIR_AFL std::size_t afl_custom_fuzz(void* data, unsigned char* buffer, std::size_t size,
                                     unsigned char** output, unsigned char* other,
                                     std::size_t other_size, std::size_t size_max) {
  const auto changed = static_cast<AflMutator*>(data)->change(
      weir::fuzz::bytes(buffer, size), weir::fuzz::bytes(other, other_size), size_max);
  *output = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(changed.data()));
  return changed.size();
}

WEIR_AFL std::int32_t afl_custom_init_trim(void* data, unsigned char* buffer, std::size_t size);
WEIR_AFL std::int32_t afl_custom_init_trim(void* data, unsigned char* buffer, std::size_t size) {
  return static_cast<AflMutator*>(data)->begin_trim(weir::fuzz::bytes(buffer, size));
}
WEIR_AFL std::size_t afl_custom_trim(void* data, unsigned char** output);
WEIR_AFL std::size_t afl_custom_trim(void* data, unsigned char** output) {
  const auto trimmed = static_cast<AflMutator*>(data)->trimmed();
  *output = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(trimmed.data()));
  return trimmed.size();
}
WEIR_AFL std::int32_t afl_custom_post_trim(void* data, unsigned char success);
WEIR_AFL std::int32_t afl_custom_post_trim(void* data, unsigned char success) {
  return static_cast<AflMutator*>(data)->end_step(success != 0);
}
WEIR_AFL void afl_custom_deinit(void* data);
WEIR_AFL void afl_custom_deinit(void* data) { delete static_cast<AflMutator*>(data); }
