// Making a subscription of our own in the CSE.
#ifndef IPE_SUBSCRIBING_H_
#define IPE_SUBSCRIBING_H_

#include <functional>
#include <string>

#include "ipe/cse_requests.h"
#include "onem2m/resources.h"

namespace ipe {

enum class SubscribeEnd {
  kMade,        // it is there, made now or before
  kParentGone,  // what it should stand in does not exist
  kFailed,      // refused, or no answer
};

struct SubscribeResult {
  SubscribeEnd end = SubscribeEnd::kFailed;
  bool is_new = false;          // there was none of that name
  std::string subscription_id;  // ri, "" when the CSE did not tell
  std::string others_uri;       // kFailed: one of that name notifies this, and was left alone
  Answer answer;                // the last
};

// Makes `wanted` below `parent`, adopts one of an earlier run that is the same, and replaces one
// that is not: its target may be an address that we no longer have. `may_replace`: not every one.
// `as_originator` runs a request as whoever may make it. Blocks.
SubscribeResult MakeSubscription(
    CseRequests& requests, const std::string& parent, onem2m::Subscription wanted,
    const std::function<Answer(const std::function<Answer(const std::string&)>&)>& as_originator,
    const std::function<bool(const onem2m::Subscription&)>& may_replace = {});

}  // namespace ipe

#endif  // IPE_SUBSCRIBING_H_
