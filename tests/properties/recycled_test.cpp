// Recycled: memory is used again, later, is poisoned meanwhile, and is never given out twice.
#include "properties/recycled.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <vector>

// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" int __asan_address_is_poisoned(const volatile void* address) __attribute__((weak));

namespace weir::properties {
namespace {

// A type for each test: what is kept belongs to the type.
template <int kTest>
struct Small : Recycled<Small<kTest>> {
  virtual ~Small() = default;
  std::array<char, 64> bytes{};
};
template <int kTest>
struct Larger : Small<kTest> {
  std::array<char, 64> more{};
};

template <class T>
std::uintptr_t place_of(const T& object) {
  return reinterpret_cast<std::uintptr_t>(&object);
}

// Where an object was that is no more.
template <class T>
std::uintptr_t past_place() {
  const auto object = std::make_unique<T>();
  return place_of(*object);
}

TEST(Recycled, MemoryIsUsedAgainInTheOrderInWhichItCameBack) {
  using Object = Small<0>;
  std::vector<std::uintptr_t> first;
  for (std::size_t i = 0; i < Object::kKept; ++i) first.push_back(past_place<Object>());
  std::vector<std::uintptr_t> second;
  for (std::size_t i = 0; i < Object::kKept; ++i) second.push_back(past_place<Object>());
  EXPECT_EQ(first, second);
  EXPECT_EQ(std::set(first.begin(), first.end()).size(), Object::kKept);
}

TEST(Recycled, NoTwoLiveObjectsShareMemory) {
  using Object = Small<1>;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Object>> alive;
    std::set<std::uintptr_t> places;
    for (std::size_t i = 0; i < 2 * Object::kKept; ++i) {
      alive.push_back(std::make_unique<Object>());
      places.insert(place_of(*alive.back()));
    }
    EXPECT_EQ(places.size(), alive.size());
  }
}

TEST(Recycled, AnotherSizeIsNotMixedIn) {
  using Object = Small<2>;
  std::set<std::uintptr_t> places;
  for (std::size_t i = 0; i < Object::kKept; ++i) places.insert(past_place<Object>());
  const std::unique_ptr<Object> larger = std::make_unique<Larger<2>>();
  EXPECT_FALSE(places.count(place_of(*larger)) != 0);
}

TEST(Recycled, WhatIsKeptIsPoisoned) {
  using Object = Small<3>;
  const bool sanitized = __asan_address_is_poisoned != nullptr;
  const auto poisoned = [&](std::uintptr_t place) {
    return sanitized && __asan_address_is_poisoned(reinterpret_cast<const void*>(place)) != 0;
  };
  std::vector<std::uintptr_t> places;
  for (std::size_t i = 0; i < Object::kKept; ++i) places.push_back(past_place<Object>());
  for (const std::uintptr_t place : places) EXPECT_EQ(poisoned(place), sanitized);
  const auto object = std::make_unique<Object>();
  EXPECT_EQ(place_of(*object), places.front());
  EXPECT_FALSE(poisoned(place_of(*object)));
}

TEST(Recycled, AnyThreadMayMakeAndDestroy) {
  using Object = Small<4>;
  std::array<std::atomic<bool>, 4> right{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      bool all = true;
      for (int i = 0; i < 2000; ++i) {
        const auto object = std::make_unique<Object>();
        const char mine = static_cast<char>('a' + t);
        object->bytes.fill(mine);
        all = all && std::all_of(object->bytes.begin(), object->bytes.end(),
                                 [&](char byte) { return byte == mine; });
      }
      right[t] = all;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::atomic<bool>& each : right) EXPECT_TRUE(each);
}

}  // namespace
}  // namespace weir::properties
