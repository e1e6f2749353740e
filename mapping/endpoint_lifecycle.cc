#include "mapping/endpoint_lifecycle.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "lwm2m/value.h"

namespace mapping {

namespace {

// 99991231T235959, the last moment that a timestamp can name (TS-0004 Table 6.3.3-1).
constexpr std::int64_t kEndOfTime = 253402300799;

// How long the tree outlives a missing Update: lifetime and grace, so that the explicit DELETE of
// the IPE, not the CSE, ends it (TS-0014 Table 6.2.2.2-2).
std::int64_t TimeToLive(const lwm2m::Registration& registration, const Context& context) {
  const std::int64_t lifetime = std::min<std::int64_t>(registration.lifetime.count(), kEndOfTime);
  const std::int64_t grace = std::min<std::int64_t>(context.expiration_grace.count(), kEndOfTime);
  return lifetime + grace;
}

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void WriteMember(JsonWriter& writer, const char* name, std::string_view text) {
  writer.Key(name);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

}  // namespace

std::vector<std::string> EndpointLabels(const lwm2m::Registration& registration,
                                        const Context& context) {
  std::vector<std::string> labels = {
      // Table 6.2.2.2-3 has a colon and a blank; a label without blank stands beside it for CSEs
      // that
      // split lists of tokens.
      fmt::format("LWM2M Client: {}", registration.version),
      fmt::format("LWM2M-Version:{}", registration.version),
      "Iwked-Technology:LWM2M",
      fmt::format("Iwked-Entity-ID:{}", registration.endpoint),
      fmt::format("Iwked-IPE:{}", context.ipe_ae_id),
  };
  if (!registration.gateway.empty()) {
    labels.push_back(fmt::format("LWM2M-Gateway:{}", registration.gateway));
  }
  return labels;
}

std::string ExpirationTime(const lwm2m::Registration& registration, const Context& context,
                           std::int64_t now) {
  if (registration.lifetime.count() <= 0) return "";
  const std::int64_t moment = std::min(now, kEndOfTime) + TimeToLive(registration, context);
  return onem2m::FormatTimestamp(std::min(moment, kEndOfTime));
}

bool ExpirationNeedsRefresh(const lwm2m::Registration& registration, const Context& context,
                            std::int64_t expires, std::int64_t now) {
  if (registration.lifetime.count() <= 0) return false;
  if (expires >= kEndOfTime) return false;
  return expires - now < TimeToLive(registration, context) / 2;
}

onem2m::Ae BuildAe(const lwm2m::Registration& registration, const EndpointNames& names,
                   const Context& context, const std::string& expiration_time,
                   const std::string& node_resource_id) {
  onem2m::Ae ae;
  ae.resource_name = names.name;
  ae.expiration_time = expiration_time;
  ae.labels = EndpointLabels(registration, context);
  ae.access_control_policy_ids = context.access_control_policy_ids;
  ae.app_id = context.app_id;
  if (!context.notify_url.empty()) ae.point_of_access = {context.notify_url};
  ae.request_reachability = true;
  ae.node_link = node_resource_id;
  ae.supported_release_versions = context.release_versions;
  return ae;
}

onem2m::Node BuildNode(const lwm2m::Registration& registration, const EndpointNames& names,
                       const Context& context, const std::string& expiration_time,
                       const std::vector<Companion>& companions) {
  onem2m::Node node;
  node.resource_name = names.node_name;
  node.expiration_time = expiration_time;
  node.labels = EndpointLabels(registration, context);
  for (const Companion& companion : companions) {
    for (std::string& label : EndpointLabels(companion.registration, context)) {
      const bool is_there =
          std::find(node.labels.begin(), node.labels.end(), label) != node.labels.end();
      if (!is_there) node.labels.push_back(std::move(label));
    }
    // Timestamps of one form order as texts do; "" is never.
    const std::string theirs =
        companion.expires_at == 0 ? "" : onem2m::FormatTimestamp(companion.expires_at);
    if (theirs.empty() || node.expiration_time.empty()) {
      node.expiration_time.clear();
    } else {
      node.expiration_time = std::max(node.expiration_time, theirs);
    }
  }
  node.access_control_policy_ids = context.access_control_policy_ids;
  node.node_id = names.node_id;
  return node;
}

std::string LifecycleEvent(std::string_view event, const lwm2m::Registration& registration,
                           const EndpointNames& names, const std::string& time) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  WriteMember(writer, "event", event);
  WriteMember(writer, "ep", registration.endpoint);
  WriteMember(writer, "ae", names.name);
  WriteMember(writer, "node", names.node_name);
  if (!registration.gateway.empty()) WriteMember(writer, "gateway", registration.gateway);
  WriteMember(writer, "version", registration.version);
  writer.Key("lifetime");
  writer.Int64(registration.lifetime.count());
  WriteMember(writer, "binding", registration.binding);
  writer.Key("objects");
  writer.StartArray();
  for (const lwm2m::Path& path : registration.objects->paths) {
    const std::string text = path.ToString();
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  writer.EndArray();
  WriteMember(writer, "time", time);
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

bool ChangesVisibly(const lwm2m::Registration& before, const lwm2m::Registration& after) {
  return before.peer.transport != after.peer.transport ||
         before.peer.address != after.peer.address || before.binding != after.binding ||
         before.queue_mode != after.queue_mode || before.version != after.version ||
         before.lifetime != after.lifetime || before.objects != after.objects;
}

}  // namespace mapping
