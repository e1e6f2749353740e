#include "onem2m/cse/cse.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "onem2m/codec/short_names.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

constexpr std::array<std::string_view, 3> kReleaseVersions = {"2a", "3", "4"};
constexpr int kInfrastructureNode = 1;  // cseType IN-CSE

std::string NameOf(int operation) {
  switch (operation) {
    case kMayCreate:
      return "CREATE";
    case kMayRetrieve:
      return "RETRIEVE";
    case kMayUpdate:
      return "UPDATE";
    case kMayDelete:
      return "DELETE";
    case kMayDiscover:
      return "DISCOVERY";
  }
  return std::to_string(operation);
}

Array ReleaseVersions() { return Array(kReleaseVersions.begin(), kReleaseVersions.end()); }

}  // namespace

Cse::Cse(CseOptions options, NotificationSink& sink, TimePoint now)
    : options_(std::move(options)),
      sink_(sink),
      tree_(options_.base, options_.cse_id, now),
      access_(tree_, options_.admin_originator),
      publisher_(tree_, access_, sink_) {
  const std::vector<std::int64_t> types = SupportedTypes();
  Attributes& attributes = tree_.root().attributes;
  attributes.Set(names::kCseId, "/" + tree_.root().id);
  attributes.Set(names::kCseType, kInfrastructureNode);
  attributes.Set(names::kSupportedResourceTypes, Array(types.begin(), types.end()));
  attributes.Set(names::kSupportedReleaseVersions, ReleaseVersions());
  attributes.Set(names::kContentSerialization, Array{header_fields::kMediaTypeJson});
  if (!options_.point_of_access.empty()) {
    attributes.Set(names::kPointOfAccess, Array{options_.point_of_access});
  }
}

std::size_t Cse::resource_count() const {
  const std::shared_lock lock(mutex_);
  return tree_.size();
}

CseResponse Cse::Handle(const RequestPrimitive& request, TimePoint now) {
  Result<Answer> answer;
  if (const auto context = Open(request, now)) {
    answer = Dispatch(*context);
  } else {
    answer = tl::unexpected(context.error());
  }
  CseResponse response;
  response.primitive.request_identifier = request.request_identifier;
  response.primitive.release_version = request.release_version;
  response.primitive.originating_time = Timestamp(now);
  if (answer) {
    response.primitive.status = answer->status;
    response.primitive.content = std::move(answer->content);
    response.location = std::move(answer->location);
  } else {
    response.primitive.status = answer.error().status;
    response.primitive.content = Serialize(names::kDebug, answer.error().detail);
  }
  return response;
}

// TS-0004 v3 Table 7.2.1.1-1: the parameters that every request carries.
Result<Cse::Context> Cse::Open(const RequestPrimitive& request, TimePoint now) const {
  if (request.request_identifier.empty()) return BadRequest("request identifier is missing");
  if (std::find(kReleaseVersions.begin(), kReleaseVersions.end(), request.release_version) ==
      kReleaseVersions.end()) {
    // A request without the indicator is one of release 1. (TS-0004 v3 §7.3.2.1)
    return tl::unexpected(
        Error{ResponseStatusCode::kReleaseVersionNotSupported,
              request.release_version.empty()
                  ? "release version indicator is missing; supported: 2a, 3, 4"
                  : "release version " + request.release_version + " not supported: 2a, 3, 4"});
  }
  const bool creates_ae =
      request.operation == Operation::kCreate && request.type == ResourceType::kAe;
  if (request.from.empty() && !creates_ae) return BadRequest("originator is missing");
  if (request.to.empty()) return BadRequest("the address of the target is empty");
  auto options = ReadRequestOptions(request);
  if (!options) return tl::unexpected(options.error());
  return Context{request, std::string(tree_.LocalId(request.from)), *std::move(options), now};
}

Result<Cse::Answer> Cse::Dispatch(const Context& context) {
  switch (context.request.operation) {
    case Operation::kCreate:
      return Create(context);
    case Operation::kRetrieve:
      return Retrieve(context);
    case Operation::kUpdate:
      return Update(context);
    case Operation::kDelete:
      return Delete(context);
    case Operation::kNotify:
      return tl::unexpected(Error{ResponseStatusCode::kOperationNotAllowed,
                                  "no Notify here; a Create names its type: Content-Type …;ty=N"});
  }
  return BadRequest("unknown operation");
}

Result<void> Cse::Require(const Context& context, int operation, const Resource& target,
                          std::optional<ResourceType> child) const {
  if (access_.Allows(context.originator, operation, target, child)) return {};
  return tl::unexpected(Error{ResponseStatusCode::kOriginatorHasNoPrivilege,
                              "originator " + context.originator + " has no " + NameOf(operation) +
                                  " privilege for " + target.id});
}

}  // namespace onem2m::cse
