// Threads as the ranks of a process group, whose calls can be made to fail.
#pragma once

#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "interpose.h"
#include "weir/checkpoint_testing/process_group.h"

namespace weir::test {

/// What the ranks have in common.
class Meeting {
 public:
  explicit Meeting(std::size_t size) : size_(size), texts_(size) {}

  std::size_t size() const { return size_; }

  /// Waits for all; false once the group is broken.
  bool wait() {
    std::unique_lock lock(mutex_);
    const std::size_t round = round_;
    if (++arrived_ == size_) {
      arrived_ = 0;
      ++round_;
      changed_.notify_all();
    }
    changed_.wait(lock, [&] { return round_ != round || broken_; });
    return round_ != round;
  }
  void break_up() {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    changed_.notify_all();
  }
  bool broken() {
    const std::lock_guard lock(mutex_);
    return broken_;
  }

  void put(std::size_t rank, std::string_view text) {
    const std::lock_guard lock(mutex_);
    texts_[rank] = text;
  }
  std::string get(std::size_t rank) {
    const std::lock_guard lock(mutex_);
    return texts_[rank];
  }

  /// A barrier's call is counted when it begins: until others are in it, a rank can wait.
  void enter_barrier() {
    const std::lock_guard lock(mutex_);
    ++in_barrier_;
    changed_.notify_all();
  }
  void wait_for_others_in_barrier(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return in_barrier_ >= count; });
  }
  std::size_t barrier_calls() {
    const std::lock_guard lock(mutex_);
    return in_barrier_;
  }

 private:
  std::size_t size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t arrived_ = 0;
  std::size_t round_ = 0;
  std::size_t in_barrier_ = 0;
  bool broken_ = false;
  std::vector<std::string> texts_;
};

/// One rank. What it is told and when it fails is a plan made before it starts.
class ThreadRank final : public ProcessGroup {
 public:
  enum class Fault { kNone, kError, kThrow };
  struct Plan {
    std::optional<std::size_t> broadcast_that_fails{};  ///< The number of the call, from 0.
    std::map<std::size_t, std::string> told_instead{};  ///< By the number of the call.
    Fault barrier = Fault::kNone;
  };

  ThreadRank(Meeting& meeting, std::size_t rank, Plan plan)
      : meeting_(meeting), rank_(rank), plan_(std::move(plan)) {}

  std::size_t rank() const override { return rank_; }
  std::size_t size() const override { return meeting_.size(); }

  Result<std::string> broadcast(std::size_t root, std::string_view text) override {
    const AllocationsDoNotCount own;
    const std::size_t call = broadcasts_++;
    if (plan_.broadcast_that_fails == call) {
      meeting_.break_up();
      return fail(io_error(ECONNRESET, "this rank's broadcast"));
    }
    if (rank_ == root) meeting_.put(root, text);
    if (!meeting_.wait()) return fail(io_error(EPIPE, "another rank's broadcast"));
    std::string given = meeting_.get(root);
    // The next text may not be put before all have this one.
    if (!meeting_.wait()) return fail(io_error(EPIPE, "another rank's broadcast"));
    const auto other = plan_.told_instead.find(call);
    return other == plan_.told_instead.end() ? given : other->second;
  }

  Result<void> barrier() override {
    const AllocationsDoNotCount own;
    meeting_.enter_barrier();
    if (plan_.barrier != Fault::kNone) {
      meeting_.break_up();
      if (plan_.barrier == Fault::kThrow) throw 1;
      return fail(io_error(ECONNRESET, "this rank's barrier"));
    }
    if (!meeting_.wait()) return fail(io_error(EPIPE, "another rank's barrier"));
    return {};
  }

  Meeting& meeting() { return meeting_; }

 private:
  Meeting& meeting_;
  std::size_t rank_;
  Plan plan_;
  std::size_t broadcasts_ = 0;
};

/// Runs `body` on `size` ranks, each on a thread of its own, and waits for them.
inline void run_ranks(std::size_t size, const std::map<std::size_t, ThreadRank::Plan>& plans,
                      const std::function<void(ThreadRank&)>& body) {
  Meeting meeting(size);
  std::vector<std::thread> threads;
  for (std::size_t rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      const auto plan = plans.find(rank);
      ThreadRank group(meeting, rank, plan == plans.end() ? ThreadRank::Plan{} : plan->second);
      body(group);
    });
  }
  for (std::thread& thread : threads) thread.join();
}
inline void run_ranks(std::size_t size, const std::function<void(ThreadRank&)>& body) {
  run_ranks(size, {}, body);
}

}  // namespace weir::test
