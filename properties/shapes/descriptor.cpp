#include "properties/shapes/descriptor.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "properties/allocation.h"
#include "properties/case_coverage.h"
#include "weir/check.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties::shapes {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

void throw_unless(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

class OwnedDescriptor {
 public:
  OwnedDescriptor() = default;
  explicit OwnedDescriptor(int number) noexcept : number_(number) {}
  ~OwnedDescriptor() { close(); }
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : number_(other.release()) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept {
    close();
    number_ = other.release();
    return *this;
  }
  int number() const noexcept { return number_; }
  bool open() const noexcept { return number_ >= 0; }
  int release() noexcept { return std::exchange(number_, -1); }
  void close() noexcept {
    if (number_ >= 0) ::close(release());
  }

 private:
  int number_ = -1;
};

// The library's end, whose number may stand for something else once the library has closed it.
class LibraryEnd {
 public:
  LibraryEnd(OwnedDescriptor end, ClosedBy closed_by)
      : end_(std::move(end)), closed_by_(closed_by), inode_(inode_of(end_.number())) {}
  ~LibraryEnd() {
    if (!is_open()) end_.release();
  }
  LibraryEnd(const LibraryEnd&) = delete;
  LibraryEnd& operator=(const LibraryEnd&) = delete;

  int number() const noexcept { return end_.number(); }

  // Closes it. Errors: it was closed already, or is still open, against what was agreed.
  Result<void> close() {
    if (!end_.open()) return {};
    const bool found_open = is_open();
    if (found_open) {
      end_.close();
    } else {
      end_.release();
    }
    if (found_open == (closed_by_ == ClosedBy::kProgram)) return {};
    return fail(Code::kIo, found_open ? "the library left its descriptor open"
                                      : "the library closed its program's descriptor");
  }

 private:
  static ino_t inode_of(int number) noexcept {
    struct stat status {};
    return ::fstat(number, &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
  }
  bool is_open() const noexcept { return end_.open() && inode_of(end_.number()) == inode_; }

  OwnedDescriptor end_;
  ClosedBy closed_by_;
  ino_t inode_;
};

std::array<OwnedDescriptor, 2> socket_pair() {
  std::array<int, 2> ends{};
  throw_unless(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0,
               "socketpair");
  return {OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1])};
}

// One stretch of what the library reads: it ends a read of the library's.
struct Chunk {
  std::vector<std::byte> bytes;
  bool barrier = false;
};

// Sends all of `chunk`. A descriptor goes along with what ends a read, since a read of a stream
// socket goes no further than the message that carries one (unix(7)). False: nobody reads.
bool send_chunk(int socket, const Chunk& chunk, int companion, std::size_t& sent, int flags) {
  while (sent < chunk.bytes.size()) {
    iovec part{const_cast<std::byte*>(chunk.bytes.data()) + sent, chunk.bytes.size() - sent};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (chunk.barrier) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* const header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(header), &companion, sizeof(int));
    }
    ssize_t count = ::sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    if (count < 0 && errno == ETOOMANYREFS) {
      // So many barriers at once are not allowed: the next reads are longer.
      message.msg_control = nullptr;
      message.msg_controllen = 0;
      count = ::sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

class ReadDoor final : public Door {
 public:
  ReadDoor(SourceBelow& below, ClosedBy closed_by) : ReadDoor(below, closed_by, socket_pair()) {}
  ~ReadDoor() override {
    if (!feeder_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      if (program_.open()) ::shutdown(program_.number(), SHUT_RDWR);
    }
    feeder_.join();
  }
  ReadDoor(const ReadDoor&) = delete;
  ReadDoor& operator=(const ReadDoor&) = delete;

  int descriptor() const noexcept { return library_.number(); }

  Result<void> close() override {
    const auto library = library_.close();
    const auto closed = below_.finish();
    return library.has_value() ? closed : library;
  }

 private:
  ReadDoor(SourceBelow& below, ClosedBy closed_by, std::array<OwnedDescriptor, 2> ends)
      : below_(below), library_(std::move(ends[0]), closed_by), program_(std::move(ends[1])) {
    // All of it, since nobody can tell when the library asks for more.
    const bool failed = !take_all();
    // A socket that is closed with something unread resets the connection, behind what it sent.
    if (failed) throw_unless(::send(library_.number(), "", 1, 0) == 1, "send");
    if (!send_from(MSG_DONTWAIT)) feeder_ = std::thread([this] { send_from(0); });
  }

  // False: the source failed.
  bool take_all() {
    std::vector<std::byte> buffer(kChunkBytes);
    for (;;) {
      const std::ptrdiff_t given = below_.read(buffer.data(), buffer.size());
      if (given <= 0) return given == 0;
      Chunk chunk;
      chunk.bytes.assign(buffer.begin(), buffer.begin() + given);
      chunk.barrier = chunk.bytes.size() < kChunkBytes;
      if (chunk.barrier && !companion_.open()) {
        companion_ = OwnedDescriptor(::eventfd(0, EFD_CLOEXEC));
        throw_unless(companion_.open(), "eventfd");
      }
      chunks_.push_back(std::move(chunk));
    }
  }

  // Goes on where the last call had to stop, and closes the program's end behind everything. False:
  // the socket is full.
  bool send_from(int flags) {
    for (; next_ < chunks_.size(); ++next_, sent_ = 0) {
      const bool all =
          send_chunk(program_.number(), chunks_[next_], companion_.number(), sent_, flags);
      if (!all && flags != 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
      if (!all) break;  // nobody reads any more
    }
    const std::lock_guard lock(mutex_);
    program_.close();
    return true;
  }

  SourceBelow& below_;
  LibraryEnd library_;
  std::mutex mutex_;  // over closing the next one
  OwnedDescriptor program_;
  OwnedDescriptor companion_;
  std::vector<Chunk> chunks_;
  std::size_t next_ = 0;  // to be sent
  std::size_t sent_ = 0;  // of it
  std::thread feeder_;    // for what does not fit: the only one that touches these while it runs
};

class WriteDoor final : public Door {
 public:
  WriteDoor(SinkBelow& below, ClosedBy closed_by) : WriteDoor(below, closed_by, socket_pair()) {}
  ~WriteDoor() override {
    const std::uint64_t one = 1;
    static_cast<void>(::write(stop_.number(), &one, sizeof one));
    drainer_.join();
  }
  WriteDoor(const WriteDoor&) = delete;
  WriteDoor& operator=(const WriteDoor&) = delete;

  int descriptor() const noexcept { return library_.number(); }

  // A signal that is blocked stays with the thread whose write found a broken pipe.
  void enter() override {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &mask_);
  }
  void leave() override {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    const timespec at_once{};
    if (broken_ && sigtimedwait(&pipe, nullptr, &at_once) == SIGPIPE) told_ = true;
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    pass_on();
  }

  Result<void> close() override {
    const auto library = library_.close();
    pass_on();
    const auto closed = below_.finish();
    if (!library.has_value()) return library;
    // What failed behind the library's back it cannot tell.
    if (broken_ && !told_) return fail(*below_.failure());
    return closed;
  }

 private:
  WriteDoor(SinkBelow& below, ClosedBy closed_by, std::array<OwnedDescriptor, 2> ends)
      : below_(below),
        library_(std::move(ends[0]), closed_by),
        program_(std::move(ends[1])),
        stop_(::eventfd(0, EFD_CLOEXEC)) {
    throw_unless(stop_.open(), "eventfd");
    drainer_ = std::thread([this] { drain_until_stopped(); });
  }

  // The library may send more in one call than the socket holds.
  void drain_until_stopped() {
    for (;;) {
      std::array<pollfd, 2> both{{{program_.number(), POLLIN, 0}, {stop_.number(), POLLIN, 0}}};
      if (::poll(both.data(), both.size(), -1) < 0 && errno != EINTR) return;
      if (both[1].revents != 0) return;
      const std::lock_guard lock(mutex_);
      if (both[0].revents != 0 && !receive()) return;
    }
  }

  // All that is there, into `received_`. False: the end. With the mutex held.
  bool receive() {
    for (;;) {
      const ssize_t count = ::recv(program_.number(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
      if (count == 0) return false;
      if (count > 0) received_.insert(received_.end(), buffer_.begin(), buffer_.begin() + count);
      if (count < 0 && errno != EINTR) return errno == EAGAIN;
    }
  }

  // To the sink below, until that fails; from then on the library's writes find a broken pipe.
  void pass_on() {
    const Unmetered test;
    {
      const std::lock_guard lock(mutex_);
      if (!broken_) receive();
      passing_.swap(received_);
    }
    if (!broken_ && below_.write_all(passing_.data(), passing_.size()) < passing_.size()) {
      broken_ = true;
      ::shutdown(program_.number(), SHUT_RD);
    }
    passing_.clear();
  }

  SinkBelow& below_;
  LibraryEnd library_;
  OwnedDescriptor program_;
  OwnedDescriptor stop_;
  sigset_t mask_{};
  bool broken_ = false;  // the sink below has failed
  bool told_ = false;    // a write of the library's has met that
  std::vector<std::byte> passing_;
  std::mutex mutex_;
  std::vector<std::byte> received_;
  std::array<std::byte, kChunkBytes> buffer_;
  std::thread drainer_;
};

}  // namespace

Subject descriptor_subject(std::string name, std::string summary, Traits claimed,
                           Descriptors descriptors) {
  WEIR_CHECK(descriptors.open_writer && descriptors.open_reader, "a library writes and reads");
  Shape shape;
  shape.sink_door = [by = descriptors.closed_by](SinkBelow& below) {
    return std::make_unique<WriteDoor>(below, by);
  };
  shape.source_door = [by = descriptors.closed_by](SourceBelow& below) {
    return std::make_unique<ReadDoor>(below, by);
  };
  shape.open_writer = [open = std::move(descriptors.open_writer)](Door& door) {
    return open(static_cast<WriteDoor&>(door).descriptor());
  };
  shape.open_reader = [open = std::move(descriptors.open_reader)](Door& door) {
    return open(static_cast<ReadDoor&>(door).descriptor());
  };
  shape.inapplicable = {
      {"flush-forwards", "works on a descriptor, which passes bytes on and no flush"},
      {"read-ahead-bound", "is given the whole source at once"}};
  return foreign_subject(std::move(name), std::move(summary), claimed, std::move(shape));
}

}  // namespace weir::properties::shapes
WEIR_NO_COVERAGE_END
