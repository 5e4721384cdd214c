// A sink that passes on nothing before it is flushed or closed.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "weir/sink.h"

namespace weir::properties::mutant {

/// Correct, if greedy: its buffer doubles whenever it is full.
class HoardingSink : public Sink {
 public:
  explicit HoardingSink(std::unique_ptr<Sink> inner) : inner_(std::move(inner)) {}

  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (closing_) return fail(Code::kClosed);
    if (failure_.has_value()) return fail(*failure_);
    if (input.empty()) return std::size_t{0};
    taken_ += input.size();
    for (auto left = input; !left.empty();) {
      if (size_ == capacity_ && !grow()) {
        if (forgives(size_)) return input.size();
        taken_ -= input.size();
        return failing(Error(Code::kOutOfMemory));
      }
      const std::size_t part = std::min(left.size(), capacity_ - size_);
      std::memcpy(data_.get() + size_, left.data(), part);
      size_ += part;
      left = left.subspan(part);
    }
    return input.size();
  }
  Result<void> flush() override {
    if (closing_) return fail(Code::kClosed);
    if (failure_.has_value()) return fail(*failure_);
    Result<void> result = drain();
    if (result.has_value()) result = inner_->flush();
    if (!result.has_value()) return failing(result.error());
    return result;
  }
  Result<std::uint64_t> tell() const override {
    if (closing_) return fail(Code::kClosed);
    return taken_;
  }
  Result<void> close() override {
    closing_ = true;
    if (!failure_.has_value()) {
      const auto drained = drain();
      if (failed_with(drained, Code::kWouldBlock)) return drained;
      if (!drained.has_value()) static_cast<void>(failing(drained.error()));
    }
    const auto closed = inner_->close();
    if (failed_with(closed, Code::kWouldBlock) || !failure_.has_value()) return closed;
    return fail(*failure_);
  }

 protected:
  /// What a mutant gets wrong: whether bytes for which there is no memory, behind `held` others,
  /// are dropped without a word.
  virtual bool forgives(std::size_t held) const {
    static_cast<void>(held);
    return false;
  }

 private:
  static constexpr std::size_t kCapacityFirst = 4;

  tl::unexpected<Error> failing(const Error& error) {
    if (error.code != Code::kWouldBlock) failure_ = error;
    return fail(error);
  }
  bool grow() {
    const std::size_t capacity = std::max(kCapacityFirst, 2 * capacity_);
    std::unique_ptr<std::byte[]> data(new (std::nothrow) std::byte[capacity]);
    if (data == nullptr) return false;
    if (size_ > 0) std::memcpy(data.get(), data_.get(), size_);
    data_ = std::move(data);
    capacity_ = capacity;
    return true;
  }
  Result<void> drain() {
    while (done_ < size_) {
      const auto result = inner_->write({data_.get() + done_, size_ - done_});
      if (!result.has_value()) return fail(result.error());
      done_ += *result;
    }
    size_ = done_ = 0;
    return {};
  }

  std::unique_ptr<Sink> inner_;
  std::unique_ptr<std::byte[]> data_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::size_t done_ = 0;
  std::uint64_t taken_ = 0;
  bool closing_ = false;
  std::optional<Error> failure_;
};

}  // namespace weir::properties::mutant
