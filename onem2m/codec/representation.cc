#include "onem2m/codec/representation.h"

#include <limits>
#include <string>
#include <utility>

#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

namespace names = short_names;

// Reads attributes of one JSON object and keeps the name of the first that is wrong, so that a
// reader of a resource is a plain list of its attributes. Lives on the stack of one decode.
class AttributeReader {
 public:
  explicit AttributeReader(const JsonValue& object) : object_(object) {}

  const std::string& wrong() const { return wrong_; }

  void Read(std::string_view name, std::string& text) {
    const JsonValue* const value = object_.Find(name);
    if (value == nullptr) return;
    auto read = value->AsString();
    Keep(name, std::move(read), text);
  }
  // con and the like: whatever it is, as text.
  void ReadText(std::string_view name, std::string& text) {
    if (const JsonValue* const value = object_.Find(name)) text = value->AsText();
  }
  void Read(std::string_view name, std::int64_t& number) {
    if (const JsonValue* const value = object_.Find(name)) Keep(name, value->AsInteger(), number);
  }
  void Read(std::string_view name, std::optional<std::int64_t>& number) {
    const JsonValue* const value = object_.Find(name);
    if (value == nullptr) return;
    number = value->AsInteger();
    if (!number) Wrong(name);
  }
  void Read(std::string_view name, int& number) {
    if (const JsonValue* const value = object_.Find(name)) Keep(name, AsInt(*value), number);
  }
  void Read(std::string_view name, bool& boolean) {
    if (const JsonValue* const value = object_.Find(name)) Keep(name, value->AsBoolean(), boolean);
  }
  void Read(std::string_view name, std::vector<std::string>& list) {
    ReadList(name, list, [](const JsonValue& item) { return item.AsString(); });
  }
  void Read(std::string_view name, std::vector<std::int64_t>& list) {
    ReadList(name, list, [](const JsonValue& item) { return item.AsInteger(); });
  }
  void Read(std::string_view name, std::vector<int>& list) { ReadList(name, list, AsInt); }

  // The object of that name, nullptr when it is absent; anything else is wrong.
  const JsonValue* Object(std::string_view name) {
    const JsonValue* const value = object_.Find(name);
    if (value == nullptr || value->IsObject()) return value;
    Wrong(name);
    return nullptr;
  }
  void Wrong(std::string_view name) {
    if (wrong_.empty()) wrong_ = name;
  }

 private:
  static std::optional<int> AsInt(const JsonValue& value) {
    const auto number = value.AsInteger();
    if (!number || *number < std::numeric_limits<int>::min() ||
        *number > std::numeric_limits<int>::max()) {
      return std::nullopt;
    }
    return static_cast<int>(*number);
  }
  template <typename T>
  void Keep(std::string_view name, std::optional<T> read, T& target) {
    if (read) {
      target = std::move(*read);
    } else {
      Wrong(name);
    }
  }
  // A list of one arrives as its bare element from some CSEs.
  template <typename T, typename Convert>
  void ReadList(std::string_view name, std::vector<T>& list, const Convert& convert) {
    const JsonValue* const value = object_.Find(name);
    if (value == nullptr) return;
    if (value->kind() != JsonValue::Kind::kArray) {
      Append(name, convert(*value), list);
      return;
    }
    for (const JsonValue& item : value->items()) Append(name, convert(item), list);
  }
  template <typename T>
  void Append(std::string_view name, std::optional<T> item, std::vector<T>& list) {
    if (item) {
      list.push_back(std::move(*item));
    } else {
      Wrong(name);
    }
  }

  const JsonValue& object_;
  std::string wrong_;
};

// The elements of an array, or the one value that stands in its place.
std::vector<const JsonValue*> ElementsOf(const JsonValue& value) {
  std::vector<const JsonValue*> elements;
  if (value.kind() != JsonValue::Kind::kArray) return {&value};
  for (const JsonValue& item : value.items()) elements.push_back(&item);
  return elements;
}

void ReadCommon(AttributeReader& in, Common& common) {
  in.Read(names::kResourceName, common.resource_name);
  in.Read(names::kResourceId, common.resource_id);
  in.Read(names::kParentId, common.parent_id);
  in.Read(names::kCreationTime, common.creation_time);
  in.Read(names::kLastModifiedTime, common.last_modified_time);
  in.Read(names::kExpirationTime, common.expiration_time);
  in.Read(names::kLabels, common.labels);
  in.Read(names::kAccessControlPolicyIds, common.access_control_policy_ids);
  in.Read(names::kCreator, common.creator);
}

void ReadSpecific(AttributeReader& in, const JsonValue& /*object*/, CseBase& cse) {
  in.Read(names::kCseId, cse.cse_id);
  in.Read(names::kSupportedReleaseVersions, cse.supported_release_versions);
  in.Read(names::kSupportedResourceTypes, cse.supported_resource_types);
  in.Read(names::kCurrentTime, cse.current_time);
}

void ReadSpecific(AttributeReader& in, const JsonValue& /*object*/, Ae& ae) {
  in.Read(names::kAppName, ae.app_name);
  in.Read(names::kAppId, ae.app_id);
  in.Read(names::kAeId, ae.ae_id);
  in.Read(names::kPointOfAccess, ae.point_of_access);
  in.Read(names::kRequestReachability, ae.request_reachability);
  in.Read(names::kNodeLink, ae.node_link);
  in.Read(names::kOntologyRef, ae.ontology_ref);
  in.Read(names::kSupportedReleaseVersions, ae.supported_release_versions);
}

void ReadSpecific(AttributeReader& in, const JsonValue& /*object*/, Node& node) {
  in.Read(names::kNodeId, node.node_id);
  in.Read(names::kHostedAeLinks, node.hosted_ae_links);
}

void ReadSpecific(AttributeReader& in, const JsonValue& /*object*/, Container& container) {
  in.Read(names::kMaxNrOfInstances, container.max_number_of_instances);
  in.Read(names::kMaxByteSize, container.max_byte_size);
  in.Read(names::kMaxInstanceAge, container.max_instance_age);
  in.Read(names::kOntologyRef, container.ontology_ref);
  in.Read(names::kCurrentNrOfInstances, container.current_number_of_instances);
  in.Read(names::kStateTag, container.state_tag);
}

// TS-0004 §6.3.5.36 {"urir":[{"nm","uri"}]}, or the list alone.
void ReadContentRef(AttributeReader& in, const JsonValue& object, ContentInstance& instance) {
  const JsonValue* references = object.Find(names::kContentRef);
  if (references == nullptr) return;
  if (references->IsObject() && references->Find(names::kUriReference) != nullptr) {
    references = references->Find(names::kUriReference);
  }
  for (const JsonValue* const element : ElementsOf(*references)) {
    if (!element->IsObject()) {
      in.Wrong(names::kContentRef);
      return;
    }
    ContentRef reference;
    AttributeReader members(*element);
    members.Read(names::kName, reference.name);
    members.Read(names::kReferenceUri, reference.uri);
    if (!members.wrong().empty()) in.Wrong(names::kContentRef);
    instance.content_ref.push_back(std::move(reference));
  }
}

void ReadSpecific(AttributeReader& in, const JsonValue& object, ContentInstance& instance) {
  in.ReadText(names::kContent, instance.content);
  in.Read(names::kContentInfo, instance.content_info);
  ReadContentRef(in, object, instance);
  in.Read(names::kOntologyRef, instance.ontology_ref);
  in.Read(names::kStateTag, instance.state_tag);
}

void ReadSpecific(AttributeReader& in, const JsonValue& /*object*/, Subscription& subscription) {
  in.Read(names::kNotificationUri, subscription.notification_uri);
  in.Read(names::kNotificationContentType, subscription.content_type);
  const JsonValue* const criteria = in.Object(names::kEventNotificationCriteria);
  if (criteria == nullptr) return;
  AttributeReader members(*criteria);
  members.Read(names::kNotificationEventType, subscription.event_types);
  members.Read(names::kChildResourceType, subscription.child_types);
  if (!members.wrong().empty()) in.Wrong(members.wrong());
}

void ReadRules(AttributeReader& in, std::string_view name, std::vector<AccessControlRule>& rules) {
  const JsonValue* const privileges = in.Object(name);
  if (privileges == nullptr) return;
  const JsonValue* const list = privileges->Find(names::kAccessControlRule);
  if (list == nullptr) return;
  for (const JsonValue* const element : ElementsOf(*list)) {
    AccessControlRule rule;
    AttributeReader members(*element);
    members.Read(names::kAccessControlOriginators, rule.originators);
    members.Read(names::kAccessControlOperations, rule.operations);
    if (const JsonValue* const details = element->Find(names::kAccessControlObjectDetails)) {
      for (const JsonValue* const detail : ElementsOf(*details)) {
        AttributeReader limits(*detail);
        limits.Read(names::kChildResourceType, rule.child_types);
        if (!limits.wrong().empty()) in.Wrong(limits.wrong());
      }
    }
    if (!element->IsObject()) in.Wrong(names::kAccessControlRule);
    if (!members.wrong().empty()) in.Wrong(members.wrong());
    rules.push_back(std::move(rule));
  }
}

void ReadSpecific(AttributeReader& in, const JsonValue& /*object*/, AccessControlPolicy& policy) {
  ReadRules(in, names::kPrivileges, policy.privileges);
  ReadRules(in, names::kSelfPrivileges, policy.self_privileges);
}

template <typename T>
Result<Resource> Decode(const JsonValue& object) {
  T resource;
  AttributeReader in(object);
  ReadCommon(in, resource);
  ReadSpecific(in, object, resource);
  if (!in.wrong().empty()) return BadRequest(in.wrong());
  return resource;
}

}  // namespace

std::string_view RootOf(ResourceType type) {
  switch (type) {
    case ResourceType::kAccessControlPolicy:
      return names::kAccessControlPolicy;
    case ResourceType::kAe:
      return names::kAe;
    case ResourceType::kContainer:
      return names::kContainer;
    case ResourceType::kContentInstance:
      return names::kContentInstance;
    case ResourceType::kCseBase:
      return names::kCseBase;
    case ResourceType::kMgmtObj:  // its specialisations have roots of their own
      return {};
    case ResourceType::kNode:
      return names::kNode;
    case ResourceType::kSubscription:
      return names::kSubscription;
  }
  return {};
}

std::optional<ResourceType> TypeOfRoot(std::string_view root) {
  for (const auto type : {ResourceType::kAe, ResourceType::kNode, ResourceType::kContainer,
                          ResourceType::kContentInstance, ResourceType::kSubscription,
                          ResourceType::kAccessControlPolicy, ResourceType::kCseBase}) {
    if (RootOf(type) == root) return type;
  }
  return std::nullopt;
}

Result<Resource> DecodeAttributes(ResourceType type, const JsonValue& attributes) {
  if (!attributes.IsObject()) return BadRequest(std::string(RootOf(type)));
  switch (type) {
    case ResourceType::kAccessControlPolicy:
      return Decode<AccessControlPolicy>(attributes);
    case ResourceType::kAe:
      return Decode<Ae>(attributes);
    case ResourceType::kContainer:
      return Decode<Container>(attributes);
    case ResourceType::kContentInstance:
      return Decode<ContentInstance>(attributes);
    case ResourceType::kCseBase:
      return Decode<CseBase>(attributes);
    case ResourceType::kNode:
      return Decode<Node>(attributes);
    case ResourceType::kSubscription:
      return Decode<Subscription>(attributes);
    case ResourceType::kMgmtObj:
      break;
  }
  return BadRequest(std::string(names::kResourceType));
}

Result<std::optional<Resource>> DecodeRepresentation(const JsonValue& json) {
  const JsonValue* object = &json;
  if (const JsonValue* const wrapped = json.Find(names::kResponse)) object = wrapped;
  std::optional<ResourceType> type;
  const JsonValue* attributes = nullptr;
  for (std::size_t i = 0; i < object->names().size() && attributes == nullptr; ++i) {
    type = TypeOfRoot(object->names()[i]);
    if (type) attributes = &object->items()[i];
  }
  if (attributes == nullptr) {
    const JsonValue* const number = object->Find(names::kResourceType);
    const auto named = number == nullptr ? std::nullopt : number->AsInteger();
    if (!named) return std::optional<Resource>();
    type = static_cast<ResourceType>(*named);
    if (RootOf(*type).empty()) return std::optional<Resource>();
    attributes = object;
  }
  auto resource = DecodeAttributes(*type, *attributes);
  if (!resource) return tl::unexpected(resource.error());
  return std::optional<Resource>(std::move(*resource));
}

}  // namespace onem2m
