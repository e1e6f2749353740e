#include "onem2m/cse/resource_tree.h"

#include <charconv>
#include <vector>

#include "onem2m/codec/short_names.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

constexpr std::string_view kBaseShorthand = "-";

ChildKind KindOf(ResourceType type) {
  if (IsInstance(type)) return ChildKind::kInstance;
  if (type == ResourceType::kSubscription) return ChildKind::kSubscription;
  return ChildKind::kOther;
}

void Link(Resource& parent, Resource& child) {
  ChildList& list = parent.children[static_cast<std::size_t>(KindOf(child.type))];
  child.previous = list.last;
  (list.last ? list.last->next : list.first) = &child;
  list.last = &child;
}

void Unlink(Resource& child) {
  ChildList& list = child.parent->children[static_cast<std::size_t>(KindOf(child.type))];
  (child.previous ? child.previous->next : list.first) = child.next;
  (child.next ? child.next->previous : list.last) = child.previous;
}

// Takes the first segment off an address.
std::string_view TakeSegment(std::string_view& rest) {
  const auto slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return segment;
}

}  // namespace

ResourceTree::ResourceTree(std::string base, std::string cse_id, TimePoint now)
    : cse_id_(std::move(cse_id)) {
  if (!cse_id_.empty() && cse_id_.front() == '/') cse_id_.erase(0, 1);
  auto root = std::make_unique<Resource>();
  root->policy = FindPolicy(ResourceType::kCseBase, names::kCseBase);
  root->id = cse_id_;
  root->name = std::move(base);
  root->created = root->modified = now;
  root_ = root.get();
  by_id_.emplace(root_->id, std::move(root));
}

Resource* ResourceTree::FindById(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.get();
}

Resource* ResourceTree::FindChild(const Resource& parent, std::string_view name) const {
  const auto found = by_name_.find(ChildKey{&parent, name});
  return found == by_name_.end() ? nullptr : found->second;
}

std::string_view ResourceTree::LocalId(std::string_view id) const {
  std::string_view rest = id;
  if (rest.substr(0, 2) == "//") {
    rest.remove_prefix(2);
    TakeSegment(rest);
  } else if (rest.substr(0, 1) == "/") {
    rest.remove_prefix(1);
  } else {
    return id;
  }
  return TakeSegment(rest) == cse_id_ ? rest : id;
}

Target ResourceTree::Resolve(std::string_view address) const {
  std::string_view rest = address;
  const bool absolute = rest.substr(0, 2) == "//";
  const bool provider_relative = !absolute && rest.substr(0, 1) == "/";
  if (absolute) {
    rest.remove_prefix(2);
    TakeSegment(rest);
  } else if (provider_relative) {
    rest.remove_prefix(1);
  }
  if (absolute || provider_relative) {
    if (TakeSegment(rest) != cse_id_) return {};
    if (rest.empty()) return {root_, {}};
  }
  if (rest.empty()) return {};
  const std::string_view first = TakeSegment(rest);
  Resource* at = first == kBaseShorthand || first == root_->name ? root_ : FindById(first);
  while (at && !rest.empty()) {
    const std::string_view name = TakeSegment(rest);
    Resource* child = FindChild(*at, name);
    const bool has_instances =
        at->type == ResourceType::kContainer || at->type == ResourceType::kTimeSeries;
    if (!child && rest.empty() && has_instances) {
      if (name == names::kLatest) return {at, names::kLatest};
      if (name == names::kOldest) return {at, names::kOldest};
    }
    at = child;
  }
  return {at, {}};
}

std::string ResourceTree::StructuredAddress(const Resource& resource) const {
  std::vector<const Resource*> way;
  for (const Resource* at = &resource; at; at = at->parent) way.push_back(at);
  std::string address;
  for (auto at = way.rbegin(); at != way.rend(); ++at) {
    if (!address.empty()) address += '/';
    address += (*at)->name;
  }
  return address;
}

std::string ResourceTree::NewId(std::string_view prefix) {
  constexpr int kBase = 36;
  // An AE-ID that somebody asked for ("C1") may look like one of ours.
  for (;;) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, ++last_id_, kBase).ptr;
    std::string id(prefix);
    id.append(digits, end);
    if (!FindById(id)) return id;
  }
}

Resource& ResourceTree::Insert(Resource& parent, std::unique_ptr<Resource> resource) {
  Resource& inserted = *resource;
  inserted.parent = &parent;
  inserted.depth = parent.depth + 1;
  Link(parent, inserted);
  by_name_.emplace(ChildKey{&parent, inserted.name}, &inserted);
  by_expiration_.emplace(inserted.expires, &inserted);
  by_id_.emplace(inserted.id, std::move(resource));
  return inserted;
}

void ResourceTree::Remove(Resource& resource) {
  // Depth is bounded at creation, so recursion is.
  for (const ChildKind kind : kAllChildKinds) {
    while (Resource* child = resource.first_child(kind)) Remove(*child);
  }
  Unlink(resource);
  by_name_.erase(ChildKey{resource.parent, resource.name});
  by_expiration_.erase({resource.expires, &resource});
  // The node goes first: its key is a view of what it owns.
  const auto node = by_id_.extract(std::string_view(resource.id));
}

void ResourceTree::SetExpiration(Resource& resource, TimePoint time) {
  by_expiration_.erase({resource.expires, &resource});
  resource.expires = time;
  by_expiration_.emplace(time, &resource);
}

Resource* ResourceTree::NextExpired(TimePoint now) const {
  if (by_expiration_.empty() || by_expiration_.begin()->first > now) return nullptr;
  return by_expiration_.begin()->second;
}

}  // namespace onem2m::cse
