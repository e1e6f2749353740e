#include "lwm2m/simulator/swarm.h"

#include <poll.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace lwm2m::simulator {
namespace {

constexpr Code kServiceUnavailable{0xa3};     // 5.03
constexpr std::uint16_t kMaxAge = 14;         // RFC 7252 §5.10.5
constexpr std::uint32_t kDefaultMaxAge = 60;  // the same
constexpr std::size_t kStartsPerTurn = 512;   // so that answers are read in between
constexpr int kGroupsPerTurn = 16;
constexpr SwarmTime kMillisecond = 1000, kSecond = 1000 * kMillisecond;
constexpr SwarmTime kNever = std::numeric_limits<SwarmTime>::max();

SwarmTime Now() {
  return static_cast<SwarmTime>(std::chrono::duration_cast<std::chrono::microseconds>(
                                    std::chrono::steady_clock::now().time_since_epoch())
                                    .count());
}

SwarmTime Microseconds(std::chrono::milliseconds duration) {
  return static_cast<SwarmTime>(duration.count()) * kMillisecond;
}

SwarmDevice::Pending PendingOf(SwarmLoad::Action action) {
  switch (action) {
    case SwarmLoad::Action::kRegister:
      return SwarmDevice::Pending::kRegister;
    case SwarmLoad::Action::kUpdate:
      return SwarmDevice::Pending::kUpdate;
    case SwarmLoad::Action::kDeregister:
      return SwarmDevice::Pending::kDeregister;
    case SwarmLoad::Action::kNotify:
      return SwarmDevice::Pending::kNotification;
  }
  return SwarmDevice::Pending::kNothing;
}

Datagram EmptyMessage(MessageType type, std::uint16_t message_id) {
  Datagram datagram;
  datagram.type = type;
  datagram.message_id = message_id;
  return datagram;
}

}  // namespace

Result<std::unique_ptr<Swarm>> Swarm::Create(SwarmOptions options) {
  if (options.devices == 0 || options.devices > SpreadSocket::kMostDevices) {
    return InvalidValue("devices: expected 1.." + std::to_string(SpreadSocket::kMostDevices));
  }
  if (options.ack_timeout.count() < 1) return InvalidValue("ack_timeout: expected at least 1 ms");
  auto socket = SpreadSocket::Open(options.server);
  if (!socket) return tl::unexpected(socket.error());
  return std::unique_ptr<Swarm>(new Swarm(std::move(options), std::move(*socket)));
}

Swarm::Swarm(SwarmOptions options, std::unique_ptr<SpreadSocket> socket)
    : options_(std::move(options)),
      socket_(std::move(socket)),
      devices_(options_.devices),
      random_state_(options_.seed) {
  // RFC 7252 §4.4: where numbering begins is random, so that another run is no repetition of this
  // one.
  for (SwarmDevice& device : devices_) {
    device.message_id = static_cast<std::uint16_t>(Random());
    device.sequence = Random() & 0xffff;
  }
}

std::size_t Swarm::registered() const {
  return static_cast<std::size_t>(std::count_if(
      devices_.begin(), devices_.end(), [](const auto& device) { return device.is_registered(); }));
}

std::size_t Swarm::observed() const {
  std::size_t count = 0;
  for (const SwarmDevice& device : devices_) count += device.observation_count;
  return count;
}

SwarmReport Swarm::Run(const SwarmLoad& load) {
  report_ = {};
  turn_ = 0;
  const SwarmTime began = Now();
  in_time_until_ = load.duration.count() > 0 ? began + Microseconds(load.duration) : kNever;
  const std::size_t available = devices_.size() - std::min(load.first, devices_.size());
  SwarmLoad bounded = load;
  bounded.count = load.count == 0 ? available : std::min(load.count, available);
  const auto is_over = [&](SwarmTime now) {
    return bounded.count == 0 ||
           (load.duration.count() > 0 ? now >= in_time_until_ : turn_ >= bounded.count);
  };
  while (true) {
    const SwarmTime now = Now();
    const bool over = is_over(now);
    if (!over) StartSome(bounded, began, now);
    if (over && under_way_ + postponed_ == 0) break;
    Turn(over || !MayStart(bounded, began, now) ? 1 : 0);
  }
  report_.seconds = static_cast<double>(Now() - began) / static_cast<double>(kSecond);
  return std::exchange(report_, {});
}

void Swarm::Serve(const std::function<bool()>& until, int wake) {
  while (!until()) Turn(wake >= 0 ? 100 : 1, wake);
}

bool Swarm::MayStart(const SwarmLoad& load, SwarmTime began, SwarmTime now) const {
  if (load.duration.count() == 0 && turn_ >= load.count) return false;
  if (load.window > 0 && under_way_ >= load.window) return false;
  return load.rate <= 0 ||
         static_cast<double>(report_.begun + report_.skipped) <
             load.rate * static_cast<double>(now - began) / static_cast<double>(kSecond);
}

void Swarm::StartSome(const SwarmLoad& load, SwarmTime began, SwarmTime now) {
  for (std::size_t started = 0; started < kStartsPerTurn && MayStart(load, began, now); ++started) {
    Start(load.first + turn_ % load.count, load, Now());
    ++turn_;
  }
}

void Swarm::Start(std::size_t number, const SwarmLoad& load, SwarmTime now) {
  SwarmDevice& device = devices_[number];
  const bool notifies = load.action == SwarmLoad::Action::kNotify;
  const bool is_able = load.action == SwarmLoad::Action::kRegister || device.is_registered();
  if (device.pending != Pending::kNothing)
    return;  // still waits for an answer: its next turn will come
  if (!is_able || (notifies && !device.TurnToNextObservation())) {
    ++report_.skipped;
    return;
  }
  device.pending = PendingOf(load.action);
  device.retransmissions = 0;
  device.acknowledged = device.postponed = false;
  ++device.message_id;
  device.sequence += notifies ? 1 : 0;
  device.sent_at = now;
  ++report_.begun;
  ++under_way_;
  // RFC 7641 §4: a registration that is made anew has no observations.
  if (load.action == SwarmLoad::Action::kRegister) device.observation_count = 0;
  if (notifies && !load.confirmable) {
    Datagram datagram = PendingMessage(device, number, options_.dialect);
    datagram.type = MessageType::kNonConfirmable;
    socket_->Send(number, Encode(datagram));
    Settle(number, &SwarmReport::answered);
    return;
  }
  SendPending(number, FirstTimeout(now));
}

// RFC 7252 §4.8: the first interval is between ACK_TIMEOUT and 1.5 times that.
SwarmTime Swarm::FirstTimeout(SwarmTime now) {
  const SwarmTime timeout = Microseconds(options_.ack_timeout);
  return now + timeout + Random() % (timeout / 2 + 1);
}

void Swarm::SendPending(std::size_t number, SwarmTime due) {
  socket_->Send(number, Encode(PendingMessage(devices_[number], number, options_.dialect)));
  Arm(number, due);
}

void Swarm::Arm(std::size_t number, SwarmTime due) {
  devices_[number].due_at = due;
  timers_.push({due, static_cast<std::uint32_t>(number)});
}

void Swarm::Turn(int patience_ms, int wake) {
  socket_->Flush();
  const SwarmTime now = Now();
  if (!timers_.empty() &&
      timers_.top().at <= now + static_cast<SwarmTime>(patience_ms) * kMillisecond) {
    patience_ms = timers_.top().at <= now ? 0 : 1;
  }
  std::array<pollfd, 2> waiting{pollfd{socket_->descriptor(), POLLIN, 0}, pollfd{wake, POLLIN, 0}};
  poll(waiting.data(), waiting.size(), patience_ms);
  socket_->Receive(kGroupsPerTurn, [this](std::size_t number, std::string_view octets) {
    if (number < devices_.size()) Receive(number, octets);
  });
  RunTimers(Now());
  socket_->Flush();
}

void Swarm::RunTimers(SwarmTime now) {
  while (!timers_.empty() && timers_.top().at <= now) {
    const Due due = timers_.top();
    timers_.pop();
    SwarmDevice& device = devices_[due.device];
    if (device.pending == Pending::kNothing || device.due_at != due.at) continue;
    if (device.postponed) {
      device.postponed = false;
      device.retransmissions = 0;
      ++device.message_id;
      --postponed_;
      ++under_way_;
      SendPending(due.device, FirstTimeout(now));
    } else if (device.acknowledged || device.retransmissions >= options_.max_retransmit) {
      Settle(due.device, &SwarmReport::timed_out);
    } else {
      ++device.retransmissions;
      ++report_.retransmissions;
      // RFC 7252 §4.2: "the timeout is doubled". The jitter is drawn anew.
      const SwarmTime timeout = Microseconds(options_.ack_timeout) << device.retransmissions;
      SendPending(due.device, now + timeout + Random() % (timeout / 2 + 1));
    }
  }
}

void Swarm::Receive(std::size_t number, std::string_view octets) {
  const auto datagram = Decode(octets);
  if (!datagram) {
    ++counters_.malformed;
    return;
  }
  SwarmDevice& device = devices_[number];
  if (datagram->is_request()) {
    socket_->Send(number, Encode(AnswerOf(device, number, *datagram, counters_)));
    return;
  }
  const bool is_pending = device.pending != Pending::kNothing && !device.postponed &&
                          datagram->message_id == device.message_id;
  if (datagram->type == MessageType::kReset) {
    if (datagram->message_id != device.message_id) return;
    const bool notified = device.pending != Pending::kRegister &&
                          device.pending != Pending::kUpdate &&
                          device.pending != Pending::kDeregister;
    if (notified) device.DropNotified();
    if (is_pending) Settle(number, &SwarmReport::refused);
    return;
  }
  if (datagram->code != Code::kEmpty) return ReceiveResponse(number, *datagram);
  if (!is_pending) return;
  if (device.pending == Pending::kNotification) return Settle(number, &SwarmReport::answered);
  // RFC 7252 §5.2.2: the answer comes by itself.
  device.acknowledged = true;
  Arm(number, Now() + Microseconds(options_.answer_timeout));
}

void Swarm::ReceiveResponse(std::size_t number, const Datagram& response) {
  SwarmDevice& device = devices_[number];
  if (response.type == MessageType::kConfirmable) {
    socket_->Send(number, Encode(EmptyMessage(MessageType::kAcknowledgement, response.message_id)));
  }
  const bool is_request =
      device.pending != Pending::kNothing && device.pending != Pending::kNotification;
  if (!is_request || device.postponed || response.token != device.token()) return;
  ++report_.codes[static_cast<std::uint8_t>(response.code)];
  if (response.code == kServiceUnavailable) return Postpone(number, response);
  if (CodeClass(response.code) != 2) {
    // LwM2M 1.1 §6.2.2: 4.04 to an Update is the end of the registration.
    if (device.pending != Pending::kRegister) device.handle_length = device.observation_count = 0;
    return Settle(number, &SwarmReport::refused);
  }
  if (device.pending == Pending::kDeregister) device.handle_length = device.observation_count = 0;
  const bool understood = device.pending != Pending::kRegister || device.TakeLocation(response);
  Settle(number, understood ? &SwarmReport::answered : &SwarmReport::refused);
}

void Swarm::Postpone(std::size_t number, const Datagram& response) {
  ++report_.postponements;
  --under_way_;
  ++postponed_;
  devices_[number].postponed = true;
  devices_[number].acknowledged = false;
  Arm(number, Now() + response.Number(kMaxAge).value_or(kDefaultMaxAge) * kSecond);
}

void Swarm::Settle(std::size_t number, std::uint64_t SwarmReport::*outcome) {
  SwarmDevice& device = devices_[number];
  const SwarmTime now = Now();
  device.pending = Pending::kNothing;
  --under_way_;
  ++(report_.*outcome);
  if (outcome != &SwarmReport::answered) return;
  if (now <= in_time_until_) ++report_.answered_in_time;
  report_.latency.Add(now - device.sent_at);
}

// SplitMix64: quick, and a generator of the standard library would take more memory than the
// socket.
std::uint32_t Swarm::Random() {
  std::uint64_t z = (random_state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 16);
}

}  // namespace lwm2m::simulator
