// Containers that an application deletes: of an object instance it is a Delete on the device,
// anything else comes back.
#ifndef IPE_DELETION_DESK_H_
#define IPE_DELETION_DESK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ipe/cse_requests.h"
#include "ipe/endpoint.h"
#include "ipe/metrics.h"
#include "lwm2m/object_model.h"
#include "lwm2m/server.h"
#include "onem2m/resources.h"

namespace ipe {

// A container that the CSE says was deleted.
struct DeletedContainer {
  std::string address;      // below the AE: "3303/0", "3303", "requests"
  std::string resource_id;  // that it had: how the outcome names the deletion; "" when not told
  bool expired = false;     // its time was over, nobody deleted it
};

struct DeletionLook {
  bool no_answer = false;
  std::string detail;
  std::vector<DeletedContainer> gone;  // those that do not exist, and their parent does
  bool more_is_gone = false;           // … the parent neither
};

// Asks the CSE which of `deleted` are really gone. Blocks.
DeletionLook LookForDeleted(CseRequests& requests, const std::string& ae,
                            const std::string& originator,
                            const std::vector<DeletedContainer>& deleted);

// Loop thread only. A deletion counts when the container is gone and the device still declares what
// it stands for: what we delete ourselves it does not declare any more. Of a deletion while the
// service is down, or whose Delete the device did not get before a restart, nothing is kept: the
// container comes back with its next value. (TS-0014 §6.2, §6.4; R52, R55; docs/mapping.md
// "Deleting")
class DeletionDesk {
 public:
  // What the desk asks of its owner, which outlives it.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    virtual Endpoint* FindEndpoint(std::string_view endpoint) = 0;
    virtual void SendOutcome(std::string_view queue, onem2m::ContentInstance outcome) = 0;
    // Something was noticed: TakeDeleted.
    virtual void OnDeletionNoticed(Endpoint& endpoint) = 0;
    // Makes again what is missing of the tree, with its values.
    virtual void Heal(Endpoint& endpoint, const std::string& address) = 0;
  };

  DeletionDesk(Surroundings& surroundings, const lwm2m::ObjectModel& model, Metrics& metrics,
               std::function<std::int64_t()> unix_now);
  void set_server(lwm2m::Server& server) { server_ = &server; }

  // Below `parent`, an address below the AE.
  void OnDeleted(Endpoint& endpoint, const std::string& parent, const onem2m::Container& container);
  void ForgetEndpoint(std::string_view endpoint) { noticed_.erase(std::string(endpoint)); }
  bool HasNoticed(const std::string& endpoint) const {
    return !noticed_.empty() && noticed_.count(endpoint) > 0;
  }
  // What is to be looked for in the CSE; empty: nothing.
  std::vector<DeletedContainer> TakeDeleted(std::string_view endpoint);
  void OnLooked(Endpoint& endpoint, const std::vector<DeletedContainer>& asked,
                const DeletionLook& result, lwm2m::TimePoint now);

 private:
  void DeleteInstance(Endpoint& endpoint, const lwm2m::Path& path, const DeletedContainer& deleted,
                      lwm2m::TimePoint now);

  Surroundings& surroundings_;
  const lwm2m::ObjectModel& model_;
  const std::function<std::int64_t()> unix_now_;  // in the CSE's time
  lwm2m::Server* server_ = nullptr;
  std::unordered_map<std::string, std::map<std::string, DeletedContainer>> noticed_;
  Metrics::Counter deletions_;
};

}  // namespace ipe

#endif  // IPE_DELETION_DESK_H_
