// Update. (TS-0001 v3 §10.1.4; TS-0004 v3 §7.4)
#include <algorithm>
#include <mutex>
#include <utility>

#include "onem2m/codec/short_names.h"
#include "onem2m/cse/cse.h"
#include "onem2m/cse/representation.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

Result<ResultContent> ResultContentOf(const RequestOptions& options) {
  const ResultContent result = options.result_content.value_or(ResultContent::kAttributes);
  if (result == ResultContent::kNothing || result == ResultContent::kAttributes ||
      result == ResultContent::kModifiedAttributes) {
    return result;
  }
  return BadRequest("rcn " + std::to_string(static_cast<int>(result)) + " does not go with Update");
}

std::vector<std::string> ModifiedNames(const UpdateContent& update, ResourceType type) {
  std::vector<std::string> modified = {std::string(names::kLastModifiedTime)};
  for (const auto& [name, value] : update.set.entries()) modified.emplace_back(name);
  for (const std::string& name : update.removed) modified.emplace_back(name);
  if (update.expiration_time || update.removes_expiration_time) {
    modified.emplace_back(names::kExpirationTime);
  }
  const bool is_flex = type == ResourceType::kFlexContainer;
  if (is_flex || type == ResourceType::kContainer) modified.emplace_back(names::kStateTag);
  if (is_flex) modified.emplace_back(names::kContentSize);
  return modified;
}

}  // namespace

Result<Cse::Answer> Cse::Update(const Context& context) {
  if (const auto result = ResultContentOf(context.options); !result) {
    return tl::unexpected(result.error());
  }
  auto content = ReadContent(context);
  if (!content) return tl::unexpected(content.error());
  if (content->root == names::kSubscription &&
      Find(content->body, names::kNotificationUri) != nullptr) {
    // New targets are asked first, and without the lock, as at Create.
    std::vector<Verification> verifications;
    {
      const std::shared_lock lock(mutex_);
      const auto change = PrepareChange(context, *content);
      if (!change) return tl::unexpected(change.error());
      verifications =
          VerificationsFor(context.originator, change->resource->id, *change->subscription,
                           change->resource->subscription->notification_uris);
    }
    if (const auto verified = Verify(verifications); !verified) {
      return tl::unexpected(verified.error());
    }
  }
  const std::unique_lock lock(mutex_);
  auto change = PrepareChange(context, *std::move(content));
  if (!change) return tl::unexpected(change.error());
  return Apply(context, *std::move(change));
}

Result<Resource*> Cse::FindUpdatable(const Context& context, const Content& content) const {
  const Target target = tree_.Resolve(context.request.to);
  if (!target.resource) {
    return tl::unexpected(
        Error{ResponseStatusCode::kNotFound, "no resource at " + context.request.to});
  }
  Resource& resource = *target.resource;
  if (!target.virtual_child.empty() || IsInstance(resource.type) ||
      resource.type == ResourceType::kCseBase) {
    return tl::unexpected(
        Error{ResponseStatusCode::kOperationNotAllowed, context.request.to + " cannot be updated"});
  }
  const bool changes_policies = Find(content.body, names::kAccessControlPolicyIds) != nullptr;
  if (!changes_policies) {
    if (const auto allowed = Require(context, kMayUpdate, resource); !allowed) {
      return tl::unexpected(allowed.error());
    }
  } else if (!access_.AllowsPolicyChange(context.originator, resource)) {
    return tl::unexpected(Error{
        ResponseStatusCode::kOriginatorHasNoPrivilege,
        "originator " + context.originator + " has no privilege to change acpi of " + resource.id});
  }
  if (content.root != resource.root()) {
    return BadRequest(content.root + " does not fit a " + std::string(resource.root()));
  }
  // TS-0004 v3 §7.4: an Update of accessControlPolicyIDs carries nothing else.
  if (changes_policies && content.body.size() > 1) {
    return BadRequest("acpi must be the only attribute of an Update");
  }
  return &resource;
}

Result<Cse::Change> Cse::PrepareChange(const Context& context, Content content) const {
  const auto resource = FindUpdatable(context, content);
  if (!resource) return tl::unexpected(resource.error());
  auto update = CheckUpdate(*(*resource)->policy, std::move(content.body));
  if (!update) return tl::unexpected(update.error());
  Change change;
  change.resource = *resource;
  change.update = *std::move(update);
  change.attributes = (*resource)->attributes;
  if (const auto ids = ResolvePolicyIds(change.update.set); !ids) {
    return tl::unexpected(ids.error());
  }
  change.attributes.SetAll(change.update.set);
  for (const std::string& name : change.update.removed) change.attributes.Remove(name);
  if ((*resource)->type == ResourceType::kSubscription) FillSubscriptionDefaults(change.attributes);
  if (const auto link = CheckNodeLink(change.update.set); !link) {
    return tl::unexpected(link.error());
  }
  for (const std::string_view name : {names::kPrivileges, names::kSelfPrivileges}) {
    const Value* rules = change.update.set.Find(name);
    if (!rules) continue;
    if (const auto checked = CheckRules(name, *rules); !checked) {
      return tl::unexpected(checked.error());
    }
  }
  if ((*resource)->type == ResourceType::kTimeSeries) {
    if (const auto checked = CheckTimeSeries(change.attributes); !checked) {
      return tl::unexpected(checked.error());
    }
  }
  if ((*resource)->type == ResourceType::kSubscription) {
    auto rules = ReadSubscriptionRules(change.attributes, *(*resource)->parent->policy);
    if (!rules) return tl::unexpected(rules.error());
    change.subscription = std::make_unique<SubscriptionRules>(*std::move(rules));
  }
  if (change.update.expiration_time || change.update.removes_expiration_time) {
    const auto expires = ExpirationFor(change.update.expiration_time, context.now);
    if (!expires) return tl::unexpected(expires.error());
    change.expires = *expires;
  }
  return change;
}

Cse::Answer Cse::Apply(const Context& context, Change change) {
  Resource& resource = *change.resource;
  const bool relinks = resource.type == ResourceType::kAe;
  if (relinks) RemoveHostedAe(resource);
  resource.attributes = std::move(change.attributes);
  if (relinks) AddHostedAe(resource);
  resource.modified = context.now;
  if (change.subscription) resource.subscription = std::move(change.subscription);
  if (change.expires) tree_.SetExpiration(resource, *change.expires);
  if (resource.type == ResourceType::kContainer || resource.type == ResourceType::kTimeSeries) {
    ++resource.state_tag;
    ApplyContainerLimits(resource, change.update);
  } else if (resource.type == ResourceType::kFlexContainer) {
    ++resource.state_tag;
    resource.bytes = ContentSizeOf(resource);
  }
  const std::vector<std::string> modified = ModifiedNames(change.update, resource.type);
  publisher_.Updated(resource, modified, context.now);
  Answer answer;
  answer.status = ResponseStatusCode::kUpdated;
  const ResultContent result = *ResultContentOf(context.options);
  if (result != ResultContent::kNothing) {
    Object attributes = Represent(resource, context.now);
    if (result == ResultContent::kModifiedAttributes) {
      attributes = Select(std::move(attributes), modified);
    }
    answer.content = Serialize(resource.root(), Value(std::move(attributes)));
  }
  RemoveExhaustedSubscriptions(context.now);
  return answer;
}

void Cse::ApplyContainerLimits(Resource& container, const UpdateContent& update) {
  const Value* hidden = update.set.Find(names::kDisableRetrieval);
  // TS-0001 v3 §9.6.6: with disableRetrieval set "all the <contentInstance> … shall be deleted".
  if (hidden && *hidden->AsBool()) {
    while (Resource* instance = container.first_child(ChildKind::kInstance)) {
      tree_.Remove(*instance);
    }
    container.instances = container.bytes = 0;
  }
  Evict(container);
  const Value* age = update.set.Find(names::kMaxInstanceAge);
  if (!age) return;
  const std::chrono::seconds oldest(*age->AsInteger());
  for (Resource* at = container.first_child(ChildKind::kInstance); at; at = at->next) {
    if (oldest < at->expires - at->created) tree_.SetExpiration(*at, at->created + oldest);
  }
}

}  // namespace onem2m::cse
