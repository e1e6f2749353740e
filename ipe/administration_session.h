// Work in the CSE for the administration of the IPE.
#ifndef IPE_ADMINISTRATION_SESSION_H_
#define IPE_ADMINISTRATION_SESSION_H_

#include <string>
#include <vector>

#include "ipe/cse_requests.h"
#include "ipe/own_subscriptions.h"

namespace ipe {

// What a set-up has made, or found.
struct AdministrationSetup {
  bool made = false;
  std::string configuration;  // what the newest contentInstance there says
  MadeSubscription subscribed;
};

// Makes `administration-access`, and with it `configuration` and `administration` below `parent`,
// the AE of the IPE. In a CSE that has no <accessControlPolicy> for us, neither container is made:
// everybody could command there. Blocks; on a worker. (TS-0014 §6.7; R63, R65)
AdministrationSetup SetUpAdministration(CseRequests& requests, const std::string& parent,
                                        const std::string& ae_id,
                                        const std::vector<std::string>& administrators,
                                        const std::string& notify_url);

}  // namespace ipe

#endif  // IPE_ADMINISTRATION_SESSION_H_
