// A library with streams of its own, above those of others. Yours takes its place.
#pragma once

#include <array>
#include <istream>
#include <ostream>
#include <streambuf>

/// Rotates the letters A-Z and a-z by thirteen places and leaves every other byte.
class Rot13WriteBuffer final : public std::streambuf {
 public:
  explicit Rot13WriteBuffer(std::ostream& below) : below_(below) {}

 protected:
  int_type overflow(int_type character) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;

 private:
  std::ostream& below_;
};

class Rot13ReadBuffer final : public std::streambuf {
 public:
  explicit Rot13ReadBuffer(std::istream& below) : below_(below) {}

 protected:
  int_type underflow() override;

 private:
  std::istream& below_;
  std::array<char, 1024> buffer_{};
};

class Rot13Ostream final : public std::ostream {
 public:
  explicit Rot13Ostream(std::ostream& below) : std::ostream(nullptr), buffer_(below) {
    rdbuf(&buffer_);
  }

 private:
  Rot13WriteBuffer buffer_;
};

class Rot13Istream final : public std::istream {
 public:
  explicit Rot13Istream(std::istream& below) : std::istream(nullptr), buffer_(below) {
    rdbuf(&buffer_);
  }

 private:
  Rot13ReadBuffer buffer_;
};
