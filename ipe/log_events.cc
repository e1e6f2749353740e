#include "ipe/log_events.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace ipe {
namespace {

constexpr std::size_t kQueueLength = 1024;  // 0.4 MB, taken at the start

bool IsControl(char character) {
  const auto octet = static_cast<unsigned char>(character);
  return octet < 0x20 || octet == 0x7f;
}

// Appends with control characters, and what `also` names, escaped by a backslash.
void AppendEscaped(std::string& out, std::string_view text, std::string_view also) {
  for (const char character : text) {
    if (character == '\n') {
      out += "\\n";
    } else if (IsControl(character)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(character));
    } else {
      if (also.find(character) != std::string_view::npos) out += '\\';
      out += character;
    }
  }
}

// 2026-01-31T12:00:00.123Z
std::string Timestamp(std::chrono::system_clock::time_point time) {
  const auto since_epoch = time.time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch) -
                            std::chrono::floor<std::chrono::seconds>(since_epoch);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)), milliseconds.count());
}

using Fields = std::vector<std::pair<std::string, std::string>>;

bool IsNameCharacter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
         character == '-' || character == '_';
}

std::string TakeName(std::string_view& rest) {
  const auto* end = std::find_if_not(rest.begin(), rest.end(), IsNameCharacter);
  std::string name(rest.begin(), end);
  rest.remove_prefix(name.size());
  return name;
}

// The reverse of LogValue; nothing when a quote is not closed.
std::optional<std::string> TakeValue(std::string_view& rest) {
  if (rest.empty() || rest.front() != '"') {
    const std::string_view value = rest.substr(0, rest.find(' '));
    rest.remove_prefix(value.size());
    return std::string(value);
  }
  std::string value;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    value += rest[i];
  }
  return std::nullopt;
}

// Nothing when the message is not made of key=value pairs.
std::optional<Fields> ParseMessage(std::string_view message) {
  Fields fields;
  while (true) {
    std::string key = TakeName(message);
    if (key.empty() || message.empty() || message.front() != '=') return std::nullopt;
    message.remove_prefix(1);
    auto value = TakeValue(message);
    if (!value) return std::nullopt;
    fields.emplace_back(std::move(key), *std::move(value));
    if (message.empty()) return fields;
    if (message.front() != ' ') return std::nullopt;
    message.remove_prefix(1);
  }
}

std::string RenderJson(std::string_view time, std::string_view level, std::string_view message) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto member = [&writer](std::string_view name, std::string_view value) {
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  member("time", time);
  member("level", level);
  if (const auto fields = ParseMessage(message)) {
    for (const auto& [key, value] : *fields) member(key, value);
  } else {
    member("message", message);
  }
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

class LineFormatter : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}

  void format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& out) override {
    const auto level = spdlog::level::to_string_view(record.level);
    const std::string line =
        RenderLogLine(format_, record.time, std::string_view(level.data(), level.size()),
                      std::string_view(record.payload.data(), record.payload.size()));
    out.append(line.data(), line.data() + line.size());
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_);
  }

 private:
  LogFormat format_;
};

}  // namespace

std::string LogValue(std::string_view text) {
  constexpr std::string_view kAmbiguous = " \"\\=";
  const bool plain = !text.empty() && std::none_of(text.begin(), text.end(), [&](char character) {
    return IsControl(character) || kAmbiguous.find(character) != std::string_view::npos;
  });
  if (plain) return std::string(text);
  std::string quoted = "\"";
  AppendEscaped(quoted, text, "\"\\");
  quoted += '"';
  return quoted;
}

std::string RenderLogLine(LogFormat format, std::chrono::system_clock::time_point time,
                          std::string_view level, std::string_view message) {
  if (format == LogFormat::kJson) return RenderJson(Timestamp(time), level, message);
  std::string line = fmt::format("{} {:<7} ", Timestamp(time), level);
  AppendEscaped(line, message, "");
  return line;
}

Logging::Logging(std::string_view level, LogFormat format) {
  spdlog::init_thread_pool(kQueueLength, 1);
  auto logger = std::make_shared<spdlog::async_logger>(
      "ipe", std::make_shared<spdlog::sinks::stderr_sink_mt>(), spdlog::thread_pool(),
      spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(spdlog::level::from_str(std::string(level)));
  logger->set_formatter(std::make_unique<LineFormatter>(format));
  spdlog::set_default_logger(std::move(logger));
}

Logging::~Logging() {
  // The logger must not outlive its queue, whose thread writes what is queued before it ends.
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("ipe", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
  spdlog::details::registry::instance().set_tp(nullptr);
}

std::uint64_t Logging::dropped() {
  const auto queue = spdlog::thread_pool();
  return queue == nullptr ? 0 : queue->overrun_counter();
}

bool LogLimiter::Allow(std::string_view kind, TimePoint now) {
  auto known = kinds_.find(kind);
  if (known == kinds_.end()) {
    if (kinds_.size() >= kKinds) {
      kinds_.erase(std::min_element(kinds_.begin(), kinds_.end(), [](const auto& a, const auto& b) {
        return a.second.allowed_at < b.second.allowed_at;
      }));
    }
    kinds_.emplace(std::string(kind), Kind{now, 0});
    suppressed_ = 0;
    return true;
  }
  if (now - known->second.allowed_at < kInterval) {
    ++known->second.held_back;
    return false;
  }
  suppressed_ = std::exchange(known->second.held_back, 0);
  known->second.allowed_at = now;
  return true;
}

bool LogBudget::Allow(TimePoint now) {
  Report(now);
  if (lines_ < kLinesPerSecond) {
    ++lines_;
    return true;
  }
  ++left_out_;
  return false;
}

void LogBudget::Report(TimePoint now) {
  if (now - since_ < std::chrono::seconds(1)) return;
  if (left_out_ > 0) spdlog::info("event=lines-left-out lines={}", left_out_);
  since_ = now;
  lines_ = 0;
  left_out_ = 0;
}

}  // namespace ipe
