// From payload recipes to bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "properties/case.h"
#include "weir/result.h"

namespace weir::properties {

/// Real files whose slices payloads may be. Filled before cases run; read-only then.
class PayloadFiles {
 public:
  struct File {
    std::string path;
    std::uint64_t hash;  ///< over its content
    std::vector<std::byte> bytes;
  };
  /// Reads `path`. Errors: kIo; kInvalidArgument for an empty file or a folder; kLimitExceeded
  /// beyond 64 MiB.
  Result<void> add(const std::string& path);
  const File* find(std::uint64_t hash) const noexcept;
  std::span<const File> files() const noexcept { return files_; }

 private:
  std::vector<File> files_;
};

/// Appends to `output` the bytes that the payload field of `value` describes, at most `bytes_max`.
/// Errors: kInvalidArgument when a slice's file is not in `files`.
Result<void> materialise(const Case& value, const PayloadFiles& files, std::size_t bytes_max,
                         std::vector<std::byte>& output);

/// Replaces slices of files by literals, so that the case stands alone; on an error it is left as
/// it was. Errors: as materialise; kLimitExceeded for a slice beyond kOpBytesMax, or when the case
/// would be longer than kCaseBytesMax.
Result<void> embed_files(Case& value, const PayloadFiles& files);

}  // namespace weir::properties
