#include "lwm2m/registration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lwm2m/value.h"

namespace lwm2m {
namespace {

constexpr std::size_t kMaxEndpointName = 255;
constexpr std::size_t kMaxParameter = 255;
// More than 136 years; a longer lifetime would leave the range of the steady clock.
constexpr std::uint64_t kMaxLifetime = 0xffffffffu;

// C0 controls, DEL, and C1 controls, which are C2 80 to C2 9F in UTF-8.
bool HasControlCharacters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if (octet < 0x20 || octet == 0x7f) return true;
    if (octet == 0xc2 && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[i + 1]);
      if (next >= 0x80 && next <= 0x9f) return true;
    }
  }
  return false;
}

Result<std::string> ReadText(std::string_view name, std::string_view value, std::size_t limit) {
  if (value.empty()) return Malformed(std::string(name) + " is empty");
  if (value.size() > limit) return Malformed(std::string(name) + " is too long");
  if (!IsUtf8(value)) return Malformed(std::string(name) + " is not UTF-8");
  if (HasControlCharacters(value)) return Malformed(std::string(name) + " has control characters");
  return std::string(value);
}

Result<Seconds> ReadLifetime(std::string_view value) {
  const bool digits_only =
      !value.empty() && std::all_of(value.begin(), value.end(),
                                    [](char digit) { return digit >= '0' && digit <= '9'; });
  if (!digits_only) return Malformed("lt is not a number");
  std::uint64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc{} || end != value.data() + value.size()) seconds = kMaxLifetime;
  return Seconds(std::min(seconds, kMaxLifetime));
}

// Stores a parameter that may be given once.
template <typename T>
Result<void> StoreOnce(std::string_view name, Result<T> value, std::optional<T>& into) {
  if (!value) return tl::unexpected(std::move(value).error());
  if (into) return Malformed(std::string(name) + " is given twice");
  into = std::move(*value);
  return {};
}

std::string_view WithoutQuotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

Result<void> ReadParameter(std::string_view query, RegistrationQuery& out) {
  const std::size_t equals = query.find('=');
  const std::string_view name = query.substr(0, equals);
  std::string_view value =
      equals == std::string_view::npos ? std::string_view{} : query.substr(equals + 1);
  if (name == "lt" || name == "lwm2m" || name == "b") value = WithoutQuotes(value);
  if (name == "ep") return StoreOnce(name, ReadText(name, value, kMaxEndpointName), out.endpoint);
  if (name == "lt") return StoreOnce(name, ReadLifetime(value), out.lifetime);
  if (name == "lwm2m") return StoreOnce(name, ReadText(name, value, kMaxParameter), out.version);
  if (name == "b") return StoreOnce(name, ReadText(name, value, kMaxParameter), out.binding);
  if (name == "sms") return StoreOnce(name, ReadText(name, value, kMaxParameter), out.sms_number);
  if (name == "pid") return StoreOnce(name, ReadText(name, value, kMaxParameter), out.profile_id);
  if (name == "Q") {
    if (out.queue_mode) return Malformed("Q is given twice");
    out.queue_mode = true;
    return {};
  }
  out.unknown.emplace_back(query);
  return {};
}

}  // namespace

bool IsEndpointName(std::string_view text) {
  return ReadText("ep", text, kMaxEndpointName).has_value();
}

bool IsBinding(std::string_view version, std::string_view text) {
  if (version == "1.0") {
    constexpr std::array<std::string_view, 6> kBindings = {"U", "UQ", "S", "SQ", "US", "UQS"};
    return std::find(kBindings.begin(), kBindings.end(), text) != kBindings.end();
  }
  const std::string_view letters = version == "1.1" ? "UTSN" : "UTSNMH";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (letters.find(text[i]) == std::string_view::npos) return false;
    if (text.find(text[i], i + 1) != std::string_view::npos) return false;
  }
  return !text.empty();
}

Result<RegistrationQuery> ParseRegistrationQuery(const std::vector<std::string>& queries) {
  RegistrationQuery out;
  for (const std::string& query : queries) {
    if (auto read = ReadParameter(query, out); !read) return tl::unexpected(read.error());
  }
  return out;
}

}  // namespace lwm2m
