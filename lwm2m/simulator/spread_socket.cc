#include "lwm2m/simulator/spread_socket.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace lwm2m::simulator {
namespace {

constexpr std::size_t kGroup = 64;
constexpr std::size_t kLargestDatagram = 2048;
constexpr int kBuffer = 32 << 20;  // a second of answers to a herd
constexpr std::uint32_t kFirstAddress = 127u << 24 | 1u << 16;

Result<sockaddr_in> ParseServer(std::string_view text) {
  const auto colon = text.rfind(':');
  sockaddr_in server{};
  server.sin_family = AF_INET;
  std::uint16_t port = 0;
  if (colon == std::string_view::npos) return InvalidValue("server: expected ADDRESS:PORT");
  const auto [end, error] =
      std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return InvalidValue("server: port of '" + std::string(text) + "'");
  }
  if (inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &server.sin_addr) != 1 ||
      ntohl(server.sin_addr.s_addr) >> 24 != 127) {
    return InvalidValue(
        "server: '" + std::string(text) +
        "' is not on 127.0.0.0/8, the only network that has an address for each device");
  }
  server.sin_port = htons(port);
  return server;
}

// The forced variant is root's; others get what net.core.rmem_max allows.
void EnlargeBuffers(int fd) {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kBuffer, sizeof kBuffer) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kBuffer, sizeof kBuffer);
  }
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &kBuffer, sizeof kBuffer) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kBuffer, sizeof kBuffer);
  }
}

}  // namespace

// What the kernel wants to see of a group of datagrams, side by side.
struct SpreadSocket::Group {
  alignas(cmsghdr) std::array<std::array<char, CMSG_SPACE(sizeof(in_pktinfo))>, kGroup> control;
  std::array<mmsghdr, kGroup> headers;
  std::array<iovec, kGroup> parts;
  std::array<std::array<char, kLargestDatagram>, kGroup> octets;

  void Prepare(std::size_t index, sockaddr_in* server) {
    parts[index] = {octets[index].data(), kLargestDatagram};
    headers[index] = {};
    msghdr& header = headers[index].msg_hdr;
    header.msg_iov = &parts[index];
    header.msg_iovlen = 1;
    header.msg_control = control[index].data();
    header.msg_controllen = control[index].size();
    if (server == nullptr) return;
    header.msg_name = server;
    header.msg_namelen = sizeof *server;
  }
};

Result<std::unique_ptr<SpreadSocket>> SpreadSocket::Open(std::string_view server) {
  const auto parsed = ParseServer(server);
  if (!parsed) return tl::unexpected(parsed.error());
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return tl::unexpected(Error{ErrorKind::kUnreachable, std::strerror(errno)});
  std::unique_ptr<SpreadSocket> opened(new SpreadSocket(fd, *parsed));
  constexpr int kOn = 1;
  // Datagrams that are never fragmented need no number, which the kernel takes some time to choose.
  constexpr int kDiscover = IP_PMTUDISC_DO;
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &kDiscover, sizeof kDiscover);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &kOn, sizeof kOn) != 0 ||
      bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) {
    return tl::unexpected(Error{ErrorKind::kUnreachable, std::strerror(errno)});
  }
  EnlargeBuffers(fd);
  return opened;
}

SpreadSocket::SpreadSocket(int fd, const sockaddr_in& server)
    : fd_(fd),
      server_(server),
      outgoing_(std::make_unique<Group>()),
      incoming_(std::make_unique<Group>()) {}

SpreadSocket::~SpreadSocket() { close(fd_); }

void SpreadSocket::Send(std::size_t device, std::string_view octets) {
  Group& group = *outgoing_;
  group.Prepare(waiting_, &server_);
  const std::size_t size = std::min(octets.size(), kLargestDatagram);
  std::copy_n(octets.data(), size, group.octets[waiting_].data());
  group.parts[waiting_].iov_len = size;
  in_pktinfo source{};
  source.ipi_spec_dst.s_addr = htonl(kFirstAddress + static_cast<std::uint32_t>(device));
  cmsghdr* const control = CMSG_FIRSTHDR(&group.headers[waiting_].msg_hdr);
  control->cmsg_level = IPPROTO_IP;
  control->cmsg_type = IP_PKTINFO;
  control->cmsg_len = CMSG_LEN(sizeof source);
  std::memcpy(CMSG_DATA(control), &source, sizeof source);
  if (++waiting_ == kGroup) Flush();
}

void SpreadSocket::Flush() {
  for (std::size_t sent = 0; sent < waiting_;) {
    const int now =
        sendmmsg(fd_, &outgoing_->headers[sent], static_cast<unsigned>(waiting_ - sent), 0);
    if (now > 0) {
      sent += static_cast<std::size_t>(now);
    } else if (errno == EAGAIN) {
      pollfd writable{fd_, POLLOUT, 0};
      poll(&writable, 1, 10);
    } else if (errno != EINTR && errno != ECONNREFUSED) {
      break;  // lost, as datagrams may be: the device will say it again
    }
  }
  waiting_ = 0;
}

void SpreadSocket::Receive(int groups,
                           const std::function<void(std::size_t, std::string_view)>& receive) {
  Group& group = *incoming_;
  for (; groups > 0; --groups) {
    for (std::size_t i = 0; i < kGroup; ++i) group.Prepare(i, nullptr);
    const int count = recvmmsg(fd_, group.headers.data(), kGroup, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(i);
      msghdr& header = group.headers[index].msg_hdr;
      const cmsghdr* const control = CMSG_FIRSTHDR(&header);
      if (control == nullptr || control->cmsg_type != IP_PKTINFO) continue;
      in_pktinfo destination{};
      std::memcpy(&destination, CMSG_DATA(control), sizeof destination);
      receive(ntohl(destination.ipi_addr.s_addr) - kFirstAddress,
              {group.octets[index].data(), group.headers[index].msg_len});
    }
    if (count < static_cast<int>(kGroup)) return;
  }
}

}  // namespace lwm2m::simulator
