#include "properties/trace.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "weir/error.h"
#include "weir/source.h"

namespace weir::properties {
namespace {

constexpr std::array<std::string_view, 5> kActorNames = {"writer", "sink below", "reader",
                                                         "source below", "test"};
constexpr std::array<std::string_view, 14> kCallNames = {
    "write",   "reserve", "commit", "flush",   "close", "read",   "peek",
    "consume", "seek",    "tell",   "destroy", "make",  "damage", "seekable"};

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string asked_text(const Event& event) {
  std::string text(kCallNames[static_cast<std::size_t>(event.call)]);
  switch (event.call) {
    case Call::kWrite:
    case Call::kReserve:
    case Call::kCommit:
    case Call::kRead:
    case Call::kPeek:
    case Call::kConsume:
      return text + " " + std::to_string(event.asked);
    case Call::kSeek: {
      const std::string_view whence =
          event.whence == static_cast<std::uint8_t>(Whence::kSet)       ? "set"
          : event.whence == static_cast<std::uint8_t>(Whence::kCurrent) ? "cur"
                                                                        : "end";
      return text + " " + std::string(whence) + " " +
             std::to_string(static_cast<std::int64_t>(event.asked));
    }
    default:
      return text;
  }
}

std::string answered_text(const Event& event) {
  if (!event.ok)
    return describe(event.code == Code::kIo ? io_error(event.os_error, "") : Error(event.code));
  switch (event.call) {
    case Call::kWrite:
      return "took " + bytes_text(event.answered);
    case Call::kReserve:
    case Call::kPeek:
      return event.answered == 0 ? "lends nothing" : "lends " + bytes_text(event.answered);
    case Call::kRead:
      return event.answered == 0 && event.asked > 0 ? "the end" : bytes_text(event.answered);
    case Call::kSeek:
    case Call::kTell:
      return "position " + std::to_string(event.answered);
    case Call::kSeekable:
      return event.answered != 0 ? "yes" : "no";
    case Call::kDamage:
      return bytes_text(event.answered) + " now";
    default:
      return "ok";
  }
}

}  // namespace

std::string byte_text(std::byte byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = std::to_integer<unsigned>(byte);
  std::string text = "byte 0x";
  text += kDigits[value >> 4];
  text += kDigits[value & 0xf];
  if (value > ' ' && value < 0x7f) text += std::string(" '") + static_cast<char>(value) + "'";
  return text;
}

std::string bytes_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

std::string describe(const Event& event) {
  if (event.call == Call::kMake && event.ok) return "-- another stream --";
  return padded(std::string(kActorNames[static_cast<std::size_t>(event.actor)]), 13) +
         padded(asked_text(event), 20) + " -> " + answered_text(event);
}

}  // namespace weir::properties
