// One UDP socket that speaks for many loopback addresses.
#ifndef LWM2M_SIMULATOR_SPREAD_SOCKET_H_
#define LWM2M_SIMULATOR_SPREAD_SOCKET_H_

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "lwm2m/error.h"

namespace lwm2m::simulator {

// Device n has the address 127.x.y.z, all with the port that the kernel gave: the source of each
// datagram is chosen with IP_PKTINFO, its destination tells whose an incoming one is. Linux takes
// every address of 127.0.0.0/8 as its own; no other network does, so the server must be on
// 127.0.0.0/8 too. Datagrams travel in groups (sendmmsg, recvmmsg).
//
// One thread only. Owns the descriptor.
class SpreadSocket {
 public:
  // 127.1.0.0 to 127.254.255.255: the addresses that people configure, 127.0.x.y, stay free.
  static constexpr std::size_t kMostDevices = std::size_t{254} << 16;

  // `server`: "127.0.0.1:5683".
  static Result<std::unique_ptr<SpreadSocket>> Open(std::string_view server);
  ~SpreadSocket();
  SpreadSocket(const SpreadSocket&) = delete;
  SpreadSocket& operator=(const SpreadSocket&) = delete;

  // Leaves with the next Flush, or when the group is full.
  void Send(std::size_t device, std::string_view octets);
  void Flush();
  // Calls `receive` for each datagram that has arrived, until there is none or `groups` have been
  // read.
  void Receive(int groups, const std::function<void(std::size_t, std::string_view)>& receive);
  int descriptor() const { return fd_; }

 private:
  struct Group;

  SpreadSocket(int fd, const sockaddr_in& server);

  const int fd_;
  sockaddr_in server_;
  std::size_t waiting_ = 0;  // datagrams in `outgoing_`
  std::unique_ptr<Group> outgoing_, incoming_;
};

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_SPREAD_SOCKET_H_
