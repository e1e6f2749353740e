#include "onem2m/cse/representation.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "onem2m/codec/short_names.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

void Add(Object& object, std::string_view name, Value value) {
  object.push_back({std::string(name), std::move(value)});
}

std::int64_t Number(ResourceType type) { return static_cast<std::int64_t>(type); }

void AddCounters(Object& object, const Resource& resource) {
  if (resource.type == ResourceType::kContainer) {
    Add(object, names::kStateTag, resource.state_tag);
    Add(object, names::kCurrentNrOfInstances, resource.instances);
    Add(object, names::kCurrentByteSize, resource.bytes);
  } else if (resource.type == ResourceType::kContentInstance ||
             resource.type == ResourceType::kFlexContainer) {
    Add(object, names::kStateTag, resource.state_tag);
    Add(object, names::kContentSize, resource.bytes);
  } else if (resource.type == ResourceType::kTimeSeries) {
    Add(object, names::kCurrentNrOfInstances, resource.instances);
    Add(object, names::kCurrentByteSize, resource.bytes);
  } else if (resource.type == ResourceType::kTimeSeriesInstance) {
    Add(object, names::kContentSize, resource.bytes);
  }
}

}  // namespace

Object Represent(const Resource& resource, TimePoint now) {
  Object object;
  object.reserve(12 + resource.attributes.entries().size());
  Add(object, names::kResourceName, resource.name);
  Add(object, names::kResourceType, Number(resource.type));
  Add(object, names::kResourceId, resource.id);
  if (resource.parent) Add(object, names::kParentId, resource.parent->id);
  Add(object, names::kCreationTime, Timestamp(resource.created));
  Add(object, names::kLastModifiedTime, Timestamp(resource.modified));
  if (resource.parent) Add(object, names::kExpirationTime, Timestamp(resource.expires));
  if (resource.shows_creator) Add(object, names::kCreator, *resource.creator);
  if (resource.type == ResourceType::kAe) Add(object, names::kAeId, resource.id);
  if (resource.type == ResourceType::kCseBase) Add(object, names::kCurrentTime, Timestamp(now));
  AddCounters(object, resource);
  for (const auto& [name, value] : resource.attributes.entries()) Add(object, name, value);
  return object;
}

std::optional<Value> AttributeOf(const Resource& resource, std::string_view name) {
  // The names that discovery asks for most, without a copy of all the others.
  if (name == names::kResourceName) return resource.name;
  if (name == names::kResourceId) return resource.id;
  if (const Value* value = resource.attributes.Find(name)) return *value;
  for (Member& member : Represent(resource, resource.modified)) {
    if (member.name == name) return std::move(member.value);
  }
  return std::nullopt;
}

std::int64_t ContentSizeOf(const Resource& resource) {
  const auto& policies = resource.policy->attributes;
  std::int64_t size = 0;
  for (std::size_t i = resource.policy->first_custom_attribute; i < policies.size(); ++i) {
    const Value* value = resource.attributes.Find(policies[i].name);
    if (!value) continue;
    const std::string* text = value->AsString();
    size += static_cast<std::int64_t>(text ? text->size() : Serialize(*value).size());
  }
  return size;
}

Object Select(Object attributes, const std::vector<std::string>& selected) {
  attributes.erase(std::remove_if(attributes.begin(), attributes.end(),
                                  [&selected](const Member& member) {
                                    return std::find(selected.begin(), selected.end(),
                                                     member.name) == selected.end();
                                  }),
                   attributes.end());
  return attributes;
}

Object ReferenceTo(const Resource& resource, std::string address) {
  Object reference;
  Add(reference, names::kReferenceName, resource.name);
  Add(reference, names::kReferenceType, Number(resource.type));
  Add(reference, names::kReferenceValue, std::move(address));
  return reference;
}

}  // namespace onem2m::cse
