#include "lwm2m/simulator/fleet.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace lwm2m::simulator {
namespace {

constexpr std::string_view kScheme = "coap://";
constexpr std::string_view kDefaultPort = "5683";  // RFC 7252 §6.1
constexpr std::uint64_t kWakeEvent = ~std::uint64_t{0};
constexpr auto kFarewell = std::chrono::seconds(5);
// The kernel has about 28,000 ephemeral ports for each local address.
constexpr std::size_t kEndpointsPerAddress = 20000;
constexpr std::size_t kLargestDatagram = 65536;

tl::unexpected<Error> Unreachable(const std::string& what, int error) {
  return tl::unexpected(Error{ErrorKind::kUnreachable, what + ": " + std::strerror(error)});
}

std::string NameOf(const std::string& prefix, std::size_t number) {
  std::string digits = std::to_string(number + 1);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return prefix + digits;
}

// Each endpoint is a socket, and the usual soft limit is 1024.
void RaiseDescriptorLimit(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(wanted, limit.rlim_cur));
  setrlimit(RLIMIT_NOFILE, &limit);
}

TimePoint Now() { return std::chrono::steady_clock::now(); }

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

Simulator::Fleet::Fleet(SimulatorOptions options,
                        std::function<void(const SimulatorEvent&)> on_event)
    : options_(std::move(options)), on_event_(std::move(on_event)), random_(options_.seed) {}

Result<void> Simulator::Fleet::Open() {
  if (auto resolved = ResolveServer(); !resolved) return resolved;
  RaiseDescriptorLimit(options_.endpoints + 64);
  epoll_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
  wake_ = Descriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (epoll_.get() < 0 || wake_.get() < 0) return Unreachable("epoll", errno);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeEvent;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
  members_.resize(options_.endpoints);
  for (std::size_t number = 0; number < members_.size(); ++number) {
    if (auto opened = OpenSocket(number); !opened) return opened;
  }
  return {};
}

Result<void> Simulator::Fleet::ResolveServer() {
  std::string_view authority = options_.server;
  if (authority.substr(0, kScheme.size()) != kScheme) {
    return InvalidValue("server '" + options_.server + "': expected coap://host[:port]");
  }
  authority.remove_prefix(kScheme.size());
  while (!authority.empty() && authority.back() == '/') authority.remove_suffix(1);
  std::string host(authority);
  std::string port(kDefaultPort);
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (status != 0) {
    return tl::unexpected(
        Error{ErrorKind::kUnreachable, options_.server + ": " + gai_strerror(status)});
  }
  std::memcpy(&server_, found->ai_addr, found->ai_addrlen);
  server_length_ = found->ai_addrlen;
  freeaddrinfo(found);
  return {};
}

Result<void> Simulator::Fleet::OpenSocket(std::size_t number) {
  Descriptor descriptor(socket(server_.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0)
    return Unreachable("socket of endpoint " + std::to_string(number), errno);
  const auto* server4 = reinterpret_cast<const sockaddr_in*>(&server_);
  const bool is_loopback =
      server_.ss_family == AF_INET && ntohl(server4->sin_addr.s_addr) >> 24 == 127;
  if (is_loopback && number >= kEndpointsPerAddress) {
    // The loopback network has more addresses than one, each with its own ports.
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(number / kEndpointsPerAddress));
    if (bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
      return Unreachable("local address of endpoint " + std::to_string(number), errno);
    }
  }
  // Connected, so that the kernel drops what other peers send.
  if (connect(descriptor.get(), reinterpret_cast<const sockaddr*>(&server_), server_length_) != 0) {
    return Unreachable(options_.server, errno);
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor.get(), &event) != 0) {
    return Unreachable("epoll of endpoint " + std::to_string(number), errno);
  }
  members_[number].socket = std::move(descriptor);
  return {};
}

void Simulator::Fleet::Run() {
  const TimePoint begin = Now();
  const auto unix_time = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  for (std::size_t number = 0; number < members_.size(); ++number) {
    EndpointOptions endpoint;
    endpoint.name = NameOf(options_.prefix, number);
    endpoint.version = options_.version;
    endpoint.binding = options_.binding;
    endpoint.device.serial_number = NameOf("SN-", number);
    endpoint.device.binding = options_.binding;
    endpoint.device.lifetime = options_.lifetime;
    endpoint.device.drift = options_.drift;
    endpoint.device.seed = options_.seed + number * 0x9e3779b97f4a7c15u;
    endpoint.device.unix_time = unix_time.count();
    const auto share = options_.ramp * number / members_.size();
    endpoint.device.start = begin + std::chrono::duration_cast<std::chrono::nanoseconds>(share);
    const TimePoint start = endpoint.device.start;
    Member& member = members_[number];
    member.endpoint =
        std::make_unique<Endpoint>(number, std::move(endpoint), start, *this, counters_);
    member.armed = TimePoint::max();
    Arm(number);
  }
  ServeUntil([this] { return stopping_.load(); });
  if (!options_.deregister) return;
  const TimePoint until = Now() + kFarewell;
  std::size_t next = 0;
  ServeUntil([&] {
    // A few at a time: 10,000 De-registers at once would overrun the receive buffer of the server.
    for (int batch = 0; batch < 32 && next < members_.size(); ++batch, ++next) {
      members_[next].endpoint->Deregister(Now());
      Arm(next);
    }
    if (Now() >= until) return true;
    const bool all_asked = next == members_.size();
    return all_asked && std::all_of(members_.begin(), members_.end(), [](const Member& member) {
             return member.endpoint->is_gone();
           });
  });
}

void Simulator::Fleet::ServeUntil(const std::function<bool()>& done) {
  std::array<epoll_event, 256> events;
  while (!done()) {
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 MillisecondsToWait(Now()));
    const TimePoint now = Now();
    for (int i = 0; i < count; ++i) {
      const std::uint64_t source = events[static_cast<std::size_t>(i)].data.u64;
      if (source != kWakeEvent) {
        ReadSocket(source, now);
        continue;
      }
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto drained = read(wake_.get(), &ignored, sizeof ignored);
    }
    TakeDepartures(now);
    DeliverDelayed(now);
    RunDeadlines(now);
  }
}

int Simulator::Fleet::MillisecondsToWait(TimePoint now) const {
  // The farewell looks at the clock too, so no wait is long.
  TimePoint next = now + std::chrono::milliseconds(stopping_ ? 5 : 1000);
  if (!deadlines_.empty()) next = std::min(next, deadlines_.top().at);
  if (!delayed_.empty()) next = std::min(next, delayed_.front().at);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - now);
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(wait.count(), 0));
}

void Simulator::Fleet::ReadSocket(std::size_t member, TimePoint now) {
  static thread_local std::array<char, kLargestDatagram> buffer;
  for (;;) {
    const ssize_t size = recv(members_[member].socket.get(), buffer.data(), buffer.size(), 0);
    // ECONNREFUSED: no server listens; retransmission and back-off deal with that.
    if (size < 0) break;
    if (IsLost()) continue;
    const std::string_view octets(buffer.data(), static_cast<std::size_t>(size));
    if (options_.latency.count() > 0) {
      delayed_.push_back({now + options_.latency, member, false, Octets(octets)});
    } else {
      members_[member].endpoint->Receive(octets, now);
    }
  }
  Arm(member);
}

void Simulator::Fleet::Send(std::size_t endpoint, Octets datagram) {
  if (IsLost()) return;
  if (options_.latency.count() > 0) {
    delayed_.push_back({Now() + options_.latency, endpoint, true, std::move(datagram)});
  } else {
    Transmit(endpoint, datagram);
  }
}

void Simulator::Fleet::Transmit(std::size_t member, std::string_view octets) const {
  const int fd = members_[member].socket.get();
  // A pending ICMP error is reported instead of sending, once. A full buffer is a lost datagram.
  if (send(fd, octets.data(), octets.size(), MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED) {
    send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
  }
}

bool Simulator::Fleet::IsLost() {
  return options_.loss > 0 && std::uniform_real_distribution<>(0, 1)(random_) < options_.loss;
}

void Simulator::Fleet::DeliverDelayed(TimePoint now) {
  while (!delayed_.empty() && delayed_.front().at <= now) {
    const Delayed due = std::move(delayed_.front());
    delayed_.pop_front();
    if (due.to_server) {
      Transmit(due.member, due.octets);
    } else {
      members_[due.member].endpoint->Receive(due.octets, now);
      Arm(due.member);
    }
  }
}

void Simulator::Fleet::RunDeadlines(TimePoint now) {
  while (!deadlines_.empty() && deadlines_.top().at <= now) {
    const Deadline due = deadlines_.top();
    deadlines_.pop();
    Member& member = members_[due.member];
    if (due.at != member.armed) continue;  // an earlier one has taken its place
    member.armed = TimePoint::max();
    member.endpoint->Advance(now);
    Arm(due.member);
  }
}

void Simulator::Fleet::Arm(std::size_t member) {
  const TimePoint next = members_[member].endpoint->next_deadline();
  if (next >= members_[member].armed) return;
  members_[member].armed = next;
  deadlines_.push({next, member});
}

void Simulator::Fleet::Stop() {
  stopping_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
}

void Simulator::Fleet::Leave(std::string_view endpoint, bool silently) {
  {
    const std::lock_guard lock(departures_mutex_);
    departures_.push_back({std::string(endpoint), silently});
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
}

void Simulator::Fleet::TakeDepartures(TimePoint now) {
  std::vector<Departure> departures;
  {
    const std::lock_guard lock(departures_mutex_);
    departures.swap(departures_);
  }
  for (const Departure& departure : departures) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Endpoint& endpoint = *members_[i].endpoint;
      if (!departure.endpoint.empty() && departure.endpoint != endpoint.name()) continue;
      if (departure.silently) {
        endpoint.Vanish();
      } else {
        endpoint.Deregister(now);
      }
      Arm(i);
    }
  }
}

void Simulator::Fleet::Report(SimulatorEvent event) {
  if (on_event_) on_event_(event);
}

SimulatorCounters Simulator::Fleet::counters() const {
  return {counters_.registered,    counters_.register_failures, counters_.updates,
          counters_.notifications, counters_.requests,          counters_.retransmissions,
          counters_.malformed};
}

}  // namespace lwm2m::simulator
