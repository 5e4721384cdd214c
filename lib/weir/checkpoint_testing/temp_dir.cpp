#include "weir/checkpoint_testing/temp_dir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string_view>
#include <system_error>

#include "weir/check.h"
#include "weir/checkpoint_testing/scoped_logging.h"

namespace weir::inline v0_1 {
namespace {

constexpr mode_t kPermissionBits = S_IRWXU | S_IRWXG | S_IRWXO;
// As much of a path as leaves room for a few words in a detail.
constexpr std::size_t kPathBytesShown = 40;
// What a member tells that sees the directory.
constexpr std::string_view kAllIsWell = "+";

Error path_error(int os_error, std::string_view call, std::string_view path) noexcept {
  Error error = io_error(os_error, call);
  error.detail.append(" ");
  if (path.size() > kPathBytesShown) {
    path.remove_prefix(path.size() - kPathBytesShown);
    error.detail.append("...");
  }
  error.detail.append(path);
  return error;
}

// Opens the directory at `path` itself: a link that somebody put there is not followed.
Result<internal::FileDescriptor> open_directory(const std::string& path) {
  internal::FileDescriptor directory(
      ::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid()) return fail(path_error(errno, "open", path));
  return directory;
}

// Whether nobody else can get into the directory, or could have made it in our place.
Result<void> check_private(int directory, const std::string& path) noexcept {
  struct stat status;
  if (::fstat(directory, &status) != 0) return fail(path_error(errno, "stat", path));
  if (status.st_uid != ::geteuid()) return fail(path_error(EPERM, "owner of", path));
  if ((status.st_mode & kPermissionBits) != S_IRWXU) {
    return fail(path_error(EPERM, "mode of", path));
  }
  return {};
}

// What one member tells the others: '+' and a path, or '-' and an error. A failure is told without
// allocating, because there may be no memory.
class Failure {
 public:
  explicit Failure(const Error& error) noexcept {
    const int size = std::snprintf(
        text_.data(), text_.size(), "-%d %d %.*s", static_cast<int>(error.code), error.os_error,
        static_cast<int>(error.detail.view().size()), error.detail.view().data());
    size_ = static_cast<std::size_t>(size);
  }
  std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  // The sign, two ints, two blanks, the detail and the zero that snprintf adds.
  std::array<char, 1 + 11 + 1 + 11 + 1 + Detail::kCapacity + 1> text_;
  std::size_t size_;
};

Error not_understood() noexcept { return {Code::kCorrupt, "broadcast of a temp directory"}; }

// Takes a number and the blank behind it from the front of `text`.
bool take_number(std::string_view& text, int& number) noexcept {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest == end || *rest != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
  return true;
}

Error parse_failure(std::string_view text) noexcept {
  if (!text.starts_with('-')) return not_understood();
  text.remove_prefix(1);
  int code = 0;
  int os_error = 0;
  if (!take_number(text, code) || !take_number(text, os_error) || code < 0 ||
      code > static_cast<int>(Code::kUnsupportedVersion)) {
    return not_understood();
  }
  Error error(static_cast<Code>(code), text);
  error.os_error = os_error;
  return error;
}

std::string default_parent() {
  const char* parent = std::getenv("TMPDIR");
  return parent != nullptr && *parent != '\0' ? parent : "/tmp";
}

// Others wait for this member: it must tell them that it has no memory, rather than throw.
template <class Step>
Result<void> without_bad_alloc(const Step& step) {
  try {
    return step();
  } catch (const std::bad_alloc&) {
    return fail(Code::kOutOfMemory);
  }
}

// One call for the whole line, so that lines of several processes do not mix.
void announce(const char* words, const std::string& path) noexcept {
  static_cast<void>(std::printf("%s: %s\n", words, path.c_str()));
  // Said before anything can hang or abort.
  static_cast<void>(std::fflush(stdout));
}

ProcessGroup& alone() noexcept {
  static SingleProcessGroup group;
  return group;
}

}  // namespace

void sync_file_systems() noexcept { ::sync(); }

Result<std::unique_ptr<TempDir>> TempDir::make(ProcessGroup* group, const TempDirOptions& options) {
  WEIR_CHECK(options.sync != nullptr, "a function that syncs");
  ProcessGroup& members = group != nullptr ? *group : alone();
  const std::size_t rank = members.rank();
  const std::size_t size = members.size();
  WEIR_CHECK(rank < size, "a rank of the group");

  // Whatever goes wrong from here on, this member goes on to tell the others, who wait for it.
  Result<void> own;
  std::string told;
  std::unique_ptr<TempDir> made(new (std::nothrow) TempDir(members));
  if (made == nullptr) own = fail(Code::kOutOfMemory);
  if (own && rank == 0) {
    own = without_bad_alloc([&]() -> Result<void> {
      const Result<void> created = made->create(options.parent);
      if (created) told = "+" + made->path_;
      return created;
    });
    if (own) {
      announce(group != nullptr ? "Using temp directory"
                                : "No process group initialized, using temp directory",
               made->path_);
    }
  }

  if (group != nullptr) options.sync();
  Result<std::string> heard =
      members.broadcast(0, own ? std::string_view(told) : Failure(own.error()).text());
  if (group != nullptr) options.sync();
  if (!heard) return fail(own ? heard.error() : own.error());
  if (heard->starts_with('-')) return fail(parse_failure(*heard));
  if (own && rank != 0) own = without_bad_alloc([&] { return made->join(*heard); });

  // Were one member to give up alone, the others would wait for it in their destructors.
  for (std::size_t root = 1; root < size; ++root) {
    heard = members.broadcast(root, own ? kAllIsWell : Failure(own.error()).text());
    if (!heard) return fail(own ? heard.error() : own.error());
    if (*heard != kAllIsWell) return fail(parse_failure(*heard));
  }
  made->in_use_ = true;
  return Result<std::unique_ptr<TempDir>>(std::move(made));
}

TempDir::TempDir(ProcessGroup& group) noexcept : group_(group), maker_(::getpid()) {}

TempDir::~TempDir() {
  if (::getpid() != maker_) return;
  if (in_use_) wait_for_all();
  if (parent_.valid()) remove();
}

// Rank 0: makes the directory, and leaves nothing when it fails.
Result<void> TempDir::create(const std::string& parent) {
  std::error_code failed;
  // Absolute, because the body may change the current directory.
  const std::filesystem::path folder =
      std::filesystem::absolute(parent.empty() ? default_parent() : parent, failed);
  if (failed) return fail(path_error(failed.value(), "find", parent));
  path_ = folder / "weir-XXXXXX";
  if (::mkdtemp(path_.data()) == nullptr) return fail(path_error(errno, "make", path_));

  Result<internal::FileDescriptor> directory = open_directory(path_);
  if (!directory) return give_up(directory.error());
  // mkdtemp asks for 0700, of which an unusual umask takes bits away.
  static_cast<void>(::fchmod(directory->get(), S_IRWXU));
  const Result<void> is_private = check_private(directory->get(), path_);
  if (!is_private) return give_up(is_private.error());
  // Through the directory itself: the path may have come to mean something else.
  parent_ =
      internal::FileDescriptor(::openat(directory->get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!parent_.valid()) return give_up(path_error(errno, "open the parent of", path_));
  directory_ = std::move(*directory);
  return {};
}

Result<void> TempDir::give_up(const Error& error) noexcept {
  // It is empty yet, and rmdir follows no link.
  static_cast<void>(::rmdir(path_.c_str()));
  return fail(error);
}

// The other ranks: takes over what rank 0 told.
Result<void> TempDir::join(std::string_view told) {
  if (!told.starts_with('+')) return fail(not_understood());
  path_ = told.substr(1);
  const Result<internal::FileDescriptor> directory = open_directory(path_);
  if (!directory) return fail(directory.error());
  return check_private(directory->get(), path_);
}

void TempDir::wait_for_all() noexcept {
  try {
    const Result<void> met = group_.barrier();
    if (!met) internal::warn("waiting for the others before removing", path_, met.error());
  } catch (...) {
    // Removing goes on: nobody could do it later.
    internal::warn("waiting for the others before removing", path_, Error(Code::kIo, "threw"));
  }
}

void TempDir::remove() noexcept {
  try {
    const char* name = path_.c_str() + path_.rfind('/') + 1;
    const Result<void> removed = internal::remove_tree(parent_.get(), name, directory_.get());
    if (!removed) internal::warn("removing", path_, removed.error());
  } catch (const std::bad_alloc&) {
    internal::warn("removing", path_, Error(Code::kOutOfMemory));
  }
}

}  // namespace weir::inline v0_1
