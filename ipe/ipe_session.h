// Work in the CSE for the IPE itself: find the CSEBase, be an AE, hold the shared containers.
#ifndef IPE_IPE_SESSION_H_
#define IPE_IPE_SESSION_H_

#include <optional>
#include <string>
#include <vector>

#include "ipe/administration_session.h"
#include "ipe/config.h"
#include "ipe/endpoint_session.h"
#include "mapping/access_control.h"

namespace ipe {

// Who may do what.
struct WantedAccess {
  mapping::AccessLists lists;  // as configured
  bool takes_updates = false;  // Profile::TakesUpdates()
  friend bool operator==(const WantedAccess&, const WantedAccess&) = default;
};

// What stands in the CSE now.
struct SharedAccess {
  mapping::AccessLists lists;  // that it grants: those given, or as an administrator changed them
  std::string management_policy_id;
};

struct SetupResult {
  JobEnd end = JobEnd::kDone;
  onem2m::ResponseStatusCode status = onem2m::ResponseStatusCode::kOk;  // of what failed
  std::string detail;                         // what was asked and what came back
  std::string base;                           // resource name of <CSEBase>
  std::string cse_id;                         // "/id-in"; "" when it could not be read
  std::string release_version;                // to be used from now on
  std::vector<std::int64_t> supported_types;  // srt; empty when it was not told
  std::string ae_id;                          // of the IPE's AE
  std::string management_policy_id;           // of what takes commands by Update; "" : none
  std::string ae_resource_id;                 // "" when it was not told
  std::string access_policy_id;               // ri of the <accessControlPolicy>; "" : degraded
  mapping::AccessLists access;  // that it grants: those given, or as an administrator changed them
  bool ae_was_missing =
      false;  // it had to be created: what hung below other AEs may be gone as well
  bool subscription_was_missing = false;  // that to `requests`
  std::string others_uri;  // somebody else has made it his since, and is notified there
  std::vector<MadeSubscription> subscribed;
  AdministrationSetup administration;
};

// Blocking requests for the IPE's own resources; every call finds out anew what exists.
// One strand only: at most one Setup is under way. (TS-0014 §5.4, §6.7.3; R1, R57, R64, R68)
class IpeSession {
 public:
  IpeSession(CseRequests& requests, Config::Cse cse, Config::Interworking interworking)
      : requests_(requests), cse_(std::move(cse)), interworking_(std::move(interworking)) {}

  // `notify_url`: point of access and notification target. `wanted`: who may do what.
  SetupResult Setup(const std::string& notify_url, const WantedAccess& wanted);

  // Makes the shared policy grant `wanted`, unless an administrator changed it since it last did.
  // nullopt: it is not there.
  std::optional<SharedAccess> WriteAccess(const std::string& base, const std::string& ae_id,
                                          const WantedAccess& wanted);
  // The shared policy as it stands in the CSE, with all rights of the IPE's own restored should
  // somebody have taken them (R64); nullopt: no answer, or it is not there.
  std::optional<SharedAccess> ReadAccess(const std::string& base, const std::string& ae_id,
                                         const WantedAccess& wanted);

 private:
  bool FindBase(SetupResult& result);
  bool RegisterAe(const std::string& notify_url, SetupResult& result);
  void WriteAccessPolicy(const mapping::AccessLists& configured, SetupResult& result);
  void WriteManagementPolicy(const WantedAccess& wanted, SetupResult& result);
  bool MakeContainers(SetupResult& result);
  bool SubscribeRequests(const std::string& notify_url, SetupResult& result);
  static bool Fail(const Answer& answer, const std::string& what, SetupResult& result);

  CseRequests& requests_;
  const Config::Cse cse_;
  const Config::Interworking interworking_;
  std::vector<std::string> own_uris_;  // what our subscription has notified in this run
};

// Highest release that both sides know, of "2a", "3", "4"; `configured` wins; "3" when the CSE
// names none.
std::string NegotiateRelease(const std::vector<std::string>& supported,
                             const std::string& configured);

}  // namespace ipe

#endif  // IPE_IPE_SESSION_H_
