// Guards stream.xchacha20poly1305/1: the bytes as docs/formats.md has them, that no chunk passes in
// another place, stream or under another key, whose errors come from where, and that nobody
// encrypts with the keys of tests without asking for them.
#include <gtest/gtest.h>

#if WEIR_HAVE_SODIUM

#include <sodium.h>

#include <map>
#include <set>

#include "test_streams.h"
#include "weir/builtin.h"
#include "weir/insecure_test_keys.h"
#include "weir/transforms/xchacha20poly1305.h"

namespace weir {
namespace {

using test::bytes_of;
using test::text_of;

constexpr std::size_t kHeader = 48;
constexpr std::size_t kOverhead = 20;  // of a record

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}
const unsigned char* raw(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// What docs/formats.md says, with libsodium's other interface.
std::string reference_stream(const std::string& key, const std::string& key_id,
                             const std::string& stream_nonce, std::string_view payload,
                             std::size_t block) {
  const std::string header =
      std::string("WEIRXCP\1", 8) + little(block, 4) + little(0, 4) + key_id + stream_nonce;
  std::string stream = header;
  for (std::uint64_t number = 0;; ++number) {
    const std::string part(payload.substr(0, block));
    const bool last = part.size() < block;
    const std::string word = little(part.size() | (last ? 1u << 31 : 0u), 4);
    const std::string nonce =
        stream_nonce + little(number | (last ? std::uint64_t{1} << 63 : 0), 8);
    const std::string associated = header + word;
    std::string sealed(part.size() + 16, '\0');
    crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(sealed.data()),
                                               nullptr, raw(part), part.size(), raw(associated),
                                               associated.size(), nullptr, raw(nonce), raw(key));
    stream += word + sealed;
    if (last) return stream;
    payload.remove_prefix(block);
  }
}

// Keys by the first letter of their id.
class Keys final : public KeyProvider {
 public:
  void add(char id, char fill) {
    keys_[id] = fill;
    current_ = id;
  }
  mutable std::deque<Error> errors;

  Result<KeyId> current() const override {
    if (!errors.empty()) return fail(next_error());
    return id_of(current_);
  }
  Result<void> key(const KeyId& id, std::span<std::byte> key) const override {
    if (!errors.empty()) return fail(next_error());
    for (const auto& [letter, fill] : keys_) {
      if (id != id_of(letter)) continue;
      std::fill(key.begin(), key.end(), static_cast<std::byte>(fill));
      return {};
    }
    return fail(Code::kInvalidArgument, "no such key");
  }

 private:
  static KeyId id_of(char letter) {
    KeyId id{};
    id[0] = static_cast<std::byte>(letter);
    return id;
  }
  Error next_error() const {
    const Error error = errors.front();
    errors.pop_front();
    return error;
  }
  std::map<char, char> keys_;
  char current_ = 0;
};

std::shared_ptr<Keys> keys_of(char id, char fill) {
  auto keys = std::make_shared<Keys>();
  keys->add(id, fill);
  return keys;
}

XChaCha20Poly1305 with_block(std::size_t block_bytes,
                             std::shared_ptr<const KeyProvider> keys = keys_of('a', 'k')) {
  XChaCha20Poly1305::Options options;
  options.block_bytes = block_bytes;
  return {std::move(keys), options};
}

std::string encode(const StreamTransform& transform, std::string_view payload,
                   std::size_t piece = 1000000) {
  ByteBuffer buffer;
  auto sink = *transform.transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_TRUE(test::write_all(*sink, payload, piece).has_value());
  EXPECT_TRUE(sink->close().has_value());
  return text_of(buffer.bytes());
}
test::Drained decode(const StreamTransform& transform, std::string_view encoded,
                     std::int64_t from = 0) {
  auto source = *transform.transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
  if (from > 0) {
    EXPECT_TRUE(source->seek(from, Whence::kSet).has_value());
  }
  return test::drain(*source, 1000);
}

std::string counting(std::size_t size, int seed = 0) {
  std::string payload;
  for (std::size_t i = 0; i < size; ++i) payload += static_cast<char>(i * 31 + (i >> 8) + seed);
  return payload;
}

TEST(XChaCha20Poly1305, WritesWhatTheDocumentSays) {
  const std::string nonce = "sixteen letters.";
  const std::string id = "a" + std::string(15, '\0');
  for (const std::size_t block : {1, 7, 64, 65536}) {
    XChaCha20Poly1305::Options options;
    options.block_bytes = block;
    options.random = [&](std::span<std::byte> bytes) -> Result<void> {
      EXPECT_EQ(bytes.size(), nonce.size());
      std::memcpy(bytes.data(), nonce.data(), std::min(bytes.size(), nonce.size()));
      return {};
    };
    const XChaCha20Poly1305 transform(keys_of('a', 'k'), options);
    for (const std::size_t size : {0, 1, 6, 7, 8, 64, 700, 65536, 131073}) {
      if (size > 1000 * block) continue;
      const std::string payload = counting(size);
      const std::string expected =
          reference_stream(std::string(32, 'k'), id, nonce, payload, block);
      for (const std::size_t piece : {1, 100, 1000000}) {
        if (piece == 1 && size > 1000) continue;
        ASSERT_TRUE(encode(transform, payload, piece) == expected) << size << ' ' << block;
      }
      const auto drained = decode(transform, expected);
      ASSERT_TRUE(drained.end.has_value()) << describe(drained.end.error());
      ASSERT_TRUE(drained.bytes == payload);
    }
  }
}

TEST(XChaCha20Poly1305, WritesTheExampleOfTheDocument) {
  constexpr unsigned char kSealed[] = {
      0x04, 0x00, 0x00, 0x00, 0xf9, 0xb2, 0xf5, 0xab, 0xa7, 0x61, 0xe1, 0x3e, 0xc5, 0x79, 0x81,
      0x85, 0xef, 0xa0, 0x4d, 0x62, 0x98, 0x9c, 0x51, 0x27, 0x01, 0x00, 0x00, 0x80, 0xa9, 0x0d,
      0xd1, 0x38, 0xe0, 0x9c, 0x7b, 0x44, 0xc8, 0xd7, 0x97, 0x0e, 0x29, 0x19, 0x6b, 0xa3, 0x81};
  XChaCha20Poly1305::Options options;
  options.block_bytes = 4;
  options.random = insecure_test_random();
  const std::string encoded = encode(XChaCha20Poly1305(insecure_test_keys(), options), "weir!");
  ASSERT_EQ(encoded.size(), kHeader + 2 * kOverhead + 5);
  EXPECT_EQ(encoded.substr(kHeader), text_of(std::as_bytes(std::span(kSealed))));
}

TEST(XChaCha20Poly1305, NoChunkPassesElsewhere) {
  const auto transform = with_block(10);
  const std::string whole = encode(transform, counting(45));
  const std::string other = encode(transform, counting(45));
  const std::size_t record = 10 + kOverhead;
  const std::string head = whole.substr(0, kHeader);
  const auto chunk = [&](std::size_t i) { return whole.substr(kHeader + i * record, record); };
  const auto corrupt_from = [&](const std::string& encoded, std::size_t bytes) {
    const auto drained = decode(transform, encoded);
    EXPECT_FALSE(drained.end.has_value());
    EXPECT_EQ(drained.bytes, counting(45).substr(0, bytes));
    if (bytes == 0) return;
    EXPECT_FALSE(decode(transform, encoded, static_cast<std::int64_t>(bytes)).end.has_value());
  };
  corrupt_from(head + chunk(1) + chunk(0) + chunk(2) + chunk(3) + chunk(4), 0);
  corrupt_from(head + chunk(0) + chunk(0) + chunk(1) + chunk(2) + chunk(3) + chunk(4), 10);
  corrupt_from(head + chunk(0) + chunk(2) + chunk(3) + chunk(4), 10);
  corrupt_from(head + chunk(0) + chunk(1) + chunk(2) + chunk(3), 40);
  corrupt_from(head + chunk(0) + chunk(1) + chunk(4), 20);
  corrupt_from(other.substr(0, kHeader) + whole.substr(kHeader), 0);
  for (std::size_t i = 1; i < 5; ++i) {
    corrupt_from(whole.substr(0, kHeader + i * record) + other.substr(kHeader + i * record),
                 i * 10);
  }
  // A full last chunk, a last one in the middle, a mark that was taken off: all are of another
  // nonce.
  std::string marked = whole;
  marked[kHeader + record + 3] = '\x80';
  corrupt_from(marked, 10);
  marked = whole;
  marked[kHeader + 4 * record + 3] = '\0';
  corrupt_from(marked, 40);
}

TEST(XChaCha20Poly1305, EveryFlipAndEveryCutIsAnErrorAfterARightPrefix) {
  const auto transform = with_block(8);
  const std::string payload = counting(20);
  const std::string whole = encode(transform, payload);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto drained = decode(transform, flipped);
    EXPECT_FALSE(drained.end.has_value()) << bit;
    EXPECT_EQ(drained.bytes, payload.substr(0, drained.bytes.size()));
    if (bit < kHeader * 8) {
      EXPECT_EQ(drained.bytes, "") << bit;
    }
  }
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    EXPECT_TRUE(failed_with(decode(transform, whole.substr(0, cut)).end, Code::kTruncated)) << cut;
  }
  EXPECT_TRUE(failed_with(decode(transform, whole + whole).end, Code::kCorrupt));
}

TEST(XChaCha20Poly1305, KeysAreChosenByTheStreamsId) {
  auto keys = keys_of('a', 'k');
  const auto transform = with_block(100, keys);
  const std::string old_one = encode(transform, "old");
  keys->add('b', 'l');
  const std::string new_one = encode(transform, "new");
  EXPECT_EQ(old_one[16], 'a');
  EXPECT_EQ(new_one[16], 'b');
  EXPECT_EQ(decode(transform, old_one).bytes, "old");
  EXPECT_EQ(decode(transform, new_one).bytes, "new");
  // Another key of that id; no key of that id.
  EXPECT_TRUE(failed_with(decode(with_block(100, keys_of('a', 'm')), old_one).end, Code::kCorrupt));
  EXPECT_TRUE(
      failed_with(decode(with_block(100, keys_of('c', 'k')), old_one).end, Code::kInvalidArgument));
}

TEST(XChaCha20Poly1305, ErrorsOfTheProviderPassUnchanged) {
  auto keys = keys_of('a', 'k');
  const auto transform = with_block(100, keys);
  const std::string encoded = encode(transform, "payload");
  ByteBuffer buffer;
  keys->errors = {io_error(13, "keys"), io_error(13, "keys")};
  for (int i = 0; i < 2; ++i) {
    const auto made = transform.transform_to(std::make_unique<MemorySink>(buffer));
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().os_error, 13);
  }
  EXPECT_EQ(buffer.size(), 0u);
  keys->errors = {Error(Code::kWouldBlock), Error(Code::kWouldBlock)};
  const auto drained = decode(transform, encoded);
  EXPECT_TRUE(drained.end.has_value());
  EXPECT_EQ(drained.blocks, 2u);
  EXPECT_EQ(drained.bytes, "payload");
  keys->errors = {io_error(13, "keys")};
  EXPECT_TRUE(failed_with(decode(transform, encoded).end, Code::kIo));
}

TEST(XChaCha20Poly1305, WithoutRandomBytesNothingIsEncrypted) {
  XChaCha20Poly1305::Options options;
  options.random = [](std::span<std::byte>) -> Result<void> { return fail(io_error(5, "random")); };
  ByteBuffer buffer;
  const auto made = XChaCha20Poly1305(keys_of('a', 'k'), options)
                        .transform_to(std::make_unique<MemorySink>(buffer));
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().os_error, 5);
  EXPECT_EQ(buffer.size(), 0u);
}

// A seek's refusal is told and changes nothing.
TEST(XChaCha20Poly1305, ASeekThatIsRefusedLeavesTheStreamOpen) {
  auto keys = keys_of('a', 'k');
  const auto transform = with_block(100, keys);
  const std::string encoded = encode(transform, "payload");
  auto source = *transform.transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
  keys->errors = {Error(Code::kInvalidArgument)};
  EXPECT_TRUE(failed_with(source->seek(0, Whence::kEnd), Code::kInvalidArgument));
  EXPECT_EQ(*source->seek(-4, Whence::kEnd), 3u);
  EXPECT_EQ(test::drain(*source, 100).bytes, "load");
}

TEST(XChaCha20Poly1305, EveryStreamHasItsOwnNonce) {
  const auto transform = with_block(100);
  std::set<std::string> nonces;
  for (int i = 0; i < 100; ++i) nonces.insert(encode(transform, "same").substr(32, 16));
  EXPECT_EQ(nonces.size(), 100u);
  for (const auto& nonce : nonces) EXPECT_NE(nonce, std::string(16, '\0'));
}

TEST(XChaCha20Poly1305, LargerChunksThanAllowedAreALimit) {
  const std::string encoded = encode(with_block(1001), "x");
  XChaCha20Poly1305::Options options;
  options.block_bytes_max = 1000;
  EXPECT_TRUE(failed_with(decode(XChaCha20Poly1305(keys_of('a', 'k'), options), encoded).end,
                          Code::kLimitExceeded));
}

// Lends one room and takes all.
class LendingSink final : public Sink {
 public:
  explicit LendingSink(std::string& room) noexcept : room_(&room) {}
  std::span<std::byte> reserve(std::size_t) override {
    return std::as_writable_bytes(std::span(*room_));
  }
  Result<void> commit(std::size_t) override { return {}; }
  Result<std::size_t> write(std::span<const std::byte> input) override { return input.size(); }
  Result<void> flush() override { return {}; }
  Result<std::uint64_t> tell() const override { return 0; }
  Result<void> close() override { return {}; }

 private:
  std::string* room_;
};

// The room may be a mapped file, or lie in a device.
TEST(XChaCha20Poly1305, PutsNoPlaintextIntoTheRoomOfTheSinkBelow) {
  const std::string secret = "what nobody is to see";
  std::string room(200000, '\0');
  const XChaCha20Poly1305 transform(insecure_test_keys());
  auto sink = *transform.transform_to(std::make_unique<LendingSink>(room));
  for (int i = 0; i < 10000; ++i) {
    ASSERT_TRUE(test::write_all(*sink, secret, secret.size()).has_value());
    if (i % 1000 == 0) {
      EXPECT_EQ(room.find(secret), std::string::npos) << i;
    }
  }
  EXPECT_EQ(room.find(secret), std::string::npos);
}

TEST(XChaCha20Poly1305, IsNotMadeWithoutKeys) {
  constexpr std::string_view kDescriptor = "stream.xchacha20poly1305/1";
  EXPECT_TRUE(failed_with(default_extension_registry().from_descriptor(kDescriptor),
                          Code::kInvalidArgument));
  EXPECT_TRUE(
      failed_with(default_extension_registry().from_descriptor("stream.xchacha20poly1305/2"),
                  Code::kUnsupportedVersion));
  const auto own = default_extension_registry(keys_of('a', 'k')).from_descriptor(kDescriptor);
  ASSERT_TRUE(own.has_value());
  EXPECT_EQ(decode(**own, encode(with_block(100), "payload")).bytes, "payload");
  EXPECT_EQ((*own)->descriptor().str(), kDescriptor);
}

// What a test writes twice is the same twice, and no two streams of one instance are.
TEST(InsecureTestKeys, RepeatFromInstanceToInstance) {
  const ExtensionRegistry registry = test_extension_registry();
  const auto one = *registry.from_descriptor("stream.xchacha20poly1305/1");
  const auto two = *registry.from_descriptor("stream.xchacha20poly1305/1");
  const std::string first = encode(*one, "payload");
  const std::string second = encode(*one, "payload");
  EXPECT_NE(first, second);
  EXPECT_EQ(encode(*two, "payload"), first);
  EXPECT_EQ(encode(*two, "payload"), second);
  EXPECT_EQ(decode(*two, second).bytes, "payload");
}

}  // namespace
}  // namespace weir

#endif  // WEIR_HAVE_SODIUM
