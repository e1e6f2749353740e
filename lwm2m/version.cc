#include "lwm2m/version.h"

#include <charconv>
#include <optional>
#include <utility>

namespace lwm2m {

namespace {

using MajorMinor = std::pair<unsigned, unsigned>;

std::optional<MajorMinor> Parse(std::string_view text) {
  MajorMinor version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.first);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.second);
  if (minor.ec != std::errc() || minor.ptr != end) return std::nullopt;
  return version;
}

}  // namespace

bool IsAtLeast(std::string_view version, std::string_view minimum) {
  const auto given = Parse(version);
  const auto wanted = Parse(minimum);
  return given && wanted && *given >= *wanted;
}

}  // namespace lwm2m
