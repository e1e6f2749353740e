// Looking in the CSE for subscriptions of applications.
#ifndef IPE_SUBSCRIPTION_LOOK_H_
#define IPE_SUBSCRIPTION_LOOK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ipe/cse_requests.h"
#include "ipe/own_subscriptions.h"
#include "lwm2m/path.h"
#include "onem2m/resources.h"

namespace ipe {

// A subscription in the container of an LwM2M path: "dev-a/3303/0/5700/sub1".
struct FoundSubscription {
  std::string ae_name;
  lwm2m::Path path;
  std::string name;
  std::optional<onem2m::Subscription> subscription;  // absent: it may not be read
};

struct LookPlan {
  std::string base;                      // resource name of <CSEBase>
  std::vector<std::string> originators;  // to be tried in order
  std::int64_t modified_since = 0;       // Unix seconds, CSE's time; 0: all that there are
  // Addresses below the CSEBase whose criteria are known: not read again by a look at all.
  std::shared_ptr<const std::set<std::string>> known;
};

struct LookResult {
  enum class End { kDone, kDenied, kSilent };
  End end = End::kDone;
  std::string detail;                      // of what did not succeed
  std::string originator;                  // that was answered
  std::int64_t began_at = 0;               // CSE's time
  std::vector<FoundSubscription> read;     // new, or changed
  std::set<std::string> seen;              // addresses of all that were listed, of applications …
  std::vector<FoundSubscription> watches;  // … and ours that watch for them
  std::size_t unreadable_addresses = 0;    // listed by resource id, which says nothing of the place
  bool more = false;                       // some were left for the next look
};

// One discovery, and a Retrieve of each subscription that it brings news of, kReadsPerLook at most.
// Blocks. (TS-0001 §10.2.6; R58)
inline constexpr std::size_t kReadsPerLook = 100;
LookResult LookForSubscriptions(CseRequests& requests, const LookPlan& plan);

// "dev-a/3303/0/5700/sub1" → its parts; nullopt when it stands elsewhere.
std::optional<FoundSubscription> PlaceOfAddress(const std::string& below_base);

}  // namespace ipe

#endif  // IPE_SUBSCRIPTION_LOOK_H_
