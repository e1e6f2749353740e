#include "onem2m/codec/representation.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "onem2m/codec/attribute_reader.h"
#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

namespace names = short_names;

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
  in.ReadText(names::kMaxAge, subscription.max_age);
  if (const JsonValue* const limit = in.Object(names::kRateLimit)) {
    AttributeReader members(*limit);
    members.Read(names::kMaxNrOfNotify, subscription.rate_limit_number);
    members.ReadText(names::kTimeWindow, subscription.rate_limit_window);
    if (!members.wrong().empty()) in.Wrong(members.wrong());
  }
  if (const JsonValue* const batch = in.Object(names::kBatchNotify)) {
    AttributeReader(*batch).ReadText(names::kDuration, subscription.batch_duration);
  }
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

// What a representation of any type may hold beside the specialisation's own attributes.
bool IsOfEveryType(std::string_view name) {
  constexpr std::array kCommonNames = {names::kResourceType,
                                       names::kResourceId,
                                       names::kResourceName,
                                       names::kParentId,
                                       names::kCreationTime,
                                       names::kLastModifiedTime,
                                       names::kExpirationTime,
                                       names::kLabels,
                                       names::kAccessControlPolicyIds,
                                       names::kCreator,
                                       names::kStateTag,
                                       names::kAnnounceTo,
                                       names::kAnnouncedAttribute,
                                       names::kAnnounceSyncType,
                                       names::kDynamicAuthorizationConsultationIds,
                                       names::kCustodian,
                                       names::kChildReferences};
  return std::find(kCommonNames.begin(), kCommonNames.end(), name) != kCommonNames.end() ||
         name.find(':') != std::string_view::npos;  // a child resource
}

std::optional<AttributeValue> ToAttributeValue(const JsonValue& json) {
  switch (json.kind()) {
    case JsonValue::Kind::kNull:
      return std::nullopt;
    case JsonValue::Kind::kBoolean:
      return AttributeValue(json.AsBoolean().value_or(false));
    case JsonValue::Kind::kNumber: {
      const std::string text = json.AsText();
      const bool is_integer = text.find_first_of(".eE") == std::string::npos;
      if (const auto integer = is_integer ? json.AsInteger() : std::nullopt) {
        return AttributeValue(*integer);
      }
      const auto number = json.AsDouble();
      return number ? std::optional<AttributeValue>(*number) : std::nullopt;
    }
    case JsonValue::Kind::kString:
      return AttributeValue(json.AsText());
    case JsonValue::Kind::kArray: {
      std::vector<std::string> list;
      for (const JsonValue& item : json.items()) list.push_back(item.AsText());
      return AttributeValue(std::move(list));
    }
    case JsonValue::Kind::kObject:
      break;
  }
  const JsonValue* const action = json.Find(names::kAction);
  const JsonValue* const status = json.Find(names::kStatus);
  // An object of another shape stays readable as its text.
  if (action == nullptr && status == nullptr) return AttributeValue(json.AsText());
  ActionStatus result;
  AttributeReader members(json);
  members.ReadText(names::kAction, result.action);
  members.Read(names::kStatus, result.status);
  if (!members.wrong().empty()) return std::nullopt;
  return AttributeValue(std::move(result));
}

// All members that are none of the `known` attributes of the type.
template <typename Names>
void ReadNamed(AttributeReader& in, const JsonValue& object, const Names& known,
               NamedAttributes& attributes) {
  for (std::size_t i = 0; i < object.names().size(); ++i) {
    const std::string& name = object.names()[i];
    const JsonValue& value = object.items()[i];
    if (value.kind() == JsonValue::Kind::kNull || IsOfEveryType(name) ||
        std::find(known.begin(), known.end(), name) != known.end()) {
      continue;
    }
    if (auto read = ToAttributeValue(value)) {
      SetAttribute(attributes, name, *std::move(read));
    } else {
      in.Wrong(name);
    }
  }
}

void ReadSpecific(AttributeReader& in, const JsonValue& object, ManagementObject& management) {
  constexpr std::array kKnown = {names::kMgmtDefinition, names::kObjectIds,   names::kObjectPaths,
                                 names::kMgmtLink,       names::kDescription, names::kMgmtSchema};
  in.Read(names::kMgmtDefinition, management.definition);
  in.Read(names::kObjectIds, management.object_ids);
  in.Read(names::kObjectPaths, management.object_paths);
  in.Read(names::kDescription, management.description);
  in.Read(names::kMgmtSchema, management.schema);
  ReadNamed(in, object, kKnown, management.attributes);
}

void ReadSpecific(AttributeReader& in, const JsonValue& object, FlexContainer& container) {
  constexpr std::array kKnown = {
      names::kContainerDefinition, names::kOntologyRef,          names::kNodeLink,
      names::kInstancesEnabled,    names::kMaxNrOfInstances,     names::kMaxByteSize,
      names::kMaxInstanceAge,      names::kCurrentNrOfInstances, names::kCurrentByteSize,
      names::kContentSize};
  in.Read(names::kContainerDefinition, container.definition);
  in.Read(names::kOntologyRef, container.ontology_ref);
  in.Read(names::kNodeLink, container.node_link);
  in.Read(names::kInstancesEnabled, container.instances_enabled);
  in.Read(names::kMaxNrOfInstances, container.max_number_of_instances);
  in.Read(names::kMaxByteSize, container.max_byte_size);
  in.Read(names::kMaxInstanceAge, container.max_instance_age);
  in.Read(names::kStateTag, container.state_tag);
  in.Read(names::kContentSize, container.content_size);
  ReadNamed(in, object, kKnown, container.attributes);
}

void ReadSpecific(AttributeReader& in, const JsonValue& /*object*/, TimeSeries& series) {
  in.Read(names::kMaxNrOfInstances, series.max_number_of_instances);
  in.Read(names::kMaxByteSize, series.max_byte_size);
  in.Read(names::kMaxInstanceAge, series.max_instance_age);
  in.Read(names::kPeriodicInterval, series.periodic_interval);
  in.Read(names::kMissingDataDetect, series.missing_data_detect);
  in.Read(names::kMissingDataMaxNr, series.missing_data_max_number);
  in.Read(names::kMissingDataDetectTimer, series.missing_data_detect_timer);
  in.Read(names::kOntologyRef, series.ontology_ref);
  in.Read(names::kContentInfo, series.content_info);
  in.Read(names::kCurrentNrOfInstances, series.current_number_of_instances);
}

void ReadSpecific(AttributeReader& in, const JsonValue& /*object*/, TimeSeriesInstance& instance) {
  in.Read(names::kDataGenerationTime, instance.data_generation_time);
  in.ReadText(names::kContent, instance.content);
  in.Read(names::kSequenceNr, instance.sequence_number);
}

void ReadSpecific(AttributeReader& in, const JsonValue& /*object*/, SemanticDescriptor& semantic) {
  in.Read(names::kDescriptor, semantic.descriptor);
  in.Read(names::kDescriptorRepresentation, semantic.representation);
  in.Read(names::kOntologyRef, semantic.ontology_ref);
  in.Read(names::kSemanticOpExec, semantic.semantic_operation);
  in.Read(names::kRelatedSemantics, semantic.related_semantics);
}

template <typename T>
Result<Resource> Decode(std::string_view root, const JsonValue& object) {
  T resource;
  AttributeReader in(object);
  ReadCommon(in, resource);
  ReadSpecific(in, object, resource);
  if (!in.wrong().empty()) return BadRequest(in.wrong());
  if constexpr (requires { resource.root; }) resource.root = root;
  return resource;
}

constexpr std::array kMgmtObjRoots = {names::kFirmware,        names::kSoftware,
                                      names::kMemory,          names::kBattery,
                                      names::kDeviceInfo,      names::kDeviceCapability,
                                      names::kReboot,          names::kEventLog,
                                      names::kAreaNetworkInfo, names::kAreaNetworkDeviceInfo};

std::optional<ResourceType> TypeOfSpecialisation(std::string_view root, const JsonValue& value) {
  const std::size_t colon = root.find(':');
  if (colon == std::string_view::npos || !value.IsObject()) return std::nullopt;
  if (const JsonValue* const type = value.Find(names::kResourceType)) {
    for (const auto known : {ResourceType::kMgmtObj, ResourceType::kFlexContainer}) {
      if (type->AsInteger() == static_cast<std::int64_t>(known)) return known;
    }
    return std::nullopt;
  }
  if (value.Find(names::kMgmtDefinition) != nullptr ||
      std::find(kMgmtObjRoots.begin(), kMgmtObjRoots.end(), root) != kMgmtObjRoots.end()) {
    return ResourceType::kMgmtObj;
  }
  if (value.Find(names::kContainerDefinition) != nullptr ||
      root.substr(0, colon + 1) != names::kPrefix) {
    return ResourceType::kFlexContainer;
  }
  return std::nullopt;
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
    case ResourceType::kMgmtObj:
    case ResourceType::kFlexContainer:
      return {};
    case ResourceType::kNode:
      return names::kNode;
    case ResourceType::kSubscription:
      return names::kSubscription;
    case ResourceType::kSemanticDescriptor:
      return names::kSemanticDescriptor;
    case ResourceType::kTimeSeries:
      return names::kTimeSeries;
    case ResourceType::kTimeSeriesInstance:
      return names::kTimeSeriesInstance;
  }
  return {};
}

std::optional<ResourceType> TypeOfMember(std::string_view root, const JsonValue& value) {
  for (const auto type :
       {ResourceType::kAe, ResourceType::kNode, ResourceType::kContainer,
        ResourceType::kContentInstance, ResourceType::kSubscription,
        ResourceType::kAccessControlPolicy, ResourceType::kCseBase, ResourceType::kTimeSeries,
        ResourceType::kTimeSeriesInstance, ResourceType::kSemanticDescriptor}) {
    if (RootOf(type) == root) return type;
  }
  const bool is_list = value.kind() == JsonValue::Kind::kArray && !value.items().empty();
  return TypeOfSpecialisation(root, is_list ? value.items().front() : value);
}

Result<Resource> DecodeAttributes(ResourceType type, std::string_view root,
                                  const JsonValue& attributes) {
  if (!attributes.IsObject()) return BadRequest(std::string(root));
  switch (type) {
    case ResourceType::kAccessControlPolicy:
      return Decode<AccessControlPolicy>(root, attributes);
    case ResourceType::kAe:
      return Decode<Ae>(root, attributes);
    case ResourceType::kContainer:
      return Decode<Container>(root, attributes);
    case ResourceType::kContentInstance:
      return Decode<ContentInstance>(root, attributes);
    case ResourceType::kCseBase:
      return Decode<CseBase>(root, attributes);
    case ResourceType::kNode:
      return Decode<Node>(root, attributes);
    case ResourceType::kSubscription:
      return Decode<Subscription>(root, attributes);
    case ResourceType::kMgmtObj:
      return Decode<ManagementObject>(root, attributes);
    case ResourceType::kFlexContainer:
      return Decode<FlexContainer>(root, attributes);
    case ResourceType::kSemanticDescriptor:
      return Decode<SemanticDescriptor>(root, attributes);
    case ResourceType::kTimeSeries:
      return Decode<TimeSeries>(root, attributes);
    case ResourceType::kTimeSeriesInstance:
      return Decode<TimeSeriesInstance>(root, attributes);
  }
  return BadRequest(std::string(names::kResourceType));
}

Result<std::optional<Resource>> DecodeRepresentation(const JsonValue& json) {
  const JsonValue* object = &json;
  if (const JsonValue* const wrapped = json.Find(names::kResponse)) object = wrapped;
  for (std::size_t i = 0; i < object->names().size(); ++i) {
    const std::string& root = object->names()[i];
    const JsonValue& attributes = object->items()[i];
    const auto type = TypeOfMember(root, attributes);
    if (!type) continue;
    auto resource = DecodeAttributes(*type, root, attributes);
    if (!resource) return tl::unexpected(resource.error());
    return std::optional<Resource>(std::move(*resource));
  }
  const JsonValue* const number = object->Find(names::kResourceType);
  const auto named = number == nullptr ? std::nullopt : number->AsInteger();
  if (!named) return std::optional<Resource>();
  const auto type = static_cast<ResourceType>(*named);
  if (RootOf(type).empty()) return std::optional<Resource>();
  auto resource = DecodeAttributes(type, RootOf(type), *object);
  if (!resource) return tl::unexpected(resource.error());
  return std::optional<Resource>(std::move(*resource));
}

Result<std::optional<Resource>> DecodeSelfDefined(const JsonValue& json) {
  constexpr std::array kOthers = {names::kNotification, names::kAggregatedNotification,
                                  names::kResponse, names::kRequest, names::kResourceReferenceList};
  for (std::size_t i = 0; i < json.names().size(); ++i) {
    const std::string& root = json.names()[i];
    const JsonValue& attributes = json.items()[i];
    const bool own = root.compare(0, names::kPrefix.size(), names::kPrefix) == 0 &&
                     std::find(kOthers.begin(), kOthers.end(), root) == kOthers.end();
    if (!own || !attributes.IsObject() || attributes.Find(names::kResourceType) != nullptr)
      continue;
    auto resource = DecodeAttributes(ResourceType::kMgmtObj, root, attributes);
    if (!resource) return tl::unexpected(resource.error());
    return std::optional<Resource>(std::move(*resource));
  }
  return std::optional<Resource>();
}

}  // namespace onem2m
