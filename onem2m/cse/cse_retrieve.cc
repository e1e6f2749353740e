// Retrieve and Discovery. (TS-0001 v3 §10.1.3, §10.2.6; TS-0004 v3 §7.4)
#include <mutex>
#include <utility>

#include "onem2m/codec/short_names.h"
#include "onem2m/cse/cse.h"
#include "onem2m/cse/representation.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

// Walks below a resource in the order of creation and calls `visit` for what passes the filter, at
// most `limit` times after skipping `offset`.
class Selection {
 public:
  Selection(const RequestOptions& options, const AccessControl& access,
            const std::string& originator, int operation)
      : options_(options), access_(access), originator_(originator), operation_(operation) {}

  bool IsFull() const { return delivered_ >= options_.limit; }

  // Whether a resource is among the results. Counts.
  bool Takes(const Resource& resource) {
    if (IsFull() || !options_.filter.Matches(resource) ||
        !access_.Allows(originator_, operation_, resource)) {
      return false;
    }
    if (seen_++ < options_.offset) return false;
    ++delivered_;
    return true;
  }

  template <typename Visit>
  void ForEachBelow(const Resource& resource, std::size_t level, const Visit& visit) {
    if (level > options_.level) return;
    for (const ChildKind kind : kAllChildKinds) {
      for (const Resource* child = resource.first_child(kind); child; child = child->next) {
        if (IsFull()) return;
        if (Takes(*child)) visit(*child);
        ForEachBelow(*child, level + 1, visit);
      }
    }
  }

  // Children as members of their parent, grouped by root name. What does not pass hands its own
  // children on to the next resource above that does.
  void AddChildren(const Resource& resource, std::size_t level, TimePoint now, Object& into) {
    if (level > options_.level) return;
    for (const ChildKind kind : kAllChildKinds) {
      for (const Resource* child = resource.first_child(kind); child; child = child->next) {
        if (IsFull()) return;
        if (!Takes(*child)) {
          AddChildren(*child, level + 1, now, into);
          continue;
        }
        Object representation = Represent(*child, now);
        AddChildren(*child, level + 1, now, representation);
        Append(into, child->root(), std::move(representation));
      }
    }
  }

 private:
  static void Append(Object& into, std::string_view root, Object representation) {
    for (Member& member : into) {
      if (member.name == root) {
        std::get<Array>(member.value.storage).emplace_back(std::move(representation));
        return;
      }
    }
    Array group;
    group.emplace_back(std::move(representation));
    into.push_back({std::string(root), Value(std::move(group))});
  }

  const RequestOptions& options_;
  const AccessControl& access_;
  const std::string& originator_;
  const int operation_;
  std::size_t seen_ = 0;
  std::size_t delivered_ = 0;
};

}  // namespace

Result<Cse::Answer> Cse::Retrieve(const Context& context) const {
  const std::shared_lock lock(mutex_);
  const auto target = FindReadable(context.request.to);
  if (!target) return tl::unexpected(target.error());
  const Resource& resource = **target;
  if (context.options.discovery) return Discover(context, resource);
  if (const auto allowed = Require(context, kMayRetrieve, resource); !allowed) {
    return tl::unexpected(allowed.error());
  }
  // TS-0001 v3 §9.6.6: disableRetrieval keeps instances for those who are notified of them.
  if (resource.type == ResourceType::kContentInstance) {
    const Value* hidden = resource.parent->attributes.Find(names::kDisableRetrieval);
    if (hidden && *hidden->AsBool()) {
      return tl::unexpected(Error{ResponseStatusCode::kOperationNotAllowed,
                                  "instances of this container cannot be retrieved: disr"});
    }
  }
  const ResultContent result = context.options.result_content.value_or(ResultContent::kAttributes);
  auto content = RepresentTree(context, resource, result);
  if (!content) return tl::unexpected(content.error());
  if (result == ResultContent::kAttributes && !context.options.filter.Matches(resource)) {
    return tl::unexpected(
        Error{ResponseStatusCode::kNotFound, "the resource does not meet the conditions"});
  }
  return Answer{ResponseStatusCode::kOk, *std::move(content), {}};
}

// The resource at an address, or the instance that a virtual child stands for.
Result<Resource*> Cse::FindReadable(std::string_view address) const {
  const Target target = tree_.Resolve(address);
  if (!target.resource) {
    return tl::unexpected(
        Error{ResponseStatusCode::kNotFound, "no resource at " + std::string(address)});
  }
  if (target.virtual_child.empty()) return target.resource;
  Resource* instance = target.virtual_child == names::kLatest
                           ? target.resource->last_child(ChildKind::kInstance)
                           : target.resource->first_child(ChildKind::kInstance);
  if (instance) return instance;
  return tl::unexpected(Error{ResponseStatusCode::kNotFound,
                              "the container has no instance: " + std::string(address)});
}

// The answer to resultContent 1, 4, 5, 6 and 8; "" for 0.
Result<std::string> Cse::RepresentTree(const Context& context, const Resource& target,
                                       ResultContent result) const {
  const std::string_view root = target.root();
  Selection selection(context.options, access_, context.originator, kMayRetrieve);
  const auto references = [&] {
    Array list;
    selection.ForEachBelow(target, 1, [&](const Resource& each) {
      list.emplace_back(ReferenceTo(
          each, context.options.unstructured ? each.id : tree_.StructuredAddress(each)));
    });
    return list;
  };
  Object attributes;
  switch (result) {
    case ResultContent::kNothing:
      return std::string();
    case ResultContent::kAttributes:
      attributes = Represent(target, context.now);
      if (!context.options.attribute_list.empty()) {
        attributes = Select(std::move(attributes), context.options.attribute_list);
      }
      return Serialize(root, Value(std::move(attributes)));
    case ResultContent::kAttributesAndChildren:
      attributes = Represent(target, context.now);
      selection.AddChildren(target, 1, context.now, attributes);
      return Serialize(root, Value(std::move(attributes)));
    case ResultContent::kChildren:
      selection.AddChildren(target, 1, context.now, attributes);
      return Serialize(root, Value(std::move(attributes)));
    case ResultContent::kAttributesAndChildReferences:
      attributes = Represent(target, context.now);
      attributes.push_back({std::string(names::kChildReferences), references()});
      return Serialize(root, Value(std::move(attributes)));
    case ResultContent::kChildReferences: {
      Object list;
      list.push_back({std::string(names::kResourceReference), references()});
      return Serialize(names::kResourceReferenceList, Value(std::move(list)));
    }
    case ResultContent::kAddress:
    case ResultContent::kAddressAndAttributes:
    case ResultContent::kModifiedAttributes:
    case ResultContent::kDiscoveryReferences:
      break;
  }
  return BadRequest("rcn " + std::to_string(static_cast<int>(result)) +
                    " does not go with this operation");
}

Result<Cse::Answer> Cse::Discover(const Context& context, const Resource& target) const {
  if (const auto allowed = Require(context, kMayDiscover, target); !allowed) {
    return tl::unexpected(allowed.error());
  }
  const ResultContent result =
      context.options.result_content.value_or(ResultContent::kDiscoveryReferences);
  if (result != ResultContent::kDiscoveryReferences && result != ResultContent::kChildReferences) {
    return BadRequest("rcn " + std::to_string(static_cast<int>(result)) +
                      " does not go with discovery: 6 or 11");
  }
  Selection selection(context.options, access_, context.originator, kMayDiscover);
  Array found;
  selection.ForEachBelow(target, 1, [&](const Resource& each) {
    std::string address = context.options.unstructured ? each.id : tree_.StructuredAddress(each);
    if (result == ResultContent::kChildReferences) {
      found.emplace_back(ReferenceTo(each, std::move(address)));
    } else {
      found.emplace_back(std::move(address));
    }
  });
  Answer answer;
  if (result == ResultContent::kChildReferences) {
    Object list;
    list.push_back({std::string(names::kResourceReference), std::move(found)});
    answer.content = Serialize(names::kResourceReferenceList, Value(std::move(list)));
  } else {
    answer.content = Serialize(names::kUriList, Value(std::move(found)));
  }
  return answer;
}

}  // namespace onem2m::cse
