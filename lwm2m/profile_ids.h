// The object lists that endpoints have registered under a profile id.  (LwM2M Core 1.2 §6.2.1;
// REG-22)
#ifndef LWM2M_PROFILE_IDS_H_
#define LWM2M_PROFILE_IDS_H_

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lwm2m/core_link.h"
#include "lwm2m/shared.h"

namespace lwm2m {

// Bounded: the endpoint that was remembered first gives way. The id is a hash that the client has
// made, so what it stands for is believed of the same endpoint only.
//
// Loop thread only. Owns everything; in memory, so that after a restart clients register in full.
class ProfileIds {
 public:
  explicit ProfileIds(std::size_t endpoints) : max_endpoints_(endpoints) {}

  // The last profile of an endpoint.
  void Remember(const std::string& endpoint, std::string_view profile_id,
                const Shared<ObjectList>& objects);
  // Until the next Remember(); nullptr when that endpoint has not registered under it.
  const Shared<ObjectList>* Find(const std::string& endpoint, std::string_view profile_id) const;

  std::size_t size() const { return profiles_.size(); }

 private:
  struct Profile {
    std::string id;
    Shared<ObjectList> objects;
  };
  const std::size_t max_endpoints_;
  std::unordered_map<std::string, Profile> profiles_;  // by endpoint
  std::deque<std::string> order_;
};

}  // namespace lwm2m

#endif  // LWM2M_PROFILE_IDS_H_
