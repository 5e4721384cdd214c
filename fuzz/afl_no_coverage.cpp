// Where instrumented code that is linked into the mutator counts to: nowhere. AFL++'s own runtime
// must not be there a second time, it would write into the coverage of the target.
#include <cstdint>

// AFL++'s names.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __sanitizer_cov_trace_pc_guard_init(std::uint32_t* begin, std::uint32_t* end);
extern unsigned char* __afl_area_ptr;

namespace {
unsigned char nowhere[1];
}
unsigned char* __afl_area_ptr = nowhere;

// Guards stay 0: every edge counts in the first byte.
void __sanitizer_cov_trace_pc_guard_init(std::uint32_t*, std::uint32_t*) {}
}
// NOLINTEND(bugprone-reserved-identifier)
