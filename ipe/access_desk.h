// The Access Control object of devices and the policies in the CSE: each follows the other.
#ifndef IPE_ACCESS_DESK_H_
#define IPE_ACCESS_DESK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ipe/access_session.h"
#include "ipe/config.h"
#include "ipe/endpoint.h"
#include "ipe/log_events.h"
#include "ipe/metrics.h"
#include "lwm2m/access_control.h"
#include "lwm2m/object_model.h"
#include "lwm2m/server.h"
#include "mapping/profile.h"
#include "onem2m/resources.h"

namespace ipe {

// Loop thread only. Keeps something of an endpoint only while it declares instances of object 2:
// observes /2 for itself, knows which server we are there, and says which policies the endpoint is
// to have in the CSE; the jobs are the bridge's. What an administrator changed in a policy is
// written to the device's list, and what the device does not take goes back. (TS-0014 §6.6; LwM2M
// Core 1.1.1 §8; R63; docs/mapping.md "Access")
class AccessDesk {
 public:
  // What the desk asks of its owner, which outlives it.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    virtual Endpoint* FindEndpoint(std::string_view endpoint) = 0;
    virtual void SendOutcome(std::string_view queue, onem2m::ContentInstance outcome) = 0;
    // There is a job to be done: NextTask.
    virtual void OnAccessWork(Endpoint& endpoint) = 0;
    virtual std::string IpeAeId() const = 0;
  };

  AccessDesk(Surroundings& surroundings, const Config::Access& access,
             const mapping::Profile& profile, const lwm2m::ObjectModel& model, Metrics& metrics);
  ~AccessDesk();
  void set_server(lwm2m::Server& server) { server_ = &server; }

  // Whether the CSE has policies at all: what a set-up found. Nothing is asked of devices before.
  void set_available(bool available) { available_ = available; }
  // Everybody's rights: of the configuration, or as an administrator changed them in the CSE.
  const mapping::AccessLists& lists() const { return lists_; }
  bool SetLists(mapping::AccessLists lists);  // false: they are the same

  // Registered, or updated; `anew`: what was known of it may not hold any more.
  void OnRegistered(Endpoint& endpoint, bool anew, lwm2m::TimePoint now);
  void ForgetEndpoint(std::string_view endpoint);
  // Its tree in the CSE was lost, and the policies with it.
  void OnTreeLost(std::string_view endpoint);

  // The observation of /2 that the desk made. Its values are not for the CSE.
  bool Owns(const lwm2m::Observation& observation) const;
  void OnNotification(const lwm2m::Notification& notification);

  bool HasTask(std::string_view endpoint) const;
  // What is to be done in the CSE; nullopt: nothing. OnDone tells how it went.
  std::optional<AccessTask> NextTask(const Endpoint& endpoint);
  void OnDone(Endpoint& endpoint, const AccessResult& result, lwm2m::TimePoint now);
  std::shared_ptr<const PolicyLinks> LinksOf(std::string_view endpoint) const;
  // The CSE says that somebody changed a policy of the endpoint; absent `now`: not how.
  void OnPolicyChanged(Endpoint& endpoint, std::string_view name,
                       const onem2m::AccessControlPolicy* now);

 private:
  struct State;

  State* Find(std::string_view endpoint) const;
  void Ask(State& state, const lwm2m::Registration& registration);
  void AskServers(State& state, const lwm2m::Registration& registration);
  void OnServers(const std::string& endpoint, const lwm2m::Path& path,
                 const lwm2m::Outcome& outcome);
  void AskControls(State& state, lwm2m::OperationKind kind);
  void OnControls(const std::string& endpoint, lwm2m::OperationKind kind,
                  const lwm2m::Outcome& outcome);
  void TakeControls(State& state, const lwm2m::Payload& payload);
  void Recompute(State& state);
  static std::map<PolicyKey, int> TargetsOf(const State& state);
  std::map<PolicyKey, int> Wanted(const State& state,
                                  const lwm2m::Registration& registration) const;
  bool HasExecutables(const lwm2m::Registration& registration, const lwm2m::Path& instance) const;
  void Decide(State& state, const ChangedPolicy& changed);
  void Write(State& state, const ChangedPolicy& changed, const lwm2m::AccessControl& control,
             lwm2m::Id server, int rights);
  void OnWritten(const std::string& endpoint, const PolicyKey& key, const lwm2m::Operation& write,
                 lwm2m::Id server, int rights, const lwm2m::Outcome& outcome);
  void PutBack(State& state, const PolicyKey& key);
  void Report(State& state, const PolicyKey& key, const lwm2m::Path& path,
              const lwm2m::Outcome& outcome);
  void Refuse(State& state, const PolicyKey& key, const lwm2m::Path& path, const std::string& why);

  Surroundings& surroundings_;
  const lwm2m::Id configured_server_;  // 0: none
  const mapping::Profile& profile_;
  const lwm2m::ObjectModel& model_;
  lwm2m::Server* server_ = nullptr;
  mapping::AccessLists lists_;
  std::uint64_t lists_version_ = 1;
  bool available_ = false;
  lwm2m::TimePoint now_{};
  LogLimiter log_limiter_;
  std::unordered_map<std::string, std::unique_ptr<State>> states_;  // by endpoint
  Metrics::Counter written_, refused_;
};

}  // namespace ipe

#endif  // IPE_ACCESS_DESK_H_
