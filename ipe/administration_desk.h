// What administrators ask of the IPE itself.
#ifndef IPE_ADMINISTRATION_DESK_H_
#define IPE_ADMINISTRATION_DESK_H_

#include <functional>
#include <string>
#include <utility>

#include "ipe/admin/admin_server.h"
#include "ipe/config.h"
#include "ipe/endpoint.h"
#include "ipe/live_configuration.h"
#include "lwm2m/server.h"
#include "mapping/administration.h"

namespace ipe {

// What the service does for an administrator. Without a configuration that may change there is no
// administration in the CSE.
struct Administration {
  LiveConfiguration* configuration = nullptr;
  std::function<BootstrapAnswer(const std::string& endpoint)> bootstrap;  // as by the admin port
  std::function<void()> reload;                                           // as by SIGHUP
};

// Loop thread only. Runs the orders of the container `administration`; each is done when Run()
// returns. (TS-0014 §6.7, §6.8; R65–R69)
class AdministrationDesk {
 public:
  // What the desk asks of its owner, which outlives it.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    virtual const Endpoint* EndpointOf(std::string_view endpoint) const = 0;
    // Endpoints and the container `configuration` follow.
    virtual void OnConfigured(const Config& before) = 0;
  };

  AdministrationDesk(Surroundings& surroundings, Administration administration,
                     const Config& config)
      : surroundings_(surroundings), administration_(std::move(administration)), config_(config) {}
  void set_server(const lwm2m::Server& server) { server_ = &server; }

  // Whether there are administrators.
  bool enabled() const {
    return administration_.configuration != nullptr && !config_.access.administrators.empty();
  }
  // The effective configuration as JSON.
  std::string Configuration() const { return administration_.configuration->ToJson(); }
  void PutSettings() {
    if (administration_.configuration != nullptr) administration_.configuration->PutSettings();
  }

  // The contentInstance for `responses`. `unix_now` is the wall clock at `now`.
  onem2m::ContentInstance Run(const mapping::AdministrationCommand& command, lwm2m::TimePoint now,
                              std::int64_t unix_now);

 private:
  onem2m::Result<std::string> Configure(const mapping::AdministrationOrder& order);
  std::string List(const mapping::AdministrationOrder& order, lwm2m::TimePoint now,
                   std::int64_t unix_now) const;
  onem2m::ContentInstance Bootstrap(const mapping::Command& command) const;

  Surroundings& surroundings_;
  const Administration administration_;
  const Config& config_;
  const lwm2m::Server* server_ = nullptr;
};

}  // namespace ipe

#endif  // IPE_ADMINISTRATION_DESK_H_
