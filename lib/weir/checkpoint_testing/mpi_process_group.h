// The processes of an MPI job as a ProcessGroup. A target of its own: weir::checkpoint_testing_mpi.
#pragma once

#include <sys/types.h>

#include <memory>

#include "weir/checkpoint_testing/process_group.h"

namespace weir::inline v0_1 {

/// All processes that `mpirun` started. They speak over a communicator of their own, so that the
/// calls do not get mixed up with other messages of the program. Calls are made on the thread that
/// initialised MPI, unless it was initialised for several.
class MpiProcessGroup final : public ProcessGroup {
 public:
  /// The group, made by all processes together; null when MPI is not (or no longer) initialised,
  /// which with_temp_dir takes for no group. Errors: kIo with MPI's words.
  static Result<std::unique_ptr<MpiProcessGroup>> of_world();

  /// Gives the communicator back, together with all others; unless MPI has ended before, or this
  /// is a forked child.
  ~MpiProcessGroup() override;
  MpiProcessGroup(const MpiProcessGroup&) = delete;
  MpiProcessGroup& operator=(const MpiProcessGroup&) = delete;

  std::size_t rank() const override { return rank_; }
  std::size_t size() const override { return size_; }
  Result<std::string> broadcast(std::size_t root, std::string_view text) override;
  Result<void> barrier() override;

 private:
  struct Communicator;
  explicit MpiProcessGroup(std::unique_ptr<Communicator> communicator, std::size_t rank,
                           std::size_t size) noexcept;

  std::unique_ptr<Communicator> communicator_;
  std::size_t rank_;
  std::size_t size_;
  pid_t maker_;
};

}  // namespace weir::inline v0_1
