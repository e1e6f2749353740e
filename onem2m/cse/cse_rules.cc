// The part of Cse that Create, Update and Delete share.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

#include "onem2m/codec/short_names.h"
#include "onem2m/cse/cse.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

// How far ahead an expirationTime may lie, and where it lies when nobody asks for one: five years.
constexpr std::chrono::seconds kLongestLife{157'680'000};

std::int64_t Limit(const Resource& container, std::string_view name) {
  const Value* value = container.attributes.Find(name);
  return value ? *value->AsInteger() : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

Result<Cse::Content> Cse::ReadContent(const Context& context) const {
  if (context.request.content.empty()) return BadRequest("the request has no content");
  auto value = ParseValue(context.request.content);
  if (!value) return tl::unexpected(value.error());
  Object* outer = std::get_if<Object>(&value->storage);
  if (!outer || outer->size() != 1) {
    return BadRequest("the content must be an object with one member");
  }
  Object* body = std::get_if<Object>(&outer->front().value.storage);
  if (!body) return BadRequest(outer->front().name + " must be an object");
  Content content{std::move(outer->front().name), {}};
  content.body = std::move(*body);
  return content;
}

// TS-0001 v3 §9.6.1.3.2: the originator proposes, the hosting CSE decides.
Result<TimePoint> Cse::ExpirationFor(std::optional<TimePoint> wished, TimePoint now) const {
  const TimePoint latest = now + kLongestLife;
  if (!wished) return latest;
  if (*wished <= now) {
    return BadRequest("expiration time " + Timestamp(*wished) + " is in the past, now it is " +
                      Timestamp(now));
  }
  return std::min(*wished, latest);
}

// Kept as resource identifiers, so that a policy is found at once however it was named.
Result<void> Cse::ResolvePolicyIds(Attributes& attributes) const {
  const Value* ids = attributes.Find(names::kAccessControlPolicyIds);
  if (!ids) return {};
  Array resolved;
  for (const Value& id : *ids->AsArray()) {
    const Resource* policy = tree_.Resolve(*id.AsString()).resource;
    if (!policy || policy->type != ResourceType::kAccessControlPolicy) {
      return BadRequest("acpi: no <accessControlPolicy> at " + *id.AsString());
    }
    resolved.emplace_back(policy->id);
  }
  attributes.Set(names::kAccessControlPolicyIds, std::move(resolved));
  return {};
}

Result<void> Cse::CheckNodeLink(const Attributes& attributes) const {
  const Value* link = attributes.Find(names::kNodeLink);
  if (!link || NodeOf(attributes)) return {};
  return tl::unexpected(
      Error{ResponseStatusCode::kNotFound, "nl: no <node> at " + *link->AsString()});
}

Resource* Cse::NodeOf(const Attributes& ae) const {
  const Value* link = ae.Find(names::kNodeLink);
  if (!link) return nullptr;
  const Target target = tree_.Resolve(*link->AsString());
  const bool is_node = target.resource && target.resource->type == ResourceType::kNode;
  return is_node ? target.resource : nullptr;
}

// TS-0001 v3 §9.6.18: hostedAELinks mirrors the nodeLinks that point to the node.
void Cse::AddHostedAe(const Resource& ae) {
  Resource* node = NodeOf(ae.attributes);
  if (!node) return;
  const Value* links = node->attributes.Find(names::kHostedAeLinks);
  Array hosted = links ? *links->AsArray() : Array();
  if (std::find(hosted.begin(), hosted.end(), Value(ae.id)) != hosted.end()) return;
  hosted.emplace_back(ae.id);
  node->attributes.Set(names::kHostedAeLinks, std::move(hosted));
}

void Cse::RemoveHostedAe(const Resource& ae) {
  Resource* node = NodeOf(ae.attributes);
  const Value* links = node ? node->attributes.Find(names::kHostedAeLinks) : nullptr;
  if (!links) return;
  Array hosted = *links->AsArray();
  hosted.erase(std::remove(hosted.begin(), hosted.end(), Value(ae.id)), hosted.end());
  if (hosted.empty()) {
    node->attributes.Remove(names::kHostedAeLinks);
  } else {
    node->attributes.Set(names::kHostedAeLinks, std::move(hosted));
  }
}

void Cse::ForgetNode(const Resource& node) {
  const Value* links = node.attributes.Find(names::kHostedAeLinks);
  if (!links) return;
  for (const Value& link : *links->AsArray()) {
    Resource* ae = tree_.Resolve(*link.AsString()).resource;
    if (ae && NodeOf(ae->attributes) == &node) ae->attributes.Remove(names::kNodeLink);
  }
}

// missingDataDetect would ask for a timer and for notifications of its own:
// who wants it is told rather than left without.
Result<void> Cse::CheckTimeSeries(const Attributes& attributes) const {
  const Value* detect = attributes.Find(names::kMissingDataDetect);
  if (!detect || !*detect->AsBool()) return {};
  return tl::unexpected(
      Error{ResponseStatusCode::kNotImplemented, "mdd: missing data is not detected here"});
}

// TS-0004 v3 §7.4.39.2.1: one <timeSeriesInstance> for each dataGenerationTime.
Result<void> Cse::CheckGenerationTime(const Resource& series, const Resource& instance) const {
  if (instance.type != ResourceType::kTimeSeriesInstance) return {};
  const Value& time = *instance.attributes.Find(names::kDataGenerationTime);
  for (const Resource* at = series.last_child(ChildKind::kInstance); at; at = at->previous) {
    if (*at->attributes.Find(names::kDataGenerationTime) != time) continue;
    return tl::unexpected(
        Error{ResponseStatusCode::kConflict, "there is an instance of dgt " + *time.AsString()});
  }
  return {};
}

// TS-0004 v3 §7.4.7.2.1: the oldest instances make room. Nobody is notified of that: it is the
// limit at work and no deletion that anybody asked for.
void Cse::Evict(Resource& container) {
  const std::int64_t most = Limit(container, names::kMaxNrOfInstances);
  const std::int64_t largest = Limit(container, names::kMaxByteSize);
  while (container.instances > most || container.bytes > largest) {
    Resource* oldest = container.first_child(ChildKind::kInstance);
    --container.instances;
    container.bytes -= oldest->bytes;
    tree_.Remove(*oldest);
  }
}

std::vector<Cse::Verification> Cse::VerificationsFor(
    std::string_view originator, std::string_view id, const SubscriptionRules& rules,
    const std::vector<std::string>& already_verified) const {
  std::vector<Verification> verifications;
  for (const std::string& uri : rules.notification_uris) {
    if (std::find(already_verified.begin(), already_verified.end(), uri) !=
        already_verified.end()) {
      continue;
    }
    // TS-0004 v3 §7.4.8.2.1: no verification when the target is the originator itself.
    const Resource* target = tree_.Resolve(uri).resource;
    if (target && target->id == originator) continue;
    Verification verification{uri, {}};
    for (std::string& url : publisher_.UrlsOf(uri)) {
      verification.notifications.push_back(
          {std::move(url), publisher_.VerificationContent(id, originator)});
    }
    verifications.push_back(std::move(verification));
  }
  return verifications;
}

Result<void> Cse::Verify(const std::vector<Verification>& verifications) {
  constexpr auto kFailed = ResponseStatusCode::kSubscriptionVerificationInitiationFailed;
  for (const Verification& each : verifications) {
    if (each.notifications.empty()) {
      return tl::unexpected(
          Error{kFailed, "nu: " + each.notification_uri + " is no http URL and no reachable <AE>"});
    }
    for (const OutgoingNotification& notification : each.notifications) {
      if (const auto verified = sink_.Verify(notification); !verified) {
        return tl::unexpected(Error{kFailed, "verification request failed for " +
                                                 each.notification_uri + ": " +
                                                 verified.error().detail});
      }
    }
  }
  return {};
}

}  // namespace onem2m::cse
