// Reading what stands in a container where commands arrive.
#ifndef IPE_COMMAND_CONTAINERS_H_
#define IPE_COMMAND_CONTAINERS_H_

#include <optional>
#include <string>
#include <vector>

#include "ipe/cse_requests.h"
#include "onem2m/resources.h"

namespace ipe {

// The contentInstances of a container, oldest first: by child resources (rcn 4), or where the CSE
// does not offer that, the latest one only. Empty when nothing is there or nothing may be read,
// nullopt when the CSE gave no answer. `is_gone` becomes true when
// there is no such container. Blocks.
std::optional<std::vector<onem2m::ContentInstance>> ReadInstances(CseRequests& requests,
                                                                  const std::string& container,
                                                                  const std::string& originator,
                                                                  bool& is_gone);

}  // namespace ipe

#endif  // IPE_COMMAND_CONTAINERS_H_
