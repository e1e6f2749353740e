// The LwM2M Server as a state machine: input is messages and time, output is calls on two
// interfaces.
#ifndef LWM2M_SERVER_H_
#define LWM2M_SERVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/admission.h"
#include "lwm2m/attributes.h"
#include "lwm2m/error.h"
#include "lwm2m/gateway.h"
#include "lwm2m/message.h"
#include "lwm2m/operations.h"
#include "lwm2m/registration.h"
#include "lwm2m/transport.h"

namespace lwm2m {

// Identifies a Register, Update or De-register that waits for ServerListener's verdict.
using Ticket = std::uint64_t;

// An observation that the device has confirmed. Bound to the registration (IR-17), identified
// towards the device by its token.
struct Observation {
  std::string endpoint;
  Path path;
  std::string token;
  std::optional<ContentFormat> accept;
  std::vector<Path> paths = {};            // of a composite one (IR-10); `path` is the root then
  NotificationAttributes attributes = {};  // that stood in its query (ATT-8)
  // The pmax that holds for it as far as we have written it; absent: none.
  std::optional<Seconds> maximum_period = {};
  friend bool operator==(const Observation&, const Observation&) = default;
};

// One notification, in order and fresh (IR-6).
struct Notification {
  const Observation& observation;
  const Registration& registration;
  const CoapResponse& message;
};

// A Send of a registered client (IR-11), not repeated. Nothing of its payload was looked at.
struct Sending {
  const Registration& registration;
  const Peer& peer;  // that it came from
  const CoapRequest& request;
};

// The owner of the server. Loop thread only; called last, when the server is consistent again; may
// call back into the server.
class ServerListener {
 public:
  virtual ~ServerListener() = default;

  // A valid Register. Answer with Server::Answer(ticket, code): 2.01 activates `offered`; any other
  // code drops it. `replaced` is the registration of the same endpoint that it ends (R31, REG-6),
  // or nullptr; its observations and queued operations are already void.
  virtual void OnRegister(Ticket ticket, const Shared<Registration>& offered,
                          const Registration* replaced) = 0;
  // A valid Update. 2.04 makes `after` the registration; any other code leaves `before`,
  // except 4.04, which ends the registration so that the client registers anew. They are one where
  // nothing changes but the expiry.
  virtual void OnUpdate(Ticket ticket, const Shared<Registration>& before,
                        const Shared<Registration>& after) = 0;
  // The client answered a Create or Delete with success: `registration` lists the instance, or does
  // not any more, before the client says so in its next Update.
  virtual void OnInstancesChanged(const Shared<Registration>& registration) = 0;
  // A De-register of a known handle. The registration is gone when this is called; the answer is
  // sent as given: 2.02, 4.04 or 4.00.
  virtual void OnDeregister(Ticket ticket, const Registration& registration) = 0;
  // Lifetime passed without Update (REG-7). The registration is gone.
  virtual void OnExpired(const Registration& registration) = 0;
  // True when it is stored for good: only then is a confirmable one acknowledged; false makes the
  // transport stay silent, so that the device retransmits.
  virtual bool OnNotification(const Notification& notification) = 0;
  // In between OnNotification may put the storing off, and answer true. OnTurnEnd: whether all that
  // was put off is stored for good now.
  virtual void OnTurnBegin() {}
  virtual bool OnTurnEnd() { return true; }
  // The answer: 2.04 only when everything in it is stored for good. Called before anything about
  // the message is remembered; ReadSend (lwm2m/send.h) names what is to be refused.
  virtual Code OnSend(const Sending& sending) = 0;
  // The observation was established: keep it to survive a restart (see Server::Restore).
  virtual void OnObservationStarted(const Observation& observation) = 0;
  // The observation is over: cancelled, refused, answered with an error, or its registration ended.
  virtual void OnObservationEnded(const Observation& observation, std::string_view reason) = 0;
};

struct ServerOptions {
  std::size_t queue_depth = 64;  // operations waiting for one endpoint
  Seconds awake_window{93};      // MAX_TRANSMIT_WAIT (QM-4)
  // An observation that is silent for longer than its pmax, or this where it has none (a client
  // sends a confirmable notification every 24 h: RFC 7641 §4.5, IR-8), and the margin beyond it, is
  // observed again (IR-7).
  Seconds longest_silence{86400};
  Seconds silence_margin{93};            // MAX_TRANSMIT_WAIT
  std::size_t renewals_per_second = 50;  // of all endpoints
  std::size_t profiles = 4096;           // endpoints whose profile id is remembered (REG-22)
  Seconds answer_timeout{240};         // after an empty acknowledgement, until the separate answer
  std::size_t exchanges_per_peer = 4;  // remembered to recognise duplicates (GEN-13)
  std::size_t observations_per_endpoint = 256;
  // Answers a GET that is no part of LwM2M, such as that of a firmware image; nullopt: there is no
  // such resource. Nothing is remembered of it; the transport cuts the answer in blocks.
  std::function<std::optional<CoapResponse>(const Peer&, const CoapRequest&)> resources;
  std::size_t exchange_peers = 131072;  // peers whose last exchanges are remembered
  std::size_t waiting = 4096;           // requests that wait for a verdict; more get 5.03
  AdmissionOptions admission;           // who gets 5.03 besides
  std::vector<std::string> versions = {"1.0", "1.1",
                                       "1.2"};  // served; any other 1.x is accepted too
  // SEC-8: whether a client in that security context may register as that endpoint. Absent:
  // everybody may.
  std::function<bool(const Peer&, std::string_view endpoint)> may_register;
  // REG-4: as which endpoint a client registers that names none; nullopt: it has to. Absent: as its
  // identity.
  std::function<std::optional<std::string>(const Peer&)> endpoint_of;
};

// Monotonic counts since construction; names in docs/operations.md.
struct ServerCounters {
  std::uint64_t registers = 0, updates = 0, deregisters = 0, expired = 0, sends = 0;
  std::uint64_t bad_requests = 0;      // malformed or refused uplinks answered 4.xx
  std::uint64_t identity_refused = 0;  // of them, Registers as an endpoint of somebody else (SEC-8)
  std::uint64_t duplicates = 0;        // uplinks recognised as retransmissions
  std::uint64_t notifications = 0, stale_notifications = 0, unknown_notifications = 0;
  std::uint64_t operations = 0, operation_failures = 0;
  std::uint64_t operations_held = 0;      // put back because the device had no session (QM-7)
  std::uint64_t silent_observations = 0;  // observed again (IR-7)
  std::uint64_t queue_full = 0;           // operations given up because of `queue_depth`
  std::uint64_t busy = 0;                 // requests answered 5.03 because of `waiting`
  std::uint64_t admitted = 0;  // Registers, Updates and Sends that were not answered 5.03
  std::array<std::uint64_t, 3> not_admitted{};  // by Admission::Reason
};

enum class Priority { kTelemetry, kCommand };

// Registers endpoints, keeps their registrations, observations and queues of operations.
//
//   (none) --Register--> offered --2.01--> registered --De-register, expiry, 4.04, Withdraw-->
//   (none)
//                        offered --other code, second Register--> (none)
//                                          registered --Update, 2.04--> registered
//                                          registered --Register--> offered (the old one is gone)
//
// An endpoint that is offered has no registration: Find() knows nothing of it and nothing is sent
// to it (GEN-10). With NoSec an Update or De-register from another address is accepted when its
// handle fits, since a handle is 90 random bits; the address of the Update becomes the peer. A
// notification is accepted from the peer of the registration, or with security from the same
// identity (IR-17), and then what is sent to the device goes where it came from.
//
// What cannot be sent because a device with DTLS, TLS or TCP has no session now is held as for one
// that sleeps, until the device is heard again or the deadline passes; so is what one is asked
// after a restart. Commands that wait outlive a repeated Register: they are for the endpoint.
//
// Loop thread only. Does no I/O, reads no clock, throws nothing. `transport` and `listener` outlive
// it. Implements REG-*, DM-*, IR-*, QM-* (1.0 level) of the LwM2M requirements;
// docs/conformance.md.
class Server : public MessageHandler {
 public:
  using Done = std::function<void(const Outcome&)>;

  // `random_octets(n)` returns n octets from a cryptographic source: handles and tokens.
  Server(ServerOptions options, Transport& transport, ServerListener& listener,
         std::function<std::string(std::size_t)> random_octets);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // --- input from the transport: a request at /rd, /rd/{handle}, /dp or anything else
  void OnRequest(ExchangeId exchange, const Peer& peer, const CoapRequest& request,
                 TimePoint now) override;
  Reception OnResponse(const Peer& peer, const CoapResponse& response, TimePoint now) override;
  void BeginTurn() override;
  bool EndTurn() override;
  void OnFailure(const Peer& peer, const std::string& token, Failure failure,
                 TimePoint now) override;
  std::optional<CoapRequest> RequestOfObservation(const Peer& peer,
                                                  const std::string& token) const override;

  // Time has passed: expiries, deadlines, end of awake windows. Returns when to call again at the
  // latest.
  TimePoint Tick(TimePoint now);

  // --- input from the owner
  // ------------------------------------------------------------------------ Decides a waiting
  // request; an unknown ticket is ignored (the peer is gone). A ticket becomes unknown when its
  // request is overtaken: a second Register of the endpoint answers the first with 5.03, the end of
  // a registration answers its waiting Updates with 4.04.
  void Answer(Ticket ticket, Code code, TimePoint now);

  // Queues an operation (NSTART 1 per endpoint: QM-5, GEN-4). `done` is called exactly once, never
  // from within this call. In queue mode it waits until the device is awake (QM-2), at most until
  // `deadline`. A request is sent in the format the client announced when `accept` is absent.
  // An established Observe becomes an Observation; observing the same path, or the same list of
  // paths, again renews it. Records and paths are encoded when the request is sent, in a format
  // that the client announced; when it answers 4.15, once more in the next that fits.
  // `sent` is called right before the request goes to the transport, each time that it does, from
  // within any call; it must not call back.
  void Submit(std::string_view endpoint, Operation operation, Priority priority, TimePoint deadline,
              TimePoint now, Done done, std::function<void()> sent = nullptr);

  // Gives up what Submit() queued or sent of that kind to that path: a device that has got a part
  // of a Write gets no more of it. `done` is called with kCancelled.
  void Cancel(std::string_view endpoint, OperationKind kind, const Path& path, TimePoint now);

  // Ends a registration without telling the device: its next Update is answered 4.04.
  void Withdraw(std::string_view endpoint, TimePoint now);

  // Brings back what was known before a restart. `last_seen`: when its lifetime began anew.
  void Restore(Shared<Registration> registration, TimePoint last_seen);
  void Restore(Observation observation);

  // LwM2M Gateway: the registered `gateway` has this device behind it, or has it with another
  // prefix or other objects. The listener is asked as for a Register or Update of the device; there
  // is nobody to be answered. kNotAllowed when the name is of an endpoint that is not behind
  // `gateway`; kNotFound when `gateway` is not registered. What is said again without a change does
  // nothing; of a gateway that registered anew it is a Register (its observations are void).
  Result<void> RegisterEndDevice(std::string_view gateway, EndDevice device, TimePoint now);
  // It is not behind its gateway any more: ServerListener::OnDeregister.
  void DeregisterEndDevice(std::string_view endpoint, TimePoint now);
  std::vector<const Registration*> EndDevicesOf(std::string_view gateway) const;

  const Registration* Find(std::string_view endpoint) const;
  // Its last Register or Update; expiry follows a lifetime later, never for 0. TimePoint{} when it
  // is not registered.
  TimePoint LastSeen(std::string_view endpoint) const;
  std::vector<const Registration*> Registrations() const;
  std::vector<Observation> Observations(std::string_view endpoint) const;
  // Whether a request would be sent to it now: false for a client in queue mode that sleeps, and
  // for one whose session is gone.
  bool IsAwake(std::string_view endpoint, TimePoint now) const;
  std::size_t asleep_count(TimePoint now) const;  // registered and not IsAwake; looks at every one
  std::size_t registration_count() const;
  std::size_t observation_count() const;
  const ServerCounters& counters() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace lwm2m

#endif  // LWM2M_SERVER_H_
