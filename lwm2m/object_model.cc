#include "lwm2m/object_model.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "fmt/format.h"

namespace lwm2m {

namespace {

// major.minor, ordered as numbers: 1.10 is above 1.9.
struct Version {
  unsigned major = 1;
  unsigned minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

std::optional<Version> ParseVersion(std::string_view text) {
  if (text.empty()) return Version{};
  Version version;
  const char* const end = text.data() + text.size();
  auto result = std::from_chars(text.data(), end, version.major);
  if (result.ec != std::errc()) return std::nullopt;
  if (result.ptr == end) return version;
  if (*result.ptr != '.') return std::nullopt;
  result = std::from_chars(result.ptr + 1, end, version.minor);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return version;
}

}  // namespace

const ResourceDefinition* ObjectDefinition::Find(Id resource) const {
  const auto found = std::lower_bound(
      resources.begin(), resources.end(), resource,
      [](const ResourceDefinition& definition, Id wanted) { return definition.id < wanted; });
  return found != resources.end() && found->id == resource ? &*found : nullptr;
}

std::string ObjectUrn(Id object, std::string_view version) {
  std::string_view space = "oma";
  if (object >= 2048) space = object <= 10240 ? "ext" : "x";
  std::string urn = fmt::format("urn:oma:lwm2m:{}:{}", space, object);
  if (!version.empty() && version != "1.0") fmt::format_to(std::back_inserter(urn), ":{}", version);
  return urn;
}

void ObjectModel::Add(ObjectDefinition definition) {
  if (definition.version.empty()) definition.version = "1.0";
  std::sort(definition.resources.begin(), definition.resources.end(),
            [](const auto& left, const auto& right) { return left.id < right.id; });
  auto key = std::pair(definition.id, definition.version);
  if (objects_.use_count() > 1) objects_ = std::make_shared<Objects>(*objects_);
  objects_->insert_or_assign(std::move(key), std::move(definition));
}

const ObjectDefinition* ObjectModel::Find(Id object, std::string_view version) const {
  const auto wanted = ParseVersion(version);
  const ObjectDefinition* best = nullptr;
  Version best_version;
  for (auto it = objects_->lower_bound({object, ""});
       it != objects_->end() && it->first.first == object; ++it) {
    const ObjectDefinition& candidate = it->second;
    if (!version.empty() && candidate.version == version) return &candidate;
    const Version offered = ParseVersion(candidate.version).value_or(Version{});
    if (!version.empty() && (!wanted || wanted->major != offered.major)) continue;
    if (best == nullptr || offered > best_version) {
      best = &candidate;
      best_version = offered;
    }
  }
  return best;
}

const ResourceDefinition* ObjectModel::FindResource(const Path& path) const {
  if (path.depth() < 3) return nullptr;
  const ResourceDefinition* best = nullptr;
  Version best_version;
  for (auto it = objects_->lower_bound({path.object(), ""});
       it != objects_->end() && it->first.first == path.object(); ++it) {
    const ResourceDefinition* candidate = it->second.Find(path.resource());
    const Version offered = ParseVersion(it->second.version).value_or(Version{});
    if (candidate != nullptr && (best == nullptr || offered > best_version)) {
      best = candidate;
      best_version = offered;
    }
  }
  return best;
}

}  // namespace lwm2m
