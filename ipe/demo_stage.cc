#include "ipe/demo_stage.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "ipe/config.h"
#include "ipe/demo_app.h"

namespace ipe {
namespace {

constexpr std::size_t kDevices = 3;
constexpr const char* kPrefix = "urn:dev:sensor-";

bool IsFree(int type, std::uint16_t port) {
  const int descriptor = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  // A listener's connections of a minute ago do not make its port taken.
  const int on = 1;
  if (type == SOCK_STREAM) setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(descriptor, reinterpret_cast<const sockaddr*>(&address),
                          static_cast<socklen_t>(sizeof address)) == 0;
  close(descriptor);
  return bound;
}

// "127.0.0.1:<port>", or with port 0 when it is taken.
std::string Bind(DemoTerminal& terminal, int type, std::uint16_t port, std::string_view what) {
  if (IsFree(type, port)) return fmt::format("127.0.0.1:{}", port);
  terminal.Remark(fmt::format("Port {} is taken: {} gets a free one.", port, what));
  return "127.0.0.1:0";
}

Config DemoConfig(DemoTerminal& terminal) {
  Config config;
  config.cse.embedded_bind = Bind(terminal, SOCK_STREAM, 8080, "the CSE");
  config.lwm2m.coap = {Bind(terminal, SOCK_DGRAM, 5683, "the LwM2M server")};
  config.lwm2m.coaps.clear();  // the devices of the demo have no keys
  config.notify.bind = Bind(terminal, SOCK_STREAM, 8282, "the listener for notifications");
  config.admin.bind = Bind(terminal, SOCK_STREAM, 8090, "the operator's address");
  config.state.directory = "memory";
  config.access.writers = {DemoApp::kOriginator};
  config.log.level = "error";
  // A demo is watched by people: values come as often as the devices have new ones.
  mapping::Rule often;
  often.pmin = 1;
  config.interworking.profile.Add(often);
  return config;
}

}  // namespace

DemoStage::DemoStage(std::unique_ptr<Application> application)
    : application_(std::move(application)) {}

tl::expected<std::unique_ptr<DemoStage>, std::string> DemoStage::Create(
    DemoTerminal& terminal, std::chrono::milliseconds timeout) {
  auto application = Application::Create(DemoConfig(terminal));
  if (!application) return tl::unexpected(application.error());
  std::unique_ptr<DemoStage> stage(new DemoStage(std::move(*application)));
  DemoStage* const self = stage.get();
  stage->service_thread_ = std::thread([self] {
    self->application_->Run();
    self->ended_ = true;
  });

  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!stage->application_->ready()) {
    if (stage->ended_) return tl::unexpected(std::string("the service ended while it started"));
    if (std::chrono::steady_clock::now() > deadline) {
      return tl::unexpected(fmt::format("the service was not ready within {} s; ask {}/readyz",
                                        timeout.count() / 1000, stage->admin_url()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return stage;
}

DemoStage::~DemoStage() {
  // The devices say goodbye to a service that is still there.
  if (devices_) devices_->Stop();
  if (devices_thread_.joinable()) devices_thread_.join();
  application_->Stop();
  if (service_thread_.joinable()) service_thread_.join();
}

tl::expected<void, std::string> DemoStage::StartDevices() {
  lwm2m::simulator::SimulatorOptions options;
  options.server = coap_url();
  options.endpoints = kDevices;
  options.prefix = kPrefix;
  options.ramp = std::chrono::milliseconds(600);
  auto devices = lwm2m::simulator::Simulator::Create(options);
  if (!devices) return tl::unexpected(devices.error().detail);
  devices_ = std::move(*devices);
  devices_thread_ = std::thread([this] { devices_->Run(); });
  return {};
}

std::vector<std::string> DemoStage::EndpointNames() {
  std::vector<std::string> names;
  for (std::size_t number = 1; number <= kDevices; ++number) {
    names.push_back(fmt::format("{}{:06}", kPrefix, number));
  }
  return names;
}

void DemoStage::Deregister(const std::string& endpoint) {
  devices_->Leave(endpoint, /*silently=*/false);
}

std::string DemoStage::coap_url() const {
  const auto addresses = application_->coap_addresses();
  if (addresses.empty()) return "";
  const std::string& first = addresses.front();
  return first.rfind("coap://", 0) == 0 ? first : "coap://" + first;
}

std::string DemoStage::admin_url() const {
  return fmt::format("http://127.0.0.1:{}", application_->admin_port());
}

}  // namespace ipe
