// A contentInstance on its way to a container of an endpoint.
#ifndef MAPPING_DELIVERY_H_
#define MAPPING_DELIVERY_H_

#include <cstdint>
#include <vector>

#include "lwm2m/path.h"
#include "onem2m/resources.h"

namespace mapping {

struct Delivery {
  lwm2m::Path path;                  // container below the endpoint's AE
  onem2m::ContentInstance instance;  // without resourceName; asks for `cr`
  std::uint64_t value_hash = 0;      // of con, conr and cnf: for `repeat: changed`
};

// FNV-1a, 64 bits: stable within a run, which is all that `repeat: changed` needs.
std::uint64_t HashOf(const onem2m::ContentInstance& instance);

}  // namespace mapping

#endif  // MAPPING_DELIVERY_H_
