#include "ipe/telemetry.h"

#include <utility>

#include "lwm2m/codec/codec.h"
#include "mapping/identifiers.h"
#include "mapping/semantic.h"
#include "mapping/transparent.h"
#include "onem2m/codec/json.h"

namespace ipe {
namespace {

// /3/0/13 ticks by itself: of a whole Device it never counts as changed (docs/mapping.md,
// `repeat`).
constexpr lwm2m::Path kCurrentTime(3, 0, 13);

}  // namespace

OutboxRow RowOf(std::string_view endpoint, std::string container, onem2m::ContentInstance instance,
                OutboxRow::Kind kind) {
  OutboxRow row;
  row.endpoint = endpoint;
  row.container = std::move(container);
  row.kind = kind;
  instance.resource_name = "@name@";
  row.body = onem2m::EncodeCreate(instance);
  return row;
}

std::uint64_t HashOfPayload(std::string_view octets) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char octet : octets) {
    hash = (hash ^ static_cast<unsigned char>(octet)) * 1099511628211u;
  }
  return hash;
}

lwm2m::ContentFormat FormatOf(const lwm2m::Payload& payload, const lwm2m::Path& path) {
  if (payload.format) return *payload.format;
  return path.depth() >= 3 ? lwm2m::ContentFormat::kText : lwm2m::ContentFormat::kTlv;
}

lwm2m::Result<std::vector<OutboxRow>> RowsOf(Endpoint& endpoint, const lwm2m::Path& path,
                                             const lwm2m::Payload& payload,
                                             const std::string& ae_address,
                                             const mapping::Profile& profile,
                                             const lwm2m::ObjectModel& model) {
  std::vector<OutboxRow> rows;
  const mapping::Settings settings = profile.For(endpoint.key(), path);
  if (settings.transparent) {
    mapping::Delivery delivery = mapping::TransparentDelivery(path, payload);
    rows.push_back(RowOf(endpoint.key(), mapping::ContainerAddress(delivery.path),
                         std::move(delivery.instance), OutboxRow::Kind::kTelemetry));
  }
  if (!settings.semantic) return rows;
  auto records = lwm2m::Decode(FormatOf(payload, path), payload.octets, path, model);
  if (!records) return tl::unexpected(records.error());
  // Of several resources only what changed goes; one alone always does.
  const bool single = records->size() == 1;
  for (mapping::Delivery& delivery : mapping::SemanticDeliveries(*records, ae_address)) {
    const mapping::Settings rule = profile.For(endpoint.key(), delivery.path);
    const bool is_first = !endpoint.last_values.Knows(delivery.path);
    const bool changed = endpoint.last_values.Changes(delivery.path, delivery.value_hash) &&
                         (is_first || delivery.path != kCurrentTime);
    if (!rule.semantic || (!single && rule.repeat == mapping::Repeat::kChanged && !changed))
      continue;
    rows.push_back(RowOf(endpoint.key(), mapping::ContainerAddress(delivery.path),
                         std::move(delivery.instance), OutboxRow::Kind::kTelemetry));
  }
  return rows;
}

}  // namespace ipe
