// The resources of the embedded CSE and the ways to find them.
#ifndef ONEM2M_CSE_RESOURCE_TREE_H_
#define ONEM2M_CSE_RESOURCE_TREE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "onem2m/cse/attribute_policy.h"
#include "onem2m/cse/subscription_rules.h"
#include "onem2m/cse/timestamp.h"

namespace onem2m::cse {

struct Resource;

// Children in the order of their creation; the links are in the resources.
struct ChildList {
  Resource* first = nullptr;
  Resource* last = nullptr;
};

// Kept apart so that <latest> and the subscriptions of a busy container are found at once.
enum class ChildKind : std::uint8_t { kInstance, kSubscription, kOther };
inline constexpr std::size_t kChildKinds = 3;
inline constexpr std::array<ChildKind, kChildKinds> kAllChildKinds = {
    ChildKind::kInstance, ChildKind::kSubscription, ChildKind::kOther};

struct Resource {
  ResourceType type = ResourceType::kCseBase;
  const TypePolicy* policy = nullptr;
  std::unique_ptr<const std::string> own_root;  // set where the policy is open about it
  std::string id;
  std::string name;
  // Who created it; shared with the parent where it is the same, as it is in an endpoint's subtree.
  std::shared_ptr<const std::string> creator;
  bool shows_creator = false;
  TimePoint created;
  TimePoint modified;
  TimePoint expires = TimePoint::max();
  std::int64_t state_tag = 0;
  std::int64_t instances = 0;  // cni
  std::int64_t bytes = 0;      // cbs of a container, cs of an instance or flexContainer
  Attributes attributes;
  std::unique_ptr<SubscriptionRules> subscription;  // set for a <subscription>

  Resource* parent = nullptr;
  int depth = 0;
  std::array<ChildList, kChildKinds> children;
  Resource* previous = nullptr;
  Resource* next = nullptr;

  // "m2m:cnt"
  std::string_view root() const { return own_root ? *own_root : policy->root; }
  Resource* first_child(ChildKind kind) const {
    return children[static_cast<std::size_t>(kind)].first;
  }
  Resource* last_child(ChildKind kind) const {
    return children[static_cast<std::size_t>(kind)].last;
  }
};

// What an address names: a resource, or a virtual child of it ("la", "ol").
struct Target {
  Resource* resource = nullptr;
  std::string_view virtual_child;  // "", kLatest or kOldest
};

// Owns all resources. Not thread-safe: Cse holds its lock around it.
class ResourceTree {
 public:
  // The <CSEBase> is its root; `cse_id` is "/id-in".
  ResourceTree(std::string base, std::string cse_id, TimePoint now);
  ResourceTree(const ResourceTree&) = delete;
  ResourceTree& operator=(const ResourceTree&) = delete;

  Resource& root() const { return *root_; }
  std::size_t size() const { return by_id_.size(); }

  Resource* FindById(std::string_view id) const;
  Resource* FindChild(const Resource& parent, std::string_view name) const;

  // Any form of address: structured, unstructured, with "-" for the base, SP-relative, absolute.
  // (TS-0001 v3 §7.2, §9.3.1)
  Target Resolve(std::string_view address) const;
  // "/id-in/Cae1" or "//sp/id-in/Cae1" → "Cae1"; everything else as it is.
  std::string_view LocalId(std::string_view id) const;
  std::string StructuredAddress(const Resource& resource) const;

  // An identifier that no resource has had, "cnt1f".
  std::string NewId(std::string_view prefix);

  // `parent` has no child of that name and nothing has that id: the caller has looked.
  Resource& Insert(Resource& parent, std::unique_ptr<Resource> resource);
  // With everything below it.
  void Remove(Resource& resource);
  void SetExpiration(Resource& resource, TimePoint time);
  // The next resource to expire at or before `now`, nullptr when there is none.
  Resource* NextExpired(TimePoint now) const;

 private:
  struct ChildKey {
    const Resource* parent;
    std::string_view name;
    friend bool operator==(const ChildKey&, const ChildKey&) = default;
  };
  struct ChildKeyHash {
    std::size_t operator()(const ChildKey& key) const {
      constexpr std::size_t kOdd = 0x9E3779B97F4A7C15u;
      return std::hash<std::string_view>()(key.name) ^
             (std::hash<const void*>()(key.parent) * kOdd);
    }
  };

  std::string cse_id_;  // without its slash
  // Keys are views of the resources' own names.
  std::unordered_map<std::string_view, std::unique_ptr<Resource>> by_id_;
  std::unordered_map<ChildKey, Resource*, ChildKeyHash> by_name_;
  std::set<std::pair<TimePoint, Resource*>> by_expiration_;
  Resource* root_ = nullptr;
  std::uint64_t last_id_ = 0;
};

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_RESOURCE_TREE_H_
