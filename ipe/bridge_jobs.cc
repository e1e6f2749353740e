// The bridge's half that faces the CSE: which job an endpoint needs next, and what its result
// means.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/bridge.h"
#include "ipe/command_containers.h"
#include "ipe/log_events.h"
#include "mapping/status_codes.h"
#include "onem2m/codec/json.h"

namespace ipe {

using lwm2m::Code;
using lwm2m::TimePoint;
using mapping::Verdict;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kRowsPerJob = 16;
constexpr milliseconds kRetryAfter{1000};
constexpr milliseconds kRetryAtMost{60'000};
constexpr milliseconds kShortSilence{2000};
constexpr milliseconds kLookAgainAfter{10'000};
constexpr milliseconds kForbiddenRetry{60'000};
constexpr int kReadBackAttempts = 3;  // then commands are taken as they come

}  // namespace

TimePoint Bridge::Tick(TimePoint now) {
  now_ = now;
  traffic_lines_.Report(now);
  LookIfDue();
  if (!stopping_ && health_.TakeAttempt(now)) StartSetup();
  while (!patience_.empty() && patience_.begin()->first <= now) {
    const auto [key, ticket] = patience_.begin()->second;
    patience_.erase(patience_.begin());
    Endpoint* endpoint = FindEndpoint(key);
    if (endpoint == nullptr || !endpoint->ticket || endpoint->ticket->ticket != ticket) continue;
    if (LogTraffic()) {
      spdlog::warn(
          "event=patience-ended endpoint={} effect=\"answered yes, the CSE follows later\"",
          LogValue(key));
    }
    Grant(*endpoint);
  }
  while (!retries_.empty() && retries_.begin()->first <= now) {
    const std::string key = retries_.begin()->second;
    retries_.erase(retries_.begin());
    if (Endpoint* endpoint = FindEndpoint(key)) Pump(*endpoint);
  }
  TimePoint next = std::min({TickCondition(), health_.next_attempt(), own_subscriptions_.Tick(now),
                             firmware_.Tick(now), read_on_demand_.Tick(now),
                             subscriptions_.Tick(now, health_.up() && !stopping_), TickStore(now),
                             AdaptSome(), BeginObserving()});
  if (health_.up()) next = std::min(next, look_at_);
  if (!patience_.empty()) next = std::min(next, patience_.begin()->first);
  if (!retries_.empty()) next = std::min(next, retries_.begin()->first);
  return next;
}

EndpointPlan Bridge::PlanOf(const Endpoint& endpoint) {
  const StoredEndpoint& stored = endpoint.stored;
  EndpointPlan plan{stored.registration,
                    NamesOf(endpoint),
                    context_,
                    base_,
                    {stored.ae_id, stored.ae_resource_id, stored.node_resource_id,
                     stored.expires_at, stored.tree}};
  if (&endpoint == &self_) plan.names.originator = surroundings_.config.cse.originator;
  for (const Endpoint* const companion : CompanionsOf(endpoint)) {
    plan.companions.push_back({companion->stored.registration, companion->stored.ae_resource_id,
                               companion->stored.expires_at});
  }
  plan.links = access_.LinksOf(endpoint.key());
  return plan;
}

void Bridge::Adopt(Endpoint& endpoint, const CseIdentity& known) {
  endpoint.stored.ae_id = known.ae_id;
  endpoint.stored.ae_resource_id = known.ae_resource_id;
  endpoint.stored.node_resource_id = known.node_resource_id;
  endpoint.stored.expires_at = known.expires_at;
  endpoint.stored.tree = known.tree;
  // Nothing can be asked for in the name of an AE that is not there.
  const bool is_ready = endpoint.stored.phase == StoredEndpoint::Phase::kReady;
  if (is_ready && known.ae_id.empty()) endpoint.stored.phase = StoredEndpoint::Phase::kWanted;
}

// ---- the IPE's own resources
// ------------------------------------------------------------------------------------

void Bridge::LookIfDue() {
  if (health_.up() && look_at_ <= now_) {
    health_.OnDown(look_cause_, now_, surroundings_.random());
  }
}

void Bridge::StartSetup() {
  ++jobs_;
  surroundings_.run_job(JobClass::kUrgent, [this, access = AccessWanted()] {
    SetupResult result;
    const std::string url = surroundings_.notify_url();
    if (url.empty()) {
      result.end = JobEnd::kNoAnswer;
      result.detail = surroundings_.config.cse.url + ": no connection";
    } else {
      result = ipe_session_.Setup(url, access);
    }
    surroundings_.mailbox.Post([this, result = std::move(result), url, access] {
      --jobs_;
      OnSetup(result, url, access);
    });
  });
}

void Bridge::OnSetup(const SetupResult& result, const std::string& notify_url,
                     const WantedAccess& wanted) {
  if (result.end != JobEnd::kDone) {
    const bool is_refused = result.end == JobEnd::kRefused;
    const bool is_forbidden = mapping::VerdictOf(result.status) == Verdict::kForbidden;
    NoteDown(notify_url.empty() ? CseState::kUnreachable
             : !is_refused      ? WhyDown()
             : is_forbidden     ? CseState::kForbidden
                                : CseState::kRefusing,
             result.detail);
    if (health_.reason() != result.detail) {
      spdlog::warn("event=cse-not-ready cause={}", LogValue(result.detail));
    }
    health_.OnDown(result.detail, now_, surroundings_.random());
    return;
  }
  base_ = result.base;
  surroundings_.requests.capabilities().ExpectNode();
  surroundings_.requests.capabilities().types().Expect(result.supported_types);
  surroundings_.use_release(result.release_version);
  const Config& config = surroundings_.config;
  auto context = std::make_shared<mapping::Context>();
  context->ipe_ae_id = result.ae_id;
  const std::string& known_ae_id = self_.stored.ae_id;
  if (!known_ae_id.empty() && known_ae_id != result.ae_id) {
    context->earlier_ipe_ae_id = known_ae_id;
  } else if (context_ != nullptr) {
    context->earlier_ipe_ae_id = context_->earlier_ipe_ae_id;
  }
  context->app_id = config.cse.app_id;
  context->notify_url = notify_url;
  if (result.release_version == "4") context->release_versions.push_back("4");
  context->labels = config.interworking.labels;
  context->expiration = config.interworking.expiration;
  context->expiration_grace = config.interworking.expiration_grace;
  if (!result.access_policy_id.empty()) {
    context->access_control_policy_ids = {result.access_policy_id};
  }
  if (!result.management_policy_id.empty()) {
    context->management_policy_ids = {result.management_policy_id};
  }
  const bool first = context_ == nullptr;
  context_ = std::move(context);
  access_.set_available(!result.access_policy_id.empty());
  OnAccessLists(result.access);
  if (!(wanted == AccessWanted())) OnAccessConfigured();  // changed meanwhile
  WatchSharedPolicy(result.ae_was_missing);
  Endpoint& self = self_;
  const bool was_known = !self.stored.ae_id.empty() ||
                         std::any_of(endpoints_.begin(), endpoints_.end(), [](const auto& entry) {
                           return !entry->stored.ae_id.empty();
                         });
  self.stored.ae_id = result.ae_id;
  self.read_back_wanted = true;
  OnSubscribed("", result.subscribed);
  OnAdministrationSetUp(result.administration, result.ae_was_missing);
  // When the first look succeeds it was one request that had no answer: it backs off by itself.
  const bool was_away = health_.failed_attempts() > 0;
  // One that answered somebody else right before cannot have been restarted: nothing got lost.
  const bool may_have_lost_notifications =
      was_away || result.ae_was_missing || now_ - heard_at_ > kShortSilence;
  health_.OnUp(now_);
  heard_at_ = looked_at_ = now_;
  look_at_ = TimePoint::max();
  subscriptions_.OnCseUp(now_);
  spdlog::info("event=cse-ready base={} ae={} release={} notify={}", base_, result.ae_id,
               result.release_version, notify_url);
  if (result.ae_was_missing) commands_.ForgetResourceIds();
  NoteSetup(result, was_known);
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    const std::string& key = endpoint->key();
    if (result.ae_was_missing) endpoint->own_resource_ids = {};
    if (was_away) {
      endpoint->retry_at = now_;
      endpoint->failures = 0;
    }
    if (key.empty() || endpoint->leave_wanted) continue;
    // Notifications may have been lost while it was away; and one that came back empty is filled
    // again.
    const bool keeps_some = commands_.KeepsSome(key);
    if (!may_have_lost_notifications && !keeps_some) endpoint->may_have_missed_commands = false;
    if (!first && may_have_lost_notifications) {
      endpoint->read_back_wanted = config.interworking.commands_per_endpoint;
      // What an application wrote meanwhile nobody has told us of: the next value is told in any
      // case.
      management_.OnRowsLost(*endpoint);
    }
    if (result.ae_was_missing) access_.OnTreeLost(key);
    if (server_->Find(key) != nullptr) access_.OnRegistered(*endpoint, /*anew=*/false, now_);
    WatchDeletions(*endpoint, result.ae_was_missing);
    if (result.ae_was_missing) {
      endpoint->refresh_wanted |= endpoint->stored.phase == StoredEndpoint::Phase::kReady;
      endpoint->settle_wanted = true;
      endpoint->furnish_wanted = true;
    }
  }
  PumpAll();
}

void Bridge::OnCseSilent(const std::string& detail) {
  if (health_.up()) spdlog::warn("event=cse-silent cause={}", LogValue(detail));
  NoteDown(WhyDown(), detail);
  health_.OnDown(detail, now_, surroundings_.random());
  // Notifications may get lost from now on: commands wait until it was looked what else there is.
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    const std::string& key = endpoint->key();
    if (endpoint->leave_wanted) continue;
    endpoint->may_have_missed_commands |=
        key.empty() || surroundings_.config.interworking.commands_per_endpoint;
  }
  // Nobody waits for a CSE that is away.
  std::vector<std::string> waiting;
  for (const auto& [ends, who] : patience_) waiting.push_back(who.first);
  patience_.clear();
  for (const std::string& key : waiting) {
    if (Endpoint* endpoint = FindEndpoint(key)) Grant(*endpoint);
  }
}

// ---- the tree
// ------------------------------------------------------------------------------------------------------

void Bridge::StartSettle(Endpoint& endpoint) {
  endpoint.settle_wanted = false;
  EndpointSession* session = OpenSession(endpoint);
  EndpointPlan plan = PlanOf(endpoint);
  // R28: 4004 is the Update's answer, unless values wait that would be lost with the registration.
  plan.relearn = std::exchange(endpoint.relearn_wanted, false);
  endpoint.building = true;
  plan.ae_must_exist =
      endpoint.ticket && endpoint.ticket->kind == OpenTicket::Kind::kUpdate && endpoint.rows == 0;
  Run(endpoint, ClassOf(endpoint, NextJob::kSettle),
      [this, session, plan = std::move(plan), key = endpoint.key(),
       generation = endpoint.generation]() -> std::function<void()> {
        return [this, key, generation, relearn = plan.relearn, result = session->Settle(plan)] {
          if (Endpoint* settled = FindEndpoint(key)) {
            settled->relearn_wanted |= relearn && result.end == JobEnd::kNoAnswer;
          }
          OnSettled(key, generation, result);
        };
      });
}

void Bridge::OnSettled(const std::string& key, std::uint64_t generation, const TreeResult& result) {
  Endpoint* found = FindEndpoint(key);
  if (found == nullptr) return;
  Endpoint& endpoint = *found;
  Adopt(endpoint, result.known);
  endpoint.refresh_wanted |= result.ae_was_lost;
  if (result.end == JobEnd::kDone) heard_at_ = now_;
  if (result.ae_was_lost) {
    OnTreeGone(key);
    // Somebody deleted it, or the CSE came back empty: look whether our own AE is still there. One
    // look is enough for all that are lost together.
    spdlog::warn("event=ae-was-lost endpoint={} effect=\"the rest is looked at\"", LogValue(key));
    condition_.Enter(CseState::kPartial, "the <AE> of " + key + " was lost", now_);
    endpoint.healing = true;
    look_cause_ = "an <AE> was lost";
    look_at_ = std::min(look_at_, std::max(now_, looked_at_ + kLookAgainAfter));
    LookIfDue();
  }
  const bool is_current = generation == endpoint.generation;
  switch (result.end) {
    case JobEnd::kDone:
      endpoint.failures = 0;
      endpoint.forbidden = false;
      endpoint.trouble = {};
      if (!is_current) {  // a Register, Update or De-register came meanwhile: its job follows
        PersistLater(endpoint);
        return;
      }
      endpoint.stored.phase = StoredEndpoint::Phase::kReady;
      PersistLater(endpoint);
      Grant(endpoint);
      WatchDeclared(endpoint);
      WatchDeletions(endpoint, result.ae_was_lost);
      if (std::exchange(endpoint.refresh_wanted, false)) ObserveAgain(endpoint);
      return;
    case JobEnd::kNoAnswer:
      endpoint.settle_wanted = !endpoint.leave_wanted;
      endpoint.trouble = result.detail;
      PersistLater(endpoint);
      Grant(endpoint);
      BackOffAndRetry(endpoint, kRetryAfter);
      // 5xxx is this request's trouble, silence is everybody's.
      if (IsSuccess(result.status)) OnCseSilent(result.detail);
      return;
    case JobEnd::kNameTaken:
      if (endpoint.stored.name != mapping::HashedNamesFor(key).name) {
        spdlog::warn("event=ae-name-taken endpoint={} name={} cause={} effect=\"hashed name\"",
                     LogValue(key), endpoint.stored.name, LogValue(result.detail));
        UseName(endpoint, mapping::HashedNamesFor(key).name);
        Persist(endpoint);
        endpoint.settle_wanted = !endpoint.leave_wanted;
        return;
      }
      if (is_current) OnSettleRefused(endpoint, result);
      return;
    case JobEnd::kRefused:
      if (is_current) OnSettleRefused(endpoint, result);
      return;
  }
}

// R27, R28: the CSE's refusal is the device's; R32: what was made is gone already.
void Bridge::OnSettleRefused(Endpoint& endpoint, const TreeResult& result) {
  const std::string key = endpoint.key();
  spdlog::warn("event=cse-refused endpoint={} rsc={} cause={}", LogValue(key), ToInt(result.status),
               LogValue(result.detail));
  surroundings_.metrics
      .counter("cse_refusals", "Registers and Updates that the CSE decided against",
               {{"rsc", std::to_string(ToInt(result.status))}})
      .Increment();
  endpoint.trouble = result.detail;
  const bool is_update = endpoint.ticket && endpoint.ticket->kind == OpenTicket::Kind::kUpdate;
  const Code code =
      is_update ? mapping::UpdateCode(result.status) : mapping::RegisterCode(result.status);
  if (endpoint.ticket) {
    endpoint.event = {};
    AnswerTicket(endpoint, code);
    // A refused Update leaves the registration as it was, unless it is 4.04: then the client
    // registers anew.
    if (is_update && code != Code::kNotFound) {
      if (const lwm2m::Registration* kept = server_->Find(key)) {
        endpoint.stored.registration = *kept;
        PersistLater(endpoint);
      }
      return;
    }
  } else {
    refused_[key] = code;
    server_->Withdraw(key, now_);
  }
  endpoint.leave_wanted = true;
  endpoint.settle_wanted = endpoint.furnish_wanted = endpoint.read_back_wanted = false;
  endpoint.stored.phase = StoredEndpoint::Phase::kLeaving;
  if (endpoint.stored.ae_id.empty() && endpoint.stored.node_resource_id.empty()) {
    Forget(key);
  } else {
    PersistLater(endpoint);
  }
}

void Bridge::StartFurnish(Endpoint& endpoint) {
  endpoint.furnish_wanted = false;
  endpoint.building = true;
  EndpointSession* session = OpenSession(endpoint);
  Run(endpoint, JobClass::kNews,
      [this, session, plan = PlanOf(endpoint), key = endpoint.key()]() -> std::function<void()> {
        std::vector<MadeSubscription> subscribed;
        const bool done = session->Furnish(plan, subscribed);
        return
            [this, key, done, gone = session->ae_is_missing(), subscribed = std::move(subscribed)] {
              Endpoint* found = FindEndpoint(key);
              if (found == nullptr) return;
              OnSubscribed(key, subscribed);
              if (done) found->furnish_failures = 0;
              if (done || found->leave_wanted) return;
              if (gone) Relearn(*found, CseState::kPartial, "the <AE> of " + key + " was lost");
              found->furnish_wanted = true;
              FurnishLater(*found);
            };
      });
}

// Nothing there decides, and telemetry must not wait for it: try again later, beside the rest.
void Bridge::FurnishLater(Endpoint& endpoint) {
  endpoint.furnish_at = now_ + BackOff(endpoint.furnish_failures++, kRetryAfter, kRetryAtMost,
                                       surroundings_.random());
  retries_.emplace(endpoint.furnish_at, endpoint.key());
}

void Bridge::StartLeave(Endpoint& endpoint) {
  endpoint.delete_unanswered = true;
  if (endpoint.leave_wanted) {  // else it is registered again, and the rows are of the new one
    if (auto dropped = surroundings_.store.Drop(endpoint.key()); dropped && *dropped > 0) {
      spdlog::warn("event=telemetry-dropped endpoint={} rows={} cause=\"its tree is gone\"",
                   LogValue(endpoint.key()), *dropped);
    }
    endpoint.rows = 0;
    TakeAtHand(endpoint);
  }
  EndpointSession* session = OpenSession(endpoint);
  Run(endpoint, ClassOf(endpoint, NextJob::kLeave),
      [this, session, plan = PlanOf(endpoint), key = endpoint.key(),
       generation = endpoint.generation]() -> std::function<void()> {
        return [this, key, generation, result = session->Leave(plan)] {
          OnLeft(key, generation, result);
        };
      });
}

void Bridge::OnLeft(const std::string& key, std::uint64_t generation, const TreeResult& result) {
  Endpoint* found = FindEndpoint(key);
  if (found == nullptr) return;
  Endpoint& endpoint = *found;
  const bool never_made = endpoint.stored.ae_id.empty();
  Adopt(endpoint, result.known);
  const bool is_current = generation == endpoint.generation;
  if (result.end == JobEnd::kDone || (result.end == JobEnd::kRefused && never_made)) {
    endpoint.delete_unanswered = false;
    endpoint.failures = 0;
    if (!is_current || !endpoint.leave_wanted) {  // registered again meanwhile: built anew
      OnTreeGone(key);
      subscriptions_.ForgetEndpoint(key);  // those of applications went, too
      deletions_.ForgetEndpoint(key);
      management_.OnCseLost(endpoint);
      PersistLater(endpoint);
      return;
    }
    if (result.node_is_gone) {  // a companion registered meanwhile: its <node> is looked after
      for (Endpoint* const companion : CompanionsOf(endpoint)) {
        companion->settle_wanted = true;
        companion->furnish_wanted = true;
        retries_.emplace(now_, companion->key());
      }
    }
    // R29
    if (endpoint.ticket) AnswerTicket(endpoint, mapping::DeregisterCode(result.status));
    Forget(key);
    return;
  }
  endpoint.trouble = result.detail;
  spdlog::warn("event=delete-unfinished endpoint={} cause={}", LogValue(key),
               LogValue(result.detail));
  if (result.end == JobEnd::kRefused) {
    endpoint.delete_unanswered = false;
    if (endpoint.ticket && is_current) {
      AnswerTicket(endpoint, mapping::DeregisterCode(result.status));
    }
    endpoint.failures = 16;  // refused for a reason that will hardly go away: once a minute
  } else if (is_current) {
    Grant(endpoint);
  }
  PersistLater(endpoint);
  BackOffAndRetry(endpoint, kRetryAfter);
  if (result.end == JobEnd::kNoAnswer && IsSuccess(result.status)) OnCseSilent(result.detail);
}

// ---- delivery
// ------------------------------------------------------------------------------------------------------

void Bridge::StartDelivery(Endpoint& endpoint) {
  StoreResult<std::vector<OutboxRow>> rows = TakeAtHand(endpoint);
  if (rows->empty()) {
    rows = surroundings_.store.Pending(endpoint.key(), endpoint.after, kRowsPerJob);
  }
  if (!rows) {
    spdlog::error("event=store-failed what=pending endpoint={} cause={}", LogValue(endpoint.key()),
                  LogValue(rows.error().detail));
    BackOffAndRetry(endpoint, kRetryAfter);
    return;
  }
  if (rows->empty()) {
    endpoint.rows = 0;
    endpoint.urgent_rows = endpoint.news = false;
    if (endpoint.leave_wanted) StartLeave(endpoint);
    return;
  }
  endpoint.rows_in_flight = static_cast<std::uint8_t>(rows->size());
  endpoint.in_flight = rows->back().id;
  modules_.OnSending(endpoint.key(), *rows);
  management_.OnSending(endpoint, *rows);
  const JobClass job_class = ClassOf(endpoint, NextJob::kDeliver);
  EndpointSession* session = OpenSession(endpoint);
  Run(endpoint, job_class,
      [this, session, plan = PlanOf(endpoint), key = endpoint.key(),
       rows = std::move(*rows)]() -> std::function<void()> {
        return [this, key, result = session->Deliver(plan, rows)] { OnDelivered(key, result); };
      });
}

void Bridge::OnDelivered(const std::string& key, const DeliveryResult& result) {
  Endpoint* found = FindEndpoint(key);
  if (found == nullptr) return;
  Endpoint& endpoint = *found;
  if (!result.rows.empty()) {
    endpoint.unanswered_create = false;
    heard_at_ = now_;
  }
  if (!result.maybe_sent.empty()) endpoint.unanswered_create = true;
  if (result.lost_container && !endpoint.leave_wanted && !key.empty()) {
    Relearn(endpoint, CseState::kPartial, "a container of " + key + " was lost");
  }
  // What could not be delivered is older than what is at hand, and in the store only.
  const auto is_over = [](const RowResult& row) {
    return row.verdict == Verdict::kDone || row.verdict == Verdict::kRefused;
  };
  const bool all_over =
      result.rows.size() == std::exchange(endpoint.rows_in_flight, std::uint8_t{0}) &&
      std::all_of(result.rows.begin(), result.rows.end(), is_over);
  if (!all_over) TakeAtHand(endpoint);
  for (const RowResult& row : result.rows) {
    if (row.verdict != Verdict::kDone) {
      OnRowRefused(endpoint, row);
      continue;
    }
    (row.without_target ? without_target_ : deliveries_).Increment();
    delivered_.push_back(row.row);
    endpoint.after = row.row;
    endpoint.rows -= std::min<std::uint64_t>(endpoint.rows, 1);
    endpoint.failures = 0;
    endpoint.forbidden = false;
    commands_.OnOwnInstance(endpoint, row.resource_id);
    if (!row.without_target) management_.OnDelivered(endpoint, row.row);
  }
  // After what is our own: a notification may have waited for its container to become known.
  OnSubscribed(key, result.subscribed);
  if (result.values_were_lost && !endpoint.leave_wanted) ObserveAgain(endpoint);
  if (result.no_answer) {
    if (!result.maybe_sent.empty()) surroundings_.store.MarkMaybeSent(result.maybe_sent);
    endpoint.trouble = result.detail;
    BackOffAndRetry(endpoint, kRetryAfter);
    OnCseSilent(result.detail);
  }
  if (endpoint.rows == 0) endpoint.urgent_rows = endpoint.news = false;
  read_on_demand_.OnDelivered(endpoint);
}

void Bridge::OnRowRefused(Endpoint& endpoint, const RowResult& row) {
  endpoint.trouble = row.detail;
  switch (row.verdict) {
    case Verdict::kDone:
      return;
    case Verdict::kRefused:
      surroundings_.metrics
          .counter("deliveries_refused",
                   "contentInstances that the CSE refused for good and were set aside",
                   {{"rsc", std::to_string(ToInt(row.status))}})
          .Increment();
      spdlog::warn("event=row-refused endpoint={} rsc={} cause={}", LogValue(endpoint.key()),
                   ToInt(row.status), LogValue(row.detail));
      surroundings_.store.Refuse(row.row, ToInt(row.status), row.detail);
      endpoint.after = row.row;
      endpoint.rows -= std::min<std::uint64_t>(endpoint.rows, 1);
      return;
    case Verdict::kConflict:
      surroundings_.metrics
          .counter("name_collisions", "contentInstance names that somebody else had taken")
          .Increment();
      surroundings_.store.Rename(row.row);
      return;
    case Verdict::kReprovision:
      // The tree is gone: somebody deleted it, or the CSE lost it. A second time without success:
      // not so fast.
      if (endpoint.key().empty()) {
        health_.OnDown(row.detail, now_, surroundings_.random());
      } else if (!endpoint.leave_wanted) {
        endpoint.settle_wanted = true;
        endpoint.furnish_wanted = true;
      } else {
        surroundings_.store.Drop(endpoint.key());
        endpoint.rows = 0;
        TakeAtHand(endpoint);
      }
      if (endpoint.failures++ > 0) BackOffAndRetry(endpoint, kRetryAfter);
      return;
    case Verdict::kForbidden:
      if (!endpoint.forbidden) {
        spdlog::warn("event=forbidden endpoint={} cause={} effect=\"tried again every minute\"",
                     LogValue(endpoint.key()), LogValue(row.detail));
        condition_.Enter(CseState::kForbidden, row.detail, now_);
        see_again_at_ = now_;
      }
      endpoint.forbidden = true;
      endpoint.retry_at = now_ + kForbiddenRetry;
      retries_.emplace(endpoint.retry_at, endpoint.key());
      return;
    case Verdict::kRetry:
      // A gateway in front of the CSE answers so after the CSE has executed it, too.
      surroundings_.store.MarkMaybeSent({row.row});
      endpoint.unanswered_create = true;
      BackOffAndRetry(endpoint, kRetryAfter);
      return;
  }
}

// ---- commands: what needs the CSE
// ------------------------------------------------------------------------------

// Who may read what stands below an endpoint's AE.
std::string Bridge::ReaderFor(const Endpoint& endpoint) const {
  const bool as_ipe = surroundings_.requests.capabilities().owners_lack_rights();
  return as_ipe && context_ != nullptr ? context_->ipe_ae_id : endpoint.stored.ae_id;
}

void Bridge::StartReadBack(Endpoint& endpoint) {
  endpoint.read_back_wanted = endpoint.may_have_missed_commands = false;
  endpoint.reading_back = true;
  std::vector<std::string> containers = commands_.ContainersOf(endpoint.key());
  CseRequests* requests = &surroundings_.requests;
  Run(endpoint, ClassOf(endpoint, NextJob::kReadBack),
      [this, requests, containers = std::move(containers), key = endpoint.key(),
       originator = ReaderFor(endpoint),
       ae = base_ + "/" + endpoint.stored.name]() -> std::function<void()> {
        std::vector<std::pair<std::string, std::optional<std::vector<onem2m::ContentInstance>>>>
            found;
        bool is_gone = false;
        for (const std::string& container : containers) {
          found.emplace_back(container,
                             ReadInstances(*requests, ae + "/" + container, originator, is_gone));
        }
        return [this, key, is_gone, found = std::move(found)] {
          Endpoint* reader = FindEndpoint(key);
          if (reader == nullptr) return;
          if (is_gone && !reader->furnish_wanted && !reader->settle_wanted) {
            Relearn(*reader, CseState::kPartial, "a container of " + key + " was lost");
          }
          reader->reading_back = false;
          bool silent = false;
          for (const auto& [container, instances] : found) {
            silent |= !instances;
            if (instances) commands_.OnReadBack(key, container, *instances, now_);
          }
          if (silent && ++reader->read_back_failures < kReadBackAttempts) {
            reader->read_back_wanted = !reader->leave_wanted;
            BackOffAndRetry(*reader, kRetryAfter);
          } else {
            reader->read_back_failures = 0;
          }
        };
      });
}

void Bridge::Fetch(std::string_view key, const std::string& address, CommandDesk::FetchDone done) {
  const Endpoint* endpoint = FindEndpoint(key);
  if (endpoint == nullptr || stopping_) return;
  ++jobs_;
  surroundings_.run_job(JobClass::kUrgent, [this, address, originator = ReaderFor(*endpoint),
                                            done = std::move(done)] {
    const Answer answer = surroundings_.requests.Retrieve(address, originator);
    tl::expected<onem2m::ContentInstance, std::string> instance =
        tl::unexpected(Describe("RETRIEVE " + address, answer));
    if (answer && IsSuccess(answer->status)) {
      auto resource = onem2m::DecodeResource(answer->content);
      if (!resource) {
        instance = tl::unexpected(resource.error().detail);
      } else if (auto* found = std::get_if<onem2m::ContentInstance>(&*resource)) {
        instance = std::move(*found);
      } else {
        instance = tl::unexpected(address + " is no contentInstance");
      }
    }
    surroundings_.mailbox.Post([this, instance = std::move(instance), done] {
      --jobs_;
      done(instance);
    });
  });
}

}  // namespace ipe
