// What a logger writes, as text.
#pragma once

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace weir::test {

/// A logger of that name that keeps what it is told, as lines "LEVEL TEXT", for the length of a
/// scope; then the name is free again.
class CapturedLog {
 public:
  explicit CapturedLog(std::string_view name) : name_(name) {
    spdlog::drop(name_);
    logger_ = std::make_shared<spdlog::logger>(
        name_, std::make_shared<spdlog::sinks::ostream_sink_mt>(written_));
    logger_->set_pattern("%l %v");
    spdlog::register_logger(logger_);
  }
  ~CapturedLog() { spdlog::drop(name_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  spdlog::logger& logger() { return *logger_; }
  std::string text() const { return written_.str(); }

 private:
  std::string name_;
  std::ostringstream written_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace weir::test
