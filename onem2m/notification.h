// A notification as a CSE sends it, and the addresses it names.  (TS-0004 v3 §7.5.1)
#ifndef ONEM2M_NOTIFICATION_H_
#define ONEM2M_NOTIFICATION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onem2m/error.h"
#include "onem2m/resources.h"

namespace onem2m {

struct Notification {
  bool verification_request = false;       // vrq; looked at before anything else
  bool subscription_deletion = false;      // sud
  std::string subscription_reference;      // sur, as sent; "" when absent
  std::string creator;                     // cr
  std::optional<int> event_type;           // nev.net; also from "3.0"
  std::optional<Resource> representation;  // nev.rep of a type that we know
  std::string resource_uri;                // nev.rep m2m:uri (nct 3)
};

// Reads `m2m:sgn`, also the older `m2m:`-prefixed keys, and `m2m:agn` (several). Never throws; 4000
// with the member's name when it is none of these. See docs/interop.md for the variants taken.
Result<std::vector<Notification>> ParseNotification(std::string_view json);

// The CSE answers a Retrieve of an application only after we have answered this.
bool AsksBeforeItAnswers(const Notification& notification);

// The last segment of an address in any form: "/id-in/cse-in/ae/c/sub" → "sub".
std::string_view LastSegment(std::string_view address);

}  // namespace onem2m

#endif  // ONEM2M_NOTIFICATION_H_
