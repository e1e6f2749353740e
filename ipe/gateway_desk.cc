#include "ipe/gateway_desk.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/telemetry.h"
#include "lwm2m/codec/codec.h"

namespace ipe {

namespace {

constexpr std::size_t kReadsAtATime = 4;

}  // namespace

GatewayDesk::GatewayDesk(const lwm2m::ObjectModel& model, Metrics& metrics,
                         std::function<lwm2m::TimePoint()> now)
    : model_(model),
      now_(std::move(now)),
      refused_(metrics.counter("end_devices_refused",
                               "Devices behind LwM2M Gateways that could not be taken")) {}

GatewayDesk::Gateway* GatewayDesk::Find(std::string_view endpoint) {
  const auto found = gateways_.find(std::string(endpoint));
  return found == gateways_.end() ? nullptr : &found->second;
}

void GatewayDesk::OnRegistered(const lwm2m::Registration& registration, bool anew,
                               lwm2m::TimePoint now) {
  const std::string name = registration.endpoint;
  const bool is_gateway =
      registration.gateway.empty() && registration.objects->HasObject(lwm2m::kGatewayObject);
  if (!is_gateway && Find(name) == nullptr) return;
  if (anew || Find(name) == nullptr) {
    Gateway& begun = gateways_[name] = Gateway();
    for (const lwm2m::Registration* const device : server_->EndDevicesOf(name)) {
      begun.unclaimed.insert(device->endpoint);
    }
  }
  Gateway& gateway = gateways_[name];
  for (auto known = gateway.instances.begin(); known != gateway.instances.end();) {
    if (registration.objects->Has(lwm2m::Path(lwm2m::kGatewayObject, known->first))) {
      ++known;
      continue;
    }
    Detach(known->second, now);
    known = gateway.instances.erase(known);
  }
  gateway.to_read.clear();
  for (const lwm2m::Path& path : registration.objects->paths) {
    if (!path.is_instance() || path.object() != lwm2m::kGatewayObject) continue;
    const std::string& endpoint = gateway.instances[path.instance()].endpoint;
    if (endpoint.empty() || server_->Find(endpoint) == nullptr) {
      gateway.to_read.push_back(path.instance());
    }
  }
  ++gateway.reads;  // this call is one of them
  OnRead(name, true, now);
}

// A gateway may have more devices than its queue has places, and commands need some of them. Called
// while one that has ended is counted yet.
void GatewayDesk::ReadSome(const std::string& name, lwm2m::TimePoint now) {
  for (Gateway* gateway = Find(name); gateway != nullptr; gateway = Find(name)) {
    if (gateway->to_read.empty() || gateway->reads > kReadsAtATime) return;
    const lwm2m::Id instance = gateway->to_read.front();
    gateway->to_read.pop_front();
    ++gateway->reads;
    Read(name, instance, now);
  }
}

void GatewayDesk::Read(const std::string& gateway, lwm2m::Id instance, lwm2m::TimePoint asked_at) {
  lwm2m::Operation read;
  read.path = lwm2m::Path(lwm2m::kGatewayObject, instance);
  server_->Submit(gateway, read, lwm2m::Priority::kTelemetry, asked_at + lwm2m::kDefaultLifetime,
                  asked_at, [this, gateway, path = read.path](const lwm2m::Outcome& outcome) {
                    const lwm2m::TimePoint now = now_();
                    const lwm2m::CoapResponse* const response = outcome.response();
                    const bool succeeded = response != nullptr && lwm2m::IsSuccess(response->code);
                    if (succeeded) {
                      OnValue(gateway, path, response->payload, now);
                    } else if (log_limiter_.Allow("gateway-not-read " + gateway, now)) {
                      spdlog::warn(
                          "event=gateway-not-read gateway={} path={} cause={} suppressed={}",
                          LogValue(gateway), path.ToString(),
                          response == nullptr ? lwm2m::ToString(*outcome.failure())
                                              : lwm2m::ToString(response->code),
                          log_limiter_.suppressed());
                    }
                    // One that is silent is asked again with its next Update.
                    Gateway* const asked = response == nullptr ? Find(gateway) : nullptr;
                    if (asked != nullptr) asked->to_read.clear();
                    OnRead(gateway, succeeded, now);
                  });
}

// Once all that is declared was read, what nobody named is behind the gateway no more.
void GatewayDesk::OnRead(const std::string& name, bool succeeded, lwm2m::TimePoint now) {
  Gateway* gateway = Find(name);
  if (gateway == nullptr || gateway->reads == 0) return;  // of a registration that ended
  gateway->all_read = gateway->all_read && succeeded;
  ReadSome(name, now);
  gateway = Find(name);
  if (gateway == nullptr || --gateway->reads > 0 || !gateway->to_read.empty()) return;
  if (!std::exchange(gateway->all_read, true)) return;
  for (const std::string& endpoint : std::exchange(gateway->unclaimed, {})) {
    server_->DeregisterEndDevice(endpoint, now);
  }
}

void GatewayDesk::OnValue(std::string_view endpoint, const lwm2m::Path& path,
                          const lwm2m::Payload& payload, lwm2m::TimePoint now) {
  if (!path.is_root() && path.object() != lwm2m::kGatewayObject) return;
  Gateway* const gateway = Find(endpoint);
  const lwm2m::Registration* const registration = server_->Find(endpoint);
  if (gateway == nullptr || registration == nullptr) return;
  const auto records = lwm2m::Decode(FormatOf(payload, path), payload.octets, path, model_,
                                     {registration->objects->root_path});
  if (!records) return;  // said by whoever asked for it
  std::set<lwm2m::Id> touched;
  for (const lwm2m::Record& record : *records) {
    if (record.path.depth() < 3 || record.path.object() != lwm2m::kGatewayObject) continue;
    const auto instance = gateway->instances.find(record.path.instance());
    if (instance == gateway->instances.end()) continue;
    instance->second.said.Take(record);
    touched.insert(instance->first);
  }
  const std::string name(endpoint);
  for (const lwm2m::Id number : touched) Attach(name, number, now);
}

// What it calls may end the gateway, so that nothing of it is kept over a call.
void GatewayDesk::Attach(const std::string& name, lwm2m::Id number, lwm2m::TimePoint now) {
  const lwm2m::Registration* const registration = server_->Find(name);
  Gateway* gateway = Find(name);
  if (registration == nullptr || gateway == nullptr) return;
  Instance& instance = gateway->instances[number];
  if (!instance.said.complete()) return;
  auto device = lwm2m::ReadEndDevice(instance.said, registration->objects->formats);
  if (device && device->endpoint != instance.endpoint) Detach(instance, now);
  const std::string endpoint = device ? device->endpoint : std::string();
  const auto attached = device ? server_->RegisterEndDevice(name, *std::move(device), now)
                               : lwm2m::Result<void>(tl::unexpected(device.error()));
  gateway = Find(name);
  if (attached && gateway != nullptr) {
    gateway->unclaimed.erase(endpoint);
    gateway->instances[number].endpoint = endpoint;
    return;
  }
  if (attached) return;
  refused_.Increment();
  if (!log_limiter_.Allow("end-device-refused " + name, now)) return;
  spdlog::warn("event=end-device-refused gateway={} path=/25/{} device={} cause={} suppressed={}",
               LogValue(name), number, LogValue(endpoint), LogValue(attached.error().detail),
               log_limiter_.suppressed());
}

void GatewayDesk::Detach(Instance& instance, lwm2m::TimePoint now) {
  const std::string endpoint = std::exchange(instance.endpoint, "");
  if (!endpoint.empty()) server_->DeregisterEndDevice(endpoint, now);
}

void GatewayDesk::OnLeft(std::string_view endpoint) { gateways_.erase(std::string(endpoint)); }

}  // namespace ipe
