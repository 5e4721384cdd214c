// Prints one hash over ten thousand cases: decoded from random bytes, drawn, changed, crossed and
// simplified. Every compiler and standard library must print the same.
#include <cstdio>

#include "properties/case_text.h"
#include "properties/payload.h"
#include "tests/properties/case_test_support.h"

namespace {

using namespace weir::properties;

class Digest {
 public:
  void add(const std::string& text) {
    hash_ = RandomBits::mix(hash_ ^ stable_hash(text.data(), text.size()));
  }
  void add(const std::vector<std::byte>& bytes) {
    hash_ = RandomBits::mix(hash_ ^
                            stable_hash(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = schema_hash();
};

}  // namespace

int main() {
  Digest digest;
  RandomBits bits(1);
  Case value;
  Case other;
  Case mixed;
  std::vector<std::byte> bytes;
  for (int i = 0; i < 10'000; ++i) {
    bytes.resize(bits.below(200));
    for (std::byte& b : bytes) b = static_cast<std::byte>(bits.below(256));
    decode(bytes, test::kTestNames, value);
    digest.add(print(value));
    encode(value, test::kTestNames, bytes);
    digest.add(bytes);
    const auto size = static_cast<int>(bits.below(101));
    generate(bits, test::kAllFields, {.size = size}, other);
    other.subject = "stream.rot13/1";
    other.clause = "everything";
    digest.add(print(other));
    mutate(bits, test::kAllFields, value);
    digest.add(print(value));
    cross_over(bits, test::kAllFields, other, value, mixed);
    digest.add(print(mixed));
    if (i % 100 == 0) {
      int count = 0;
      visit_simpler(other, [&](const Case& simpler) {
        digest.add(print(simpler));
        return ++count == 40;
      });
    }
    if (i % 10 == 0) {
      bytes.clear();
      if (!materialise(other, PayloadFiles(), 65536, bytes).has_value()) return 1;
      digest.add(bytes);
    }
  }
  const Enumeration enumeration(test::kAllFields, 10'000);
  for (std::uint64_t i = 0; i < enumeration.size(); i += 7) {
    enumeration.at(i, value);
    digest.add(print(value));
  }
  std::printf("%016llx\n", static_cast<unsigned long long>(digest.value()));
  return 0;
}
