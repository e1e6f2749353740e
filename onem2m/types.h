// Enumerations of oneM2M that travel in primitives.
// (TS-0004 v3 §6.3.4, §6.6; TS-0009 v3 Table 6.3.2-1)
#ifndef ONEM2M_TYPES_H_
#define ONEM2M_TYPES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace onem2m {

enum class Operation { kCreate = 1, kRetrieve = 2, kUpdate = 3, kDelete = 4, kNotify = 5 };

enum class ResourceType : std::int32_t {
  kAccessControlPolicy = 1,
  kAe = 2,
  kContainer = 3,
  kContentInstance = 4,
  kCseBase = 5,
  kMgmtObj = 13,
  kNode = 14,
  kSubscription = 23,
  kSemanticDescriptor = 24,
  kFlexContainer = 28,
  kTimeSeries = 29,
  kTimeSeriesInstance = 30,
};

// X-M2M-RSC. An open set: a CSE may answer any number.
enum class ResponseStatusCode : std::int32_t {
  kAccepted = 1000,
  kOk = 2000,
  kCreated = 2001,
  kDeleted = 2002,
  kUpdated = 2004,
  kBadRequest = 4000,
  kReleaseVersionNotSupported = 4001,
  kNotFound = 4004,
  kOperationNotAllowed = 4005,
  kRequestTimeout = 4008,
  kUnsupportedMediaType = 4015,
  kSubscriptionCreatorHasNoPrivilege = 4101,
  kContentsUnacceptable = 4102,
  kOriginatorHasNoPrivilege = 4103,
  kConflict = 4105,
  kOriginatorNotAuthenticated = 4106,
  kSecurityAssociationRequired = 4107,
  kInvalidChildResourceType = 4108,
  kOriginatorHasAlreadyRegistered = 4117,
  kSpecializationSchemaNotFound = 4125,
  kAppRuleValidationFailed = 4126,
  kInternalServerError = 5000,
  kNotImplemented = 5001,
  kTargetNotReachable = 5103,
  kReceiverHasNoPrivilege = 5105,
  kAlreadyExists = 5106,
  kTargetNotSubscribable = 5203,
  kSubscriptionVerificationInitiationFailed = 5204,
  kSubscriptionHostHasNoPrivilege = 5205,
  kNotAcceptable = 5207,
};

constexpr int ToInt(ResponseStatusCode code) { return static_cast<int>(code); }
constexpr bool IsSuccess(ResponseStatusCode code) {
  return ToInt(code) >= 2000 && ToInt(code) < 3000;
}
// HTTP status of TS-0009 Table 6.3.2-1; an unlisted code by its first digits (4xxx 400, 5xxx 500).
int HttpStatusOf(ResponseStatusCode code);
// For servers that leave X-M2M-RSC out: 200 → 2000, 201 → 2001, 202 → 1000, 401 → 4107, 403 → 4103,
// 404 → 4004, 405 → 4005, 406 → 5207, 408 → 4008, 409 → 4105, 415 → 4015, 429 → 5000 (retry), other
// 4xx → 4000, else 5000.
ResponseStatusCode StatusFromHttp(int http_status);

// accessControlOperations, added up.
inline constexpr int kMayCreate = 1;
inline constexpr int kMayRetrieve = 2;
inline constexpr int kMayUpdate = 4;
inline constexpr int kMayDelete = 8;
inline constexpr int kMayNotify = 16;
inline constexpr int kMayDiscover = 32;
inline constexpr int kMayEverything = 63;

// notificationEventType
inline constexpr int kUpdateOfResource = 1;
inline constexpr int kDeleteOfResource = 2;
inline constexpr int kCreateOfDirectChild = 3;
inline constexpr int kDeleteOfDirectChild = 4;
inline constexpr int kRetrieveWithoutInstance = 5;  // of a container without contentInstance
inline constexpr int kBlockingUpdate = 7;           // before it, with what was asked for
// Not of every CSE: before a Retrieve of the resource, or of a child of it, is answered.
inline constexpr int kBlockingRetrieve = 9;
inline constexpr int kBlockingRetrieveOfDirectChild = 10;

// UTC, YYYYMMDDThhmmss. (TS-0004 Table 6.3.3-1, m2m:timestamp)
std::string FormatTimestamp(std::int64_t unix_seconds);
// Also takes fractions (",123" or ".123", ignored) . nullopt when it is not a timestamp.
std::optional<std::int64_t> ParseTimestamp(std::string_view text);

}  // namespace onem2m

#endif  // ONEM2M_TYPES_H_
