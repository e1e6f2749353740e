// The demo's cast: the service with its embedded CSE, and simulated devices.
#ifndef IPE_DEMO_STAGE_H_
#define IPE_DEMO_STAGE_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <tl/expected.hpp>
#include <vector>

#include "ipe/application.h"
#include "ipe/demo_terminal.h"
#include "lwm2m/simulator/simulator.h"

namespace ipe {

// Owns the threads of the service and of the devices; the destructor ends both. One thread only.
class DemoStage {
 public:
  // The service with an embedded CSE on the usual ports of 127.0.0.1, on free ones where these are
  // taken (and says so); ready to serve within `timeout`. Nothing of it stays on disk.
  static tl::expected<std::unique_ptr<DemoStage>, std::string> Create(
      DemoTerminal& terminal, std::chrono::milliseconds timeout);
  ~DemoStage();
  DemoStage(const DemoStage&) = delete;
  DemoStage& operator=(const DemoStage&) = delete;

  // Three devices start and register.
  tl::expected<void, std::string> StartDevices();
  // Endpoint Client Names of the devices, in their order.
  static std::vector<std::string> EndpointNames();
  // One device says goodbye.
  void Deregister(const std::string& endpoint);

  std::string cse_url() const { return application_->cse_url(); }
  std::string coap_url() const;
  std::string admin_url() const;

 private:
  explicit DemoStage(std::unique_ptr<Application> application);

  std::unique_ptr<Application> application_;
  std::atomic<bool> ended_{false};  // the service's Run() has returned
  std::thread service_thread_;
  std::unique_ptr<lwm2m::simulator::Simulator> devices_;
  std::thread devices_thread_;
};

}  // namespace ipe

#endif  // IPE_DEMO_STAGE_H_
