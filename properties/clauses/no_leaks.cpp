#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "properties/allocation.h"
#include "properties/case_damage.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

constexpr std::string_view kAllocatesNothing = "the subject's streams allocate nothing";

// What a program keeps to use it again is bounded: contexts in a pool, tables that are made once.
// What has grown with each of so many repetitions does so for ever; after a few, if it is much:
// other cases need the memory.
constexpr std::uint64_t kRepetitions = 24;
constexpr std::uint64_t kRepetitionsOfMuch = 6;
constexpr std::uint64_t kMuchBytes = std::uint64_t{1} << 20;
// So many repetitions of a slow transform have to fit into the time of a case.
constexpr std::size_t kPayloadBytesMax = std::size_t{160} << 10;
// Enough of what hostile bytes decode to.
constexpr std::size_t kReadBytesMax = std::size_t{1} << 20;

// As the kernel writes it; the C library keeps it to itself.
struct DirectoryEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t size;
  unsigned char type;
  char name[1];
};

// The numbers of all open descriptors, in order; none where /proc is not there. Twice for each
// case: without a stream of the C library's.
std::vector<int> open_descriptors() {
  std::vector<int> numbers;
  const int folder = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return numbers;
  alignas(DirectoryEntry) std::array<char, 2048> entries;
  for (;;) {
    const long size = ::syscall(SYS_getdents64, folder, entries.data(), entries.size());
    if (size <= 0) break;
    for (long at = 0; at < size;) {
      const auto* const entry = reinterpret_cast<const DirectoryEntry*>(entries.data() + at);
      at += entry->size;
      if (entry->name[0] == '.') continue;
      const int number = std::atoi(entry->name);
      if (number != folder) numbers.push_back(number);
    }
  }
  ::close(folder);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// What leaked is closed again: the next case finds as many as this one.
void close_others(const std::vector<int>& before, const std::vector<int>& after) {
  std::vector<int> others;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(others));
  for (const int number : others) ::close(number);
}

// The case once more: four streams, a writer and a reader of an instance that lives on, and of one
// that is made for them. One of each is closed, the other one is left in the middle.
class Repeated {
 public:
  Repeated(const Subject& subject, const Case& value, const StreamTransform& kept,
           Workspace& workspace)
      : subject_(subject), value_(value), kept_(kept), workspace_(workspace) {
    meter_.start();
  }

  /// False: `verdict` says why it could not be done.
  bool once_more(Verdict& verdict) {
    // Each counts for itself: how often a pool that all cases share has to allocate is another
    // matter the first time.
    workspace_.trace.clear();
    for (const Counter counter : {Counter::kAllocations, Counter::kFaults, Counter::kAbandoned}) {
      workspace_.counters[counter] = 0;
    }
    meter_.follow(nullptr);
    std::unique_ptr<StreamTransform> fresh;
    {
      const Metered subject;
      fresh = make_instance(subject_, verdict, workspace_.payload.size());
    }
    if (fresh == nullptr) return false;
    write(kept_, true);
    write(*fresh, false);
    read(*fresh, true);
    read(kept_, false);
    const Metered subject;
    fresh.reset();
    return true;
  }

  std::uint64_t live_blocks() const noexcept { return meter_.live_blocks(); }
  std::uint64_t live_bytes() const noexcept { return meter_.live_bytes(); }

 private:
  void write(const StreamTransform& transform, bool whole) {
    WriteOptions options;
    options.program = true;
    options.finish = options.close = options.go_on = whole;
    options.sink = {true, true, true};
    written_.clear();
    follow(whole, [&](Below& below) {
      return write_through(transform, workspace_.payload, value_, options, workspace_, written_,
                           below)
          .sink;
    });
  }

  void read(const StreamTransform& transform, bool whole) {
    ReadOptions options;
    options.program = options.closes = true;
    options.seeks = has(subject_.traits, Trait::kSeekable);
    options.drain = options.close = whole;
    options.ending = Ending::kEither;
    options.bytes_max = kReadBytesMax;
    options.source = {true, true, true};
    follow(whole, [&](Below& below) {
      return read_through(transform, workspace_.damaged, {}, value_, options, workspace_, below)
          .source;
    });
  }

  // One stream, from opening it to destroying it, while allocations fail as the case says.
  template <class Open>
  void follow(bool whole, Open open) {
    meter_.follow(&value_);
    Below below;
    auto stream = open(below);
    {
      const Metered subject;
      stream.reset();
    }
    if (!whole) ++workspace_.counters[Counter::kAbandoned];
    workspace_.counters[Counter::kFaults] += meter_.failures();
    // So many calls can a list tell apart.
    auto& calls = workspace_.counters[Counter::kAllocations];
    calls = std::max(calls, meter_.calls());
  }

  const Subject& subject_;
  const Case& value_;
  const StreamTransform& kept_;
  Workspace& workspace_;
  ByteBuffer written_;
  AllocationMeter meter_;
};

// Shorter payloads while it lives.
class Shortened {
 public:
  explicit Shortened(Workspace& workspace)
      : workspace_(workspace), before_(workspace.payload_bytes_max) {
    workspace_.payload_bytes_max = std::min(before_, kPayloadBytesMax);
  }
  ~Shortened() { workspace_.payload_bytes_max = before_; }
  Shortened(const Shortened&) = delete;
  Shortened& operator=(const Shortened&) = delete;

 private:
  Workspace& workspace_;
  std::size_t before_;
};

std::string after_all(std::uint64_t more, const char* one, const char* many,
                      std::uint64_t repetitions) {
  return std::to_string(more) + " " + (more == 1 ? one : many) + " more after " +
         std::to_string(repetitions) + " repetitions";
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  const Shortened shortened(workspace);
  Verdict verdict;
  const auto kept = prepare_encoded(subject, value, workspace, verdict);
  if (kept == nullptr) return verdict;
  apply_damage(value, workspace.encoded.bytes(), workspace.damaged);
  Repeated repeated(subject, value, *kept, workspace);
  // The first time does not count: it makes what is made once.
  if (!repeated.once_more(verdict)) return verdict;
  const std::uint64_t first_blocks = repeated.live_blocks();
  const std::uint64_t first_bytes = repeated.live_bytes();
  const std::vector<int> first_open = open_descriptors();
  std::uint64_t blocks = first_blocks;
  std::vector<int> open = first_open;
  bool blocks_grow = true;
  bool open_grow = true;
  std::uint64_t more_bytes = 0;
  std::uint64_t repetitions = 0;
  while (repetitions < kRepetitions && (blocks_grow || open_grow) &&
         (repetitions < kRepetitionsOfMuch || more_bytes < kMuchBytes)) {
    if (!repeated.once_more(verdict)) return verdict;
    ++repetitions;
    const std::uint64_t blocks_before = std::exchange(blocks, repeated.live_blocks());
    blocks_grow = blocks_grow && blocks > blocks_before;
    const std::uint64_t bytes = repeated.live_bytes();
    more_bytes = blocks_grow && bytes > first_bytes ? bytes - first_bytes : 0;
    if (!open_grow) continue;
    const std::size_t open_before = open.size();
    open = open_descriptors();
    open_grow = open.size() > open_before;
  }
  if (open_grow) {
    close_others(first_open, open);
    return Verdict::violated("descriptors-leaked", Verdict::kNoStep,
                             "the same again leaves no more descriptors open",
                             after_all(open.size() - first_open.size(), "open descriptor",
                                       "open descriptors", repetitions));
  }
  if (blocks_grow) {
    return Verdict::violated("memory-leaked", Verdict::kNoStep,
                             "the same again holds on to no more memory",
                             after_all(blocks - first_blocks, "block", "blocks", repetitions) +
                                 ", " + bytes_text(more_bytes));
  }
  if (workspace.counters[Counter::kAllocations] == 0) return Verdict::discarded(kAllocatesNothing);
  return Verdict::held();
}

}  // namespace

const Clause no_leaks = {
    "no-leaks",
    Group::kLifecycle,
    "Streams and instances that are destroyed give back what they took, memory and open "
    "descriptors, also after failures, over damaged bytes, out of memory and without close: the "
    "same again and again holds on to no more.",
    "A context that is forgotten on the way out of an error costs nothing in a test, and takes the "
    "memory of a server that meets a cut file every minute.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink, FieldId::kDamage, FieldId::kSource,
            FieldId::kReads, FieldId::kMemory),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFault, VerbKind::kPassingFault,
           VerbKind::kDelay, VerbKind::kFlush, VerbKind::kLend, VerbKind::kSeek, VerbKind::kClose,
           VerbKind::kCut, VerbKind::kHarm)},
    counters(Counter::kAllocations, Counter::kFaults, Counter::kAbandoned),
    check,
    true,
    nullptr,
    nullptr,
    0,
    kAllocatesNothing,
};

}  // namespace weir::properties::clause
