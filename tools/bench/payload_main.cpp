// bench_payload KIND BYTES: writes that much generated data ("text" or "binary") to standard
// output.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tools/bench/payload.h"

int main(int argc, char** argv) {
  using weir::bench::PayloadGenerator;
  const bool text = argc == 3 && std::strcmp(argv[1], "text") == 0;
  const bool binary = argc == 3 && std::strcmp(argv[1], "binary") == 0;
  char* end = nullptr;
  unsigned long long left = text || binary ? std::strtoull(argv[2], &end, 10) : 0;
  if (end == nullptr || end == argv[2] || *end != '\0') {
    std::fputs("bench_payload: text|binary BYTES\n", stderr);
    return 2;
  }
  PayloadGenerator generator(text ? PayloadGenerator::Kind::kText
                                  : PayloadGenerator::Kind::kBinary);
  constexpr unsigned long long kPiece = 1u << 20;
  std::vector<std::byte> piece;
  while (left > 0) {
    generator.next(static_cast<std::size_t>(left < kPiece ? left : kPiece), piece);
    if (std::fwrite(piece.data(), 1, piece.size(), stdout) != piece.size()) {
      std::perror("bench_payload");
      return 3;
    }
    left -= piece.size();
  }
  if (std::fflush(stdout) != 0) {
    std::perror("bench_payload");
    return 3;
  }
  return 0;
}
