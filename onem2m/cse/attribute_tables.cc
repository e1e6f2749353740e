// The tables of attributes. (TS-0001 v3 §9.6)
#include <algorithm>
#include <array>
#include <utility>

#include "onem2m/codec/short_names.h"
#include "onem2m/cse/attribute_policy.h"
#include "onem2m/cse/management_objects.h"
#include "onem2m/cse/module_classes.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

constexpr auto kM = Permission::kMandatory;
constexpr auto kO = Permission::kOptional;
constexpr auto kNP = Permission::kNotPermitted;
constexpr auto kNS = Permission::kNotServed;

// Universal and common attributes of everything that can be created. (TS-0001 v3 §9.6.1.3)
const std::array<AttributePolicy, 13> kCommon = {{
    {names::kResourceType, Shape::kNonNegative, kNP, kNP},
    {names::kResourceId, Shape::kString, kNP, kNP},
    {names::kResourceName, Shape::kNonEmptyString, kO, kNP},
    {names::kParentId, Shape::kString, kNP, kNP},
    {names::kCreationTime, Shape::kTimestamp, kNP, kNP},
    {names::kLastModifiedTime, Shape::kTimestamp, kNP, kNP},
    {names::kExpirationTime, Shape::kTimestamp, kO, kO},
    {names::kLabels, Shape::kStringList, kO, kO},
    {names::kAnnounceTo, Shape::kStringList, kNS, kNS},
    {names::kAnnouncedAttribute, Shape::kStringList, kNS, kNS},
    {names::kAnnounceSyncType, Shape::kNonNegative, kNS, kNS},
    {names::kDynamicAuthorizationConsultationIds, Shape::kStringList, kNS, kNS},
    {names::kCustodian, Shape::kString, kNS, kNS},
}};

constexpr AttributePolicy kPolicyIds = {names::kAccessControlPolicyIds, Shape::kNonEmptyStringList,
                                        kO, kO};
constexpr AttributePolicy kCreatorOnRequest = {names::kCreator, Shape::kString, kO, kNP};

TypePolicy AePolicy() {
  return {ResourceType::kAe,
          std::string(names::kAe),
          "C",
          0,
          true,
          false,
          {{names::kAppName, Shape::kString, kO, kO},
           {names::kAppId, Shape::kApplicationId, kM, kNP},
           {names::kAeId, Shape::kString, kNP, kNP},
           {names::kPointOfAccess, Shape::kStringList, kO, kO},
           {names::kRequestReachability, Shape::kBoolean, kM, kO},
           {names::kNodeLink, Shape::kNonEmptyString, kO, kO},
           {names::kOntologyRef, Shape::kString, kO, kO},
           {names::kContentSerialization, Shape::kStringList, kO, kO},
           // Mandatory from release 3 on, which only the request says.
           {names::kSupportedReleaseVersions, Shape::kNonEmptyStringList, kO, kO},
           {names::kEndToEndSecurityInfo, Shape::kObject, kNS, kNS},
           {names::kSessionCapabilities, Shape::kObject, kNS, kNS},
           {names::kTriggerEnable, Shape::kBoolean, kNS, kNS},
           {names::kTriggerPayloadSize, Shape::kNonNegative, kNS, kNS},
           {names::kRegistrationStatus, Shape::kNonNegative, kNS, kNS},
           {names::kActivityPatternElements, Shape::kObject, kNS, kNS}}};
}

TypePolicy NodePolicy() {
  return {ResourceType::kNode,
          std::string(names::kNode),
          "nod",
          0,
          true,
          true,
          {{names::kNodeId, Shape::kNonEmptyString, kM, kO},
           {names::kHostedCseLink, Shape::kString, kO, kO},
           {names::kHostedAeLinks, Shape::kNonEmptyStringList, kO, kO},
           {names::kHostedServiceLinks, Shape::kNonEmptyStringList, kO, kO},
           {names::kMgmtClientAddress, Shape::kStringList, kO, kO},
           {names::kNetworkId, Shape::kString, kO, kO},
           {names::kRoamingStatus, Shape::kBoolean, kO, kO},
           {names::kNodeType, Shape::kNonNegative, kO, kO}}};
}

TypePolicy ContainerPolicy() {
  return {ResourceType::kContainer,
          std::string(names::kContainer),
          "cnt",
          0,
          true,
          true,
          {{names::kMaxNrOfInstances, Shape::kNonNegative, kO, kO},
           {names::kMaxByteSize, Shape::kNonNegative, kO, kO},
           {names::kMaxInstanceAge, Shape::kNonNegative, kO, kO},
           {names::kCurrentNrOfInstances, Shape::kNonNegative, kNP, kNP},
           {names::kCurrentByteSize, Shape::kNonNegative, kNP, kNP},
           {names::kStateTag, Shape::kNonNegative, kNP, kNP},
           {names::kLocationId, Shape::kString, kNS, kNS},
           {names::kOntologyRef, Shape::kString, kO, kO},
           {names::kDisableRetrieval, Shape::kBoolean, kO, kO}}};
}

TypePolicy ContentInstancePolicy() {
  return {ResourceType::kContentInstance,
          std::string(names::kContentInstance),
          "cin",
          0,
          false,
          true,
          {{names::kContent, Shape::kContent, kM, kNP},
           {names::kContentInfo, Shape::kContentInfo, kO, kNP},
           {names::kContentRef, Shape::kContentReference, kO, kNP},
           {names::kOntologyRef, Shape::kString, kO, kNP},
           {names::kContentSize, Shape::kNonNegative, kNP, kNP},
           {names::kStateTag, Shape::kNonNegative, kNP, kNP},
           {names::kDataGenerationTime, Shape::kTimestamp, kO, kNP},
           {names::kDeletionCount, Shape::kNonNegative, kNS, kNS}}};
}

TypePolicy SubscriptionPolicy() {
  return {ResourceType::kSubscription,
          std::string(names::kSubscription),
          "sub",
          0,
          true,
          true,
          {{names::kNotificationUri, Shape::kNonEmptyStringList, kM, kO},
           {names::kEventNotificationCriteria, Shape::kObject, kO, kO},
           {names::kExpirationCounter, Shape::kNonNegative, kO, kO},
           {names::kNotificationContentType, Shape::kNonNegative, kO, kO},
           {names::kSubscriberUri, Shape::kNonEmptyString, kO, kNP},
           {names::kGroupId, Shape::kString, kNS, kNS},
           {names::kNotificationForwardingUri, Shape::kString, kNS, kNS},
           {names::kBatchNotify, Shape::kObject, kNS, kNS},
           {names::kRateLimit, Shape::kObject, kNS, kNS},
           {names::kPreSubscriptionNotify, Shape::kNonNegative, kNS, kNS},
           {names::kPendingNotification, Shape::kNonNegative, kNS, kNS},
           {names::kNotificationStoragePriority, Shape::kNonNegative, kNS, kNS},
           {names::kLatestNotify, Shape::kBoolean, kNS, kNS},
           {names::kNotificationEventCat, Shape::kString, kNS, kNS}}};
}

TypePolicy AccessControlPolicyPolicy() {
  return {ResourceType::kAccessControlPolicy,
          std::string(names::kAccessControlPolicy),
          "acp",
          0,
          false,
          true,
          {{names::kPrivileges, Shape::kObject, kM, kO},
           {names::kSelfPrivileges, Shape::kObject, kM, kO}}};
}

TypePolicy TimeSeriesPolicy() {
  return {ResourceType::kTimeSeries,
          std::string(names::kTimeSeries),
          "ts",
          0,
          true,
          true,
          {{names::kMaxNrOfInstances, Shape::kNonNegative, kO, kO},
           {names::kMaxByteSize, Shape::kNonNegative, kO, kO},
           {names::kMaxInstanceAge, Shape::kNonNegative, kO, kO},
           {names::kCurrentNrOfInstances, Shape::kNonNegative, kNP, kNP},
           {names::kCurrentByteSize, Shape::kNonNegative, kNP, kNP},
           {names::kPeriodicInterval, Shape::kNonNegative, kO, kO},
           {names::kPeriodicIntervalDelta, Shape::kNonNegative, kO, kO},
           // Nobody watches for missing data here: true is refused. (Cse::CheckTimeSeries)
           {names::kMissingDataDetect, Shape::kBoolean, kO, kO},
           {names::kMissingDataMaxNr, Shape::kNonNegative, kO, kO},
           {names::kMissingDataDetectTimer, Shape::kNonNegative, kO, kO},
           {names::kMissingDataList, Shape::kStringList, kNP, kNP},
           {names::kMissingDataCurrentNr, Shape::kNonNegative, kNP, kNP},
           {names::kOntologyRef, Shape::kString, kO, kO},
           {names::kContentInfo, Shape::kContentInfo, kO, kNP}}};
}

TypePolicy TimeSeriesInstancePolicy() {
  return {ResourceType::kTimeSeriesInstance,
          std::string(names::kTimeSeriesInstance),
          "tsi",
          0,
          false,
          false,
          {{names::kDataGenerationTime, Shape::kTimestamp, kM, kNP},
           {names::kContent, Shape::kContent, kM, kNP},
           {names::kSequenceNr, Shape::kNonNegative, kO, kNP},
           {names::kContentSize, Shape::kNonNegative, kNP, kNP}}};
}

TypePolicy SemanticDescriptorPolicy() {
  return {ResourceType::kSemanticDescriptor,
          std::string(names::kSemanticDescriptor),
          "smd",
          0,
          true,
          true,
          {{names::kDescriptorRepresentation, Shape::kNonNegative, kM, kO},
           {names::kDescriptor, Shape::kBase64, kM, kO},
           {names::kOntologyRef, Shape::kString, kO, kO},
           {names::kRelatedSemantics, Shape::kStringList, kO, kO},
           // What is described is kept as it comes: nothing here reads RDF or SPARQL.
           {names::kSemanticOpExec, Shape::kString, kNP, kNS},
           {names::kValidationEnable, Shape::kBoolean, kNS, kNS},
           {names::kSemanticValidated, Shape::kBoolean, kNP, kNP}}};
}

}  // namespace

const std::vector<TypePolicy>& AllTypePolicies() {
  static const std::vector<TypePolicy> policies = [] {
    std::vector<TypePolicy> all = {
        AePolicy(),
        NodePolicy(),
        ContainerPolicy(),
        ContentInstancePolicy(),
        SubscriptionPolicy(),
        AccessControlPolicyPolicy(),
        TimeSeriesPolicy(),
        TimeSeriesInstancePolicy(),
        SemanticDescriptorPolicy(),
        {ResourceType::kCseBase, std::string(names::kCseBase), "cb", 0, false, false, {}}};
    AddMgmtObjPolicies(all);
    AddModuleClassPolicies(all);
    return all;
  }();
  return policies;
}

const AttributePolicy* FindAttribute(const TypePolicy& policy, std::string_view name) {
  if (policy.has_policy_ids && name == kPolicyIds.name) return &kPolicyIds;
  if (policy.has_creator && name == kCreatorOnRequest.name) return &kCreatorOnRequest;
  const auto named = [name](const AttributePolicy& each) { return each.name == name; };
  const auto own = std::find_if(policy.attributes.begin(), policy.attributes.end(), named);
  if (own != policy.attributes.end()) return &*own;
  const auto common = std::find_if(kCommon.begin(), kCommon.end(), named);
  return common != kCommon.end() ? &*common : nullptr;
}

}  // namespace onem2m::cse
