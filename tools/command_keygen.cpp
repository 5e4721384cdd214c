// `weir keygen`: a fresh key in a new file.
#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "keys.h"
#include "terminal.h"
#include "text.h"
#if WEIR_HAVE_SODIUM
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#endif

namespace weir::cli {

#if WEIR_HAVE_SODIUM

int run_keygen(const KeygenOptions& options) {
  if (options.file == "-") {
    return refuse(
        kExitUsage,
        "a key goes into a file, never to standard output; name one, ./- if it is to be '-'");
  }
  if (::sodium_init() < 0) return refuse(kExitCouldNotRun, "libsodium does not start");
  std::array<std::byte, kKeyBytes> key;
  char text[2 * kKeyBytes + 1];
  ::randombytes_buf(key.data(), key.size());
  ::sodium_bin2hex(text, sizeof text, reinterpret_cast<const unsigned char*>(key.data()),
                   key.size());
  text[2 * kKeyBytes] = '\n';
  const KeyProvider::KeyId id = derived_key_id(key);
  ::sodium_memzero(key.data(), key.size());

  int error = 0;
  {
    // A signal in between would leave half a key behind.
    const SignalsHeld held;
    // Exclusive: what is there, a link too, may be a key that files still need.
    const int descriptor =
        ::open(options.file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
      error = errno;
    } else {
      errno = ENOSPC;  // of a write that takes less
      if (::fchmod(descriptor, 0600) != 0 ||
          ::write(descriptor, text, sizeof text) != ssize_t{sizeof text} ||
          ::fsync(descriptor) != 0) {
        error = errno;
      }
      if (::close(descriptor) != 0 && error == 0) error = errno;
      if (error != 0) ::unlink(options.file.c_str());
    }
  }
  ::sodium_memzero(text, sizeof text);
  if (error == EEXIST) {
    return refuse(
        kExitUsage,
        fmt::format("'{}' is there already, and a key is never overwritten; name a new file",
                    printable(options.file)));
  }
  if (error != 0) {
    return refuse(kExitCouldNotRun, fmt::format("cannot write '{}': {}; no key was made",
                                                printable(options.file), std::strerror(error)));
  }
  sync_folder_of(options.file);
  print("key {}\n", hex_text(id));
  return kExitHeld;
}

#else

int run_keygen(const KeygenOptions&) {
  return refuse(kExitCouldNotRun, "this build makes no keys: built without libsodium");
}

#endif

}  // namespace weir::cli
