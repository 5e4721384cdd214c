#include "properties/chain_subject.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "properties/random_bits.h"
#include "weir/builtin.h"
#include "weir/version_1.h"

namespace weir::properties {
namespace {

constexpr std::string_view kPrefix = "chain.";
constexpr std::string_view kSuffix = "/1";
constexpr char kJoin = '+';
constexpr std::string_view kMemberPrefix = "stream.";  // left out in the chain's name

constexpr Traits kOfAnyMember =
    traits(Trait::kDetectsTruncation, Trait::kDetectsCorruption) | kPermissions;

Traits joined_traits(const std::vector<const Subject*>& members) {
  Traits all = kAllTraits;
  Traits any = 0;
  int changing_size = 0;
  for (const Subject* member : members) {
    all &= member->traits;
    any |= member->traits;
    changing_size += has(member->traits, Trait::kSizePreserving) ? 0 : 1;
  }
  // A member may pass over bytes that have no payload, an empty frame, say. Those above never see
  // them, and cannot object to a further stream that has nothing else.
  if (changing_size > 1) all &= static_cast<Traits>(~traits(Trait::kMultiMember));
  return static_cast<Traits>((all & ~kOfAnyMember) | (any & kOfAnyMember));
}

// Claimed where every member claims it: the sum, or the least.
void join(std::optional<std::uint64_t>& bound, const std::optional<std::uint64_t>& other,
          bool least) {
  if (bound.has_value() && other.has_value()) {
    bound = least ? std::min(*bound, *other) : *bound + *other;
  } else {
    bound.reset();
  }
}

Bounds joined_bounds(const std::vector<const Subject*>& members) {
  Bounds bounds = members.front()->bounds;
  for (std::size_t i = 1; i < members.size(); ++i) {
    const Bounds& other = members[i]->bounds;
    join(bounds.write_heap_bytes, other.write_heap_bytes, false);
    join(bounds.read_heap_bytes, other.read_heap_bytes, false);
    join(bounds.read_ahead_bytes, other.read_ahead_bytes, false);
    join(bounds.write_behind_bytes, other.write_behind_bytes, false);
    join(bounds.bytes_per_call, other.bytes_per_call, true);
  }
  return bounds;
}

using MadeTransform = Result<std::unique_ptr<StreamTransform>>;

MadeTransform as_transform(std::vector<std::unique_ptr<StreamTransform>> links,
                           const std::string& name) {
  return std::make_unique<ChainTransform>(Chain(std::move(links)), *Descriptor::parse(name));
}

Subject make_chain(std::string name, const std::vector<std::string>& descriptors,
                   std::vector<const Subject*> members) {
  std::string summary = "A chain, read by " + descriptors.front();
  for (std::size_t i = 1; i < descriptors.size(); ++i) summary += ", then " + descriptors[i];
  summary += ".";
  const auto make_registry = [name, descriptors] {
    ExtensionRegistry registry = test_extension_registry();
    std::string key = name.substr(0, name.size() - kSuffix.size());
    registry.add(version_1_extension(std::move(key),
                                     [name, descriptors, shipped = registry]() -> MadeTransform {
                                       auto links = shipped.from_descriptor_list(descriptors);
                                       if (!links) return fail(links.error());
                                       return as_transform(std::move(*links), name);
                                     }));
    return registry;
  };
  Subject subject = subject_from_registry(std::move(name), std::move(summary),
                                          joined_traits(members), make_registry);
  subject.bounds = joined_bounds(members);
  subject.make_for = [name = subject.name,
                      members = std::move(members)](std::uint64_t payload_bytes) -> MadeTransform {
    std::vector<std::unique_ptr<StreamTransform>> links;
    for (const Subject* member : members) {
      MadeTransform made = member->make_for ? member->make_for(payload_bytes) : member->make();
      if (!made) return fail(made.error());
      links.push_back(std::move(*made));
    }
    return as_transform(std::move(links), name);
  };
  return subject;
}

}  // namespace

std::vector<std::string> chain_members(std::string_view name) {
  if (name.size() <= kPrefix.size() + kSuffix.size() || name.size() > Descriptor::kBytesMax ||
      name.substr(0, kPrefix.size()) != kPrefix ||
      name.substr(name.size() - kSuffix.size()) != kSuffix) {
    return {};
  }
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  std::vector<std::string> members;
  for (;;) {
    const std::string_view part = name.substr(0, name.find(kJoin));
    if (part.empty()) return {};
    members.push_back(std::string(kMemberPrefix).append(part).append(kSuffix));
    if (part.size() == name.size()) break;
    name.remove_prefix(part.size() + 1);
  }
  if (members.size() < 2) return {};
  return members;
}

const Subject* find_chain(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, Subject, std::less<>> chains;
  const std::vector<std::string> descriptors = chain_members(name);
  std::vector<const Subject*> members;
  for (const std::string& descriptor : descriptors) {
    const auto& shipped = builtin_subjects();
    const auto member = std::find_if(shipped.begin(), shipped.end(),
                                     [&](const Subject& s) { return s.name == descriptor; });
    if (member == shipped.end()) return nullptr;
    members.push_back(&*member);
  }
  if (members.empty()) return nullptr;
  const std::lock_guard lock(mutex);
  const auto found = chains.find(name);
  if (found != chains.end()) return &found->second;
  return &chains
              .emplace(std::string(name),
                       make_chain(std::string(name), descriptors, std::move(members)))
              .first->second;
}

std::vector<std::string> draw_chains(std::size_t count, std::uint64_t seed) {
  const auto& shipped = builtin_subjects();
  constexpr std::size_t kMembersMin = 2;
  constexpr std::size_t kMembersMax = 4;
  std::size_t possible = 0;
  for (std::size_t members = 1, ways = 1; members <= kMembersMax; ++members) {
    ways *= shipped.size();
    if (members >= kMembersMin) possible += ways;
  }
  RandomBits random(seed);
  std::vector<std::string> names;
  while (names.size() < std::min(count, possible)) {
    const auto members = kMembersMin + random.below(kMembersMax - kMembersMin + 1);
    std::string name(kPrefix);
    for (std::uint64_t i = 0; i < members; ++i) {
      const std::string& member =
          shipped[static_cast<std::size_t>(random.below(shipped.size()))].name;
      if (i > 0) name += kJoin;
      name += std::string_view(member).substr(
          kMemberPrefix.size(), member.size() - kMemberPrefix.size() - kSuffix.size());
    }
    name += kSuffix;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace weir::properties
