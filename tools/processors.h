// How many processors this program may use.
#pragma once

#include <sched.h>

#include <thread>

namespace weir::cli {

/// At least 1; what the system grants this process, not what the machine has.
inline unsigned processors() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
    return static_cast<unsigned>(CPU_COUNT(&set));
  }
  const unsigned count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : count;
}

}  // namespace weir::cli
