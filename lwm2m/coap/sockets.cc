#include "lwm2m/coap/sockets.h"

#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "lwm2m/coap/address.h"
#include "lwm2m/coap/descriptor.h"

namespace lwm2m {
namespace {

// Of a message over TCP or TLS, beyond its payload.
constexpr std::size_t kHeaderAndOptions = 1024;
// Of a connection or security context that has not brought a message yet, as libcoap frees it.
constexpr unsigned kSecondsUntilFirstMessage = 60;

constexpr std::uint32_t kWake = 0xffffffff;  // else the number of a channel

void LogOfLibcoap(coap_log_t, const char* message) {
  std::string_view text(message);
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  spdlog::debug("event=libcoap text=\"{}\"", text);
}

// libcoap asks for a few octets for each session, and a call of the system costs as much as all
// else that it does for one.
int TakeRandom(void* out, std::size_t length) {
  constexpr std::size_t kAtATime = 256;  // which getrandom() gives whole, or not at all
  thread_local std::array<std::uint8_t, kAtATime> pool;
  thread_local std::size_t left = 0;
  if (length > kAtATime) return getrandom(out, length, 0) == static_cast<ssize_t>(length) ? 1 : 0;
  if (left < length) {
    if (getrandom(pool.data(), kAtATime, 0) != static_cast<ssize_t>(kAtATime)) return 0;
    left = kAtATime;
  }
  left -= length;
  std::memcpy(out, pool.data() + left, length);
  std::memset(pool.data() + left, 0, length);
  return 1;
}

// Each downlink socket is a descriptor; the soft limit of many systems is 1024.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    spdlog::warn("event=descriptor-limit-not-raised error=\"{}\"", std::strerror(errno));
  }
}

// libcoap tells the port that an endpoint got only in a text: "127.0.0.1:40125 UDP".
std::uint16_t PortOf(const coap_endpoint_t* endpoint) {
  const std::string_view text = coap_endpoint_str(endpoint);
  const std::string_view address = text.substr(0, text.find(' '));
  std::uint32_t port = 0;
  for (const char digit : address.substr(address.rfind(':') + 1)) {
    port = port * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return static_cast<std::uint16_t>(port);
}

int Milliseconds(TimePoint deadline) {
  constexpr auto kLongest = std::chrono::milliseconds(60000);
  const TimePoint now = std::chrono::steady_clock::now();
  if (deadline <= now) return 0;
  if (deadline - now > kLongest) return static_cast<int>(kLongest.count());
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count());
}

bool Watch(int epoll, int descriptor, std::uint32_t source) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = source;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

// One kind of listener.
struct ListenerTraits {
  Listener listener;
  const std::vector<std::string> CoapTransportOptions::*addresses;
  coap_proto_t protocol;
  Role role;
};
constexpr ListenerTraits kListeners[] = {
    {Listener::kCoap, &CoapTransportOptions::coap, COAP_PROTO_UDP, Role::kServer},
    {Listener::kCoaps, &CoapTransportOptions::coaps, COAP_PROTO_DTLS, Role::kServer},
    {Listener::kCoapsRpk, &CoapTransportOptions::coaps_rpk, COAP_PROTO_DTLS, Role::kServer},
    {Listener::kCoapTcp, &CoapTransportOptions::coap_tcp, COAP_PROTO_TCP, Role::kServer},
    {Listener::kCoapsTcp, &CoapTransportOptions::coaps_tcp, COAP_PROTO_TLS, Role::kServer},
    {Listener::kBootstrapCoap, &CoapTransportOptions::bootstrap_coap, COAP_PROTO_UDP,
     Role::kBootstrap},
    {Listener::kBootstrapCoaps, &CoapTransportOptions::bootstrap_coaps, COAP_PROTO_DTLS,
     Role::kBootstrap},
};

const ListenerTraits& TraitsOf(Listener listener) {
  return *std::find_if(std::begin(kListeners), std::end(kListeners),
                       [&](const ListenerTraits& traits) { return traits.listener == listener; });
}

bool IsStream(coap_proto_t protocol) {
  return protocol == COAP_PROTO_TCP || protocol == COAP_PROTO_TLS;
}

std::string_view NameOf(coap_proto_t protocol) {
  switch (protocol) {
    case COAP_PROTO_DTLS:
      return "dtls";
    case COAP_PROTO_TCP:
      return "tcp";
    case COAP_PROTO_TLS:
      return "tls";
    default:  // libcoap's enumeration has others that we do not listen to
      return "udp";
  }
}

std::string RoleKey(bool secured, std::string_view local) {
  return std::string(secured ? "s" : "p").append(local);
}

tl::unexpected<Error> Unreachable(std::string detail) {
  return tl::unexpected(Error{ErrorKind::kUnreachable, std::move(detail)});
}

}  // namespace

Channel& ChannelOf(const coap_session_t* session) {
  return *static_cast<Channel*>(coap_get_app_data(coap_session_get_context(session)));
}

namespace {

std::unique_ptr<Channel> NewChannel(const SocketCallbacks& callbacks, void* app) {
  auto channel = std::make_unique<Channel>();
  channel->app = app;
  channel->context.reset(coap_new_context(nullptr));
  coap_context_t* const context = channel->context.get();
  if (context == nullptr) return nullptr;
  coap_set_app_data(context, channel.get());
  coap_context_set_block_mode(context, 0);  // block-wise transfer is ours
  coap_register_response_handler(context, callbacks.response);
  coap_register_nack_handler(context, callbacks.nack);
  coap_register_event_handler(context, callbacks.event);
  // One resource for every path, /rd/{handle} among them: routing is the server's.
  coap_resource_t* const resource = coap_resource_unknown_init(callbacks.request);
  if (resource == nullptr) return nullptr;
  for (const coap_request_t method :
       {COAP_REQUEST_GET, COAP_REQUEST_POST, COAP_REQUEST_DELETE, COAP_REQUEST_FETCH,
        COAP_REQUEST_PATCH, COAP_REQUEST_IPATCH}) {
    coap_register_request_handler(resource, method, callbacks.request);
  }
  coap_add_resource(context, resource);
  return channel;
}

}  // namespace

Result<void> Sockets::OpenDownlinks(const SocketCallbacks& callbacks, void* app) {
  coap_startup();
  coap_set_prng(&TakeRandom);
  coap_set_log_handler(&LogOfLibcoap);
  coap_set_log_level(0);  // emergencies; it reports each malformed datagram otherwise
  auto channel = NewChannel(callbacks, app);
  if (!channel) return Unreachable("libcoap has no context");
  downlinks_ = channel.get();
  channels_.push_back(std::move(channel));
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || wake_ < 0 || !Watch(epoll_, wake_, kWake) ||
      !Watch(epoll_, coap_context_get_coap_fd(downlinks_->context.get()), 0)) {
    return Unreachable(std::string("epoll: ") + std::strerror(errno));
  }
  return {};
}

Result<Channel*> Sockets::AddChannel(const CoapTransportOptions& options, Listener listener,
                                     const SocketCallbacks& callbacks, void* app) {
  const ListenerTraits& traits = TraitsOf(listener);
  auto channel = NewChannel(callbacks, app);
  if (!channel) return Unreachable("libcoap has no context");
  coap_context_t* const context = channel->context.get();
  channel->role = traits.role;
  if (!IsStream(traits.protocol)) channel->messages_per_turn = kDatagramsPerTurn;
  if (traits.protocol == COAP_PROTO_UDP) {
    coap_context_set_max_idle_sessions(context, static_cast<unsigned>(options.idle_sessions));
  } else {
    coap_context_set_session_timeout(context, kSecondsUntilFirstMessage);
    coap_context_set_max_handshake_sessions(context,
                                            static_cast<unsigned>(options.security.handshakes));
  }
  if (traits.protocol != COAP_PROTO_UDP) {
    channel->gate = std::make_unique<HandshakeGate>(options.security.handshakes,
                                                    options.security.handshake_share);
  }
  if (IsStream(traits.protocol)) {
    coap_context_set_csm_max_message_size(
        context, static_cast<std::uint32_t>(options.largest_body + kHeaderAndOptions));
  }
  if (traits.protocol == COAP_PROTO_DTLS || traits.protocol == COAP_PROTO_TLS) {
    auto authentication = PeerAuthentication::Create(
        options.security, listener == Listener::kCoapsRpk
                              ? PeerAuthentication::PublicKeys::kRaw
                              : PeerAuthentication::PublicKeys::kCertificates);
    if (!authentication) return tl::unexpected(authentication.error());
    channel->authentication = std::move(*authentication);
    if (auto applied = channel->authentication->ApplyTo(context); !applied) {
      return tl::unexpected(applied.error());
    }
  }
  if (!Watch(epoll_, coap_context_get_coap_fd(context),
             static_cast<std::uint32_t>(channels_.size()))) {
    return Unreachable(std::string("epoll: ") + std::strerror(errno));
  }
  channels_.push_back(std::move(channel));
  return channels_.back().get();
}

Result<void> Sockets::OpenListeners(const CoapTransportOptions& options,
                                    const SocketCallbacks& callbacks, void* app) {
  for (const ListenerTraits& traits : kListeners) {
    const std::vector<std::string>& addresses = options.*traits.addresses;
    if (addresses.empty()) continue;
    auto channel = AddChannel(options, traits.listener, callbacks, app);
    if (!channel) return tl::unexpected(channel.error());
    bound_.push_back(Bound{traits.listener, traits.protocol, *channel, {}, {}});
    if (auto bound = Bind(bound_.back(), addresses); !bound) return bound;
  }
  return {};
}

Result<std::unique_ptr<Sockets>> Sockets::Open(const CoapTransportOptions& options,
                                               const SocketCallbacks& callbacks, void* app) {
  RaiseDescriptorLimit();
  std::unique_ptr<Sockets> sockets(new Sockets);
  sockets->callbacks_ = callbacks;
  if (auto opened = sockets->OpenDownlinks(callbacks, app); !opened) {
    return tl::unexpected(opened.error());
  }
  if (auto opened = sockets->OpenListeners(options, callbacks, app); !opened) {
    return tl::unexpected(opened.error());
  }
  return sockets;
}

Result<void> Sockets::Bind(Bound& bound, const std::vector<std::string>& addresses) {
  for (const std::string& text : addresses) {
    const auto address = ParseAddress(text);
    if (!address) return tl::unexpected(address.error());
    // Connections of a wildcard's listener have their own local address; datagrams have none.
    if (IsStream(bound.protocol) || !IsWildcard(*address)) {
      if (auto listening = Listen(bound, *address); !listening) return listening;
      continue;
    }
    const std::vector<coap_address_t> concrete = Expand(*address);
    if (concrete.empty()) return Unreachable("no local address for " + text);
    std::uint16_t port = coap_address_get_port(&*address);
    for (coap_address_t one : concrete) {
      coap_address_set_port(&one, port);
      if (auto listening = Listen(bound, one); !listening) return listening;
      port = coap_address_get_port(&bound.addresses.back());
    }
    bound.wildcards.push_back(*address);
    coap_address_set_port(&bound.wildcards.back(), port);
  }
  return {};
}

void Sockets::StopCallbacks() {
  for (const auto& channel : channels_) {
    coap_register_response_handler(channel->context.get(), nullptr);
    coap_register_nack_handler(channel->context.get(), nullptr);
    coap_register_event_handler(channel->context.get(), nullptr);
  }
}

Sockets::~Sockets() {
  if (epoll_ >= 0) close(epoll_);
  if (wake_ >= 0) close(wake_);
}

Result<void> Sockets::Listen(Bound& bound, const coap_address_t& address) {
  if (!IsStream(bound.protocol) && IsTaken(address)) {
    return Unreachable("cannot bind " + ToText(address) + ": " + std::strerror(EADDRINUSE));
  }
  coap_endpoint_t* const endpoint =
      coap_new_endpoint(bound.channel->context.get(), &address, bound.protocol);
  if (endpoint == nullptr) {
    return Unreachable("cannot bind " + ToText(address) + ": " + std::strerror(errno));
  }
  bound.addresses.push_back(address);
  coap_address_set_port(&bound.addresses.back(), PortOf(endpoint));
  int receive_buffer = 0;
  if (!IsStream(bound.protocol)) {
    coap_endpoint_set_default_mtu(endpoint, kLargestDatagram);
    const int descriptor = DescriptorOf(bound.addresses.back());
    if (descriptor >= 0 && bound.protocol == COAP_PROTO_DTLS) {
      bound.channel->descriptors.emplace(descriptor, bound.addresses.back());
    }
    if (descriptor >= 0) {
      receive_buffer = EnlargeReceiveBuffer(descriptor);
      queues_.Add(descriptor);
    }
  }
  const std::string text = ToText(bound.addresses.back());
  if (bound.channel->role != Role::kServer) {
    roles_[RoleKey(bound.channel->authentication != nullptr, text)] = bound.channel->role;
  }
  spdlog::info("event=coap-listening address={} transport={} role={} receive_buffer={}", text,
               NameOf(bound.protocol),
               bound.channel->role == Role::kServer ? "server" : "bootstrap", receive_buffer);
  return {};
}

Role Sockets::RoleOf(const Peer& peer) const {
  const bool secured =
      peer.transport == Peer::Transport::kDtls || peer.transport == Peer::Transport::kTls;
  const auto found = roles_.find(RoleKey(secured, peer.local));
  return found == roles_.end() ? Role::kServer : found->second;
}

void Sockets::LookForNewAddresses() {
  for (Bound& bound : bound_) {
    for (const coap_address_t& wildcard : bound.wildcards) {
      for (const coap_address_t& local : Expand(wildcard)) {
        const bool known = std::any_of(bound.addresses.begin(), bound.addresses.end(),
                                       [&](const coap_address_t& listener) {
                                         return coap_address_equals(&listener, &local) != 0;
                                       });
        if (known) continue;
        if (auto listening = Listen(bound, local); !listening) {
          spdlog::warn("event=coap-not-listening reason=\"{}\"", listening.error().detail);
        }
      }
    }
  }
}

void Sockets::Wait(TimePoint deadline) {
  for (const auto& channel : channels_) {
    if (channel->walk_wanted) deadline = std::min(deadline, channel->walk_at);
  }
  std::array<epoll_event, 8> events{};
  const int count =
      epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), Milliseconds(deadline));
  for (int i = 0; i < count; ++i) {
    const std::uint32_t source = events[static_cast<std::size_t>(i)].data.u32;
    if (source == kWake) {
      std::uint64_t ignored = 0;
      while (read(wake_, &ignored, sizeof ignored) > 0) {
      }
    } else {
      channels_[source]->ready = true;
    }
  }
}

void Sockets::Turn() {
  queues_.Look(std::chrono::steady_clock::now());
  for (const auto& channel : channels_) {
    if (std::exchange(channel->ready, false)) TurnChannel(*channel);
    if (channel->walk_wanted && std::chrono::steady_clock::now() >= channel->walk_at) {
      Walk(*channel);
    }
  }
}

void Sockets::Wake() {
  const std::uint64_t one = 1;
  // A full counter wakes as well.
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

coap_session_t* Sockets::Connect(const coap_address_t& remote, const coap_address_t& local) {
  coap_context_t* const context = downlinks_->context.get();
  const coap_address_t wildcard = WildcardLike(local);
  coap_session_t* session = coap_new_client_session(context, &wildcard, &remote, COAP_PROTO_UDP);
  if (session == nullptr) return nullptr;
  if (!IsSameHost(*coap_session_get_addr_local(session), local)) {
    // One of several addresses of ours, and not the one that routing prefers.
    coap_session_release(session);
    session = coap_new_client_session(context, &local, &remote, COAP_PROTO_UDP);
    if (session == nullptr) return nullptr;
    Drain(remote, local);
  }
  coap_session_set_mtu(session, kLargestDatagram);
  return session;
}

const coap_address_t* Sockets::AnyListener(int family) const {
  for (const Bound& bound : bound_) {
    if (bound.listener != Listener::kCoap) continue;
    for (const coap_address_t& address : bound.addresses) {
      if (address.addr.sa.sa_family == family) return &address;
    }
  }
  return nullptr;
}

std::size_t Sockets::handshakes_open() const {
  std::size_t open = 0;
  for (const auto& channel : channels_) {
    if (channel->gate) open += channel->gate->unfinished();
  }
  return open;
}

void Sockets::NoteServed(TimePoint now) {
  for (const auto& channel : channels_) {
    if (channel->gate) channel->gate->Served(now);
  }
}

std::vector<std::string> Sockets::bound_addresses(Listener listener) const {
  std::vector<std::string> addresses;
  for (const Bound& bound : bound_) {
    if (bound.listener != listener) continue;
    for (const coap_address_t& address : bound.addresses) addresses.push_back(ToText(address));
  }
  return addresses;
}

}  // namespace lwm2m
