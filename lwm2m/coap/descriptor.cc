#include "lwm2m/coap/descriptor.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace lwm2m {
namespace {

bool IsConnectedTo(int descriptor, const coap_address_t& remote) {
  coap_address_t peer;
  coap_address_init(&peer);
  return getpeername(descriptor, &peer.addr.sa, &peer.size) == 0 &&
         coap_address_equals(&peer, &remote) != 0;
}

}  // namespace

int DescriptorOf(const coap_address_t& local, const coap_address_t* remote) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int descriptor = std::atoi(entry.path().filename().c_str());
    int type = 0;
    socklen_t length = sizeof type;
    coap_address_t bound;
    coap_address_init(&bound);
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_DGRAM &&
        getsockname(descriptor, &bound.addr.sa, &bound.size) == 0 &&
        coap_address_equals(&bound, &local) != 0 &&
        (remote == nullptr || IsConnectedTo(descriptor, *remote))) {
      return descriptor;
    }
  }
  return -1;
}

bool IsTaken(const coap_address_t& address) {
  if (coap_address_get_port(&address) == 0) return false;
  // A socket without SO_REUSEADDR tells.
  const int probe = socket(address.addr.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool taken = bind(probe, &address.addr.sa, address.size) != 0 && errno == EADDRINUSE;
  close(probe);
  return taken;
}

int EnlargeReceiveBuffer(int descriptor) {
  constexpr int kOctets = 16 * 1024 * 1024;
  // Beyond net.core.rmem_max only with CAP_NET_ADMIN.
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &kOctets, sizeof kOctets) != 0) {
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kOctets, sizeof kOctets);
  }
  int got = 0;
  socklen_t length = sizeof got;
  getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &got, &length);
  return got / 2;  // the system counts its own overhead twice
}

void Drain(const coap_address_t& remote, const coap_address_t& local) {
  const int descriptor = DescriptorOf(local, &remote);
  char octet = 0;
  while (descriptor >= 0 && recv(descriptor, &octet, sizeof octet, MSG_DONTWAIT) >= 0) {
  }
}

}  // namespace lwm2m
