// Log levels for the length of a scope, on named loggers (those of spdlog).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "weir/result.h"

namespace weir::inline v0_1 {

/// What a logger lets through: messages of its level and of all that stand below it here.
enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError, kCritical, kOff };

/// The logger of the checkpoint library. Source: seed facts; the same name, so that programs which
/// configure it keep doing so.
inline constexpr std::string_view kCheckpointLogger = "torch.distributed.checkpoint";

/// Sets the level of a named logger until the scope is left, on every way out.
/// Scopes may nest and overlap in any order, on several threads and several loggers: the newest
/// live one decides the level of its logger; when it ends, the newest of the rest does, and the
/// level that was there before all of them returns with the last. A level that was set by hand
/// meanwhile holds until the newest scope ends; the scopes inside it give it back.
/// A logger that does not exist yet is made: a copy of the default logger, with its level and
/// sinks. It stays.
class ScopedLogLevel {
 public:
  /// Opens the scope. Allocates.
  explicit ScopedLogLevel(std::string_view logger = kCheckpointLogger,
                          LogLevel level = LogLevel::kInfo);
  ~ScopedLogLevel();
  ScopedLogLevel(const ScopedLogLevel&) = delete;
  ScopedLogLevel& operator=(const ScopedLogLevel&) = delete;

 private:
  struct Scope;
  std::unique_ptr<Scope> scope_;
};

/// Calls `body` while the logger `name` has the level `level`. Returns what the body returns; its
/// exceptions pass through. Example: `with_checkpoint_logging([&] { return save(path); });`
template <class Body>
decltype(auto) with_checkpoint_logging(Body&& body, std::string_view name = kCheckpointLogger,
                                       LogLevel level = LogLevel::kInfo) {
  const ScopedLogLevel scope(name, level);
  return std::invoke(std::forward<Body>(body));
}

namespace internal {
/// Logs "WHAT PATH: ERROR" as a warning of the checkpoint logger. For destructors: whatever goes
/// wrong with that is not worth a failure.
void warn(std::string_view what, const std::string& path, const Error& error) noexcept;
}  // namespace internal

}  // namespace weir::inline v0_1
