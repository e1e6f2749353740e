#include "ipe/telemetry.h"

#include <algorithm>
#include <map>
#include <utility>

#include "ipe/form_rows.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/record_times.h"
#include "mapping/identifiers.h"
#include "mapping/semantic.h"
#include "mapping/transparent.h"
#include "onem2m/codec/json.h"

namespace ipe {
namespace {

// /3/0/13 ticks by itself: of a whole Device it never counts as changed (docs/mapping.md,
// `repeat`).
constexpr lwm2m::Path kCurrentTime(3, 0, 13);

OutboxRow TelemetryRow(const Endpoint& endpoint, mapping::Delivery delivery) {
  return RowOf(endpoint.key(), mapping::ContainerAddress(delivery.path),
               std::move(delivery.instance), OutboxRow::Kind::kTelemetry);
}

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
  if (path.is_root()) return lwm2m::ContentFormat::kSenmlCbor;
  return path.depth() >= 3 ? lwm2m::ContentFormat::kText : lwm2m::ContentFormat::kTlv;
}

namespace {

// One row for each instance that has transparent mode, of its part of a payload over several
// instances: encoded again in the same format, since a container is of one instance.
lwm2m::Result<std::vector<OutboxRow>> TransparentParts(const Endpoint& endpoint,
                                                       const std::vector<lwm2m::Record>& records,
                                                       const lwm2m::Payload& payload,
                                                       const TelemetryRules& rules) {
  std::vector<OutboxRow> rows;
  std::map<lwm2m::Path, std::vector<lwm2m::Record>> by_instance;
  for (const lwm2m::Record& record : records) {
    by_instance[record.path.Prefix(2)].push_back(record);
  }
  for (const auto& [instance, of_instance] : by_instance) {
    if (!rules.profile.For(endpoint.key(), instance).transparent) continue;
    lwm2m::Payload part = payload;
    if (by_instance.size() > 1) {
      auto encoded = lwm2m::Encode(*payload.format, of_instance, instance, rules.model);
      if (!encoded) return tl::unexpected(encoded.error());
      part.octets = *std::move(encoded);
    }
    rows.push_back(TelemetryRow(endpoint, mapping::TransparentDelivery(instance, part)));
  }
  return rows;
}

void AppendForms(const Endpoint& endpoint, const std::vector<lwm2m::Record>& records,
                 const TelemetryRules& rules, std::vector<OutboxRow>& rows) {
  if (records.empty()) return;
  for (OutboxRow& row :
       FormRows(endpoint.key(), records, static_cast<double>(rules.received), rules.profile)) {
    rows.push_back(std::move(row));
  }
}

}  // namespace

lwm2m::Result<std::vector<OutboxRow>> RowsOf(Endpoint& endpoint, const lwm2m::Path& path,
                                             const lwm2m::Payload& payload,
                                             const TelemetryRules& rules) {
  std::vector<OutboxRow> rows;
  const mapping::Settings settings = rules.profile.For(endpoint.key(), path);
  const bool composite = path.is_root();
  if (settings.transparent && !composite) {
    rows.push_back(TelemetryRow(endpoint, mapping::TransparentDelivery(path, payload)));
  }
  if (!WantsValues(settings) && !composite) return rows;
  auto records = lwm2m::Decode(FormatOf(payload, path), payload.octets, path, rules.model,
                               {endpoint.stored.registration->objects->root_path});
  if (!records) return tl::unexpected(records.error());
  if (composite) {
    std::erase_if(*records, [&](const lwm2m::Record& record) {
      return !endpoint.stored.registration->objects->Has(record.path.Prefix(2));
    });
    auto parts =
        TransparentParts(endpoint, *records, {FormatOf(payload, path), payload.octets}, rules);
    if (!parts) return parts;
    rows = *std::move(parts);
  }
  const auto received = static_cast<double>(rules.received);
  lwm2m::AnchorTimes(*records, received);
  lwm2m::SortByTime(*records, received);
  // Of several resources only what changed goes; one alone always does, with its history.
  const bool single = std::all_of(
      records->begin(), records->end(),
      [&](const lwm2m::Record& record) { return record.path == records->front().path; });
  std::vector<lwm2m::Record> in_other_forms;
  std::size_t index = 0;
  for (mapping::Delivery& delivery : mapping::SemanticDeliveries(*records, rules.ae_address)) {
    const lwm2m::Record& record = (*records)[index++];
    const mapping::Settings rule = rules.profile.For(endpoint.key(), delivery.path);
    const bool is_first = !endpoint.last_values.Knows(delivery.path);
    const bool changed = endpoint.last_values.Changes(delivery.path, delivery.value_hash) &&
                         (is_first || delivery.path != kCurrentTime);
    if (!single && rule.repeat == mapping::Repeat::kChanged && !changed) continue;
    const bool is_on_its_way = rules.is_refresh && !changed;
    if (rule.semantic && !is_on_its_way) {
      rows.push_back(TelemetryRow(endpoint, std::move(delivery)));
    }
    if (WantsOtherForms(rule)) in_other_forms.push_back(record);
  }
  AppendForms(endpoint, in_other_forms, rules, rows);
  return rows;
}

lwm2m::Result<std::vector<OutboxRow>> RowsOfSend(Endpoint& endpoint,
                                                 std::vector<lwm2m::Record> records,
                                                 const lwm2m::Payload& payload,
                                                 const TelemetryRules& rules) {
  auto rows = TransparentParts(endpoint, records, payload, rules);
  if (!rows) return rows;
  const auto received = static_cast<double>(rules.received);
  lwm2m::AnchorTimes(records, received);
  for (lwm2m::Record& record : records) {
    if (!record.time) record.time = received;
  }
  lwm2m::SortByTime(records, received);
  std::vector<lwm2m::Record> in_other_forms;
  std::size_t index = 0;
  for (mapping::Delivery& delivery : mapping::SemanticDeliveries(records, rules.ae_address)) {
    const lwm2m::Record& record = records[index++];
    const mapping::Settings rule = rules.profile.For(endpoint.key(), delivery.path);
    if (!WantsValues(rule)) continue;
    endpoint.last_values.Changes(delivery.path, delivery.value_hash);
    if (rule.semantic) rows->push_back(TelemetryRow(endpoint, std::move(delivery)));
    if (WantsOtherForms(rule)) in_other_forms.push_back(record);
  }
  AppendForms(endpoint, in_other_forms, rules, *rows);
  return rows;
}

}  // namespace ipe
