#include "streams.h"

#include <algorithm>

namespace {

char rotate(char letter) {
  const bool upper = letter >= 'A' && letter <= 'Z';
  if (!upper && (letter < 'a' || letter > 'z')) return letter;
  return static_cast<char>(letter + ((upper ? letter - 'A' : letter - 'a') < 13 ? 13 : -13));
}

}  // namespace

Rot13WriteBuffer::int_type Rot13WriteBuffer::overflow(int_type character) {
  if (traits_type::eq_int_type(character, traits_type::eof())) {
    return traits_type::not_eof(character);
  }
  const char letter = traits_type::to_char_type(character);
  return xsputn(&letter, 1) == 1 ? character : traits_type::eof();
}

std::streamsize Rot13WriteBuffer::xsputn(const char* text, std::streamsize size) {
  std::array<char, 1024> rotated{};
  for (std::streamsize done = 0; done < size;) {
    const std::streamsize piece = std::min<std::streamsize>(size - done, rotated.size());
    std::transform(text + done, text + done + piece, rotated.begin(), rotate);
    if (!below_.write(rotated.data(), piece)) return done;
    done += piece;
  }
  return size;
}

int Rot13WriteBuffer::sync() { return below_.flush() ? 0 : -1; }

Rot13ReadBuffer::int_type Rot13ReadBuffer::underflow() {
  below_.read(buffer_.data(), buffer_.size());
  const std::streamsize size = below_.gcount();
  if (size == 0) {
    // return traits_type::eof();  // PLANTED BUG: an error below passes for the end
    if (below_.bad()) throw std::ios_base::failure("the stream below failed");
    return traits_type::eof();
  }
  std::transform(buffer_.begin(), buffer_.begin() + size, buffer_.begin(), rotate);
  setg(buffer_.data(), buffer_.data(), buffer_.data() + size);
  return traits_type::to_int_type(*gptr());
}
