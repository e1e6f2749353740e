#include "ipe/module_desk.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "ipe/log_events.h"
#include "mapping/flex_container.h"
#include "onem2m/codec/json.h"

namespace ipe {

using onem2m::FindAttribute;
using onem2m::NamedAttribute;
using onem2m::NamedAttributes;

namespace {

constexpr std::size_t kToldKept = 16;
constexpr std::size_t kStateTagsKept = 16;

// `said` holds each of `attributes`.
bool Holds(const NamedAttributes& said, const NamedAttributes& attributes) {
  return std::all_of(attributes.begin(), attributes.end(), [&](const NamedAttribute& attribute) {
    const auto* value = FindAttribute(said, attribute.name);
    return value != nullptr && mapping::IsSameDataPoint(*value, attribute.value);
  });
}

}  // namespace

void ModuleDesk::OnSending(const std::string& endpoint, const std::vector<OutboxRow>& rows) {
  for (const OutboxRow& row : rows) {
    if (row.form != OutboxRow::Form::kUpdate || !mapping::IsWritableModule(row.container, model_)) {
      continue;
    }
    const auto resource = onem2m::DecodeResource(row.body);
    const auto* update = resource ? std::get_if<onem2m::FlexContainer>(&*resource) : nullptr;
    if (update == nullptr) continue;
    Module& module = modules_[endpoint][row.container];
    for (const NamedAttribute& attribute : update->attributes) {
      SetAttribute(module.known, attribute.name, attribute.value);
    }
    module.told.push_back(module.known);
    if (module.told.size() > kToldKept) module.told.pop_front();
  }
}

// A CSE counts the changes of a module, where it tells the count (TS-0001 §9.6.35, stateTag). One
// that was made again begins anew.
bool ModuleDesk::IsRepeated(Module& module, const onem2m::FlexContainer& notified) {
  auto& seen = module.state_tags;
  if (module.resource_id != notified.resource_id) {
    module.resource_id = notified.resource_id;
    seen.clear();
  }
  const std::int64_t state_tag = notified.state_tag;
  if (state_tag == 0) return false;
  if (std::find(seen.begin(), seen.end(), state_tag) != seen.end()) return true;
  seen.push_back(state_tag);
  if (seen.size() > kStateTagsKept) seen.pop_front();
  return false;
}

// Notifications come in the order of the Updates: those before one that has come do not come any
// more.
bool ModuleDesk::IsOurs(Module& module, const NamedAttributes& notified) {
  const auto found =
      std::find_if(module.told.begin(), module.told.end(),
                   [&](const NamedAttributes& told) { return Holds(told, notified); });
  if (found == module.told.end()) return false;
  module.told.erase(module.told.begin(), found + 1);
  return true;
}

void ModuleDesk::OnNotification(const OwnNotification& arrived) {
  const auto* notified =
      arrived.notification.representation
          ? std::get_if<onem2m::FlexContainer>(&*arrived.notification.representation)
          : nullptr;
  if (notified == nullptr || !arrived.trusted) return;
  Module& module = modules_[arrived.endpoint][arrived.place.parent];
  if (IsRepeated(module, *notified)) return;
  onem2m::FlexContainer of_device = *notified;
  of_device.attributes = mapping::DataPointsOf(arrived.place.parent, notified->attributes);
  if (IsOurs(module, of_device.attributes)) return;
  // What was told before an application's Update has been notified before it.
  module.told.clear();
  Take(arrived, module, of_device);
}

void ModuleDesk::Take(const OwnNotification& arrived, Module& module,
                      const onem2m::FlexContainer& notified) {
  NamedAttributes changed = notified.attributes;
  std::erase_if(changed, [&](const NamedAttribute& attribute) {
    const auto* known = FindAttribute(module.known, attribute.name);
    return known != nullptr && mapping::IsSameDataPoint(*known, attribute.value);
  });
  const std::string& address = arrived.place.parent;
  const mapping::ModuleWrites writes = mapping::WritesOf(address, changed, model_);
  onem2m::FlexContainer back;
  back.root = notified.root;
  for (const std::string& name : writes.refused) {
    spdlog::info("event=module-write-refused endpoint={} module={} attribute={}",
                 LogValue(arrived.endpoint), LogValue(address), LogValue(name));
    const auto* known = FindAttribute(module.known, name);
    if (known != nullptr) back.attributes.push_back({name, *known});
  }
  if (!back.attributes.empty()) {
    OutboxRow row;
    row.endpoint = arrived.endpoint;
    row.container = address;
    row.form = OutboxRow::Form::kUpdate;
    row.body = onem2m::EncodeUpdate(back);
    surroundings_.PutBack(arrived.endpoint, {std::move(row)});
  }
  for (const NamedAttribute& attribute : changed) {
    SetAttribute(module.known, attribute.name, attribute.value);
  }
  for (const lwm2m::Record& value : writes.values) {
    const std::string stamp =
        notified.state_tag != 0 ? std::to_string(notified.state_tag) : notified.last_modified_time;
    onem2m::ContentInstance command;
    command.resource_name =
        fmt::format("{}-{}", address.substr(address.rfind('/') + 1), stamp).substr(0, 64);
    command.resource_id =
        fmt::format("{}:{}={}:{}", notified.resource_id.empty() ? address : notified.resource_id,
                    value.path.ToString(), lwm2m::ToText(value.value), stamp);
    command.creation_time = notified.last_modified_time;
    command.content = mapping::WriteCommand(value);
    surroundings_.TakeCommand(arrived.endpoint, address, command);
  }
}

}  // namespace ipe
