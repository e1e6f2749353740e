#include "mapping/status_codes.h"

namespace mapping {

using lwm2m::Code;
using onem2m::ResponseStatusCode;

Code RegisterCode(ResponseStatusCode status) {
  // TS-0014 Table 6.2.2.2-4: "4105 Conflict" stands below "All other codes"; the specific row wins.
  // 4117 is how a CSE words the same conflict for the AE-ID instead of the name.
  if (status == ResponseStatusCode::kCreated) return Code::kCreated;
  if (status == ResponseStatusCode::kConflict) return Code::kForbidden;
  if (status == ResponseStatusCode::kOriginatorHasAlreadyRegistered) return Code::kForbidden;
  return Code::kBadRequest;
}

Code UpdateCode(ResponseStatusCode status) {
  if (status == ResponseStatusCode::kUpdated) return Code::kChanged;
  // Table 6.3.2.2-1: an Update also creates and deletes containers.
  if (status == ResponseStatusCode::kCreated) return Code::kChanged;
  if (status == ResponseStatusCode::kDeleted) return Code::kChanged;
  // The table prints "4000 Not Found"; NOT_FOUND is 4004 (TS-0004 §6.6.3.5).
  if (status == ResponseStatusCode::kNotFound) return Code::kNotFound;
  return Code::kBadRequest;
}

Code DeregisterCode(ResponseStatusCode status) {
  if (status == ResponseStatusCode::kDeleted) return Code::kDeleted;
  if (status == ResponseStatusCode::kNotFound) return Code::kNotFound;
  return Code::kBadRequest;
}

ResponseStatusCode StatusOf(Code code) {
  switch (code) {
    case Code::kCreated:
      return ResponseStatusCode::kCreated;
    case Code::kDeleted:
      return ResponseStatusCode::kDeleted;
    case Code::kChanged:
      return ResponseStatusCode::kUpdated;
    case Code::kValid:
    case Code::kContent:
    case Code::kContinue:
      return ResponseStatusCode::kOk;
    case Code::kBadRequest:
    case Code::kBadOption:
    case Code::kPreconditionFailed:
      return ResponseStatusCode::kBadRequest;
    case Code::kUnauthorized:
    case Code::kForbidden:
      return ResponseStatusCode::kOriginatorHasNoPrivilege;
    case Code::kNotFound:
      return ResponseStatusCode::kNotFound;
    case Code::kMethodNotAllowed:
      return ResponseStatusCode::kOperationNotAllowed;
    case Code::kNotAcceptable:
    case Code::kUnsupportedContentFormat:
      return ResponseStatusCode::kUnsupportedMediaType;
    case Code::kRequestEntityIncomplete:
    case Code::kRequestEntityTooLarge:
      return ResponseStatusCode::kContentsUnacceptable;
    case Code::kConflict:
      return ResponseStatusCode::kConflict;
    case Code::kNotImplemented:
      return ResponseStatusCode::kNotImplemented;
    case Code::kServiceUnavailable:
      return ResponseStatusCode::kTargetNotReachable;
    case Code::kEmpty:
    case Code::kInternalServerError:
      return ResponseStatusCode::kInternalServerError;
  }
  // A code that the registry gained since: RFC 7252 §5.9 lets its class speak for it.
  if (lwm2m::IsSuccess(code)) return ResponseStatusCode::kOk;
  if (lwm2m::ClassOf(code) == 4) return ResponseStatusCode::kBadRequest;
  return ResponseStatusCode::kInternalServerError;
}

ResponseStatusCode StatusOf(lwm2m::Failure failure) {
  switch (failure) {
    case lwm2m::Failure::kTimedOut:
    case lwm2m::Failure::kExpired:
      return ResponseStatusCode::kRequestTimeout;
    case lwm2m::Failure::kReset:
    case lwm2m::Failure::kUnreachable:
    case lwm2m::Failure::kCancelled:
    case lwm2m::Failure::kNotRegistered:
      return ResponseStatusCode::kTargetNotReachable;
    case lwm2m::Failure::kQueueFull:
    case lwm2m::Failure::kOutcomeUnknown:
      return ResponseStatusCode::kInternalServerError;
  }
  return ResponseStatusCode::kInternalServerError;
}

ResponseStatusCode StatusOf(lwm2m::ErrorKind kind) {
  switch (kind) {
    case lwm2m::ErrorKind::kMalformed:
    case lwm2m::ErrorKind::kInvalidValue:
      return ResponseStatusCode::kBadRequest;
    case lwm2m::ErrorKind::kUnsupportedFormat:
      return ResponseStatusCode::kUnsupportedMediaType;
    case lwm2m::ErrorKind::kNotFound:
      return ResponseStatusCode::kNotFound;
    case lwm2m::ErrorKind::kNotAllowed:
      return ResponseStatusCode::kOperationNotAllowed;
    case lwm2m::ErrorKind::kUnreachable:
      return ResponseStatusCode::kTargetNotReachable;
    case lwm2m::ErrorKind::kTooLarge:
      return ResponseStatusCode::kContentsUnacceptable;
    case lwm2m::ErrorKind::kUnsupported:
      return ResponseStatusCode::kNotImplemented;
  }
  return ResponseStatusCode::kInternalServerError;
}

Verdict VerdictOf(ResponseStatusCode status) {
  if (onem2m::IsSuccess(status)) return Verdict::kDone;
  switch (status) {
    case ResponseStatusCode::kNotFound:
      return Verdict::kReprovision;
    case ResponseStatusCode::kSubscriptionCreatorHasNoPrivilege:
    case ResponseStatusCode::kOriginatorHasNoPrivilege:
    case ResponseStatusCode::kOriginatorNotAuthenticated:
    case ResponseStatusCode::kSecurityAssociationRequired:
    case ResponseStatusCode::kAppRuleValidationFailed:
      return Verdict::kForbidden;
    case ResponseStatusCode::kConflict:
    case ResponseStatusCode::kOriginatorHasAlreadyRegistered:
      return Verdict::kConflict;
    case ResponseStatusCode::kNotAcceptable:
      return Verdict::kRefused;
    case ResponseStatusCode::kRequestTimeout:
      return Verdict::kRetry;
    case ResponseStatusCode::kAccepted:
    case ResponseStatusCode::kOk:
    case ResponseStatusCode::kCreated:
    case ResponseStatusCode::kDeleted:
    case ResponseStatusCode::kUpdated:
    case ResponseStatusCode::kBadRequest:
    case ResponseStatusCode::kReleaseVersionNotSupported:
    case ResponseStatusCode::kOperationNotAllowed:
    case ResponseStatusCode::kUnsupportedMediaType:
    case ResponseStatusCode::kContentsUnacceptable:
    case ResponseStatusCode::kInvalidChildResourceType:
    case ResponseStatusCode::kSpecializationSchemaNotFound:
    case ResponseStatusCode::kInternalServerError:
    case ResponseStatusCode::kNotImplemented:
    case ResponseStatusCode::kTargetNotReachable:
    case ResponseStatusCode::kReceiverHasNoPrivilege:
    case ResponseStatusCode::kAlreadyExists:
    case ResponseStatusCode::kTargetNotSubscribable:
    case ResponseStatusCode::kSubscriptionVerificationInitiationFailed:
    case ResponseStatusCode::kSubscriptionHostHasNoPrivilege:
      break;
  }
  // The class decides the rest. What is no refusal (5xxx, 429, numbers of no class) may pass.
  const int number = onem2m::ToInt(status);
  return number >= 4000 && number < 5000 ? Verdict::kRefused : Verdict::kRetry;
}

}  // namespace mapping
