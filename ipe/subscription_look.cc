#include "ipe/subscription_look.h"

#include <algorithm>
#include <utility>

#include "onem2m/codec/json.h"

namespace ipe {
namespace {

// What stands behind "…/cse-in/"; nullopt for a resource id.
std::optional<std::string> BelowBase(const std::string& address, const std::string& base) {
  if (address.rfind(base + "/", 0) == 0) return address.substr(base.size() + 1);
  const std::size_t at = address.find("/" + base + "/");
  if (at == std::string::npos) return std::nullopt;
  return address.substr(at + base.size() + 2);
}

// The discovery as the first originator that is answered; `result` says how it ended.
std::optional<std::vector<std::string>> Discover(CseRequests& requests, const LookPlan& plan,
                                                 LookResult& result) {
  std::vector<std::pair<std::string, std::string>> parameters = {{"fu", "1"}, {"ty", "23"}};
  if (plan.modified_since != 0) {
    parameters.emplace_back("ms", onem2m::FormatTimestamp(plan.modified_since));
  }
  for (const std::string& originator : plan.originators) {
    const Answer answer = requests.Retrieve(plan.base, originator, parameters);
    result.detail = Describe("RETRIEVE " + plan.base + "?fu=1&ty=23 as " + originator, answer);
    if (!answer || onem2m::ToInt(answer->status) >= 5000) {
      result.end = LookResult::End::kSilent;
      return std::nullopt;
    }
    // "Nothing found" is an error of some CSEs.
    const bool nothing = answer->status == onem2m::ResponseStatusCode::kNotFound;
    if (!nothing && !IsSuccess(answer->status)) continue;
    result.originator = originator;
    if (nothing || answer->content.empty()) return std::vector<std::string>{};
    auto uris = onem2m::DecodeUriList(answer->content);
    if (uris) return std::move(*uris);
    result.detail = uris.error().detail;
  }
  result.end = LookResult::End::kDenied;
  return std::nullopt;
}

bool IsNotFound(const Answer& answer) {
  return answer && answer->status == onem2m::ResponseStatusCode::kNotFound;
}

void Read(CseRequests& requests, const LookPlan& plan, const std::string& address,
          FoundSubscription& found) {
  for (const std::string& originator : plan.originators) {
    const Answer answer = requests.Retrieve(plan.base + "/" + address, originator);
    if (!answer || !IsSuccess(answer->status)) continue;
    auto resource = onem2m::DecodeResource(answer->content);
    auto* subscription = resource ? std::get_if<onem2m::Subscription>(&*resource) : nullptr;
    if (subscription != nullptr) found.subscription = std::move(*subscription);
    return;
  }
}

// A list may be cut short (TS-0001 §10.2.6: an incomplete result): what it lacks is gone when the
// CSE says so.
void Confirm(CseRequests& requests, const LookPlan& plan, LookResult& result) {
  std::size_t asked = 0;
  for (const std::string& address : *plan.known) {
    if (result.seen.count(address) > 0) continue;
    const bool is_gone =
        asked++ < kReadsPerLook &&
        IsNotFound(requests.Retrieve(plan.base + "/" + address, result.originator));
    if (!is_gone) result.seen.insert(address);
  }
}

}  // namespace

std::optional<FoundSubscription> PlaceOfAddress(const std::string& below_base) {
  const std::size_t first = below_base.find('/');
  const std::size_t last = below_base.rfind('/');
  if (first == std::string::npos || first == last) return std::nullopt;
  const auto path = lwm2m::Path::Parse(below_base.substr(first, last - first));
  if (!path || path->is_root()) return std::nullopt;
  FoundSubscription found;
  found.ae_name = below_base.substr(0, first);
  found.path = *path;
  found.name = below_base.substr(last + 1);
  return found;
}

LookResult LookForSubscriptions(CseRequests& requests, const LookPlan& plan) {
  LookResult result;
  result.began_at = requests.cse_now();
  const auto uris = Discover(requests, plan, result);
  if (!uris) return result;
  for (const std::string& uri : *uris) {
    const auto address = BelowBase(uri, plan.base);
    if (!address) {
      ++result.unreadable_addresses;
      continue;
    }
    auto found = PlaceOfAddress(*address);
    if (!found) continue;  // on `requests`, or no business of ours
    if (const auto purpose = mapping::PurposeOf(found->name)) {
      if (*purpose == mapping::Purpose::kSubscriptions) result.watches.push_back(std::move(*found));
      continue;
    }
    result.seen.insert(*address);
    const bool is_news = plan.modified_since != 0 || plan.known->count(*address) == 0;
    if (!is_news) continue;
    if (result.read.size() >= kReadsPerLook) {
      result.more = true;
      continue;
    }
    Read(requests, plan, *address, *found);
    result.read.push_back(std::move(*found));
  }
  if (plan.modified_since == 0) Confirm(requests, plan, result);
  return result;
}

}  // namespace ipe
