// The log: lines of `event=name key=value key="a value"`, or the same as JSON. (docs/operations.md)
#ifndef IPE_LOG_EVENTS_H_
#define IPE_LOG_EVENTS_H_

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace ipe {

// A value as it stands behind `key=`: as it is when that is unambiguous, otherwise in double quotes
// with backslash escapes. Control characters, which a device may send to forge lines, are always
// escaped.
//   spdlog::warn("event=value-refused endpoint={} reason={}", LogValue(endpoint),
//   LogValue(reason));
std::string LogValue(std::string_view text);

enum class LogFormat { kText, kJson };

// Renders one record. In JSON, the fields of a message of the form above become members beside
// "time", "level" and "event"; any other message becomes the member "message".
std::string RenderLogLine(LogFormat format, std::chrono::system_clock::time_point time,
                          std::string_view level, std::string_view message);

// Sends spdlog's default logger to standard error from a thread of its own, through a queue of 8192
// records that drops the oldest when the reader of standard error is too slow. Made and destroyed
// by main, outside every other thread's life, at most one at a time; dropped() is thread-safe.
class Logging {
 public:
  // `level`: trace debug info warning error.
  Logging(std::string_view level, LogFormat format);
  // Writes what is queued.
  ~Logging();
  Logging(const Logging&) = delete;
  Logging& operator=(const Logging&) = delete;

  // Of the one that is alive; 0 when there is none.
  static std::uint64_t dropped();
};

// Lets one record of each kind through per minute, for what a peer can provoke as often as it
// likes. One thread only.
class LogLimiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes kInterval{1};
  // Kinds are names of events; should they ever be made from what peers send, the oldest are
  // forgotten.
  static constexpr std::size_t kKinds = 256;

  // True: log it, together with suppressed().
  bool Allow(std::string_view kind, TimePoint now);
  // How many of that kind were held back before the last call that returned true.
  std::uint64_t suppressed() const { return suppressed_; }

 private:
  struct Kind {
    TimePoint allowed_at;
    std::uint64_t held_back = 0;
  };
  std::map<std::string, Kind, std::less<>> kinds_;
  std::uint64_t suppressed_ = 0;
};

// Lets so many lines about normal traffic through in a second, such as one for each Register: when
// 100,000 devices come at once, the log tells how many lines it left out. One thread only.
class LogBudget {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kLinesPerSecond = 100;

  // True: write the line.
  bool Allow(TimePoint now);
  // Tells how many lines were left out, once their second is over.
  void Report(TimePoint now);

 private:
  TimePoint since_{};  // the second began
  std::size_t lines_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace ipe

#endif  // IPE_LOG_EVENTS_H_
