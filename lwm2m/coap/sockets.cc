#include "lwm2m/coap/sockets.h"

#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "lwm2m/coap/address.h"

namespace lwm2m {
namespace {

// libcoap walks all its sessions once per turn, and a turn reads one datagram per event: repeated
// events share the walk between as many datagrams.
constexpr std::size_t kDatagramsPerTurn = 64;
constexpr int kEventsPerTurn = 16;
// As many octets as libcoap reads. Its default of 1152 refuses longer datagrams, which clients that
// know no block-wise transfer send for a long object list.
constexpr unsigned kLargestDatagram = 1472;

enum Source : std::uint32_t { kWake, kEndpoints, kDownlinks };

void LogOfLibcoap(coap_log_t, const char* message) {
  std::string_view text(message);
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  spdlog::debug("event=libcoap text=\"{}\"", text);
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

bool Watch(int epoll, int descriptor, Source source) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = source;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

tl::unexpected<Error> Unreachable(std::string detail) {
  return tl::unexpected(Error{ErrorKind::kUnreachable, std::move(detail)});
}

}  // namespace

Sockets::Context Sockets::NewContext(const SocketCallbacks& callbacks, void* app) {
  Context context(coap_new_context(nullptr));
  if (!context) return nullptr;
  coap_set_app_data(context.get(), app);
  coap_context_set_block_mode(context.get(), 0);  // block-wise transfer is ours
  coap_register_response_handler(context.get(), callbacks.response);
  coap_register_nack_handler(context.get(), callbacks.nack);
  // One resource for every path, /rd/{handle} among them: routing is the server's.
  coap_resource_t* const resource = coap_resource_unknown_init(callbacks.request);
  if (resource == nullptr) return nullptr;
  for (const coap_request_t method :
       {COAP_REQUEST_GET, COAP_REQUEST_POST, COAP_REQUEST_DELETE, COAP_REQUEST_FETCH,
        COAP_REQUEST_PATCH, COAP_REQUEST_IPATCH}) {
    coap_register_request_handler(resource, method, callbacks.request);
  }
  coap_add_resource(context.get(), resource);
  return context;
}

Result<void> Sockets::CreateContexts(std::size_t idle_sessions, const SocketCallbacks& callbacks,
                                     void* app) {
  coap_startup();
  coap_set_log_handler(&LogOfLibcoap);
  coap_set_log_level(0);  // emergencies; it reports each malformed datagram otherwise
  endpoints_ = NewContext(callbacks, app);
  downlinks_ = NewContext(callbacks, app);
  if (!endpoints_ || !downlinks_) return Unreachable("libcoap has no context");
  coap_context_set_max_idle_sessions(endpoints_.get(), static_cast<unsigned>(idle_sessions));
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || wake_ < 0 || !Watch(epoll_, wake_, kWake) ||
      !Watch(epoll_, coap_context_get_coap_fd(endpoints_.get()), kEndpoints) ||
      !Watch(epoll_, coap_context_get_coap_fd(downlinks_.get()), kDownlinks)) {
    return Unreachable(std::string("epoll: ") + std::strerror(errno));
  }
  return {};
}

Result<std::unique_ptr<Sockets>> Sockets::Open(const std::vector<std::string>& addresses,
                                               std::size_t idle_sessions,
                                               const SocketCallbacks& callbacks, void* app) {
  RaiseDescriptorLimit();
  std::unique_ptr<Sockets> sockets(new Sockets);
  if (auto created = sockets->CreateContexts(idle_sessions, callbacks, app); !created) {
    return tl::unexpected(created.error());
  }
  for (const std::string& text : addresses) {
    const auto address = ParseAddress(text);
    if (!address) return tl::unexpected(address.error());
    if (IsWildcard(*address)) sockets->wildcards_.push_back(*address);
    std::uint16_t port = coap_address_get_port(&*address);
    const std::vector<coap_address_t> concrete = Expand(*address);
    if (concrete.empty()) return Unreachable("no local address for " + text);
    for (coap_address_t one : concrete) {
      coap_address_set_port(&one, port);
      if (auto bound = sockets->Listen(one); !bound) return tl::unexpected(bound.error());
      port = coap_address_get_port(&sockets->listeners_.back());
    }
    if (IsWildcard(*address)) coap_address_set_port(&sockets->wildcards_.back(), port);
  }
  return sockets;
}

void Sockets::StopCallbacks() {
  for (const Context* context : {&endpoints_, &downlinks_}) {
    coap_register_response_handler(context->get(), nullptr);
    coap_register_nack_handler(context->get(), nullptr);
  }
}

Sockets::~Sockets() {
  if (epoll_ >= 0) close(epoll_);
  if (wake_ >= 0) close(wake_);
}

namespace {

// libcoap sets SO_REUSEADDR, and two sockets that both do may share a UDP port: another service of
// ours would take half of the datagrams. A socket without it tells.
bool IsTaken(const coap_address_t& address) {
  if (coap_address_get_port(&address) == 0) return false;
  const int probe = socket(address.addr.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool taken = bind(probe, &address.addr.sa, address.size) != 0 && errno == EADDRINUSE;
  close(probe);
  return taken;
}

}  // namespace

Result<void> Sockets::Listen(const coap_address_t& address) {
  if (IsTaken(address)) {
    return Unreachable("cannot bind " + ToText(address) + ": " + std::strerror(EADDRINUSE));
  }
  coap_endpoint_t* const endpoint = coap_new_endpoint(endpoints_.get(), &address, COAP_PROTO_UDP);
  if (endpoint == nullptr) {
    return Unreachable("cannot bind " + ToText(address) + ": " + std::strerror(errno));
  }
  coap_endpoint_set_default_mtu(endpoint, kLargestDatagram);
  listeners_.push_back(address);
  coap_address_set_port(&listeners_.back(), PortOf(endpoint));
  spdlog::info("event=coap-listening address={}", ToText(listeners_.back()));
  return {};
}

void Sockets::LookForNewAddresses() {
  for (const coap_address_t& wildcard : wildcards_) {
    for (const coap_address_t& local : Expand(wildcard)) {
      const bool known =
          std::any_of(listeners_.begin(), listeners_.end(), [&](const coap_address_t& listener) {
            return coap_address_equals(&listener, &local) != 0;
          });
      if (known) continue;
      if (auto bound = Listen(local); !bound) {
        spdlog::warn("event=coap-not-listening reason=\"{}\"", bound.error().detail);
      }
    }
  }
}

void Sockets::Wait(TimePoint deadline) {
  std::array<epoll_event, 3> events{};
  const int count =
      epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), Milliseconds(deadline));
  for (int i = 0; i < count; ++i) {
    switch (events[static_cast<std::size_t>(i)].data.u32) {
      case kWake: {
        std::uint64_t ignored = 0;
        while (read(wake_, &ignored, sizeof ignored) > 0) {
        }
        break;
      }
      case kEndpoints:
        endpoints_ready_ = true;
        break;
      case kDownlinks:
        downlinks_ready_ = true;
        break;
      default:  // not one of ours
        break;
    }
  }
}

void Sockets::Turn() {
  if (std::exchange(endpoints_ready_, false)) TurnContext(endpoints_.get(), kDatagramsPerTurn);
  // A client session that is released in its own handler would be used after it is freed by a
  // repeated event, hence one datagram per turn.
  if (std::exchange(downlinks_ready_, false)) TurnContext(downlinks_.get(), 1);
}

void Sockets::TurnContext(coap_context_t* context, std::size_t copies) {
  std::array<epoll_event, kEventsPerTurn> ready{};
  const int count = epoll_wait(coap_context_get_coap_fd(context), ready.data(), kEventsPerTurn, 0);
  std::array<epoll_event, kEventsPerTurn * kDatagramsPerTurn> batch{};
  std::size_t size = 0;
  for (std::size_t copy = 0; copy < copies; ++copy) {
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = ready[static_cast<std::size_t>(i)];
      // Without a socket it is libcoap's timer.
      if (copy == 0 || event.data.ptr != nullptr) batch[size++] = event;
    }
  }
  if (size > 0) coap_io_do_epoll(context, batch.data(), size);
}

void Sockets::Wake() {
  const std::uint64_t one = 1;
  // A full counter wakes as well.
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

coap_session_t* Sockets::Connect(const coap_address_t& remote, const coap_address_t& local) {
  const coap_address_t wildcard = WildcardLike(local);
  coap_session_t* const session =
      coap_new_client_session(downlinks_.get(), &wildcard, &remote, COAP_PROTO_UDP);
  if (session == nullptr) return nullptr;
  if (!IsSameHost(*coap_session_get_addr_local(session), local)) {
    coap_session_release(session);
    return nullptr;
  }
  coap_session_set_mtu(session, kLargestDatagram);
  return session;
}

const coap_address_t* Sockets::AnyListener(int family) const {
  for (const coap_address_t& listener : listeners_) {
    if (listener.addr.sa.sa_family == family) return &listener;
  }
  return nullptr;
}

std::vector<std::string> Sockets::bound_addresses() const {
  std::vector<std::string> addresses;
  for (const coap_address_t& listener : listeners_) addresses.push_back(ToText(listener));
  return addresses;
}

}  // namespace lwm2m
