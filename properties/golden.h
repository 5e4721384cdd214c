// Golden streams: what an earlier release wrote, with what a reader must make of it, as text.
// docs/case-format.md has the grammar; docs/testing.md says when they are frozen.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/case.h"
#include "properties/case_text.h"
#include "weir/transform.h"

namespace weir::properties {

/// An encoded stream under version control.
struct Golden {
  /// How a reader fails on it.
  struct Failure {
    Code code = Code::kCorrupt;
    /// What the error names as its place; nothing where another version of a library below may name
    /// another one.
    std::optional<std::uint64_t> offset{};
    std::uint64_t given = 0;  ///< payload bytes that a reader from front to back gets before
    /// Those bytes need not be the payload's: the format verifies them only behind them.
    bool unverified = false;
  };

  std::string guards;   ///< what is broken when this stream no longer does as it should, one line
  std::string library;  ///< the version that wrote it, e.g. "0.1.0"
  std::vector<std::string> transforms;  ///< descriptors, in reader's order
  /// The payload, and how the bytes came of it: writes and damage. Only the payload is replayed.
  Case recipe;
  std::optional<Failure> failure;  ///< none: it decodes to the payload
  std::vector<std::byte> encoded;
};

/// No text of a golden stream is longer, nor the bytes in it, nor its payload.
inline constexpr std::size_t kGoldenTextMax = std::size_t{4} << 20;
inline constexpr std::size_t kGoldenEncodedMax = std::size_t{1} << 20;
inline constexpr std::size_t kGoldenPayloadMax = std::size_t{16} << 20;
inline constexpr std::string_view kGoldenExtension = ".golden";

/// The canonical text: `parse_golden(print(g))` gives an equal one. Preconditions: one line each in
/// `guards` and `library`; descriptors without blanks.
std::string print(const Golden& golden);

/// Parses `text` into `result`; what it is after a failure is unspecified.
ParseOutcome parse_golden(std::string_view text, Golden& result);

/// Makes transforms from descriptors, as a registry does.
using MakeTransforms = std::function<Result<std::vector<std::unique_ptr<StreamTransform>>>(
    std::span<const std::string> descriptors)>;

/// What a replay showed.
struct GoldenReplay {
  enum class Outcome : std::uint8_t {
    kHeld,
    kBroken,   ///< it decodes to something else, or fails in another way, or does not fail
    kLeftOut,  ///< this build lacks a transform that it needs
  };
  Outcome outcome = Outcome::kHeld;
  std::string message;  ///< one line: what was expected and seen, or why it was left out
};

/// Decodes `golden`: over a file and over a pipe, at once and byte by byte; where a reader seeks,
/// from places all over the payload, too.
GoldenReplay replay(const Golden& golden, const MakeTransforms& make);
/// With the shipped transforms, and the keys of tests.
GoldenReplay replay(const Golden& golden);

/// A golden stream and where it stands.
struct GoldenFile {
  std::string path;
  Golden golden;
};
/// Reads the golden streams below `folder`, or the one in the file `folder`, in order of their
/// paths. Returns what is wrong with the first that is none, as one line that names it ("FILE:LINE:
/// what"); empty when all is well. No file is no failure.
std::string read_golden_files(const std::string& folder, std::vector<GoldenFile>& files);

}  // namespace weir::properties
