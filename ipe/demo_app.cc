#include "ipe/demo_app.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "onem2m/codec/json.h"
#include "onem2m/codec/short_names.h"

namespace ipe {
namespace {

constexpr std::chrono::seconds kTimeout(10);
constexpr std::size_t kEventsKept = 1000;

}  // namespace

DemoApp::Result<std::unique_ptr<DemoApp>> DemoApp::Create(const std::string& cse_url) {
  std::unique_ptr<DemoApp> app(new DemoApp);
  onem2m::HttpCseClientOptions client;
  client.url = cse_url;
  client.connections = 1;
  client.request_prefix = "demo";
  app->client_ = std::make_unique<onem2m::HttpCseClient>(std::move(client));

  onem2m::HttpNotifyServerOptions listener;
  listener.bind = "127.0.0.1:0";
  DemoApp* const receiver = app.get();
  auto opened = onem2m::HttpNotifyServer::Create(
      std::move(listener), [receiver](const onem2m::ReceivedNotification& received) {
        return receiver->OnNotification(received);
      });
  if (!opened) return tl::unexpected(opened.error());
  app->listener_ = std::move(*opened);
  if (const auto registered = app->Register(); !registered) {
    return tl::unexpected(registered.error());
  }
  return app;
}

DemoApp::Result<void> DemoApp::Register() {
  onem2m::RequestPrimitive request;
  request.to = "-";  // the <CSEBase>, whatever its name (TS-0001 §9.3.1)
  const auto answer = Send(std::move(request));
  if (!answer) return tl::unexpected(answer.error());
  const auto base = onem2m::DecodeResource(answer->content);
  if (!base) return tl::unexpected("<CSEBase>: " + base.error().detail);
  base_ = onem2m::CommonOf(*base).resource_name;

  onem2m::Ae ae;
  ae.resource_name = "demo-app";
  ae.app_id = "Ndemo-app";
  ae.request_reachability = true;
  ae.point_of_access = {fmt::format("http://127.0.0.1:{}", listener_->port())};
  ae.supported_release_versions = {"3"};
  return CreateResource("", ae);
}

DemoApp::Result<onem2m::ResponsePrimitive> DemoApp::Send(onem2m::RequestPrimitive request) {
  request.from = kOriginator;
  const std::string target = request.to;
  auto answer = client_->Send(request, kTimeout);
  if (!answer) return tl::unexpected(target + ": no answer, " + answer.error().detail);
  if (!onem2m::IsSuccess(answer->status)) {
    return tl::unexpected(fmt::format("{}: answered {} {}", target, onem2m::ToInt(answer->status),
                                      onem2m::DebugText(answer->content)));
  }
  return std::move(*answer);
}

DemoApp::Result<onem2m::Resource> DemoApp::Retrieve(const std::string& address) {
  onem2m::RequestPrimitive request;
  request.to = base_ + "/" + address;
  const auto answer = Send(std::move(request));
  if (!answer) return tl::unexpected(answer.error());
  auto resource = onem2m::DecodeResource(answer->content);
  if (!resource) return tl::unexpected(address + ": " + resource.error().detail);
  return std::move(*resource);
}

std::optional<onem2m::ResponseStatusCode> DemoApp::Look(const std::string& address) {
  onem2m::RequestPrimitive request;
  request.to = base_ + "/" + address;
  request.from = kOriginator;
  const auto answer = client_->Send(request, kTimeout);
  if (!answer) return std::nullopt;
  return answer->status;
}

DemoApp::Result<std::vector<std::string>> DemoApp::Discover(const std::string& address,
                                                            onem2m::ResourceType type) {
  namespace names = onem2m::short_names;
  onem2m::RequestPrimitive request;
  request.to = base_ + (address.empty() ? "" : "/" + address);
  request.parameters = {
      {std::string(names::kFilterUsage), "1"},
      {std::string(names::kDiscoveryResultType), "1"},
      {std::string(names::kResourceType), std::to_string(static_cast<std::int32_t>(type))}};
  const auto answer = Send(std::move(request));
  if (!answer) return tl::unexpected(answer.error());
  auto found = onem2m::DecodeUriList(answer->content);
  if (!found) return tl::unexpected("discovery: " + found.error().detail);
  // "/id-in/cse-in/ae/3" and "cse-in/ae/3" are both structured.
  const std::string prefix = base_ + "/";
  std::vector<std::string> addresses;
  for (const std::string& each : *found) {
    const auto start = each.find(prefix);
    if (start != std::string::npos) addresses.push_back(each.substr(start + prefix.size()));
  }
  std::sort(addresses.begin(), addresses.end());
  return addresses;
}

DemoApp::Result<void> DemoApp::CreateResource(const std::string& parent,
                                              const onem2m::Resource& resource) {
  onem2m::RequestPrimitive request;
  request.operation = onem2m::Operation::kCreate;
  request.to = base_ + (parent.empty() ? "" : "/" + parent);
  request.type = onem2m::TypeOf(resource);
  request.content = onem2m::EncodeCreate(resource);
  const auto answer = Send(std::move(request));
  if (!answer) return tl::unexpected(answer.error());
  return {};
}

DemoApp::Result<void> DemoApp::Subscribe(const std::string& container) {
  onem2m::Subscription subscription;
  subscription.resource_name = "demo-app";
  // The path of the notification says which container it is about.
  subscription.notification_uri = {
      fmt::format("http://127.0.0.1:{}/{}", listener_->port(), container)};
  subscription.event_types = {onem2m::kCreateOfDirectChild};
  if (Look(container + "/" + subscription.resource_name) == onem2m::ResponseStatusCode::kOk) {
    return {};
  }
  return CreateResource(container, subscription);
}

DemoApp::Result<void> DemoApp::Put(const std::string& container, const std::string& content) {
  onem2m::ContentInstance instance;
  instance.content = content;
  return CreateResource(container, instance);
}

onem2m::ResponseStatusCode DemoApp::OnNotification(const onem2m::ReceivedNotification& received) {
  const auto& representation = received.notification.representation;
  const auto* instance =
      representation ? std::get_if<onem2m::ContentInstance>(&*representation) : nullptr;
  // Also told of a subscription below the container, which is a direct child as well.
  if (!instance) return onem2m::ResponseStatusCode::kOk;
  const auto start = received.path.find_first_not_of('/');
  if (start == std::string::npos) return onem2m::ResponseStatusCode::kOk;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.push_back({received.path.substr(start), instance->content});
    if (events_.size() > kEventsKept) events_.pop_front();
  }
  arrived_.notify_one();
  return onem2m::ResponseStatusCode::kOk;
}

std::optional<DemoEvent> DemoApp::NextEvent(std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!arrived_.wait_for(lock, timeout, [this] { return !events_.empty(); })) return std::nullopt;
  DemoEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace ipe
