// The short names of oneM2M and the header fields of its HTTP binding. This is the only place where
// they are spelled; everything else says kExpirationTime and not "et".
// (TS-0004 v3 §8.2; TS-0009 v3 §6.2.2.2, §6.4)
#ifndef ONEM2M_CODEC_SHORT_NAMES_H_
#define ONEM2M_CODEC_SHORT_NAMES_H_

#include <string_view>

namespace onem2m::short_names {

// Names of JSON roots. (TS-0004 §8.2.4)
inline constexpr std::string_view kPrefix = "m2m:";
inline constexpr std::string_view kAccessControlPolicy = "m2m:acp";
inline constexpr std::string_view kAe = "m2m:ae";
inline constexpr std::string_view kContainer = "m2m:cnt";
inline constexpr std::string_view kContentInstance = "m2m:cin";
inline constexpr std::string_view kCseBase = "m2m:cb";
inline constexpr std::string_view kNode = "m2m:nod";
inline constexpr std::string_view kSubscription = "m2m:sub";
inline constexpr std::string_view kTimeSeries = "m2m:ts";
inline constexpr std::string_view kTimeSeriesInstance = "m2m:tsi";
inline constexpr std::string_view kSemanticDescriptor = "m2m:smd";
inline constexpr std::string_view kFirmware = "m2m:fwr";
inline constexpr std::string_view kSoftware = "m2m:swr";
inline constexpr std::string_view kMemory = "m2m:mem";
inline constexpr std::string_view kBattery = "m2m:bat";
inline constexpr std::string_view kDeviceInfo = "m2m:dvi";
inline constexpr std::string_view kDeviceCapability = "m2m:dvc";
inline constexpr std::string_view kReboot = "m2m:rbo";
inline constexpr std::string_view kEventLog = "m2m:evl";
inline constexpr std::string_view kAreaNetworkInfo = "m2m:ani";
inline constexpr std::string_view kAreaNetworkDeviceInfo = "m2m:andi";
inline constexpr std::string_view kNotification = "m2m:sgn";
inline constexpr std::string_view kAggregatedNotification = "m2m:agn";
inline constexpr std::string_view kUri = "m2m:uri";
inline constexpr std::string_view kUriList = "m2m:uril";
inline constexpr std::string_view kResourceReferenceList = "m2m:rrl";
inline constexpr std::string_view kRequest = "m2m:rqp";
inline constexpr std::string_view kResponse = "m2m:rsp";
inline constexpr std::string_view kDebug = "m2m:dbg";

// Universal and common attributes. (TS-0004 Table 8.2.3-1)
inline constexpr std::string_view kResourceType = "ty";
inline constexpr std::string_view kResourceId = "ri";
inline constexpr std::string_view kResourceName = "rn";
inline constexpr std::string_view kParentId = "pi";
inline constexpr std::string_view kCreationTime = "ct";
inline constexpr std::string_view kLastModifiedTime = "lt";
inline constexpr std::string_view kExpirationTime = "et";
inline constexpr std::string_view kLabels = "lbl";
inline constexpr std::string_view kAccessControlPolicyIds = "acpi";
inline constexpr std::string_view kCreator = "cr";
inline constexpr std::string_view kStateTag = "st";
inline constexpr std::string_view kAnnounceTo = "at";
inline constexpr std::string_view kAnnouncedAttribute = "aa";
inline constexpr std::string_view kAnnounceSyncType = "ast";
inline constexpr std::string_view kDynamicAuthorizationConsultationIds = "daci";
inline constexpr std::string_view kEndToEndSecurityInfo = "esi";
inline constexpr std::string_view kCustodian = "cstn";
inline constexpr std::string_view kOntologyRef = "or";
inline constexpr std::string_view kNodeLink = "nl";
inline constexpr std::string_view kPointOfAccess = "poa";
inline constexpr std::string_view kSupportedReleaseVersions = "srv";
inline constexpr std::string_view kContentSerialization = "csz";
inline constexpr std::string_view kChildReferences = "ch";  // beside the attributes with rcn=5

// <CSEBase>
inline constexpr std::string_view kCseId = "csi";
inline constexpr std::string_view kCseType = "cst";
inline constexpr std::string_view kSupportedResourceTypes = "srt";
inline constexpr std::string_view kNotificationCongestionPolicy = "ncp";
inline constexpr std::string_view kCurrentTime = "ctm";

// <AE>
inline constexpr std::string_view kAppName = "apn";
inline constexpr std::string_view kAppId = "api";
inline constexpr std::string_view kAeId = "aei";
inline constexpr std::string_view kRequestReachability = "rr";
inline constexpr std::string_view kSessionCapabilities = "scp";
inline constexpr std::string_view kTriggerEnable = "tren";
inline constexpr std::string_view kTriggerPayloadSize = "trps";
inline constexpr std::string_view kRegistrationStatus = "regs";
inline constexpr std::string_view kActivityPatternElements = "ape";

// <node>
inline constexpr std::string_view kNodeId = "ni";
inline constexpr std::string_view kHostedCseLink = "hcl";
inline constexpr std::string_view kHostedAeLinks = "hael";
inline constexpr std::string_view kHostedServiceLinks = "hsl";
inline constexpr std::string_view kMgmtClientAddress = "mgca";
inline constexpr std::string_view kNetworkId = "nid";
inline constexpr std::string_view kRoamingStatus = "rms";
inline constexpr std::string_view kNodeType = "nty";

// <container>
inline constexpr std::string_view kMaxNrOfInstances = "mni";
inline constexpr std::string_view kMaxByteSize = "mbs";
inline constexpr std::string_view kMaxInstanceAge = "mia";
inline constexpr std::string_view kCurrentNrOfInstances = "cni";
inline constexpr std::string_view kCurrentByteSize = "cbs";
inline constexpr std::string_view kLocationId = "li";
inline constexpr std::string_view kDisableRetrieval = "disr";
inline constexpr std::string_view kLatest = "la";  // virtual child
inline constexpr std::string_view kOldest = "ol";  // virtual child

// <contentInstance>
inline constexpr std::string_view kContent = "con";
inline constexpr std::string_view kContentInfo = "cnf";
inline constexpr std::string_view kContentRef = "conr";
inline constexpr std::string_view kContentSize = "cs";
inline constexpr std::string_view kDataGenerationTime = "dgt";
inline constexpr std::string_view kDeletionCount = "dcnt";
inline constexpr std::string_view kUriReference = "urir";  // member of contentRef
inline constexpr std::string_view kName = "nm";            // member of uriReference
inline constexpr std::string_view kReferenceUri = "uri";   // member of uriReference

// <subscription>
inline constexpr std::string_view kNotificationUri = "nu";
inline constexpr std::string_view kEventNotificationCriteria = "enc";
inline constexpr std::string_view kExpirationCounter = "exc";
inline constexpr std::string_view kGroupId = "gpi";
inline constexpr std::string_view kNotificationForwardingUri = "nfu";
inline constexpr std::string_view kBatchNotify = "bn";
inline constexpr std::string_view kRateLimit = "rl";
inline constexpr std::string_view kPreSubscriptionNotify = "psn";
inline constexpr std::string_view kPendingNotification = "pn";
inline constexpr std::string_view kNotificationStoragePriority = "nsp";
inline constexpr std::string_view kLatestNotify = "ln";
inline constexpr std::string_view kNotificationContentType = "nct";
inline constexpr std::string_view kMaxAge = "ma";
inline constexpr std::string_view kNotificationEventCat = "nec";
inline constexpr std::string_view kSubscriberUri = "su";

// Members of eventNotificationCriteria beyond the conditions, which are query parameters as well.
inline constexpr std::string_view kNotificationEventType = "net";
inline constexpr std::string_view kChildResourceType = "chty";
inline constexpr std::string_view kAttributes = "atr";
inline constexpr std::string_view kOperationMonitor = "om";
inline constexpr std::string_view kOperations = "ops";
inline constexpr std::string_view kMissingData = "md";
inline constexpr std::string_view kNumber = "num";
inline constexpr std::string_view kDuration = "dur";
inline constexpr std::string_view kMaxNrOfNotify = "mnn";
inline constexpr std::string_view kTimeWindow = "tww";

// <accessControlPolicy>
inline constexpr std::string_view kPrivileges = "pv";
inline constexpr std::string_view kSelfPrivileges = "pvs";
inline constexpr std::string_view kAccessControlRule = "acr";
inline constexpr std::string_view kAccessControlOriginators = "acor";
inline constexpr std::string_view kAccessControlOperations = "acop";
inline constexpr std::string_view kAccessControlContexts = "acco";
inline constexpr std::string_view kAccessControlObjectDetails = "acod";
inline constexpr std::string_view kAccessControlAuthenticationFlag = "acaf";

// <mgmtObj> (TS-0001 Annex D)
inline constexpr std::string_view kMgmtDefinition = "mgd";
inline constexpr std::string_view kObjectIds = "obis";
inline constexpr std::string_view kObjectPaths = "obps";
inline constexpr std::string_view kMgmtLink = "cmlk";
inline constexpr std::string_view kDescription = "dc";
inline constexpr std::string_view kMgmtSchema = "mgs";
inline constexpr std::string_view kVersion = "vr";
inline constexpr std::string_view kFirmwareName = "fwn";
inline constexpr std::string_view kSoftwareName = "swn";
inline constexpr std::string_view kUrl = "url";
inline constexpr std::string_view kUpdate = "ud";
inline constexpr std::string_view kUpdateStatus = "uds";
inline constexpr std::string_view kAction = "acn";
inline constexpr std::string_view kStatus = "sus";
inline constexpr std::string_view kInstall = "in";
inline constexpr std::string_view kUninstall = "un";
inline constexpr std::string_view kInstallStatus = "ins";
inline constexpr std::string_view kActivate = "act";
inline constexpr std::string_view kDeactivate = "dea";
inline constexpr std::string_view kActiveStatus = "acts";
inline constexpr std::string_view kMemoryAvailable = "mma";
inline constexpr std::string_view kMemoryTotal = "mmt";
inline constexpr std::string_view kBatteryLevel = "btl";
inline constexpr std::string_view kBatteryStatus = "bts";
inline constexpr std::string_view kDeviceLabel = "dlb";
inline constexpr std::string_view kManufacturer = "man";
inline constexpr std::string_view kModel = "mod";
inline constexpr std::string_view kDeviceType = "dty";
inline constexpr std::string_view kDeviceName = "dvnm";
inline constexpr std::string_view kFirmwareVersion = "fwv";
inline constexpr std::string_view kSoftwareVersion = "swv";
inline constexpr std::string_view kHardwareVersion = "hwv";
inline constexpr std::string_view kOsVersion = "osv";
inline constexpr std::string_view kManufacturingDate = "mfd";
inline constexpr std::string_view kManufacturerDetailsLink = "mfdl";
inline constexpr std::string_view kLocation = "loc";
inline constexpr std::string_view kCountry = "cnty";
inline constexpr std::string_view kSystemTime = "syst";
inline constexpr std::string_view kSupportUrl = "spur";
inline constexpr std::string_view kPresentationUrl = "purl";
inline constexpr std::string_view kProtocol = "ptl";
inline constexpr std::string_view kSubModel = "smod";
inline constexpr std::string_view kCapabilityName = "can";
inline constexpr std::string_view kAttached = "att";
inline constexpr std::string_view kCapabilityActionStatus = "cas";
inline constexpr std::string_view kCurrentState = "cus";
inline constexpr std::string_view kEnable = "ena";
inline constexpr std::string_view kDisable = "dis";
inline constexpr std::string_view kRebootNow = "rbo";
inline constexpr std::string_view kFactoryReset = "far";
inline constexpr std::string_view kLogTypeId = "lgt";
inline constexpr std::string_view kLogDetail = "lgd";
inline constexpr std::string_view kLogStatus = "lgst";
inline constexpr std::string_view kLogStart = "lga";
inline constexpr std::string_view kLogStop = "lgo";
inline constexpr std::string_view kAreaNetworkType = "ant";
inline constexpr std::string_view kListOfDevices = "ldv";
inline constexpr std::string_view kDeviceId = "dvd";
inline constexpr std::string_view kAreaDeviceType = "dvt";
inline constexpr std::string_view kAreaNetworkId = "awi";
inline constexpr std::string_view kSleepInterval = "sli";
inline constexpr std::string_view kSleepDuration = "sld";
inline constexpr std::string_view kDeviceStatus = "ss";
inline constexpr std::string_view kListOfNeighbors = "lnh";

// <flexContainer>
inline constexpr std::string_view kContainerDefinition = "cnd";
inline constexpr std::string_view kInstancesEnabled = "fcied";

// <timeSeries>, <timeSeriesInstance>
inline constexpr std::string_view kPeriodicInterval = "pei";
inline constexpr std::string_view kPeriodicIntervalDelta = "peid";
inline constexpr std::string_view kMissingDataDetect = "mdd";
inline constexpr std::string_view kMissingDataMaxNr = "mdn";
inline constexpr std::string_view kMissingDataList = "mdlt";
inline constexpr std::string_view kMissingDataCurrentNr = "mdc";
inline constexpr std::string_view kMissingDataDetectTimer = "mdt";
inline constexpr std::string_view kSequenceNr = "snr";

// <semanticDescriptor>
inline constexpr std::string_view kDescriptorRepresentation = "dcrp";
inline constexpr std::string_view kDescriptor = "dsp";
inline constexpr std::string_view kSemanticOpExec = "soe";
inline constexpr std::string_view kRelatedSemantics = "rels";
inline constexpr std::string_view kSemanticValidated = "svd";
inline constexpr std::string_view kValidationEnable = "vlde";

// Members of a notification. (TS-0004 §7.5.1.1)
inline constexpr std::string_view kNotificationEvent = "nev";
inline constexpr std::string_view kRepresentation = "rep";
inline constexpr std::string_view kVerificationRequest = "vrq";
inline constexpr std::string_view kSubscriptionDeletion = "sud";
inline constexpr std::string_view kSubscriptionReference = "sur";
inline constexpr std::string_view kNotificationTarget = "ntt";

// Members of the resource references that answer rcn=5 and 6.
inline constexpr std::string_view kResourceReference = "rrf";
inline constexpr std::string_view kReferenceName = "nm";
inline constexpr std::string_view kReferenceType = "typ";
inline constexpr std::string_view kReferenceValue = "val";

// Members of primitives that are serialised whole. (TS-0004 Table 8.2.2-1)
inline constexpr std::string_view kOperation = "op";
inline constexpr std::string_view kTo = "to";
inline constexpr std::string_view kFrom = "fr";
inline constexpr std::string_view kRequestIdentifier = "rqi";
inline constexpr std::string_view kReleaseVersionIndicator = "rvi";
inline constexpr std::string_view kPrimitiveContent = "pc";
inline constexpr std::string_view kResponseStatusCode = "rsc";
inline constexpr std::string_view kOriginatingTimestamp = "ot";

// Request parameters that travel in the query. (TS-0009 Table 6.2.2.2-1)
inline constexpr std::string_view kResponseType = "rt";
inline constexpr std::string_view kResultPersistence = "rp";
inline constexpr std::string_view kResultContent = "rcn";
inline constexpr std::string_view kDeliveryAggregation = "da";
inline constexpr std::string_view kDiscoveryResultType = "drt";
inline constexpr std::string_view kFilterUsage = "fu";
inline constexpr std::string_view kFilterOperation = "fo";
inline constexpr std::string_view kContentType = "cty";
inline constexpr std::string_view kCreatedBefore = "crb";
inline constexpr std::string_view kCreatedAfter = "cra";
inline constexpr std::string_view kModifiedSince = "ms";
inline constexpr std::string_view kUnmodifiedSince = "us";
inline constexpr std::string_view kStateTagSmaller = "sts";
inline constexpr std::string_view kStateTagBigger = "stb";
inline constexpr std::string_view kExpireBefore = "exb";
inline constexpr std::string_view kExpireAfter = "exa";
inline constexpr std::string_view kSizeAbove = "sza";
inline constexpr std::string_view kSizeBelow = "szb";
inline constexpr std::string_view kLimit = "lim";
inline constexpr std::string_view kOffset = "ofst";
inline constexpr std::string_view kLevel = "lvl";
inline constexpr std::string_view kSemanticsFilter = "smf";
inline constexpr std::string_view kContentFilterSyntax = "cfs";
inline constexpr std::string_view kContentFilterQuery = "cfq";
inline constexpr std::string_view kAttributeList = "atrl";

}  // namespace onem2m::short_names

// Header fields; their names are compared without regard to case. (RFC 9110 §5.1)
namespace onem2m::header_fields {

inline constexpr std::string_view kOrigin = "X-M2M-Origin";
inline constexpr std::string_view kRequestIdentifier = "X-M2M-RI";
inline constexpr std::string_view kReleaseVersion = "X-M2M-RVI";
inline constexpr std::string_view kResponseStatusCode = "X-M2M-RSC";
inline constexpr std::string_view kOriginatingTimestamp = "X-M2M-OT";
inline constexpr std::string_view kRequestExpirationTimestamp = "X-M2M-RET";
inline constexpr std::string_view kResultExpirationTimestamp = "X-M2M-RST";
inline constexpr std::string_view kOperationExecutionTime = "X-M2M-OET";
inline constexpr std::string_view kEventCategory = "X-M2M-EC";
inline constexpr std::string_view kGroupRequestIdentifier = "X-M2M-GID";
inline constexpr std::string_view kResponseTypeUris = "X-M2M-RTU";
inline constexpr std::string_view kContentStatus = "X-M2M-CTS";
inline constexpr std::string_view kContentOffset = "X-M2M-CTO";
inline constexpr std::string_view kVendorInformation = "X-M2M-VSI";
inline constexpr std::string_view kAccept = "Accept";
inline constexpr std::string_view kAuthorization = "Authorization";
inline constexpr std::string_view kContentType = "Content-Type";
inline constexpr std::string_view kContentLocation = "Content-Location";
inline constexpr std::string_view kDate = "Date";

inline constexpr std::string_view kMediaTypeJson = "application/json";
inline constexpr std::string_view kMediaTypeResource = "application/vnd.onem2m-res+json";
inline constexpr std::string_view kMediaTypeNotification = "application/vnd.onem2m-ntfy+json";

}  // namespace onem2m::header_fields

#endif  // ONEM2M_CODEC_SHORT_NAMES_H_
