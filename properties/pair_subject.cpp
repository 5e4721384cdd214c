#include "properties/pair_subject.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>

#include "properties/roster.h"

namespace weir::properties {
namespace {
constexpr char kBetween = '~';
}  // namespace

std::string pair_name(std::string_view one, std::string_view other) {
  return std::string(one) + kBetween + std::string(other);
}

std::string_view implementation_name(const Subject& subject) noexcept {
  const std::string_view name = subject.name;
  return name.substr(0, name.find(kBetween));
}

const Subject* find_pair(std::string_view name) {
  const std::size_t at = name.find(kBetween);
  if (at == std::string_view::npos || name.find(kBetween, at + 1) != std::string_view::npos) {
    return nullptr;
  }
  const Subject* const one = find_subject(name.substr(0, at));
  const Subject* const other = find_subject(name.substr(at + 1));
  if (one == nullptr || other == nullptr) return nullptr;
  static std::mutex mutex;
  static std::map<std::string, Subject, std::less<>> pairs;
  const std::lock_guard lock(mutex);
  const auto found = pairs.find(name);
  if (found != pairs.end()) return &found->second;
  Subject pair = *one;
  pair.name = name;
  pair.summary = one->name + " and " + other->name + ", two implementations of one format";
  pair.peer = other;
  pair.payload_bytes_max = std::min(one->payload_bytes_max, other->payload_bytes_max);
  return &pairs.emplace(std::string(name), std::move(pair)).first->second;
}

}  // namespace weir::properties
