#include "ipe/endpoint_session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "ipe/log_events.h"
#include "ipe/subscribing.h"
#include "mapping/commands.h"
#include "mapping/endpoint_lifecycle.h"
#include "mapping/node_child.h"
#include "mapping/reconcile.h"
#include "mapping/subscription.h"
#include "onem2m/codec/json.h"
#include "onem2m/notification.h"

namespace ipe {

using mapping::Verdict;
using onem2m::ResponseStatusCode;

namespace {

constexpr std::chrono::milliseconds kLongUnwatched{100};

// By which it is remembered that the CSE has no such events.
std::string FormName(const onem2m::Subscription& form) {
  return form.max_age.empty() ? form.resource_name : form.resource_name + " ma";
}

// The same endpoint: its whole name is in a label (R12).
bool HasEntityOf(const onem2m::Ae& found, const onem2m::Ae& wanted) {
  return std::any_of(wanted.labels.begin(), wanted.labels.end(), [&](const std::string& label) {
    return label.rfind("Iwked-Entity-ID", 0) == 0 &&
           std::find(found.labels.begin(), found.labels.end(), label) != found.labels.end();
  });
}

}  // namespace

// The label by which we know what we made (start-up clean-up touches nothing else).
bool IsOurs(const onem2m::Common& resource, const EndpointPlan& plan) {
  const auto has_mark_of = [&](const std::string& ae_id) {
    return !ae_id.empty() && std::find(resource.labels.begin(), resource.labels.end(),
                                       "Iwked-IPE:" + ae_id) != resource.labels.end();
  };
  return has_mark_of(plan.context->ipe_ae_id) || has_mark_of(plan.context->earlier_ipe_ae_id);
}

std::string EndpointSession::AddressOf(const EndpointPlan& plan, const std::string& below) const {
  std::string address = plan.base + "/" + plan.names.name;
  if (!below.empty()) address += "/" + below;
  return address;
}

// An endpoint's subtree is made as the endpoint: its AE-ID is the creator. Where a CSE lets the
// linked accessControlPolicy override the creator's rights that is refused; from then on the IPE,
// which the policy names, does it.
Answer EndpointSession::AsOwner(const EndpointPlan& plan, const std::string& owner,
                                const Request& request) {
  CseCapabilities& capabilities = surroundings_.requests.capabilities();
  if (capabilities.owners_lack_rights()) return request(plan.context->ipe_ae_id);
  Answer answer = request(owner);
  const bool lacks_rights = answer && mapping::VerdictOf(answer->status) == Verdict::kForbidden &&
                            !plan.context->access_control_policy_ids.empty();
  if (!lacks_rights) return answer;
  Answer second = request(plan.context->ipe_ae_id);
  if (second && IsSuccess(second->status) && capabilities.LearnOwnersLackRights()) {
    spdlog::info(
        "event=cse-policy-overrides-creator cause={} effect=\"requests for endpoints are made as "
        "{}\"",
        LogValue(Describe(owner, answer)), plan.context->ipe_ae_id);
  }
  return second;
}

bool EndpointSession::Decide(const Answer& answer, const std::string& what, TreeResult& result) {
  if (answer && IsSuccess(answer->status)) return true;
  result.end = IsSilent(answer) ? JobEnd::kNoAnswer : JobEnd::kRefused;
  if (answer) result.status = answer->status;
  result.detail = Describe(what, answer);
  return false;
}

TreeResult EndpointSession::Settle(const EndpointPlan& plan) {
  TreeResult result;
  result.known = plan.known;
  ae_is_new_ = node_is_new_ = policies_are_stale_ = ae_is_asked_for_ = false;
  new_containers_.clear();
  is_relearned_ = plan.relearn;
  if (plan.relearn) {
    result.known = {};
    containers_.Clear();
    tree_is_known_ = false;
  }
  const std::string expiration =
      mapping::ExpirationTime(plan.registration, *plan.context, surroundings_.requests.cse_now());
  if (SettleNode(plan, expiration, result) && SettleAe(plan, expiration, result) &&
      SettleContainers(plan, expiration, result)) {
    result.ae_was_lost |= plan.relearn && ae_is_new_ && !plan.known.ae_id.empty();
    if (policies_are_stale_) RelinkPolicies(plan, result);
    result.known.expires_at = onem2m::ParseTimestamp(expiration).value_or(0);
    result.known.tree = plan.registration->objects;
    return result;
  }
  // R32: after a refusal nothing of this Register stays behind. Without an answer we do not know
  // what exists; the next attempt adopts it.
  if (result.end == JobEnd::kRefused || result.end == JobEnd::kNameTaken) Undo(plan, result);
  if (result.end == JobEnd::kNoAnswer && plan.relearn && !ae_is_asked_for_)
    result.known = plan.known;
  return result;
}

bool EndpointSession::SettleAe(const EndpointPlan& plan, const std::string& expiration,
                               TreeResult& result) {
  if (result.known.ae_id.empty()) return CreateAe(plan, expiration, result);
  onem2m::Ae ae = mapping::BuildAe(plan.registration, plan.names, *plan.context, expiration,
                                   result.known.node_resource_id);
  ae.access_control_policy_ids.clear();  // alone in an Update (mca-http §6.1)
  const Answer answer = AsOwner(plan, result.known.ae_id, [&](const std::string& originator) {
    return surroundings_.requests.Update(AddressOf(plan, ""), originator, ae);
  });
  if (answer && answer->status == ResponseStatusCode::kNotFound) {
    result.known.ae_id.clear();
    result.known.tree = {};
    containers_.Clear();
    tree_is_known_ = false;
    result.ae_was_lost = true;
    if (!plan.ae_must_exist) return CreateAe(plan, expiration, result);
  }
  return Decide(answer, "UPDATE <AE> " + AddressOf(plan, ""), result);
}

bool EndpointSession::CreateAe(const EndpointPlan& plan, const std::string& expiration,
                               TreeResult& result) {
  const onem2m::Ae ae = mapping::BuildAe(plan.registration, plan.names, *plan.context, expiration,
                                         result.known.node_resource_id);
  const Answer answer = surroundings_.requests.Create(plan.base, plan.names.originator, ae);
  ae_is_asked_for_ = !answer;
  if (answer && IsSuccess(answer->status)) {
    // The AE-ID is whatever the CSE answers (TS-0001 §10.2.2.2); without a body, what we asked for.
    result.known.ae_id = plan.names.originator;
    result.known.ae_resource_id = plan.names.originator;
    if (const auto created = onem2m::DecodeResource(answer->content)) {
      if (const auto* made = std::get_if<onem2m::Ae>(&*created)) {
        if (!made->ae_id.empty()) result.known.ae_id = made->ae_id;
        if (!made->resource_id.empty()) result.known.ae_resource_id = made->resource_id;
      }
    }
    ae_is_new_ = tree_is_known_ = true;
    containers_.Clear();
    result.known.tree = {};
    return true;
  }
  const bool taken =
      answer &&
      (Exists(answer) || answer->status == ResponseStatusCode::kOriginatorHasAlreadyRegistered ||
       answer->status == ResponseStatusCode::kOriginatorNotAuthenticated);
  if (!taken) return Decide(answer, "CREATE <AE> " + AddressOf(plan, ""), result);
  if (AdoptAe(plan, ae, result)) return true;
  if (result.end == JobEnd::kNoAnswer) return false;
  result.end = JobEnd::kNameTaken;
  result.status = answer->status;
  result.detail = Describe("CREATE <AE> " + AddressOf(plan, ""), answer);
  return false;
}

// A name left over from an earlier run is ours when its AE-ID is the one we ask for, it carries our
// label, and an Update with our originator succeeds.
bool EndpointSession::AdoptAe(const EndpointPlan& plan, const onem2m::Ae& wanted,
                              TreeResult& result) {
  const std::string address = AddressOf(plan, "");
  const Answer found = RetrieveExisting([&] {
    return AsOwner(plan, plan.names.originator, [&](const std::string& originator) {
      return surroundings_.requests.Retrieve(address, originator);
    });
  });
  if (IsSilent(found)) return Decide(found, "RETRIEVE <AE> " + address, result);
  if (!IsSuccess(found->status)) return false;
  const auto resource = onem2m::DecodeResource(found->content);
  const auto* ae = resource ? std::get_if<onem2m::Ae>(&*resource) : nullptr;
  if (ae == nullptr || !IsOurs(*ae, plan)) return false;
  // One that we had before may have got another AE-ID with the rest of its identity.
  const bool is_known = plan.relearn && HasEntityOf(*ae, wanted);
  if (onem2m::LastSegment(ae->ae_id) != plan.names.originator && !is_known) return false;
  policies_are_stale_ =
      plan.relearn && ae->access_control_policy_ids != plan.context->access_control_policy_ids;
  onem2m::Ae update = wanted;
  update.access_control_policy_ids.clear();
  const std::string owner = is_known ? ae->ae_id : plan.names.originator;
  const Answer answer = AsOwner(plan, owner, [&](const std::string& originator) {
    return surroundings_.requests.Update(address, originator, update);
  });
  if (IsSilent(answer)) return Decide(answer, "UPDATE <AE> " + address, result);
  if (!IsSuccess(answer->status)) return false;
  result.known.ae_id = ae->ae_id;
  result.known.ae_resource_id = ae->resource_id;
  spdlog::info("event=ae-adopted endpoint={} ae={}", LogValue(plan.registration->endpoint),
               address);
  if (result.known.tree->paths.empty()) RemoveStrangers(plan, result);
  return true;
}

std::vector<std::string> EndpointSession::DiscoverContainers(
    const EndpointPlan& plan, const TreeResult& result,
    std::vector<std::pair<std::string, std::string>> query) {
  query.insert(query.begin(), {{"fu", "1"}, {"ty", "3"}});
  const Answer found = AsOwner(plan, result.known.ae_id, [&](const std::string& originator) {
    return surroundings_.requests.Retrieve(AddressOf(plan, ""), originator, query);
  });
  std::vector<std::string> containers;
  if (!found || !IsSuccess(found->status)) return containers;
  const auto uris = onem2m::DecodeUriList(found->content);
  if (!uris) return containers;
  const std::string prefix = "/" + plan.names.name + "/";
  for (const std::string& uri : *uris) {
    const std::size_t at = uri.find(prefix);
    if (at == std::string::npos) continue;  // by resource id, or somewhere else
    containers.push_back(uri.substr(at + prefix.size()));
  }
  return containers;
}

// Containers below an adopted AE that this registration does not declare (R33).
void EndpointSession::RemoveStrangers(const EndpointPlan& plan, const TreeResult& result) {
  for (const std::string& below : DiscoverContainers(plan, result, {{"lvl", "2"}})) {
    const auto path = lwm2m::Path::Parse("/" + below);
    if (!path || path->depth() > 2) continue;
    const lwm2m::ObjectList& declared = plan.registration->objects;
    if (path->is_object() ? declared.HasObject(path->object()) : declared.Has(*path)) continue;
    AsOwner(plan, result.known.ae_id, [&](const std::string& originator) {
      return surroundings_.requests.Delete(AddressOf(plan, below), originator);
    });
  }
}

// Every declared Object and Object Instance has its container (R34); an Update adds, removes and
// relabels (R42).
bool EndpointSession::SettleContainers(const EndpointPlan& plan, const std::string& expiration,
                                       TreeResult& result) {
  mapping::TreeDifference difference;
  const bool is_known = !result.known.tree->paths.empty();
  if (is_known) {
    difference = mapping::Reconcile(result.known.tree, plan.registration, *plan.context,
                                    surroundings_.profile, expiration);
  } else {
    difference.create =
        mapping::PlanDeclared(plan.registration, *plan.context, surroundings_.profile, expiration);
  }
  const std::string owner = result.known.ae_id;
  // What takes values away comes last: a refusal before it can be undone.
  if (!CreateContainers(plan, difference.create, result)) return false;
  for (const mapping::ContainerPlan& wanted : difference.relabel) {
    const std::string address = AddressOf(plan, mapping::ContainerAddress(wanted.path));
    onem2m::Container update = wanted.container;
    update.access_control_policy_ids.clear();
    const Answer answer = AsOwner(plan, owner, [&](const std::string& originator) {
      return surroundings_.requests.Update(address, originator, update);
    });
    if (!answer || !IsSuccess(answer->status)) {
      return Decide(answer, "UPDATE <container> " + address, result);
    }
  }
  for (const lwm2m::Path& path : difference.remove) {
    const std::string address = mapping::ContainerAddress(path);
    const Answer answer = AsOwner(plan, owner, [&](const std::string& originator) {
      return surroundings_.requests.Delete(AddressOf(plan, address), originator);
    });
    if (!IsGone(answer)) return Decide(answer, "DELETE <container> " + address, result);
    ForgetBelow(address);
  }
  // An Update; after a Register that comes with what does not decide (Furnish).
  if (is_known && !(difference.create.empty() && difference.remove.empty())) {
    DescribeTree(plan, plan.registration->objects->paths);
  }
  return true;
}

bool EndpointSession::CreateContainers(const EndpointPlan& plan,
                                       const std::vector<mapping::ContainerPlan>& containers,
                                       TreeResult& result) {
  for (mapping::ContainerPlan wanted : containers) {
    const std::string address = mapping::ContainerAddress(wanted.path);
    if (containers_.Has(address)) continue;
    LinkPolicy(plan, wanted);
    const std::string parent =
        AddressOf(plan, mapping::ContainerAddress(wanted.path.Prefix(wanted.path.depth() - 1)));
    const Answer answer = AsOwner(plan, result.known.ae_id, [&](const std::string& originator) {
      return surroundings_.requests.Create(parent, originator, wanted.container);
    });
    if (!Exists(answer)) {
      return Decide(answer, "CREATE <container> " + parent + "/" + wanted.container.resource_name,
                    result);
    }
    if (IsSuccess(answer->status)) new_containers_.push_back(address);
    containers_.Add(address);
  }
  return true;
}

// R32. What cannot be deleted now stays known, so that the Leave that follows a refused Register
// deletes it.
void EndpointSession::Undo(const EndpointPlan& plan, TreeResult& result) {
  if (ae_is_new_) {
    const Answer answer = AsOwner(plan, result.known.ae_id, [&](const std::string& originator) {
      return surroundings_.requests.Delete(AddressOf(plan, ""), originator);
    });
    containers_.Clear();
    if (IsGone(answer)) {
      result.known.ae_id.clear();
      result.known.ae_resource_id.clear();
      result.known.tree = {};
    }
  } else {
    for (auto address = new_containers_.rbegin(); address != new_containers_.rend(); ++address) {
      AsOwner(plan, result.known.ae_id, [&](const std::string& originator) {
        return surroundings_.requests.Delete(AddressOf(plan, *address), originator);
      });
      containers_.Remove(*address);
    }
  }
  if (node_is_new_ && IsGone(LeaveNode(plan))) result.known.node_resource_id.clear();
}

bool EndpointSession::Furnish(const EndpointPlan& plan, std::vector<MadeSubscription>& subscribed) {
  ae_is_missing_ = false;
  LinkNode(plan);
  DescribeTree(plan, plan.registration->objects->paths);
  if (surroundings_.commands_per_endpoint && !MakeCommandContainers(plan, subscribed)) return false;
  return MakeEagerContainers(plan, subscribed);
}

bool EndpointSession::MakeCommandContainers(const EndpointPlan& plan,
                                            std::vector<MadeSubscription>& subscribed) {
  for (const char* name : {"requests", "responses"}) {
    onem2m::Container container;
    container.resource_name = name;
    container.labels = {"Iwked-Technology:LWM2M"};
    container.access_control_policy_ids = plan.context->access_control_policy_ids;
    const auto asked_at = std::chrono::steady_clock::now();
    if (plan.context->expiration == mapping::Expiration::kExact && plan.known.expires_at != 0) {
      container.expiration_time = onem2m::FormatTimestamp(plan.known.expires_at);
    }
    const Answer answer = AsOwner(plan, plan.known.ae_id, [&](const std::string& originator) {
      return surroundings_.requests.Create(AddressOf(plan, ""), originator, container);
    });
    if (!Exists(answer)) {
      spdlog::warn("event=command-container-missing endpoint={} cause={}",
                   LogValue(plan.registration->endpoint), LogValue(Describe(name, answer)));
      ae_is_missing_ = answer && answer->status == ResponseStatusCode::kNotFound;
      return false;
    }
    containers_.Add(name);
    if (std::string_view(name) != "requests") continue;
    const SubscriptionPlace place{mapping::Purpose::kCommands, name};
    if (!Subscribe(plan, place, ResourceIdOf(answer), subscribed)) return false;
    // A command that came between the two nobody has told us of: after a long time it is looked
    // for, as in a container that was there before.
    const auto unwatched = std::chrono::steady_clock::now() - asked_at;
    if (unwatched > kLongUnwatched && !subscribed.empty()) subscribed.back().parent_id.clear();
  }
  return true;
}

// `create: eager`: every resource that the definition lists has its container before its first
// value.
bool EndpointSession::MakeEagerContainers(const EndpointPlan& plan,
                                          std::vector<MadeSubscription>& subscribed) {
  for (const lwm2m::Path& path : plan.registration->objects->paths) {
    if (!path.is_instance() ||
        surroundings_.profile.For(plan.registration->endpoint, path).create !=
            mapping::Create::kEager) {
      continue;
    }
    for (const mapping::ContainerPlan& wanted :
         mapping::PlanResources(path, plan.registration, surroundings_.model, *plan.context,
                                surroundings_.profile, "")) {
      const Answer answer =
          EnsureContainer(plan, mapping::ContainerAddress(wanted.path), subscribed);
      if (Exists(answer)) continue;
      spdlog::warn("event=container-missing endpoint={} cause={}",
                   LogValue(plan.registration->endpoint),
                   LogValue(Describe("CREATE <container> " + wanted.path.ToString(), answer)));
      return false;
    }
  }
  return true;
}

std::string EndpointSession::ParentOf(const EndpointPlan& plan,
                                      const SubscriptionPlace& place) const {
  if (!place.below_node) return AddressOf(plan, place.parent);
  const std::string node = plan.base + "/" + plan.names.node_name;
  return place.parent.empty() ? node
                              : node + "/" + mapping::NodeChildName(place.parent, plan.names);
}

Answer EndpointSession::ForSubscription(const EndpointPlan& plan, const SubscriptionPlace& place,
                                        const Request& request) {
  if (place.below_node) return request(surroundings_.node_originator);
  // A policy is the IPE's own, whoever's <AE> it stands below (R64).
  if (place.purpose == mapping::Purpose::kAccess) return request(plan.context->ipe_ae_id);
  return AsOwner(plan, plan.known.ae_id, request);
}

void EndpointSession::Unsubscribe(const EndpointPlan& plan, const SubscriptionPlace& place) {
  const std::string address =
      ParentOf(plan, place) + "/" + std::string(mapping::SubscriptionName(place.purpose));
  ForSubscription(plan, place, [&](const std::string& originator) {
    return surroundings_.requests.Delete(address, originator);
  });
}

bool EndpointSession::Subscribe(const EndpointPlan& plan, const SubscriptionPlace& wanted,
                                const std::string& parent_id,
                                std::vector<MadeSubscription>& subscribed) {
  CseCapabilities& capabilities = surroundings_.requests.capabilities();
  // Not every CSE tells of an Update before it is made: afterwards has to do.
  SubscriptionPlace place = wanted;
  if (place.purpose == mapping::Purpose::kActions &&
      capabilities.RefusesSubscription(std::string(mapping::SubscriptionName(place.purpose)))) {
    place.purpose = mapping::Purpose::kUpdates;
  }
  const std::string expiration =
      plan.known.expires_at == 0 ? "" : onem2m::FormatTimestamp(plan.known.expires_at);
  for (const onem2m::Subscription& form :
       mapping::OwnSubscriptionForms(place.purpose, *plan.context, expiration)) {
    if (capabilities.RefusesSubscription(FormName(form))) continue;
    switch (SubscribeWith(plan, place, form, parent_id, subscribed)) {
      case FormEnd::kDone:
        return true;
      case FormEnd::kFailed:
        return false;
      case FormEnd::kLacking:
        break;
    }
  }
  return true;
}

EndpointSession::FormEnd EndpointSession::SubscribeWith(const EndpointPlan& plan,
                                                        const SubscriptionPlace& place,
                                                        const onem2m::Subscription& form,
                                                        const std::string& parent_id,
                                                        std::vector<MadeSubscription>& subscribed) {
  const std::string& name = form.resource_name;
  const std::string parent = ParentOf(plan, place);
  const SubscribeResult result = MakeSubscription(
      surroundings_.requests, parent, form,
      [&](const Request& request) { return ForSubscription(plan, place, request); });
  switch (result.end) {
    case SubscribeEnd::kMade:
      subscribed.push_back({place, parent_id, result.subscription_id});
      return FormEnd::kDone;
    case SubscribeEnd::kParentGone:
      return FormEnd::kDone;
    case SubscribeEnd::kFailed:
      break;
  }
  // Not every CSE has every event. What serves commands is tried again all the same.
  const bool is_lacking =
      result.answer && (result.answer->status == ResponseStatusCode::kBadRequest ||
                        result.answer->status == ResponseStatusCode::kNotImplemented);
  if (place.purpose != mapping::Purpose::kCommands && is_lacking) {
    const bool is_news =
        surroundings_.requests.capabilities().LearnSubscriptionRefused(FormName(form));
    const std::string cause = Describe("CREATE <subscription>", result.answer);
    if (is_news && place.purpose != mapping::Purpose::kRetrievals) {
      spdlog::warn("event=cse-refuses-subscription name={} cause={} effect=\"done without it\"",
                   name, LogValue(cause));
    } else if (is_news && form.max_age.empty()) {  // the last form there is
      spdlog::warn(
          "event=cse-without-read-on-demand cause={} effect=\"read_on_demand does nothing\"",
          LogValue(cause));
    }
    if (place.purpose == mapping::Purpose::kActions) {
      SubscriptionPlace afterwards = place;
      afterwards.purpose = mapping::Purpose::kUpdates;
      return Subscribe(plan, afterwards, parent_id, subscribed) ? FormEnd::kDone : FormEnd::kFailed;
    }
    return FormEnd::kLacking;
  }
  spdlog::warn(
      "event=subscription-refused endpoint={} container={} name={} cause={} effect={}",
      LogValue(plan.registration->endpoint), parent, mapping::SubscriptionName(place.purpose),
      LogValue(Describe("CREATE <subscription>", result.answer)),
      LogValue(place.purpose == mapping::Purpose::kCommands ? "commands there are not seen"
                                                            : "what happens there is not seen"));
  return FormEnd::kFailed;
}

Answer EndpointSession::EnsureContainer(const EndpointPlan& plan, const std::string& address,
                                        std::vector<MadeSubscription>& subscribed) {
  Answer answer = onem2m::ResponsePrimitive{};
  const std::string expiration =
      plan.known.expires_at == 0 ? "" : onem2m::FormatTimestamp(plan.known.expires_at);
  const auto path = lwm2m::Path::Parse("/" + address);
  if (!path) {  // "responses" and the like
    onem2m::Container container;
    container.resource_name = address;
    container.labels = {"Iwked-Technology:LWM2M"};
    container.access_control_policy_ids = plan.context->access_control_policy_ids;
    answer = AsOwner(plan, plan.known.ae_id, [&](const std::string& originator) {
      return surroundings_.requests.Create(AddressOf(plan, ""), originator, container);
    });
    if (Exists(answer)) containers_.Add(address);
    return answer;
  }
  bool from_the_top = false;
  for (std::size_t depth = 1; depth <= path->depth(); ++depth) {
    const lwm2m::Path level = path->Prefix(depth);
    const std::string level_address = mapping::ContainerAddress(level);
    if (containers_.Has(level_address)) continue;
    mapping::ContainerPlan wanted = mapping::PlanContainer(level, plan.registration, *plan.context,
                                                           surroundings_.profile, expiration);
    LinkPolicy(plan, wanted);
    const std::string parent = AddressOf(plan, mapping::ContainerAddress(level.Prefix(depth - 1)));
    answer = AsOwner(plan, plan.known.ae_id, [&](const std::string& originator) {
      return surroundings_.requests.Create(parent, originator, wanted.container);
    });
    if (answer && answer->status == ResponseStatusCode::kNotFound && depth > 1 && !from_the_top) {
      // Somebody has deleted what it should stand in.
      from_the_top = true;
      Forget(mapping::ContainerAddress(level.Prefix(depth - 1)));
      depth = 0;
      continue;
    }
    if (!Exists(answer)) return answer;
    containers_.Add(level_address);
    const mapping::Settings settings =
        surroundings_.profile.For(plan.registration->endpoint, level);
    const bool direct = depth >= 3
                            ? settings.semantic && settings.commands == mapping::Commands::kDirect
                            : settings.transparent && settings.transparent_commands;
    if (settings.subscribe == mapping::Subscribe::kAll) {  // R56
      Subscribe(plan, {mapping::Purpose::kSubscriptions, level_address}, ResourceIdOf(answer),
                subscribed);
    }
    if (direct && settings.subscribe != mapping::Subscribe::kNone &&
        mapping::AcceptsDirectCommand(level, surroundings_.model)) {
      Subscribe(plan, {mapping::Purpose::kCommands, level_address}, ResourceIdOf(answer),
                subscribed);
    }
    if (mapping::IsReadOnDemand(level, settings, surroundings_.model)) {
      Subscribe(plan, {mapping::Purpose::kRetrievals, level_address}, ResourceIdOf(answer),
                subscribed);
    }
  }
  return answer;
}

void EndpointSession::ForgetBelow(const std::string& address) { containers_.RemoveBelow(address); }

// What the device's Access Control object protects has a policy of its own (R63).
void EndpointSession::LinkPolicy(const EndpointPlan& plan, mapping::ContainerPlan& wanted) const {
  if (plan.links == nullptr) return;
  const std::string policy = plan.links->For(wanted.path, surroundings_.model);
  if (!policy.empty()) wanted.container.access_control_policy_ids = {policy};
}

TreeResult EndpointSession::Leave(const EndpointPlan& plan) {
  TreeResult result;
  result.known = plan.known;
  const std::string owner = plan.known.ae_id.empty() ? plan.names.originator : plan.known.ae_id;
  const Answer ae = AsOwner(plan, owner, [&](const std::string& originator) {
    return surroundings_.requests.Delete(AddressOf(plan, ""), originator);
  });
  if (ae) result.status = ae->status;
  if (!IsGone(ae)) {
    Decide(ae, "DELETE <AE> " + AddressOf(plan, ""), result);
    return result;
  }
  containers_.Clear();
  tree_is_known_ = false;
  result.known.ae_id.clear();
  result.known.ae_resource_id.clear();
  result.known.tree = {};
  result.known.expires_at = 0;
  if (!plan.known.node_resource_id.empty()) {
    const Answer node = LeaveNode(plan);
    if (!IsGone(node)) {
      const ResponseStatusCode status = result.status;
      Decide(node, "leave <node> " + plan.names.node_name, result);
      result.status = status;
      return result;
    }
    result.known.node_resource_id.clear();
    result.node_is_gone = plan.companions.empty();
  }
  return result;
}

}  // namespace ipe
