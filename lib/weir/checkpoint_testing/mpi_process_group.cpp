#include "weir/checkpoint_testing/mpi_process_group.h"

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "weir/check.h"

namespace weir::inline v0_1 {
namespace {

// MPI counts in int; a text is moved in pieces that fit.
constexpr std::size_t kPieceBytesMax = std::size_t{1} << 30;

Error mpi_error(int status, std::string_view call) noexcept {
  std::array<char, MPI_MAX_ERROR_STRING> words{};
  int size = 0;
  static_cast<void>(MPI_Error_string(status, words.data(), &size));
  Error error(Code::kIo, call);
  error.detail.append(": ").append({words.data(), static_cast<std::size_t>(size)});
  return error;
}

bool is_running() noexcept {
  int initialized = 0;
  int finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  return initialized != 0 && finalized == 0;
}

}  // namespace

struct MpiProcessGroup::Communicator {
  MPI_Comm handle = MPI_COMM_NULL;
};

Result<std::unique_ptr<MpiProcessGroup>> MpiProcessGroup::of_world() {
  if (!is_running()) return nullptr;
  auto communicator = std::make_unique<Communicator>();
  int status = MPI_Comm_dup(MPI_COMM_WORLD, &communicator->handle);
  if (status != MPI_SUCCESS) return fail(mpi_error(status, "MPI_Comm_dup"));
  // Errors are values here; by default MPI would end the job.
  MPI_Comm_set_errhandler(communicator->handle, MPI_ERRORS_RETURN);
  int rank = 0;
  int size = 0;
  MPI_Comm_rank(communicator->handle, &rank);
  MPI_Comm_size(communicator->handle, &size);
  return std::unique_ptr<MpiProcessGroup>(new MpiProcessGroup(
      std::move(communicator), static_cast<std::size_t>(rank), static_cast<std::size_t>(size)));
}

MpiProcessGroup::MpiProcessGroup(std::unique_ptr<Communicator> communicator, std::size_t rank,
                                 std::size_t size) noexcept
    : communicator_(std::move(communicator)), rank_(rank), size_(size), maker_(::getpid()) {}

MpiProcessGroup::~MpiProcessGroup() {
  if (::getpid() == maker_ && is_running()) MPI_Comm_free(&communicator_->handle);
}

Result<std::string> MpiProcessGroup::broadcast(std::size_t root, std::string_view text) {
  WEIR_CHECK(root < size_, "a rank of the group");
  const int from = static_cast<int>(root);
  std::uint64_t bytes = text.size();
  int status = MPI_Bcast(&bytes, 1, MPI_UINT64_T, from, communicator_->handle);
  if (status != MPI_SUCCESS) return fail(mpi_error(status, "MPI_Bcast"));
  std::string given = rank_ == root ? std::string(text) : std::string(bytes, '\0');
  for (std::size_t done = 0; done < given.size();) {
    const std::size_t piece = std::min(given.size() - done, kPieceBytesMax);
    status = MPI_Bcast(given.data() + done, static_cast<int>(piece), MPI_BYTE, from,
                       communicator_->handle);
    if (status != MPI_SUCCESS) return fail(mpi_error(status, "MPI_Bcast"));
    done += piece;
  }
  return given;
}

Result<void> MpiProcessGroup::barrier() {
  const int status = MPI_Barrier(communicator_->handle);
  if (status != MPI_SUCCESS) return fail(mpi_error(status, "MPI_Barrier"));
  return {};
}

}  // namespace weir::inline v0_1
