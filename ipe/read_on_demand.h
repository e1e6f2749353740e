// Reads at the device because an application retrieves in the CSE.
#ifndef IPE_READ_ON_DEMAND_H_
#define IPE_READ_ON_DEMAND_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipe/endpoint.h"
#include "ipe/log_events.h"
#include "ipe/metrics.h"
#include "ipe/own_subscriptions.h"
#include "lwm2m/server.h"

namespace ipe {

// Loop thread only. One Read of a path at a time, whoever asks for it; its value goes the way of
// notifications, before other values. What keeps the CSE waiting is let go of once the CSE has the
// value, or there is none to be had soon. Nothing is kept of an endpoint that is not being read.
// (TS-0014 §6.4; TS-0001 §9.6.8; R53; docs/mapping.md "Read on demand")
class ReadOnDemand {
 public:
  // What it asks of its owner, which outlives it.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    virtual Endpoint* FindEndpoint(std::string_view endpoint) = 0;
    virtual void StoreValues(std::string_view endpoint, const lwm2m::Path& path,
                             const lwm2m::Payload& payload) = 0;
    // Do we retrieve ourselves what stands in that container?
    virtual bool IsRetrieving(const Endpoint& endpoint, const std::string& container) = 0;
  };

  ReadOnDemand(Surroundings& surroundings, Metrics& metrics);
  void set_server(lwm2m::Server& server) { server_ = &server; }

  // Of a subscription for retrievals.
  void OnNotification(const OwnNotification& arrived, lwm2m::TimePoint now);
  // The CSE has taken rows of the endpoint, or refused them.
  void OnDelivered(const Endpoint& endpoint);
  void ForgetEndpoint(const std::string& endpoint);
  // Keeps nobody waiting for a silent device; returns when to be called again.
  lwm2m::TimePoint Tick(lwm2m::TimePoint now);

 private:
  using Key = std::pair<std::string, lwm2m::Path>;
  using Held = std::vector<std::shared_ptr<void>>;
  struct Stored {  // its value is in the outbox
    RowId row = 0;
    Held held;
  };

  void OnOutcome(const Key& key, const lwm2m::Outcome& outcome);

  Surroundings& surroundings_;
  lwm2m::Server* server_ = nullptr;
  std::map<Key, Held> reads_;                              // under way
  std::deque<std::pair<lwm2m::TimePoint, Key>> patience_;  // when they keep nobody any more
  std::map<std::string, std::vector<Stored>> stored_;
  lwm2m::TimePoint now_{};
  LogLimiter log_limiter_;
  Metrics::Counter started_, joined_, values_, without_value_, ignored_;
};

}  // namespace ipe

#endif  // IPE_READ_ON_DEMAND_H_
