#include "keys.h"

#include <CLI/CLI.hpp>

#include "terminal.h"
#include "text.h"
#include "weir/transforms/xchacha20poly1305.h"
#if WEIR_HAVE_SODIUM
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#endif

namespace weir::cli {

namespace {

static_assert(kKeyBytes == XChaCha20Poly1305::kKeyBytes);

constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr std::size_t kKeyDigits = 2 * kKeyBytes;
constexpr std::size_t kIdDigits = 2 * std::tuple_size_v<KeyProvider::KeyId>;

bool is_key(std::string_view text) noexcept {
  if (text.size() == kIdDigits + 1 + kKeyDigits && text[kIdDigits] == ':') {
    return text.find_first_not_of(kHexDigits) == kIdDigits &&
           text.find_first_not_of(kHexDigits, kIdDigits + 1) == text.npos;
  }
  return text.size() == kKeyDigits && text.find_first_not_of(kHexDigits) == text.npos;
}

// A check of an option that takes the name of `what` a key is in. Whoever gives the key in its
// place must not find it in a log.
auto name_of_a(std::string_view what) {
  return [what](const std::string& text) {
    if (text.empty()) return std::string("must not be empty");
    if (!is_key(text)) return std::string();
    return fmt::format(
        "this is a key itself, which is not repeated here; give the name of the {} "
        "that has it",
        what);
  };
}

}  // namespace

void add_key_options(CLI::App& verb, KeyOptions& options) {
  verb.add_option("--key-file", options.files, "A key: 64 hex digits (weir keygen); again for more")
      ->allow_extra_args(false)
      ->check(name_of_a("file"))
      ->type_name("FILE");
  verb.add_option("--key-env", options.variables, "The same, in this environment variable")
      ->allow_extra_args(false)
      ->check(name_of_a("variable"))
      ->type_name("NAME");
}

#if WEIR_HAVE_SODIUM

namespace {

// The longest form, a newline as Windows has it, and one more to notice what is longer.
constexpr std::size_t kTextBytesMax = kIdDigits + 1 + kKeyDigits + 2 + 1;
constexpr std::string_view kHowToMake = "`weir keygen FILE` makes one";

// Memory for secrets: between guard pages, locked where the system allows it, wiped when it goes.
class SecretBytes {
 public:
  explicit SecretBytes(std::size_t size)
      : data_(static_cast<std::byte*>(::sodium_malloc(size))), size_(size) {
    if (data_ == nullptr) throw std::bad_alloc();
  }
  ~SecretBytes() { ::sodium_free(data_); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  std::span<std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  std::byte* data_;
  std::size_t size_;
};

struct GivenKey {
  std::string origin;  // "key file 'x'"
  KeyProvider::KeyId id{};
  SecretBytes key{kKeyBytes};
};

class GivenKeys final : public KeyProvider {
 public:
  explicit GivenKeys(std::vector<std::unique_ptr<GivenKey>> keys) : keys_(std::move(keys)) {}

  Result<KeyId> current() const override { return keys_.front()->id; }

  Result<void> key(const KeyId& id, std::span<std::byte> key) const override {
    for (const auto& given : keys_) {
      if (given->id != id || key.size() != kKeyBytes) continue;
      std::memcpy(key.data(), given->key.bytes().data(), kKeyBytes);
      return {};
    }
    return fail(Code::kInvalidArgument, "no key given has the id " + hex_text(id));
  }

 private:
  std::vector<std::unique_ptr<GivenKey>> keys_;  // at least one
};

std::optional<unsigned> hex_digit(std::byte byte) noexcept {
  const char c = static_cast<char>(byte);
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// Fills `bytes` from as many digits. Returns whether all are digits.
bool from_hex(std::span<const std::byte> digits, std::span<std::byte> bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto high = hex_digit(digits[2 * i]);
    const auto low = hex_digit(digits[2 * i + 1]);
    if (!high || !low) return false;
    bytes[i] = static_cast<std::byte>(*high << 4 | *low);
  }
  return true;
}

// Takes the key in `text` apart. Returns what is wrong with it, naming places and never what stands
// there: a slip in one digit leaves the others secret.
std::string parse_key(std::span<const std::byte> text, GivenKey& given) {
  if (!text.empty() && text.back() == std::byte{'\n'}) text = text.first(text.size() - 1);
  if (!text.empty() && text.back() == std::byte{'\r'}) text = text.first(text.size() - 1);
  if (text.empty()) return fmt::format("is empty; {}", kHowToMake);
  const bool has_id = text.size() > kIdDigits && text[kIdDigits] == std::byte{':'};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (hex_digit(text[i]) || (has_id && i == kIdDigits)) continue;
    return fmt::format("is not a key: character {} is not a hex digit; {}", i + 1, kHowToMake);
  }
  const std::size_t key_at = has_id ? kIdDigits + 1 : 0;
  if (text.size() - key_at != kKeyDigits) {
    const std::string count = text.size() == kTextBytesMax ? fmt::format("more than {}", kKeyDigits)
                                                           : std::to_string(text.size() - key_at);
    return fmt::format("is not a key: it has {} hex digits, a key has {}; {}", count, kKeyDigits,
                       kHowToMake);
  }
  from_hex(text.subspan(key_at), given.key.bytes());
  if (has_id) {
    from_hex(text.first(kIdDigits), given.id);
  } else {
    given.id = derived_key_id(given.key.bytes().first<kKeyBytes>());
  }
  return {};
}

// Returns what went wrong, as the end of a sentence that begins with the file.
std::string read_key_file(const std::string& path, GivenKey& given) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fmt::format("cannot be read: {}", std::strerror(errno));
  const SecretBytes text(kTextBytesMax);
  std::size_t size = 0;
  int error = 0;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) error = errno;
  while (error == 0 && size < kTextBytesMax) {
    const ssize_t given_bytes =
        ::read(descriptor, text.bytes().data() + size, kTextBytesMax - size);
    if (given_bytes < 0 && errno == EINTR) continue;
    if (given_bytes < 0) error = errno;
    if (given_bytes <= 0) break;
    size += static_cast<std::size_t>(given_bytes);
  }
  ::close(descriptor);
  if (error == EISDIR) return "cannot be read: it is a folder; name a file";
  if (error != 0) return fmt::format("cannot be read: {}", std::strerror(error));
  const std::string wrong = parse_key(text.bytes().first(size), given);
  if (wrong.empty() && S_ISREG(status.st_mode) && (status.st_mode & 0066) != 0) {
    complain(fmt::format("warning: {} is open to others, mode {:04o}; close it with chmod 600 {}",
                         given.origin, status.st_mode & 07777, shell_word(path)));
  }
  return wrong;
}

std::string read_key_variable(const std::string& name, GivenKey& given) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return "is not set";
  const std::span<const char> text(value, std::min(std::strlen(value), kTextBytesMax));
  return parse_key(std::as_bytes(text), given);
}

}  // namespace

KeyProvider::KeyId derived_key_id(std::span<const std::byte, kKeyBytes> key) {
  static constexpr std::string_view kPurpose = "weir key id";
  KeyProvider::KeyId id;
  static_assert(std::tuple_size_v<KeyProvider::KeyId> >= crypto_generichash_BYTES_MIN);
  // Cannot fail: the sizes are within its bounds.
  ::crypto_generichash(reinterpret_cast<unsigned char*>(id.data()), id.size(),
                       reinterpret_cast<const unsigned char*>(kPurpose.data()), kPurpose.size(),
                       reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return id;
}

KeysOutcome load_keys(const KeyOptions& options) {
  if (!options.given()) return {};
  if (::sodium_init() < 0) return {nullptr, "libsodium does not start"};
  // Whoever writes into a pipe that a key comes from may keep one waiting.
  const LeaveOnSignal leave;
  std::vector<std::unique_ptr<GivenKey>> keys;
  const std::size_t count = options.files.size() + options.variables.size();
  for (std::size_t i = 0; i < count; ++i) {
    auto given = std::make_unique<GivenKey>();
    const bool from_file = i < options.files.size();
    const std::string& name =
        from_file ? options.files[i] : options.variables[i - options.files.size()];
    given->origin =
        fmt::format("{} '{}'", from_file ? "key file" : "environment variable", printable(name));
    const std::string wrong =
        from_file ? read_key_file(name, *given) : read_key_variable(name, *given);
    if (!wrong.empty()) return {nullptr, given->origin + " " + wrong};
    for (const auto& other : keys) {
      if (other->id != given->id) continue;
      if (::sodium_memcmp(other->key.bytes().data(), given->key.bytes().data(), kKeyBytes) == 0) {
        continue;
      }
      return {nullptr, fmt::format("{} and {} have different keys with the same id, {}",
                                   other->origin, given->origin, hex_text(given->id))};
    }
    keys.push_back(std::move(given));
  }
  return {std::make_shared<GivenKeys>(std::move(keys)), {}};
}

#else

KeysOutcome load_keys(const KeyOptions& options) {
  if (!options.given()) return {};
  return {nullptr, "this build has no use for keys: built without libsodium"};
}

#endif

}  // namespace weir::cli
