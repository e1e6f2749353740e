// LwM2M Gateways: from what their object 25 says to endpoints of their own.
#ifndef IPE_GATEWAY_DESK_H_
#define IPE_GATEWAY_DESK_H_

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ipe/log_events.h"
#include "ipe/metrics.h"
#include "lwm2m/gateway.h"
#include "lwm2m/object_model.h"
#include "lwm2m/server.h"

namespace ipe {

// Loop thread only; costs nothing for endpoints without object 25. Each instance of object 25
// stands for a device behind the gateway, which becomes an endpoint with an <AE> of its own
// (TS-0014 §5.4, R2; LwM2M Gateway 1.1 §6). Instances are read after a Register, and when an Update
// lists new ones; what is observed of them is taken as it comes. A device whose instance is gone is
// de-registered.
class GatewayDesk {
 public:
  GatewayDesk(const lwm2m::ObjectModel& model, Metrics& metrics,
              std::function<lwm2m::TimePoint()> now);
  void set_server(lwm2m::Server& server) { server_ = &server; }

  // A Register (`anew`) or Update of the endpoint was answered with success, or it is there again
  // after a restart. `registration` is borrowed.
  void OnRegistered(const lwm2m::Registration& registration, bool anew, lwm2m::TimePoint now);
  // A value of the endpoint, from a notification or a Read.
  void OnValue(std::string_view endpoint, const lwm2m::Path& path, const lwm2m::Payload& payload,
               lwm2m::TimePoint now);
  void OnLeft(std::string_view endpoint);

 private:
  struct Instance {
    lwm2m::GatewayInstance said;
    std::string endpoint;  // that it was made; "": none yet
  };
  struct Gateway {
    std::map<lwm2m::Id, Instance> instances;
    // Devices of an earlier registration, or of an earlier run, that no instance has named yet.
    std::set<std::string> unclaimed;
    std::deque<lwm2m::Id> to_read;  // behind those under way
    std::size_t reads = 0;          // under way
    bool all_read = true;           // none of them failed
  };

  Gateway* Find(std::string_view endpoint);
  void ReadSome(const std::string& gateway, lwm2m::TimePoint now);
  void Read(const std::string& gateway, lwm2m::Id instance, lwm2m::TimePoint asked_at);
  void OnRead(const std::string& gateway, bool succeeded, lwm2m::TimePoint now);
  void Attach(const std::string& gateway, lwm2m::Id number, lwm2m::TimePoint now);
  void Detach(Instance& instance, lwm2m::TimePoint now);

  const lwm2m::ObjectModel& model_;
  const std::function<lwm2m::TimePoint()> now_;
  lwm2m::Server* server_ = nullptr;
  LogLimiter log_limiter_;
  std::unordered_map<std::string, Gateway> gateways_;
  Metrics::Counter refused_;
};

}  // namespace ipe

#endif  // IPE_GATEWAY_DESK_H_
