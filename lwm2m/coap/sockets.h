// libcoap contexts, their listening endpoints, and waiting on them.
#ifndef LWM2M_COAP_SOCKETS_H_
#define LWM2M_COAP_SOCKETS_H_

#include <coap3/coap.h>
#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lwm2m/coap/coap_transport.h"
#include "lwm2m/coap/handshake_gate.h"
#include "lwm2m/coap/peer_authentication.h"
#include "lwm2m/coap/receive_queues.h"
#include "lwm2m/error.h"
#include "lwm2m/registration.h"

namespace lwm2m {

struct Channel;

// Called by libcoap; the application data of each context is its Channel.
struct SocketCallbacks {
  coap_method_handler_t request;
  coap_response_handler_t response;
  coap_nack_handler_t nack;
  coap_event_handler_t event;
  // A ClientHello is about to be handed to libcoap. Not called by libcoap: sessions may be
  // released.
  void (*hello)(Channel& channel, const coap_address_t& from, const coap_address_t& to) noexcept;
};

// Whose messages they are.
enum class Role : std::uint8_t { kServer, kBootstrap };

// libcoap walks all its sessions once per turn, and a turn reads one datagram per event: repeated
// events share the walk between as many datagrams.
constexpr std::size_t kDatagramsPerTurn = 64;
// As many octets as libcoap reads. Its default of 1152 refuses longer datagrams, which clients that
// know no block-wise transfer send for a long object list.
constexpr unsigned kLargestDatagram = 1472;

struct FreeContext {
  void operator()(coap_context_t* context) const { coap_free_context(context); }
};

// One libcoap context and what belongs to it. Its address does not change.
struct Channel {
  void* app = nullptr;  // of Sockets::Open
  Role role = Role::kServer;
  std::unique_ptr<PeerAuthentication> authentication;  // nullptr: NoSec
  std::unique_ptr<HandshakeGate> gate;                 // nullptr: plain UDP
  // Of a DTLS channel: what its sockets are bound to, by descriptor.
  std::unordered_map<int, coap_address_t> descriptors;
  std::unique_ptr<coap_context_t, FreeContext> context;
  std::size_t messages_per_turn = 1;
  bool ready = false;
  // libcoap wants to look at all its sessions; it does from `walk_at` on.
  bool walk_wanted = false;
  TimePoint walk_at{};
};
Channel& ChannelOf(const coap_session_t* session);

// One context per kind of session: a turn of a context of UDP or DTLS endpoints repeats each event,
// which a context with client sessions or a TCP listener must not see. Only those are made that an
// address is configured for.
//
// Loop thread only, except Wake(). Owns contexts and descriptors.
class Sockets {
 public:
  static Result<std::unique_ptr<Sockets>> Open(const CoapTransportOptions& options,
                                               const SocketCallbacks& callbacks, void* app);
  ~Sockets();
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  // Waits until something happens, at most until `deadline`.
  void Wait(TimePoint deadline);
  // Works off what Wait() found; callbacks are called from here.
  void Turn();
  void Wake();
  // No callback from now on: before anything is destroyed that they use.
  void StopCallbacks();
  // Binds addresses that a wildcard stands for and that are new.
  void LookForNewAddresses();

  // A socket connected to `remote` that has the port of `local`, so that the device sees the
  // address it knows. nullptr when there is none.
  coap_session_t* Connect(const coap_address_t& remote, const coap_address_t& local);
  // The plain UDP address that a peer of that family is answered from when it is not known; nullptr
  // without one.
  const coap_address_t* AnyListener(int family) const;
  // The role of the listener that a peer talks to; kServer when it is not known any more.
  Role RoleOf(const Peer& peer) const;

  std::vector<std::string> bound_addresses(Listener listener) const;
  // Tells the client at the address of a DTLS session that its handshake is over: a fatal alert
  // that is not encrypted (RFC 5246 §7.2.2), which only a client without a session minds.
  void AbortHandshake(const coap_session_t* session) const;
  // ClientHellos that were not handed on (HandshakeGate).
  std::uint64_t hellos_put_off() const { return hellos_put_off_; }
  std::size_t handshakes_open() const;
  const ReceiveQueues& queues() const { return queues_; }
  // Somebody was heard who had been heard before: handshakes leave time for such.
  void NoteServed(TimePoint now);

 private:
  // Addresses of one kind and the channel that serves them.
  struct Bound {
    Listener listener;
    coap_proto_t protocol;
    Channel* channel;
    std::vector<coap_address_t> addresses;
    std::vector<coap_address_t> wildcards;
  };

  Sockets() = default;
  Result<void> OpenDownlinks(const SocketCallbacks& callbacks, void* app);
  Result<void> OpenListeners(const CoapTransportOptions& options, const SocketCallbacks& callbacks,
                             void* app);
  Result<Channel*> AddChannel(const CoapTransportOptions& options, Listener listener,
                              const SocketCallbacks& callbacks, void* app);
  Result<void> Bind(Bound& bound, const std::vector<std::string>& addresses);
  Result<void> Listen(Bound& bound, const coap_address_t& address);
  void TurnChannel(Channel& channel);
  static void Walk(Channel& channel);
  void TurnGated(Channel& channel, const epoll_event& event, int descriptor);
  void TakeHello(Channel& channel, const epoll_event& event, int descriptor);
  static void TakeFlight(Channel& channel, const epoll_event& event);

  std::vector<std::unique_ptr<Channel>> channels_;
  Channel* downlinks_ = nullptr;
  SocketCallbacks callbacks_{};
  std::uint64_t hellos_put_off_ = 0;
  ReceiveQueues queues_;
  std::vector<Bound> bound_;
  std::unordered_map<std::string, Role> roles_;  // of addresses that are not of kServer
  int epoll_ = -1;
  int wake_ = -1;
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_SOCKETS_H_
