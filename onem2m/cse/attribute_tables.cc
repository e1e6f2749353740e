// The tables of attributes. (TS-0001 v3 §9.6, Annex D)
#include <algorithm>
#include <array>
#include <utility>

#include "onem2m/codec/short_names.h"
#include "onem2m/cse/attribute_policy.h"

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
          names::kAe,
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
          names::kNode,
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
          names::kContainer,
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
          names::kContentInstance,
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
          names::kSubscription,
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
          names::kAccessControlPolicy,
          "acp",
          0,
          false,
          true,
          {{names::kPrivileges, Shape::kObject, kM, kO},
           {names::kSelfPrivileges, Shape::kObject, kM, kO}}};
}

// A specialisation of <mgmtObj>: what all have, then its own. (TS-0001 v3 Annex D)
TypePolicy MgmtObjPolicy(std::string_view root, int definition, std::vector<AttributePolicy> own) {
  std::vector<AttributePolicy> all = {{names::kMgmtDefinition, Shape::kNonNegative, kM, kNP},
                                      {names::kObjectIds, Shape::kStringList, kO, kNP},
                                      {names::kObjectPaths, Shape::kStringList, kO, kNP},
                                      {names::kMgmtLink, Shape::kStringList, kO, kO},
                                      {names::kDescription, Shape::kString, kO, kO},
                                      {names::kMgmtSchema, Shape::kString, kO, kO}};
  all.insert(all.end(), own.begin(), own.end());
  return {ResourceType::kMgmtObj, root, root.substr(names::kPrefix.size()), definition, true, true,
          std::move(all)};
}

std::vector<AttributePolicy> DeviceInfoAttributes() {
  std::vector<AttributePolicy> all = {{names::kDeviceLabel, Shape::kString, kM, kO},
                                      {names::kManufacturer, Shape::kString, kM, kO},
                                      {names::kModel, Shape::kString, kM, kO},
                                      {names::kDeviceType, Shape::kString, kM, kO},
                                      {names::kProtocol, Shape::kStringList, kO, kO}};
  for (const std::string_view name :
       {names::kDeviceName, names::kFirmwareVersion, names::kSoftwareVersion,
        names::kHardwareVersion, names::kOsVersion, names::kManufacturingDate,
        names::kManufacturerDetailsLink, names::kLocation, names::kCountry, names::kSystemTime,
        names::kSupportUrl, names::kPresentationUrl, names::kSubModel}) {
    all.push_back({name, Shape::kString, kO, kO});
  }
  return all;
}

void AddMgmtObjPolicies(std::vector<TypePolicy>& all) {
  all.push_back(MgmtObjPolicy(names::kFirmware, 1001,
                              {{names::kVersion, Shape::kString, kM, kO},
                               {names::kFirmwareName, Shape::kString, kM, kO},
                               {names::kUrl, Shape::kString, kM, kO},
                               {names::kUpdate, Shape::kBoolean, kM, kO},
                               {names::kUpdateStatus, Shape::kObject, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kSoftware, 1002,
                              {{names::kVersion, Shape::kString, kM, kO},
                               {names::kSoftwareName, Shape::kString, kM, kO},
                               {names::kUrl, Shape::kString, kM, kO},
                               {names::kInstall, Shape::kBoolean, kO, kO},
                               {names::kUninstall, Shape::kBoolean, kO, kO},
                               {names::kInstallStatus, Shape::kObject, kO, kO},
                               {names::kActivate, Shape::kBoolean, kO, kO},
                               {names::kDeactivate, Shape::kBoolean, kO, kO},
                               {names::kActiveStatus, Shape::kObject, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kMemory, 1003,
                              {{names::kMemoryAvailable, Shape::kNonNegative, kM, kO},
                               {names::kMemoryTotal, Shape::kNonNegative, kM, kO}}));
  all.push_back(MgmtObjPolicy(names::kBattery, 1006,
                              {{names::kBatteryLevel, Shape::kNonNegative, kM, kO},
                               {names::kBatteryStatus, Shape::kNonNegative, kM, kO}}));
  all.push_back(MgmtObjPolicy(names::kDeviceInfo, 1007, DeviceInfoAttributes()));
  all.push_back(MgmtObjPolicy(names::kDeviceCapability, 1008,
                              {{names::kCapabilityName, Shape::kString, kM, kO},
                               {names::kAttached, Shape::kBoolean, kM, kO},
                               {names::kCapabilityActionStatus, Shape::kObject, kM, kO},
                               {names::kCurrentState, Shape::kBoolean, kM, kO},
                               {names::kEnable, Shape::kBoolean, kO, kO},
                               {names::kDisable, Shape::kBoolean, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kReboot, 1009,
                              {{names::kRebootNow, Shape::kBoolean, kO, kO},
                               {names::kFactoryReset, Shape::kBoolean, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kEventLog, 1010,
                              {{names::kLogTypeId, Shape::kNonNegative, kM, kO},
                               {names::kLogDetail, Shape::kString, kM, kO},
                               {names::kLogStatus, Shape::kNonNegative, kM, kO},
                               {names::kLogStart, Shape::kBoolean, kO, kO},
                               {names::kLogStop, Shape::kBoolean, kO, kO}}));
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
        {ResourceType::kCseBase, names::kCseBase, "cb", 0, false, false, {}}};
    AddMgmtObjPolicies(all);
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
