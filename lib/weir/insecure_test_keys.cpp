#include "weir/insecure_test_keys.h"

#include <atomic>
#include <cstdint>
#include <string>

#include "weir/little_endian.h"
#include "weir/version_1.h"

namespace weir::inline v0_1 {
namespace {

class TestKeys final : public KeyProvider {
 public:
  Result<KeyId> current() const override { return KeyId{}; }

  Result<void> key(const KeyId& id, std::span<std::byte> key) const override {
    if (id != KeyId{} || key.size() != XChaCha20Poly1305::kKeyBytes) {
      return fail(Code::kInvalidArgument, "no such test key");
    }
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
    return {};
  }
};

}  // namespace

std::shared_ptr<const KeyProvider> insecure_test_keys() { return std::make_shared<TestKeys>(); }

RandomBytes insecure_test_random() {
  return [calls = std::make_shared<std::atomic<std::uint64_t>>(0)](
             std::span<std::byte> bytes) -> Result<void> {
    std::byte number[8];
    store_u64(number, calls->fetch_add(1));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = i < sizeof number ? number[i] : std::byte{0x77};
    }
    return {};
  };
}

Extension insecure_test_extension() {
  return version_1_extension(
      std::string(XChaCha20Poly1305::kName),
      [keys = insecure_test_keys()]() -> Result<std::unique_ptr<StreamTransform>> {
        XChaCha20Poly1305::Options options;
        options.random = insecure_test_random();
        return std::make_unique<XChaCha20Poly1305>(keys, options);
      });
}

}  // namespace weir::inline v0_1
