#include "onem2m/types.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace onem2m {
namespace {

struct StatusPair {
  int code;
  int http;
};

// TS-0009 Table 6.3.2-1, without the codes whose first digit says the same.
constexpr auto kHttpStatuses = std::to_array<StatusPair>({
    {1000, 202}, {1001, 202}, {1002, 202}, {2001, 201}, {4001, 501}, {4004, 404}, {4005, 405},
    {4008, 504}, {4015, 415}, {4101, 403}, {4103, 403}, {4104, 409}, {4105, 409}, {4106, 403},
    {4107, 403}, {4108, 403}, {4109, 403}, {4111, 403}, {4112, 403}, {4113, 403}, {4114, 403},
    {4115, 403}, {4116, 403}, {4117, 403}, {4118, 404}, {4119, 404}, {4121, 404}, {4124, 409},
    {4125, 501}, {4126, 403}, {4127, 403}, {5001, 501}, {5103, 404}, {5105, 403}, {5106, 409},
    {5107, 404}, {5203, 403}, {5205, 403}, {5206, 501}, {5207, 406}, {5208, 403}, {5214, 403},
    {5215, 403}, {5218, 403}, {5219, 409}, {5220, 409}, {5222, 403}, {6003, 404}, {6005, 404},
    {6010, 400}, {6022, 400}, {6023, 400}, {6024, 400}, {6028, 409}, {6029, 409}, {6030, 504},
    {6031, 504},
});

std::optional<int> ParseDigits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char digit : text.substr(at, count)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  return value;
}

bool IsFraction(std::string_view text) {
  return text.size() > 1 && (text.front() == ',' || text.front() == '.') &&
         std::all_of(text.begin() + 1, text.end(),
                     [](char digit) { return digit >= '0' && digit <= '9'; });
}

}  // namespace

int HttpStatusOf(ResponseStatusCode code) {
  const int number = ToInt(code);
  const auto* const found = std::find_if(kHttpStatuses.begin(), kHttpStatuses.end(),
                                         [&](const auto& pair) { return pair.code == number; });
  if (found != kHttpStatuses.end()) return found->http;
  switch (number / 1000) {
    case 1:
      return 202;
    case 2:
      return 200;
    case 4:
      return 400;
    default:
      return 500;
  }
}

ResponseStatusCode StatusFromHttp(int http_status) {
  switch (http_status) {
    case 201:
      return ResponseStatusCode::kCreated;
    case 202:
      return ResponseStatusCode::kAccepted;
    case 401:
      return ResponseStatusCode::kSecurityAssociationRequired;
    case 403:
      return ResponseStatusCode::kOriginatorHasNoPrivilege;
    case 404:
      return ResponseStatusCode::kNotFound;
    case 405:
      return ResponseStatusCode::kOperationNotAllowed;
    case 406:
      return ResponseStatusCode::kNotAcceptable;
    case 408:
      return ResponseStatusCode::kRequestTimeout;
    case 409:
      return ResponseStatusCode::kConflict;
    case 415:
      return ResponseStatusCode::kUnsupportedMediaType;
    case 429:
      return ResponseStatusCode::kInternalServerError;
    default:
      break;
  }
  if (http_status >= 200 && http_status < 300) return ResponseStatusCode::kOk;
  if (http_status >= 400 && http_status < 500) return ResponseStatusCode::kBadRequest;
  return ResponseStatusCode::kInternalServerError;
}

std::string FormatTimestamp(std::int64_t unix_seconds) {
  using std::chrono::days;
  using std::chrono::floor;
  using std::chrono::seconds;
  // Years of four digits are all that the grammar has.
  constexpr std::int64_t kYear0 = -62167219200;
  constexpr std::int64_t kLastOfYear9999 = 253402300799;
  const std::chrono::sys_seconds time{seconds(std::clamp(unix_seconds, kYear0, kLastOfYear9999))};
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::optional<std::int64_t> ParseTimestamp(std::string_view text) {
  constexpr std::size_t kWholeSeconds = 15;
  if (text.size() < kWholeSeconds || text[8] != 'T') return std::nullopt;
  if (text.size() > kWholeSeconds && !IsFraction(text.substr(kWholeSeconds))) return std::nullopt;
  const auto year = ParseDigits(text, 0, 4);
  const auto month = ParseDigits(text, 4, 2);
  const auto day = ParseDigits(text, 6, 2);
  const auto hour = ParseDigits(text, 9, 2);
  const auto minute = ParseDigits(text, 11, 2);
  const auto second = ParseDigits(text, 13, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // 60: a leap second counts as the first one of the next minute.
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * 86400 + *hour * 3600 + *minute * 60 + *second;
}

}  // namespace onem2m
