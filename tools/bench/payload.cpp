#include "tools/bench/payload.h"

#include <cstring>

namespace weir::bench {
namespace {

constexpr std::size_t kWords = 4096;

}  // namespace

PayloadGenerator::PayloadGenerator(Kind kind) : kind_(kind) {
  if (kind_ != Kind::kText) return;
  for (std::size_t i = 0; i < kWords; ++i) {
    std::vector<std::byte> word;
    const std::uint64_t letters = 2 + draw() % 9;
    for (std::uint64_t letter = 0; letter < letters; ++letter) {
      // The smaller of two draws: some letters are frequent.
      const std::uint64_t a = draw() % 26;
      const std::uint64_t b = draw() % 26;
      word.push_back(static_cast<std::byte>('a' + (a < b ? a : b)));
    }
    words_.push_back(std::move(word));
  }
}

// SplitMix64.
std::uint64_t PayloadGenerator::draw() noexcept {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void PayloadGenerator::next(std::size_t size, std::vector<std::byte>& output) {
  output.clear();
  output.swap(left_);
  while (output.size() < size) {
    if (kind_ == Kind::kText) {
      append_word(output);
    } else {
      append_float(output);
    }
  }
  left_.assign(output.begin() + static_cast<std::ptrdiff_t>(size), output.end());
  output.resize(size);
}

void PayloadGenerator::append_word(std::vector<std::byte>& output) {
  const std::uint64_t bits = draw();
  // Cubed, a uniform number is mostly small: the first words are the frequent ones.
  const double uniform = static_cast<double>(bits >> 11) * 0x1p-53;
  const auto& word = words_[static_cast<std::size_t>(uniform * uniform * uniform * kWords)];
  const bool capital = (bits & 15) == 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    output.push_back(capital && i == 0 ? word[i] ^ std::byte{0x20} : word[i]);
  }
  const std::uint64_t gap = (bits >> 4) & 63;
  if (gap < 4) output.push_back(std::byte{'.'});
  output.push_back(gap == 0 ? std::byte{'\n'} : std::byte{' '});
}

void PayloadGenerator::append_float(std::vector<std::byte>& output) {
  // The sum of four uniform numbers is nearly normal.
  const std::uint64_t bits = draw();
  float value = 0;
  for (int i = 0; i < 4; ++i) value += static_cast<float>((bits >> (16 * i)) & 0xffff);
  value = (value - 131070.0f) * 0x1p-20f;
  std::uint32_t pattern = 0;
  std::memcpy(&pattern, &value, sizeof pattern);
  pattern ^= static_cast<std::uint32_t>(draw() & 0xffff);  // sums leave the last digits zero
  std::byte bytes[sizeof pattern];
  std::memcpy(bytes, &pattern, sizeof pattern);
  output.insert(output.end(), bytes, bytes + sizeof value);
}

}  // namespace weir::bench
