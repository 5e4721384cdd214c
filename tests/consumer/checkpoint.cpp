// What a program does with checkpoints: writes one through a chain that compresses, encrypts and
// checksums, with keys of its own, and reads it back from the descriptors that stand beside it:
// whole, in places, and damaged. Uses installed headers alone. usage: checkpoint FILE
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "weir/builtin.h"
#include "weir/chain.h"
#include "weir/file.h"
#include "weir/key_provider.h"
#include "weir/registry.h"

namespace {

[[noreturn]] void give_up(const char* what, const std::string& why) {
  std::fprintf(stderr, "checkpoint: %s: %s\n", what, why.c_str());
  std::exit(1);
}

// What a result holds.
template <class T>
T get(const char* what, weir::Result<T> result) {
  if (!result) give_up(what, weir::describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// One key, as a program may have it from a file.
class OneKey final : public weir::KeyProvider {
 public:
  weir::Result<KeyId> current() const override { return KeyId{}; }
  weir::Result<void> key(const KeyId& id, std::span<std::byte> key) const override {
    if (id != KeyId{}) return weir::fail(weir::Code::kInvalidArgument, "no such key");
    std::fill(key.begin(), key.end(), std::byte{0x5a});
    return {};
  }
};

// Tensors, more or less: bytes that compress, and tell where they stand.
std::vector<std::byte> payload() {
  std::vector<std::byte> bytes(3'000'017);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i / 7 ^ i >> 13);
  return bytes;
}

void write_all(weir::Sink& sink, std::span<const std::byte> bytes) {
  while (!bytes.empty()) bytes = bytes.subspan(get("write", sink.write(bytes)));
  get("close", sink.close());
}

// Reads until `output` is full or the source ends; how many bytes came.
std::size_t read_full(weir::Source& source, std::span<std::byte> output) {
  std::size_t filled = 0;
  while (filled < output.size()) {
    const std::size_t given = get("read", source.read(output.subspan(filled)));
    if (given == 0) break;
    filled += given;
  }
  return filled;
}

std::unique_ptr<weir::Source> open(const std::string& path, const weir::Chain& chain) {
  auto file = get("open", weir::FileSource::open(path));
  return get("transform_from", chain.transform_from(std::move(file)));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) give_up("usage", "checkpoint FILE");
  const std::string path = arguments[1];
  const weir::ExtensionRegistry registry =
      weir::default_extension_registry(std::make_shared<OneKey>());
  // In the order in which a reader applies them to the file.
  const std::vector<std::string> descriptors = {"stream.crc32c/1", "stream.xchacha20poly1305/1",
                                                "stream.zstd-seekable/1"};
  const weir::Chain chain(get("registry", registry.from_descriptor_list(descriptors)));
  if (chain.descriptors() != descriptors) give_up("chain", "its descriptors are others");

  const std::vector<std::byte> written = payload();
  const auto sink =
      get("transform_to", chain.transform_to(get("create", weir::FileSink::create(path))));
  write_all(*sink, written);

  // Whole; then in places, as a loader does that needs a part.
  std::vector<std::byte> back(written.size() + 1);
  auto source = open(path, chain);
  back.resize(read_full(*source, back));
  if (back != written) give_up("whole", "not what was written");
  for (const std::uint64_t place :
       {std::uint64_t{2'999'000}, std::uint64_t{5}, std::uint64_t{1'048'570}}) {
    std::vector<std::byte> part(1000);
    get("seek", source->seek(static_cast<std::int64_t>(place), weir::Whence::kSet));
    if (read_full(*source, part) != part.size()) give_up("place", "ends early");
    if (!std::equal(part.begin(), part.end(),
                    written.begin() + static_cast<std::ptrdiff_t>(place))) {
      give_up("place", "not what was written there");
    }
  }
  if (get("seek", source->seek(0, weir::Whence::kEnd)) != written.size())
    give_up("size", "another one");
  get("close", source->close());

  // Damage is an error.
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200);
    file.put('?');
  }
  source = open(path, chain);
  const auto damaged = source->read(back);
  if (!weir::failed_with(damaged, weir::Code::kCorrupt)) give_up("damage", "was not noticed");
  std::puts("checkpoint: as written");
}
