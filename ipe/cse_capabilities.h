// What this CSE turned out to do, learned from its answers and remembered.
#ifndef IPE_CSE_CAPABILITIES_H_
#define IPE_CSE_CAPABILITIES_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ipe/concurrency/guarded.h"
#include "ipe/cse_resource_types.h"
#include "onem2m/resources.h"

namespace ipe {

// Thread-safe. One per CSE; every worker reads and teaches it. Handles CSEs by what they do, never
// by product (docs/interop.md).
class CseCapabilities {
 public:
  // Optional attributes that this CSE refuses, by short name, e.g. {container, "or"}. Removes them
  // from `resource` before it is sent.
  void Trim(onem2m::Resource& resource);
  // The optional attributes of `resource` that are present and may be dropped to satisfy a CSE that
  // answered 4000, most suspicious first.
  static std::vector<std::string> Droppable(const onem2m::Resource& resource);
  // Removes one of them; false when it is not present.
  static bool Drop(onem2m::Resource& resource, const std::string& attribute);
  bool RefusesAnything(onem2m::ResourceType type);
  bool Refuses(onem2m::ResourceType type, const std::string& attribute);
  // Remembers it. True the first time: worth a log line.
  bool Learn(onem2m::ResourceType type, const std::string& attribute);
  // The same of an attribute with a value of the device at `node`, which may be what was refused:
  // it takes several devices.
  bool LearnOf(const std::string& node, onem2m::ResourceType type, const std::string& attribute);

  // False once <node> was refused, until the next set-up: the refusal may have been for lack of a
  // registration.
  bool has_node() const { return has_node_; }
  bool ForgetNode() {  // true the first time: worth a log line
    has_node_ = false;
    return !node_reported_.exchange(true);
  }
  void ExpectNode() { has_node_ = true; }

  // Types that not every CSE offers.
  CseResourceTypes& types() { return types_; }

  // True where a linked accessControlPolicy takes away the rights of a resource's creator.
  bool owners_lack_rights() const { return owners_lack_rights_; }
  bool LearnOwnersLackRights() {
    return !owners_lack_rights_.exchange(true);
  }  // true the first time

  // Subscriptions of ours, by name, that this CSE has no events for.
  bool RefusesSubscription(const std::string& name) {
    return refused_subscriptions_.Lock()->count(name) > 0;
  }
  bool LearnSubscriptionRefused(const std::string& name) {  // true the first time
    return refused_subscriptions_.Lock()->insert(name).second;
  }

  // Does the CSE keep <node>.hostedAELinks itself?
  enum class HostedLinks { kUnknown, kByCse, kByUs };
  HostedLinks hosted_links() const { return hosted_links_; }
  void set_hosted_links(HostedLinks who) { hosted_links_ = who; }

  // Clock of the CSE minus ours, in seconds; 0 until an answer told.
  std::int64_t clock_offset() const { return clock_offset_; }
  void LearnClock(const std::string& originating_time, std::int64_t now);

 private:
  std::atomic<bool> has_node_{true};
  std::atomic<bool> node_reported_{false};
  std::atomic<bool> owners_lack_rights_{false};
  std::atomic<bool> anything_refused_{false};
  std::atomic<HostedLinks> hosted_links_{HostedLinks::kUnknown};
  std::atomic<std::int64_t> clock_offset_{0};
  CseResourceTypes types_;
  Guarded<std::set<std::pair<onem2m::ResourceType, std::string>>> refused_;
  // Nodes for which an attribute was refused, until they are enough.
  Guarded<std::map<std::pair<onem2m::ResourceType, std::string>, std::set<std::string>>> suspected_;
  Guarded<std::set<std::string>> refused_subscriptions_;
};

}  // namespace ipe

#endif  // IPE_CSE_CAPABILITIES_H_
