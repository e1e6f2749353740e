#include "lwm2m/profile_ids.h"

namespace lwm2m {

void ProfileIds::Remember(const std::string& endpoint, std::string_view profile_id,
                          const Shared<ObjectList>& objects) {
  if (max_endpoints_ == 0) return;
  const auto [profile, is_new] = profiles_.try_emplace(endpoint);
  profile->second = Profile{std::string(profile_id), objects};
  if (!is_new) return;
  order_.push_back(endpoint);
  if (order_.size() <= max_endpoints_) return;
  profiles_.erase(order_.front());
  order_.pop_front();
}

const Shared<ObjectList>* ProfileIds::Find(const std::string& endpoint,
                                           std::string_view profile_id) const {
  const auto found = profiles_.find(endpoint);
  if (found == profiles_.end() || found->second.id != profile_id) return nullptr;
  return &found->second.objects;
}

}  // namespace lwm2m
