// Work in the CSE for the IPE itself: find the CSEBase, be an AE, hold the shared containers.
#ifndef IPE_IPE_SESSION_H_
#define IPE_IPE_SESSION_H_

#include <string>
#include <vector>

#include "ipe/config.h"
#include "ipe/endpoint_session.h"

namespace ipe {

struct SetupResult {
  JobEnd end = JobEnd::kDone;
  std::string detail;                         // what was asked and what came back
  std::string base;                           // resource name of <CSEBase>
  std::string cse_id;                         // "/id-in"; "" when it could not be read
  std::string release_version;                // to be used from now on
  std::vector<std::int64_t> supported_types;  // srt; empty when it was not told
  std::string ae_id;                          // of the IPE's AE
  std::string management_policy_id;           // of <mgmtObj>s that take commands; "" : none
  std::string access_policy_id;               // ri of the <accessControlPolicy>; "" : degraded
  bool ae_was_missing =
      false;  // it had to be created: what hung below other AEs may be gone as well
  std::vector<MadeSubscription> subscribed;
};

// Blocking requests for the IPE's own resources; every call finds out anew what exists.
// One strand only: at most one Setup is under way. (TS-0014 §5.4, §6.7.3; R1, R57, R64, R68)
class IpeSession {
 public:
  IpeSession(CseRequests& requests, Config::Cse cse, Config::Interworking interworking,
             Config::Access access)
      : requests_(requests),
        cse_(std::move(cse)),
        interworking_(std::move(interworking)),
        access_(std::move(access)) {}

  // `notify_url`: point of access and notification target.
  SetupResult Setup(const std::string& notify_url);

 private:
  bool FindBase(SetupResult& result);
  bool RegisterAe(const std::string& notify_url, SetupResult& result);
  void WriteAccessPolicy(SetupResult& result);
  void WriteManagementPolicy(SetupResult& result);
  bool MakeContainers(SetupResult& result);
  bool SubscribeRequests(const std::string& notify_url, SetupResult& result);
  static bool Fail(const Answer& answer, const std::string& what, SetupResult& result);

  CseRequests& requests_;
  const Config::Cse cse_;
  const Config::Interworking interworking_;
  const Config::Access access_;
};

// Highest release that both sides know, of "2a", "3", "4"; `configured` wins; "3" when the CSE
// names none.
std::string NegotiateRelease(const std::vector<std::string>& supported,
                             const std::string& configured);

}  // namespace ipe

#endif  // IPE_IPE_SESSION_H_
