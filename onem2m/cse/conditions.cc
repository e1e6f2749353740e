#include "onem2m/cse/conditions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "onem2m/codec/short_names.h"
#include "onem2m/cse/resource_tree.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

constexpr std::array<std::string_view, 6> kTimes = {names::kCreatedBefore, names::kCreatedAfter,
                                                    names::kModifiedSince, names::kUnmodifiedSince,
                                                    names::kExpireBefore,  names::kExpireAfter};
constexpr std::array<std::string_view, 4> kNumbers = {
    names::kStateTagSmaller, names::kStateTagBigger, names::kSizeAbove, names::kSizeBelow};

// The name as this program's own constant, which outlives every text it came in.
template <typename Names>
std::string_view Canonical(const Names& all, std::string_view name) {
  const auto found = std::find(all.begin(), all.end(), name);
  return found == all.end() ? std::string_view() : *found;
}

bool Holds(const Resource& resource, std::string_view name, TimePoint value) {
  if (name == names::kCreatedBefore) return resource.created < value;
  if (name == names::kCreatedAfter) return resource.created > value;
  if (name == names::kModifiedSince) return resource.modified > value;
  if (name == names::kUnmodifiedSince) return resource.modified < value;
  if (name == names::kExpireBefore) return resource.expires < value;
  return resource.expires > value;
}

bool Holds(const Resource& resource, std::string_view name, std::int64_t value) {
  const bool flex = resource.type == ResourceType::kFlexContainer;
  const bool sized = flex || IsInstance(resource.type);
  const bool tagged = flex || resource.type == ResourceType::kContentInstance ||
                      resource.type == ResourceType::kContainer;
  if (name == names::kStateTagSmaller) return tagged && resource.state_tag < value;
  if (name == names::kStateTagBigger) return tagged && resource.state_tag > value;
  // "sizeAbove: the contentSize … is equal to or greater than the specified value."
  if (name == names::kSizeAbove) return sized && resource.bytes >= value;
  return sized && resource.bytes < value;
}

}  // namespace

bool Conditions::IsName(std::string_view name) {
  return !Canonical(kTimes, name).empty() || !Canonical(kNumbers, name).empty();
}

Result<void> Conditions::Add(std::string_view name, std::string_view value) {
  if (const std::string_view time_name = Canonical(kTimes, name); !time_name.empty()) {
    const auto time = ReadTimestamp(value);
    if (!time) return BadRequest(std::string(name) + " must be a timestamp");
    times_.push_back({time_name, *time});
    return {};
  }
  const std::string_view number_name = Canonical(kNumbers, name);
  if (number_name.empty()) return BadRequest("unknown condition " + std::string(name));
  std::int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) {
    return BadRequest(std::string(name) + " must be an integer from 0 up");
  }
  numbers_.push_back({number_name, number});
  return {};
}

void Conditions::Judge(const Resource& resource, std::vector<bool>& verdicts) const {
  for (const auto& each : times_) verdicts.push_back(Holds(resource, each.name, each.value));
  for (const auto& each : numbers_) verdicts.push_back(Holds(resource, each.name, each.value));
}

}  // namespace onem2m::cse
