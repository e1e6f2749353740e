// One turn of a libcoap context: what is read, how much, and what is looked at before.
#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "lwm2m/coap/address.h"
#include "lwm2m/coap/client_hello.h"
#include "lwm2m/coap/sockets.h"

namespace lwm2m {
namespace {

constexpr int kEventsPerTurn = 16;
// Walks may take a twentieth of the time.
constexpr int kTimesAsLong = 19;

// The channel whose messages libcoap works on. Not a member of anything, since libcoap calls
// coap_io_prepare_epoll with nothing but a context, which may be somebody else's.
thread_local Channel* turning = nullptr;

// One datagram for each copy of the event. Without a socket it is libcoap's timer.
void Process(Channel& channel, const epoll_event& event, std::size_t copies) {
  std::array<epoll_event, kDatagramsPerTurn> batch{};
  if (event.data.ptr == nullptr) copies = 1;
  std::fill_n(batch.begin(), copies, event);
  if (copies == 0) return;
  turning = &channel;
  coap_io_do_epoll(channel.context.get(), batch.data(), copies);
  turning = nullptr;
}

using PrepareFunction = unsigned (*)(coap_context_t*, coap_tick_t);
PrepareFunction PrepareOfLibcoap() {
  static const auto found =
      reinterpret_cast<PrepareFunction>(dlsym(RTLD_NEXT, "coap_io_prepare_epoll"));
  return found;
}

// Of a socket that libcoap is about to read, if it is one of those: a coap_socket_t begins with its
// descriptor in every 4.3.
int DescriptorOf(const Channel& channel, const epoll_event& event) {
  if (event.data.ptr == nullptr) return -1;
  const int descriptor = *static_cast<const int*>(event.data.ptr);
  return channel.descriptors.contains(descriptor) ? descriptor : -1;
}

// What waits in a socket, from its first datagram on, without taking it.
struct Ahead {
  std::size_t datagrams = 0;  // before one of a handshake, or all
  enum class Next { kNothing, kHello, kFlight } next = Next::kNothing;  // follows them
};
Ahead LookAhead(int descriptor, std::size_t at_most) {
  Ahead ahead;
  constexpr int kFromTheFirst = 0;
  const bool beyond_the_first =
      setsockopt(descriptor, SOL_SOCKET, SO_PEEK_OFF, &kFromTheFirst, sizeof kFromTheFirst) == 0;
  while (ahead.datagrams < at_most) {
    std::array<char, 16> head{};
    // MSG_TRUNC tells the length of the datagram, and moves on by that.
    const ssize_t size =
        recv(descriptor, head.data(), head.size(), MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0) break;
    const std::size_t seen = std::min(static_cast<std::size_t>(size), head.size());
    const std::string_view start(head.data(), seen);
    if (IsHandshake(start)) {
      ahead.next = IsClientHello(start) ? Ahead::Next::kHello : Ahead::Next::kFlight;
      break;
    }
    ++ahead.datagrams;
    if (!beyond_the_first) break;
  }
  constexpr int kOff = -1;
  setsockopt(descriptor, SOL_SOCKET, SO_PEEK_OFF, &kOff, sizeof kOff);
  return ahead;
}

}  // namespace

// libcoap ends each call with a look at all its sessions, for what is to be repeated or has timed
// out. With thousands of them that takes longer than the messages, so it is done once in a while.
void Sockets::Walk(Channel& channel) {
  const TimePoint began = std::chrono::steady_clock::now();
  coap_tick_t ticks = 0;
  coap_ticks(&ticks);
  channel.walk_wanted = false;
  if (PrepareOfLibcoap() != nullptr) PrepareOfLibcoap()(channel.context.get(), ticks);
  const TimePoint ended = std::chrono::steady_clock::now();
  channel.walk_at = ended + kTimesAsLong * (ended - began);
}

// A client session that is released in its own handler would be used after it is freed by a
// repeated event, hence one message per turn where there are such.
void Sockets::TurnChannel(Channel& channel) {
  coap_context_t* const context = channel.context.get();
  std::array<epoll_event, kEventsPerTurn> ready{};
  const int count = epoll_wait(coap_context_get_coap_fd(context), ready.data(), kEventsPerTurn, 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = ready[static_cast<std::size_t>(i)];
    const int descriptor = DescriptorOf(channel, event);
    if (descriptor >= 0) {
      TurnGated(channel, event, descriptor);
    } else {
      Process(channel, event, channel.messages_per_turn);
    }
  }
}

void Sockets::TurnGated(Channel& channel, const epoll_event& event, int descriptor) {
  std::size_t left = channel.messages_per_turn;
  while (left > 0) {
    const Ahead ahead = LookAhead(descriptor, left);
    Process(channel, event, ahead.datagrams);
    left -= ahead.datagrams;
    if (ahead.next == Ahead::Next::kNothing && ahead.datagrams == 0) return;
    if (ahead.next == Ahead::Next::kNothing || left == 0) continue;
    if (ahead.next == Ahead::Next::kHello) {
      TakeHello(channel, event, descriptor);
    } else {
      TakeFlight(channel, event);
    }
    --left;
  }
}

// The first datagram of the socket is of a handshake that goes on.
void Sockets::TakeFlight(Channel& channel, const epoll_event& event) {
  const TimePoint began = std::chrono::steady_clock::now();
  Process(channel, event, 1);
  const TimePoint ended = std::chrono::steady_clock::now();
  channel.gate->Spent(ended - began, ended);
}

// The first datagram of the socket is a ClientHello.
void Sockets::TakeHello(Channel& channel, const epoll_event& event, int descriptor) {
  coap_address_t from;
  coap_address_init(&from);
  std::array<char, kLargestDatagram> datagram{};
  const ssize_t size = recvfrom(descriptor, datagram.data(), datagram.size(),
                                MSG_PEEK | MSG_DONTWAIT, &from.addr.sa, &from.size);
  if (size < 0) return;
  const auto hello = ReadClientHello({datagram.data(), static_cast<std::size_t>(size)});
  const TimePoint now = std::chrono::steady_clock::now();
  const bool begins = !hello || !hello->has_cookie;
  if (!channel.gate->Admits(ToText(from), now) || (begins && !channel.gate->HasTime(now))) {
    ++hellos_put_off_;
    recv(descriptor, datagram.data(), 1, MSG_DONTWAIT);
    return;
  }
  if (hello && hello->has_cookie && hello->offers_psk && hello->offers_others) {
    coap_session_t* const session = channel.gate->Find(from);
    if (session != nullptr) channel.authentication->ChoosePsk(session);
  }
  callbacks_.hello(channel, from, channel.descriptors.at(descriptor));
  TakeFlight(channel, event);
}

void Sockets::AbortHandshake(const coap_session_t* session) const {
  // Alert, DTLS 1.2, epoch 0, number 0, 2 octets: fatal, internal_error.
  constexpr std::array<unsigned char, 15> kAlert = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0,
                                                    0,  0,    0,    0, 2, 2, 80};
  const coap_address_t& to = *coap_session_get_addr_remote(session);
  const coap_address_t& from = *coap_session_get_addr_local(session);
  for (const auto& [descriptor, local] : ChannelOf(session).descriptors) {
    if (coap_address_equals(&local, &from) == 0) continue;
    // Lost, it costs the client its own time-out.
    sendto(descriptor, kAlert.data(), kAlert.size(), MSG_DONTWAIT, &to.addr.sa, to.size);
  }
}

}  // namespace lwm2m

// Takes the place of libcoap's, which the calls from within libcoap go through the linker to. Where
// they do not (4.3.5), libcoap walks as often as it likes.
extern "C" unsigned coap_io_prepare_epoll(coap_context_t* context, coap_tick_t now) {
  if (lwm2m::turning != nullptr && lwm2m::turning->context.get() == context) {
    lwm2m::turning->walk_wanted = true;
    return 0;
  }
  const lwm2m::PrepareFunction prepare = lwm2m::PrepareOfLibcoap();
  return prepare == nullptr ? 0 : prepare(context, now);
}
