#include "weir/checkpoint_testing/scoped_logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "weir/check.h"

namespace weir::inline v0_1 {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kCritical:
      return spdlog::level::critical;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  WEIR_CHECK(false, "a log level");
}

std::shared_ptr<spdlog::logger> make_logger(const std::string& name) {
  // A program may have dropped the default logger.
  if (const auto model = spdlog::default_logger()) return model->clone(name);
  return std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

std::shared_ptr<spdlog::logger> find_or_make_logger(const std::string& name) {
  for (;;) {
    if (auto logger = spdlog::get(name)) return logger;
    try {
      auto made = make_logger(name);
      spdlog::register_logger(made);
      return made;
    } catch (const spdlog::spdlog_ex&) {
      // Another thread has made it meanwhile.
    }
  }
}

}  // namespace

struct ScopedLogLevel::Scope {
  std::shared_ptr<spdlog::logger> logger;
  // What ends with the next older scope of this logger, or the base level.
  spdlog::level::level_enum found;

  // All live scopes, the oldest first.
  struct Live {
    std::mutex mutex;
    std::vector<Scope*> scopes;
  };
  // Never destroyed: a scope may be left while the program ends.
  static Live& live() {
    static Live& all = *new Live;
    return all;
  }
};

ScopedLogLevel::ScopedLogLevel(std::string_view logger, LogLevel level)
    : scope_(std::make_unique<Scope>()) {
  const spdlog::level::level_enum wanted = to_spdlog(level);
  scope_->logger = find_or_make_logger(std::string(logger));
  Scope::Live& live = Scope::live();
  const std::lock_guard lock(live.mutex);
  live.scopes.push_back(scope_.get());
  scope_->found = scope_->logger->level();
  scope_->logger->set_level(wanted);
}

ScopedLogLevel::~ScopedLogLevel() {
  Scope::Live& live = Scope::live();
  const std::lock_guard lock(live.mutex);
  const auto self = std::find(live.scopes.begin(), live.scopes.end(), scope_.get());
  const auto newer = std::find_if(self + 1, live.scopes.end(), [this](const Scope* other) {
    return other->logger == scope_->logger;
  });
  if (newer == live.scopes.end()) {
    scope_->logger->set_level(scope_->found);
  } else {
    // The newer scope goes on, and gives back what this one would have.
    (*newer)->found = scope_->found;
  }
  live.scopes.erase(self);
}

namespace internal {

void warn(std::string_view what, const std::string& path, const Error& error) noexcept {
  try {
    find_or_make_logger(std::string(kCheckpointLogger))
        ->warn("{} {}: {}", what, path, describe(error));
  } catch (...) {
  }
}

}  // namespace internal
}  // namespace weir::inline v0_1
