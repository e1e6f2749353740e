// Delete and expiry. (TS-0001 v3 §10.1.5, §9.6.1.3.2)
#include <mutex>
#include <utility>

#include "onem2m/cse/cse.h"

namespace onem2m::cse {

Result<Cse::Answer> Cse::Delete(const Context& context) {
  const std::unique_lock lock(mutex_);
  const auto target = FindReadable(context.request.to);
  if (!target) return tl::unexpected(target.error());
  Resource& resource = **target;
  if (resource.type == ResourceType::kCseBase) {
    return tl::unexpected(
        Error{ResponseStatusCode::kOperationNotAllowed, "the <CSEBase> cannot be deleted"});
  }
  if (const auto allowed = Require(context, kMayDelete, resource); !allowed) {
    return tl::unexpected(allowed.error());
  }
  auto content = RepresentTree(context, resource,
                               context.options.result_content.value_or(ResultContent::kNothing));
  if (!content) return tl::unexpected(content.error());
  Remove(resource, context.now);
  RemoveExhaustedSubscriptions(context.now);
  return Answer{ResponseStatusCode::kDeleted, *std::move(content), {}};
}

void Cse::Remove(Resource& resource, TimePoint now) {
  publisher_.Deleting(resource, now);
  switch (resource.type) {
    case ResourceType::kContentInstance:
    case ResourceType::kTimeSeriesInstance:
      --resource.parent->instances;
      resource.parent->bytes -= resource.bytes;
      break;
    case ResourceType::kAe:
      RemoveHostedAe(resource);
      break;
    case ResourceType::kNode:
      ForgetNode(resource);
      break;
    case ResourceType::kAccessControlPolicy:
    case ResourceType::kContainer:
    case ResourceType::kCseBase:
    case ResourceType::kFlexContainer:
    case ResourceType::kMgmtObj:
    case ResourceType::kSemanticDescriptor:
    case ResourceType::kSubscription:
    case ResourceType::kTimeSeries:
      break;
  }
  tree_.Remove(resource);
}

// TS-0001 v3 §9.6.8: a subscription whose expirationCounter reaches zero is deleted. Its own end
// may be an event that exhausts another one.
void Cse::RemoveExhaustedSubscriptions(TimePoint now) {
  for (;;) {
    const std::vector<std::string> exhausted = publisher_.TakeExhausted();
    if (exhausted.empty()) return;
    for (const std::string& id : exhausted) {
      if (Resource* subscription = tree_.FindById(id)) Remove(*subscription, now);
    }
  }
}

std::size_t Cse::Expire(TimePoint now) {
  // The lock is given up between slices: thousands of resources may end in the same second.
  constexpr int kSlice = 256;
  std::size_t removed = 0;
  for (bool more = true; more;) {
    const std::unique_lock lock(mutex_);
    const std::size_t before = tree_.size();
    Resource* expired = tree_.NextExpired(now);
    for (int i = 0; i < kSlice && expired; ++i) {
      Remove(*expired, now);
      expired = tree_.NextExpired(now);
    }
    RemoveExhaustedSubscriptions(now);
    removed += before - tree_.size();
    more = expired != nullptr;
  }
  return removed;
}

}  // namespace onem2m::cse
