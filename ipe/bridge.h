// The loop's half of the interworking: turns what devices do into work for the CSE, and back.
#ifndef IPE_BRIDGE_H_
#define IPE_BRIDGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ipe/access_desk.h"
#include "ipe/administration_desk.h"
#include "ipe/command_desk.h"
#include "ipe/concurrency/mailbox.h"
#include "ipe/concurrency/worker_pool.h"
#include "ipe/config.h"
#include "ipe/cse_condition.h"
#include "ipe/cse_health.h"
#include "ipe/deletion_desk.h"
#include "ipe/endpoint.h"
#include "ipe/endpoint_session.h"
#include "ipe/explanation.h"
#include "ipe/firmware_desk.h"
#include "ipe/gateway_desk.h"
#include "ipe/ipe_session.h"
#include "ipe/job_turns.h"
#include "ipe/log_events.h"
#include "ipe/loop_load.h"
#include "ipe/management_desk.h"
#include "ipe/metrics.h"
#include "ipe/module_desk.h"
#include "ipe/observe_line.h"
#include "ipe/own_subscriptions.h"
#include "ipe/read_on_demand.h"
#include "ipe/store.h"
#include "ipe/subscription_desk.h"
#include "ipe/telemetry.h"
#include "lwm2m/hash_index.h"
#include "lwm2m/object_model.h"
#include "lwm2m/server.h"
#include "onem2m/http/http_notify_server.h"

namespace ipe {

// What the bridge works with. All outlive it.
struct BridgeSurroundings {
  const Config& config;
  const lwm2m::ObjectModel& model;
  Store& store;
  Metrics& metrics;
  Mailbox& mailbox;  // how a worker's result comes back to the loop
  // Runs a job where it may block on the CSE: WorkerPool::Post. Jobs of one class begin in order;
  // of endpoints no more are given than twice cse.connections at a time.
  std::function<void(JobClass, std::function<void()>)> run_job;
  CseRequests& requests;                   // used on workers
  std::function<std::int64_t()> unix_now;  // wall clock, seconds
  std::function<double()> random;          // 0..1, for jitter
  // Once per set-up, on a worker: the URL that the CSE is to notify, "" when not known yet.
  std::function<std::string()> notify_url;
  std::function<void(const std::string&)> use_release;  // after negotiation
  Administration administration = {};
};

// Loop thread only, except Readiness(). Owns every Endpoint. At most one job of an endpoint is
// under way, which is what keeps the order per endpoint; jobs carry copies and post their results
// to the mailbox.
//
//   Register ─► OnRegister ─► Pump ─► Settle (worker) ─► OnSettled ─► Server::Answer ─►
//   observations Notify   ─► OnNotification ─► Store::Append ─► (ACK) ─► Pump ─► Deliver (worker)
//   ─► OnDelivered
//
// Implements TS-0014 §6.2.2 (R19–R33), §6.3.2, §6.4.2.1 and "Registration and outages", "Nothing is
// lost" of docs/architecture.md.
class Bridge : public lwm2m::ServerListener,
               private CommandDesk::Surroundings,
               private OwnSubscriptions::Surroundings,
               private SubscriptionDesk::Surroundings,
               private ModuleDesk::Surroundings,
               private ManagementDesk::Surroundings,
               private AccessDesk::Surroundings,
               private DeletionDesk::Surroundings,
               private ReadOnDemand::Surroundings,
               private AdministrationDesk::Surroundings {
 public:
  Bridge(const BridgeSurroundings& surroundings, lwm2m::TimePoint now);
  ~Bridge() override;
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  // Brings registrations, observations, queues and open commands back; before the first Tick.
  // `server` outlives it.
  StoreResult<void> Start(lwm2m::Server& server, lwm2m::TimePoint now);
  // Patience, retries, CSE attempts; `now` is the time of this turn. Returns when to be called
  // again at the latest.
  lwm2m::TimePoint Tick(lwm2m::TimePoint now);
  // What must be done once per turn of the loop, after input was handled: what it has to write is
  // written, and what waited for that is answered. `waited`: how long the loop has waited for
  // input, in all. (bridge_group.cc)
  void EndTurn(std::chrono::nanoseconds waited);
  // A notification of the CSE, posted by the notify server.
  void OnCseNotification(const onem2m::ReceivedNotification& received);

  // The configuration that it works with has changed, from `before`; `definitions_changed`: of
  // objects. Endpoints follow, a few at a time. (bridge_reload.cc)
  void OnConfigurationChanged(const Config& before, bool definitions_changed);

  // No further jobs; used at the end.
  void Stop() { stopping_ = true; }
  bool idle() const { return jobs_ == 0; }
  bool HasWork() const;  // rows that could be delivered now

  // Why the service is not ready; empty: it is. Notes go to `notes`.
  std::vector<std::string> Troubles() const;
  bool ready() const;  // there are none
  std::vector<std::string> Notes() const;
  void UpdateGauges();
  // What an endpoint registered and whether it listens now, as JSON; "" when it is not registered.
  std::string StateOf(const std::string& endpoint) const;
  // What `ipe explain` shows. (bridge_explain.cc)
  Explanation Explain(const std::string& endpoint, const std::optional<lwm2m::Path>& path) const;
  FirmwareDesk& firmware() override { return firmware_; }
  AdministrationDesk& administration() override { return administration_; }

  // --- lwm2m::ServerListener
  // ------------------------------------------------------------------------------------
  void OnRegister(lwm2m::Ticket ticket, const lwm2m::Shared<lwm2m::Registration>& offered,
                  const lwm2m::Registration* replaced) override;
  void OnUpdate(lwm2m::Ticket ticket, const lwm2m::Shared<lwm2m::Registration>& before,
                const lwm2m::Shared<lwm2m::Registration>& after) override;
  void OnInstancesChanged(const lwm2m::Shared<lwm2m::Registration>& registration) override;
  void OnDeregister(lwm2m::Ticket ticket, const lwm2m::Registration& registration) override;
  void OnExpired(const lwm2m::Registration& registration) override;
  bool OnNotification(const lwm2m::Notification& notification) override;
  void OnTurnBegin() override;
  bool OnTurnEnd() override;
  lwm2m::Code OnSend(const lwm2m::Sending& sending) override;
  void OnObservationStarted(const lwm2m::Observation& observation) override;
  void OnObservationEnded(const lwm2m::Observation& observation, std::string_view reason) override;

 private:
  // --- CommandDesk::Surroundings
  // ----------------------------------------------------------------------------------
  Endpoint* FindEndpoint(std::string_view endpoint) override;
  void SendOutcome(std::string_view queue, onem2m::ContentInstance outcome) override;
  void Fetch(std::string_view endpoint, const std::string& address,
             CommandDesk::FetchDone done) override;
  void StoreValues(std::string_view endpoint, const lwm2m::Path& path,
                   const lwm2m::Payload& payload) override;
  void StoreObserved(std::string_view endpoint, const lwm2m::Path& path,
                     const lwm2m::CoapResponse& response, bool is_refresh);
  void StoreAnswer(Endpoint& endpoint, const lwm2m::Path& path, const lwm2m::Payload& payload,
                   const std::optional<MessageKey>& message, bool is_refresh);
  std::string BaseName() const override { return base_; }
  std::string IpeAeId() const override { return context_ == nullptr ? "" : context_->ipe_ae_id; }

  void OnCommandBegun(const OpenCommand& open) override { management_.OnCommandBegun(open); }
  void OnFirmwareStep(const OpenCommand& open, const lwm2m::FirmwareStatus& status) override {
    management_.OnFirmware(open, status);
  }
  void OnCommandEnded(const OpenCommand& open, bool succeeded) override {
    management_.OnCommandEnded(open, succeeded);
  }

  // --- ManagementDesk::Surroundings
  void TellCse(Endpoint& endpoint, std::vector<OutboxRow> rows) override {
    AppendRows(endpoint, std::move(rows), std::nullopt, /*is_news=*/true);
  }

  // --- ModuleDesk::Surroundings
  bool TakeCommand(const std::string& endpoint, const std::string& container,
                   const onem2m::ContentInstance& command) override {
    return commands_.TakeWritten(endpoint, container, command, now_);
  }
  void PutBack(const std::string& endpoint, std::vector<OutboxRow> rows) override {
    Endpoint* const found = FindEndpoint(endpoint);
    if (found != nullptr) AppendRows(*found, std::move(rows), std::nullopt, /*is_news=*/true);
  }

  // --- AdministrationDesk::Surroundings (bridge_administration.cc)
  const Endpoint* EndpointOf(std::string_view endpoint) const override;
  void OnConfigured(const Config& before) override;
  void OnAdministrationSetUp(const AdministrationSetup& setup, bool anew);
  void ShowConfiguration();

  // --- OwnSubscriptions::Surroundings (bridge_subscriptions.cc)
  Endpoint* FindByAeName(std::string_view name) override;
  Endpoint* FindOnNode(std::string_view node, std::string_view child) override;
  void OnOwnNotification(const OwnNotification& arrived) override;
  void OnSubscriptionLost(const std::string& endpoint, const SubscriptionPlace& place) override;
  void OnSubscribed(const std::string& endpoint, const std::vector<MadeSubscription>& made);
  // --- SubscriptionDesk::Surroundings, with some of the above (bridge_subscriptions.cc)
  void RunLook(const LookPlan& plan, std::function<void(const LookResult&)> done) override;
  LookPlan PlanLook() const override;
  void WantSubscription(Endpoint& endpoint, SubscriptionPlace place) override;
  void DropSubscription(Endpoint& endpoint, SubscriptionPlace place) override;
  void OnCommandObserved(std::string_view endpoint, const lwm2m::Path& path) override;
  bool MayCancelObserve(std::string_view endpoint, const lwm2m::Path& path) override;
  // --- ReadOnDemand::Surroundings, with some of the above (bridge_subscriptions.cc)
  bool IsRetrieving(const Endpoint& endpoint, const std::string& container) override;
  void WatchDeclared(Endpoint& endpoint);
  void StartSubscribe(Endpoint& endpoint);
  void FurnishLater(Endpoint& endpoint);

  // --- AccessDesk::Surroundings (bridge_access.cc)
  void OnAccessWork(Endpoint& endpoint) override;
  WantedAccess AccessWanted() const;
  void OnAccessConfigured();
  void UseManagementPolicy(const std::string& id);
  void OnAccessLists(const mapping::AccessLists& lists);
  bool HasAccessWork(const Endpoint& endpoint) const;
  void StartAccess(Endpoint& endpoint);
  void StartSharedAccess(Endpoint& self);
  void StartPolicies(Endpoint& endpoint);
  void OnAccessDone(Endpoint& endpoint, const AccessResult& result);
  void OnPolicyNotification(const OwnNotification& arrived);
  void WatchSharedPolicy(bool anew);

  // --- DeletionDesk::Surroundings (bridge_deletions.cc)
  void OnDeletionNoticed(Endpoint& endpoint) override;
  void Heal(Endpoint& endpoint, const std::string& address) override;
  void WatchDeletions(Endpoint& endpoint, bool anew);
  void StartLookForDeleted(Endpoint& endpoint);
  void OnDeletionNotification(const OwnNotification& arrived);
  void ReadBelow(const Endpoint& endpoint, const lwm2m::Path& path);

  Endpoint& Admit(const lwm2m::Shared<lwm2m::Registration>& registration);
  void Place(Endpoint& endpoint, const std::string& device);
  std::vector<Endpoint*> CompanionsOf(const Endpoint& endpoint);
  void Forget(const std::string& endpoint);
  void OnTreeGone(const std::string& endpoint);
  Endpoint* FindByName(std::string_view lower_case) const;
  void UseName(Endpoint& endpoint, std::string name);
  EndpointSession* OpenSession(Endpoint& endpoint);
  void CloseSession(Endpoint& endpoint);
  bool Persist(const Endpoint& endpoint);
  // bridge_group.cc
  // Of a device, not answered yet.
  struct Request {
    lwm2m::Ticket ticket = 0;
    OpenTicket::Kind kind = OpenTicket::Kind::kRegister;
    bool tells_cse = true;  // and its answer may be the CSE's
  };
  struct WaitingRequest {
    std::string endpoint;
    std::uint64_t generation = 0;  // of the endpoint, with it
    Request request;
  };
  void PersistLater(Endpoint& endpoint);
  void AnswerWhenStored(Endpoint& endpoint, const Request& request);
  void EndGroup();
  void OnStored(Endpoint& endpoint, const Request& request);
  void OnNotStored(Endpoint& endpoint, const Request& request);
  void TakeBack(StoredEndpoint stored);
  lwm2m::TimePoint TickStore(lwm2m::TimePoint now);
  void PutEverything();
  void UpdateStoreGauges();
  void Leave(const lwm2m::Registration& registration, std::string_view event);
  void OpenTicketFor(Endpoint& endpoint, lwm2m::Ticket ticket, OpenTicket::Kind kind);
  // For the CSE's verdict. Not while the loop is busy: a herd is answered first, and built later.
  bool MayWait() const {
    return health_.up() && surroundings_.config.registration.strict && !load_.busy();
  }
  void Measure(std::chrono::nanoseconds waited);
  void DropTicket(Endpoint& endpoint);
  void AnswerTicket(Endpoint& endpoint, lwm2m::Code code);
  static lwm2m::Code SuccessOf(OpenTicket::Kind kind);
  void Grant(Endpoint& endpoint);
  void OnAnswered(Endpoint& endpoint, bool anew);
  void Prolong(Endpoint& endpoint);
  void Announce(Endpoint& endpoint);
  bool LogTraffic() { return traffic_lines_.Allow(now_); }
  void Observe(Endpoint& endpoint) override;
  void ObserveInTurn(const Endpoint& endpoint);
  lwm2m::TimePoint BeginObserving();
  void ObserveTargets(Endpoint& endpoint,
                      const std::vector<mapping::Profile::ObservationTarget>& targets,
                      const std::vector<lwm2m::Observation>& held);
  std::size_t ObservesAtATime(const Endpoint& endpoint,
                              const std::vector<lwm2m::Observation>& held) const;
  void WriteSettings(const Endpoint& endpoint);
  void WriteNextSetting(const std::string& key, std::vector<lwm2m::Operation> writes);
  void ObserveAgain(Endpoint& endpoint);
  void ObserveAgain(Endpoint& endpoint, const lwm2m::Observation& observation);
  lwm2m::Code OnGatewaySend(const lwm2m::Sending& sending,
                            const std::vector<const lwm2m::Registration*>& devices);
  void SubmitInTurn(const std::string& endpoint, lwm2m::Operation operation,
                    lwm2m::Server::Done done);
  void SubmitObserve(const std::string& endpoint, lwm2m::Operation observe,
                     bool is_refresh = false);
  void ObserveTarget(const std::string& endpoint,
                     const mapping::Profile::ObservationTarget& target);
  // bridge_arrivals.cc
  struct Appending {
    Endpoint* endpoint;
    RowId after;  // rows up to here are beyond recall
    std::vector<std::string> superseded;
  };
  bool Arrive(Endpoint& endpoint, std::vector<OutboxRow> rows,
              const std::optional<MessageKey>& key);
  void StoreArrived();
  bool AppendRows(Endpoint& endpoint, std::vector<OutboxRow> rows,
                  const std::optional<MessageKey>& key, bool is_news);
  bool Append(std::vector<Store::Message>& messages);
  void OnAppended(const Appending& appended, std::vector<OutboxRow> rows);
  void KeepAtHand(Endpoint& endpoint, std::vector<OutboxRow> rows);
  std::vector<OutboxRow> TakeAtHand(const Endpoint& endpoint);

  std::string AddressOf(const Endpoint& endpoint) const;
  lwm2m::Result<std::vector<OutboxRow>> RowsFor(Endpoint& endpoint, const lwm2m::Path& path,
                                                const lwm2m::Payload& payload, bool is_refresh);
  lwm2m::Result<std::vector<OutboxRow>> RowsForSend(Endpoint& endpoint,
                                                    std::vector<lwm2m::Record> records,
                                                    const lwm2m::Payload& payload);
  TelemetryRules RulesFor(const std::string& ae_address) const;  // which must outlive them
  void ReportUndecodable(const Endpoint& endpoint, const lwm2m::Path& path,
                         const lwm2m::Payload& payload, const lwm2m::Error& error);

  void ExplainPath(const Endpoint& endpoint, Explanation& explanation) const;
  void ExplainObservation(const Endpoint& endpoint, Explanation& explanation) const;
  lwm2m::TimePoint AdaptSome();
  bool Adapt(Endpoint& endpoint, const std::shared_ptr<const StandingRules>& standing);
  void SubmitChange(Endpoint& endpoint);
  void StartAdapt(Endpoint& endpoint);
  void DropChangeIfDone(Endpoint& endpoint);
  bool IsWanted(const Endpoint& endpoint, const lwm2m::Path& path) const;

  enum class NextJob {
    kNone,
    kLeave,
    kSettle,
    kFurnish,
    kSubscribe,
    kAccess,
    kAdapt,
    kReadBack,
    kDeliver
  };
  NextJob WhatNext(const Endpoint& endpoint) const;
  static JobClass ClassOf(const Endpoint& endpoint, NextJob next);
  void Pump(Endpoint& endpoint);
  void PumpAll();
  void StartJobs();
  EndpointPlan PlanOf(const Endpoint& endpoint);
  void Adopt(Endpoint& endpoint, const CseIdentity& known);
  void Run(Endpoint& endpoint, JobClass job_class, std::function<std::function<void()>()> job);
  void StartSettle(Endpoint& endpoint);
  void OnSettled(const std::string& key, std::uint64_t generation, const TreeResult& result);
  void OnSettleRefused(Endpoint& endpoint, const TreeResult& result);
  void StartFurnish(Endpoint& endpoint);
  void StartDelivery(Endpoint& endpoint);
  void OnDelivered(const std::string& key, const DeliveryResult& result);
  void OnRowRefused(Endpoint& endpoint, const RowResult& row);
  void StartLeave(Endpoint& endpoint);
  void OnLeft(const std::string& key, std::uint64_t generation, const TreeResult& result);
  void StartReadBack(Endpoint& endpoint);
  std::string ReaderFor(const Endpoint& endpoint) const;
  void BackOffAndRetry(Endpoint& endpoint, std::chrono::milliseconds base);
  void OnCseSilent(const std::string& detail);
  void LookIfDue();
  // bridge_condition.cc
  void NoteDown(CseState state, const std::string& cause);
  CseState WhyDown() const;
  lwm2m::TimePoint TickCondition();
  lwm2m::TimePoint SeeWhetherHealed();
  void Relearn(Endpoint& endpoint, CseState state, const std::string& cause);
  void NoteSetup(const SetupResult& result, bool was_known);
  void UpdateConditionGauges();
  void StartLook();
  void OnLooked(const std::string& what, const Answer& answer, const std::string& id,
                bool at_subscription);
  void StartSetup();
  void OnSetup(const SetupResult& result, const std::string& notify_url,
               const WantedAccess& wanted);

  BridgeSurroundings surroundings_;
  lwm2m::Server* server_ = nullptr;
  lwm2m::TimePoint now_;
  CseHealth health_;
  CseCondition condition_;
  SessionSurroundings session_surroundings_;
  IpeSession ipe_session_;
  FirmwareDesk firmware_;
  AdministrationDesk administration_;
  std::optional<std::string> configuration_shown_;  // in the CSE; nullopt: it has no place there
  GatewayDesk gateways_;
  OwnSubscriptions own_subscriptions_;
  SubscriptionDesk subscriptions_;
  enum class SharedAccessWork { kNothing, kLook, kWrite };
  SharedAccessWork shared_access_ =
      SharedAccessWork::kNothing;  // what is to be done with that policy
  AccessDesk access_;
  DeletionDesk deletions_;
  CommandDesk commands_;
  ModuleDesk modules_;
  ManagementDesk management_;
  ReadOnDemand read_on_demand_;
  EndpointSet endpoints_;
  Endpoint& self_;                       // the IPE itself, in endpoints_ as ""
  lwm2m::HashIndex<Endpoint*> by_name_;  // by AE name in lower case
  SharedAddresses addresses_;
  std::map<std::string, std::set<std::string>>
      on_device_;  // device → endpoints that share its <node>
  std::unordered_map<std::string, lwm2m::Code>
      refused_;  // withdrawn later: what the next Register is answered
  std::shared_ptr<const mapping::Context> context_;  // from the last set-up; null before the first
  std::string base_;
  std::string setup_trouble_;
  // Endpoints that were not compared with the rules in force yet.
  std::map<std::string, std::shared_ptr<const StandingRules>> standing_;
  lwm2m::TimePoint adapt_at_{};
  std::multimap<lwm2m::TimePoint, std::string> retries_;
  std::multimap<lwm2m::TimePoint, std::pair<std::string, lwm2m::Ticket>> patience_;
  std::size_t waiting_tickets_ = 0;
  LogLimiter log_limiter_;
  LogBudget traffic_lines_;  // of Registers, De-registers and the like
  // Of this turn, until its end:
  std::vector<Endpoint*> unstored_;       // to be written
  std::vector<WaitingRequest> requests_;  // to be answered then
  std::vector<OutboxRow> events_;         // for our own queue
  std::vector<RowId> delivered_;          // to be forgotten, then or soon
  bool in_turn_ = false;                  // of the transport
  std::vector<Store::Message> arrived_;   // in it, to be stored at its end …
  std::vector<lwm2m::Shared<lwm2m::Registration>> arrived_from_;  // whose names are in arrived_
  bool arrivals_lost_ = false;  // … but for those of it that could not be
  // The oldest rows of endpoints, after those in flight: as long as nothing else of one waits, what
  // is stored is kept here, too, and need not be read back.
  std::unordered_map<const Endpoint*, std::vector<OutboxRow>> at_hand_;
  std::size_t rows_at_hand_ = 0;  // in all
  std::size_t jobs_ = 0;
  JobTurns turns_;
  LoopLoad load_;
  ObserveLine observe_line_;
  lwm2m::TimePoint heard_at_{};                         // the last answer of the CSE
  lwm2m::TimePoint looked_at_{};                        // the last set-up …
  lwm2m::TimePoint look_at_ = lwm2m::TimePoint::max();  // … and the next, though the CSE answers
  std::string look_cause_;                              // … because of this
  lwm2m::TimePoint heard_look_at_{};                    // the last look at our own subscription
  bool is_looking_ = false;
  int looks_in_vain_ = 0;  // in a row: what is looked for is not there, after the set-up either
  lwm2m::TimePoint see_again_at_{};  // whether what was lost is there again
  std::string own_policy_id_;
  bool stopping_ = false;

  Metrics::Counter stored_, deliveries_, without_target_, undecodable_, retransmitted_;
};

}  // namespace ipe

#endif  // IPE_BRIDGE_H_
