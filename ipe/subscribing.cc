#include "ipe/subscribing.h"

#include <utility>

#include "onem2m/codec/json.h"

namespace ipe {

using onem2m::ResponseStatusCode;

namespace {

// A CSE may show less than it was given.
bool Serves(const onem2m::Subscription& found, const onem2m::Subscription& wanted) {
  return found.notification_uri == wanted.notification_uri &&
         (found.event_types.empty() || found.event_types == wanted.event_types);
}

}  // namespace

SubscribeResult MakeSubscription(
    CseRequests& requests, const std::string& parent, onem2m::Subscription wanted,
    const std::function<Answer(const std::function<Answer(const std::string&)>&)>& as_originator,
    const std::function<bool(const onem2m::Subscription&)>& may_replace) {
  const std::string address = parent + "/" + wanted.resource_name;
  const auto create = [&](const std::string& originator) {
    return requests.Create(parent, originator, wanted);
  };
  SubscribeResult result;
  result.answer = as_originator(create);
  result.is_new = result.answer && IsSuccess(result.answer->status);
  if (Exists(result.answer) && !IsSuccess(result.answer->status)) {  // of an earlier run
    const Answer existing = as_originator(
        [&](const std::string& originator) { return requests.Retrieve(address, originator); });
    const auto resource = existing && IsSuccess(existing->status)
                              ? onem2m::DecodeResource(existing->content)
                              : onem2m::Result<onem2m::Resource>(onem2m::BadRequest("no answer"));
    const auto* found = resource ? std::get_if<onem2m::Subscription>(&*resource) : nullptr;
    if (found != nullptr && Serves(*found, wanted)) {
      result.end = SubscribeEnd::kMade;
      result.subscription_id = found->resource_id;
      return result;
    }
    if (found != nullptr && may_replace && !may_replace(*found)) {
      if (!found->notification_uri.empty()) result.others_uri = found->notification_uri.front();
      return result;
    }
    result.answer = as_originator(
        [&](const std::string& originator) { return requests.Delete(address, originator); });
    if (!IsGone(result.answer)) return result;
    result.answer = as_originator(create);
  }
  if (result.answer && IsSuccess(result.answer->status)) {
    result.end = SubscribeEnd::kMade;
    result.subscription_id = ResourceIdOf(result.answer);
  } else if (result.answer && result.answer->status == ResponseStatusCode::kNotFound) {
    result.end = SubscribeEnd::kParentGone;
  }
  return result;
}

}  // namespace ipe
