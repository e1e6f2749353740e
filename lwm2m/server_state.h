// The inside of Server: its tables, and the steps that its public calls are made of.
#ifndef LWM2M_SERVER_STATE_H_
#define LWM2M_SERVER_STATE_H_

#include <cstdint>
#include <deque>
#include <forward_list>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lwm2m/deadline_heap.h"
#include "lwm2m/downlink_queue.h"
#include "lwm2m/exchange_cache.h"
#include "lwm2m/hash_index.h"
#include "lwm2m/known_object_lists.h"
#include "lwm2m/observation_table.h"
#include "lwm2m/once_per_minute.h"
#include "lwm2m/profile_ids.h"
#include "lwm2m/server.h"

namespace lwm2m {

// Loop thread only. Owns all tables; borrows transport and listener from Server's owner.
//
// Listeners and Done functions are put on `calls_` and run by Drain() as the last thing a public
// call does, so that they find the tables consistent and may call back. The exception is
// OnNotification, whose verdict is needed: it is called before anything about the notification is
// remembered.
class Server::State {
 public:
  State(ServerOptions options, Transport& transport, ServerListener& listener,
        std::function<std::string(std::size_t)> random_octets);

  void OnRequest(ExchangeId exchange, const Peer& peer, const CoapRequest& request, TimePoint now);
  Reception OnResponse(const Peer& peer, const CoapResponse& response, TimePoint now);
  void BeginTurn();
  bool EndTurn();
  void OnFailure(const std::string& token, Failure failure, TimePoint now);
  TimePoint Tick(TimePoint now);
  void Answer(Ticket ticket, Code code, TimePoint now);
  void Submit(std::string_view endpoint, QueuedOperation operation, TimePoint now);
  void Cancel(std::string_view endpoint, OperationKind kind, const Path& path, TimePoint now);
  void Withdraw(std::string_view endpoint, TimePoint now);
  void Restore(Shared<Registration> registration, TimePoint last_seen);
  void Restore(Observation observation);
  Result<void> RegisterEndDevice(std::string_view gateway, EndDevice device, TimePoint now);
  void DeregisterEndDevice(std::string_view endpoint, TimePoint now);
  std::vector<const Registration*> EndDevicesOf(std::string_view gateway) const;

  std::optional<CoapRequest> RequestOfObservation(const Peer& peer, const std::string& token) const;
  const Registration* Find(std::string_view endpoint) const;
  TimePoint LastSeen(std::string_view endpoint) const;
  std::vector<const Registration*> Registrations() const;
  bool IsAwake(std::string_view endpoint, TimePoint now) const;
  std::size_t asleep_count(TimePoint now) const;
  const ObservationTable& observations() const { return observations_; }
  std::size_t registration_count() const { return endpoints_.size(); }
  const ServerCounters& counters() const { return counters_; }

 private:
  // A registered endpoint.
  struct Endpoint {
    Endpoint(Shared<Registration> offered, TimePoint seen, std::size_t queue_depth)
        : registration(std::move(offered)), last_seen(seen), queue(queue_depth) {}
    Shared<Registration> registration;
    TimePoint last_seen;  // last Register or Update
    DownlinkQueue queue;
    TimePoint awake_until{};            // end of the window in which a queue mode client listens
    std::forward_list<Ticket> waiting;  // Updates without verdict; expiry waits for them
    // When an observation of it may have been silent for long.
    TimePoint silence_check = TimePoint::max();
    // pmax that we have written and that it has taken; null: none.
    std::unique_ptr<std::map<Path, Seconds>> maximum_periods;
    std::uint32_t timer = 0;   // its place in timers_
    bool unreachable = false;  // has no session; until it is heard again
  };
  using EndpointPointer = std::shared_ptr<Endpoint>;

  // An uplink request while it is looked at.
  struct Uplink {
    ExchangeId exchange;
    const Peer& peer;
    const CoapRequest& request;
    ExchangeKey key;
    TimePoint now;
  };
  // What an Update changes; applied when its verdict comes, to what is registered then.
  struct Change {
    RegistrationQuery query;
    std::optional<Shared<ObjectList>> objects;
    Peer peer;
  };
  enum class WaitingKind { kRegister, kUpdate, kDeregister };
  // A request that waits for the listener's verdict.
  struct WaitingRequest {
    WaitingKind kind;
    std::optional<ExchangeId> exchange;  // none: of an end device, which waits for no answer
    Peer peer;
    ExchangeKey key;
    Shared<Registration> registration;      // kRegister: as offered; kUpdate: as it will be …
    Shared<Registration> before;            // … if it is still this one
    Change change;                          // kUpdate
    std::vector<QueuedOperation> commands;  // kRegister: that waited for the registration it ended
  };
  enum class Complaint {
    kRequest,
    kUnknownHandle,
    kUnknownParameter,
    kEmptyObjectList,
    kBinding,
    kSilentObservation,
    kIdentity,
    kUnknownSender,
    kSend,
    kStrangeNotification,
    kBusy,
    kNotAdmitted,
    kCount,
  };

  // server_registration.cc: the registration interface.
  void Route(const Uplink& uplink);
  void Register(const Uplink& uplink);
  Result<Shared<Registration>> ReadRegister(const Uplink& uplink, const RegistrationQuery& query,
                                            Code& refusal);
  void CheckBinding(const Uplink& uplink, const RegistrationQuery& query,
                    const Registration& registration);
  bool ResolveProfile(const std::string& endpoint, std::string_view version,
                      const RegistrationQuery& query, std::optional<Shared<ObjectList>>& objects);
  std::optional<Shared<ObjectList>> ReadObjectList(const Uplink& uplink, bool& refused);
  void Update(const Uplink& uplink, const EndpointPointer& endpoint);
  void Deregister(const Uplink& uplink, const EndpointPointer& endpoint);
  EndpointPointer FindByHandle(const Uplink& uplink) const;
  Result<std::string> EndpointOf(const Uplink& uplink, const RegistrationQuery& query) const;
  bool MayRegister(const Peer& peer, std::string_view endpoint) const;
  static void Apply(const Change& change, Shared<Registration>& registration);
  Ticket Wait(WaitingRequest request);
  void AnswerUpdate(const WaitingRequest& request, Ticket ticket, Code code, TimePoint now);
  EndpointPointer Activate(Shared<Registration> registration, TimePoint last_seen,
                           TimePoint awake_until);
  Shared<Registration> End(const EndpointPointer& endpoint, std::string_view reason);
  void Refuse(const Uplink& uplink, Code code, Complaint kind, std::string_view reason);
  void Reply(ExchangeId exchange, const Peer& peer, const ExchangeKey& key, Code code,
             const std::string& handle = {}, std::uint32_t max_age = 0);
  static CoapResponse ResponseOf(const RememberedAnswer& answer);
  void Reply(const WaitingRequest& request, Code code, const std::string& handle = {});

  // server_admission.cc: who has to come again. False: it was answered so.
  bool Admit(const Uplink& uplink, Admission::Request request, std::string_view endpoint);
  bool HasRoom(const Uplink& uplink);

  // server_gateway.cc: devices behind LwM2M Gateways.
  Endpoint& RouteOf(Endpoint& endpoint) const;  // where its messages go: itself, or its gateway
  const Endpoint* RegisteredRouteOf(const Endpoint& endpoint) const;
  std::vector<EndpointPointer> EndDevices(std::string_view gateway) const;
  void EndEndDevices(const Registration& gateway, bool deregistered);
  void EndIfGatewayLeft(const EndpointPointer& endpoint);
  void UpdateEndDevice(const EndpointPointer& endpoint, EndDevice device, TimePoint now);

  // server_send.cc: Send, whose it is, and where endpoints are.
  void TakeSend(const Uplink& uplink);
  void LetGo(const Peer& peer);
  EndpointPointer FindSender(const Peer& peer) const;
  void SetPeer(const EndpointPointer& endpoint, const Peer& peer);
  void Index(const EndpointPointer& endpoint);
  void Unindex(const EndpointPointer& endpoint);

  // server_downlink.cc: operations, their outcomes, notifications.
  void Pump(const EndpointPointer& endpoint, TimePoint now);
  void PumpOne(const EndpointPointer& endpoint, TimePoint now);
  void Send(const EndpointPointer& endpoint, OperationInFlight flight, TimePoint now);
  CoapRequest RequestFor(const Registration& registration, const Operation& operation) const;
  std::optional<ContentFormat> ChooseAccept(const Registration& registration,
                                            const Operation& operation) const;
  bool TakeNextBody(const Endpoint& endpoint, OperationInFlight& flight) const;
  std::string TokenFor(const Endpoint& endpoint, const Operation& operation) const;
  void Conclude(const EndpointPointer& endpoint, const CoapResponse& response, TimePoint now);
  void ConcludeObserve(const EndpointPointer& endpoint, const OperationInFlight& flight,
                       const CoapResponse& response, TimePoint now);
  void ConcludeCreateOrDelete(Endpoint& endpoint, const Operation& operation,
                              const CoapResponse& response);
  void Fail(const EndpointPointer& endpoint, Failure failure, TimePoint now);
  void GiveUp(QueuedOperation operation, Failure failure);
  bool Hold(const EndpointPointer& endpoint, OperationInFlight& flight, Failure failure,
            TimePoint now);
  void FollowToNewAddress(const EndpointPointer& endpoint, const Peer& before, TimePoint now);
  bool IsListening(const Endpoint& endpoint, TimePoint now) const;
  void OnProgress(const std::string& token, std::size_t sent, std::size_t total);
  Reception Notified(const EndpointPointer& endpoint, const Peer& peer,
                     const CoapResponse& response, TimePoint now);
  Reception Deliver(const EndpointPointer& endpoint, const CoapResponse& response, TimePoint now);
  bool Tell(const EndpointPointer& endpoint, const Observation& observation,
            const CoapResponse& response);
  void EndObservation(const std::string& token, std::string_view reason);

  // server_renewal.cc: observations that have fallen silent.
  void NoteAttributes(const EndpointPointer& endpoint, const Operation& written);
  std::optional<Seconds> MaximumPeriodOf(const Endpoint& endpoint, const Operation& observe) const;
  TimePoint SilentAt(const ObservationState& state) const;
  void WatchSilence(const EndpointPointer& endpoint, const ObservationState& state);
  void RenewSilent(const EndpointPointer& endpoint, TimePoint now);
  void Renew(const EndpointPointer& endpoint, ObservationState& state, TimePoint now);
  Seconds RenewalDelay(TimePoint now);

  // server.cc: time, and calls to the outside.
  static TimePoint NextEvent(const Endpoint& endpoint, Seconds answer_timeout);
  void Reschedule(const EndpointPointer& endpoint);
  void OnTimer(const EndpointPointer& endpoint, TimePoint now);
  void MarkAwake(Endpoint& endpoint, TimePoint now) const;  // it was heard
  EndpointPointer FindEndpoint(std::string_view endpoint) const;
  void Call(std::function<void()> call) { calls_.push_back(std::move(call)); }
  void Drain();
  bool IsConsistent() const;

  const ServerOptions options_;
  Transport& transport_;
  ServerListener& listener_;
  const std::function<std::string(std::size_t)> random_octets_;

  HashIndex<EndpointPointer> endpoints_;  // by name
  HashIndex<EndpointPointer> by_handle_;
  HashIndex<EndpointPointer> by_sender_;  // by SenderKey of the peer
  // Of each gateway; these are in neither of the two above, since they say nothing themselves.
  std::unordered_map<std::string, std::vector<EndpointPointer>> end_devices_;
  std::size_t end_device_count_ = 0;
  std::unordered_map<std::string, EndpointPointer> by_token_in_flight_;
  ObservationTable observations_;
  // Notifications of this turn that are remembered as stored, and how it was before: for when they
  // are not.
  struct Unsettled {
    std::string token;
    NotificationKey key;
    std::optional<NotificationOrder> newest;
  };
  bool in_turn_ = false;
  bool turn_failed_ = false;  // something of it could not be stored
  std::vector<Unsettled> unsettled_;
  ExchangeCache exchanges_;
  KnownObjectLists object_lists_;
  ProfileIds profiles_;
  Admission admission_;
  TimePoint renewals_since_{};  // the second in which renewals_ were asked for
  std::size_t renewals_ = 0;
  std::unordered_map<Ticket, WaitingRequest> waiting_;
  std::unordered_map<std::string, Ticket> registering_;  // endpoints with a Register in waiting_
  Ticket next_ticket_ = 1;
  // When an endpoint is looked at. Where that moves on, as with each Update, the entry stays until
  // it is due, and is made again then.
  DeadlineHeap<Endpoint, &Endpoint::timer> timers_;
  std::deque<std::function<void()>> calls_;
  bool draining_ = false;
  ServerCounters counters_;
  OncePerMinute<Complaint> complaints_;
};

// True when `peer` is the device that `registered` stands for: the same identity with security, the
// same address without (IR-17); over plain TCP the address is that of the connection.
bool IsSameDevice(const Peer& registered, const Peer& peer);
inline std::size_t HashOf(std::string_view key) { return std::hash<std::string_view>{}(key); }

// Equal for peers that IsSameDevice.
std::size_t SenderKey(const Peer& peer);

}  // namespace lwm2m

#endif  // LWM2M_SERVER_STATE_H_
