#include "lwm2m/simulator/endpoint.h"

#include <algorithm>
#include <utility>

namespace lwm2m::simulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// RFC 7252 §4.8.
constexpr milliseconds kAckTimeout(2000);
constexpr int kMaxRetransmit = 4;
constexpr seconds kExchangeLifetime(247);
// How long an acknowledged request waits for its separate response: MAX_TRANSMIT_WAIT.
constexpr seconds kResponsePatience(93);
// A queue-mode device listens so long after its last message. The standard proposes
// MAX_TRANSMIT_WAIT; a demo shall see it asleep.  (LwM2M 1.0.2 §8.3)
constexpr seconds kAwakeWindow(4);
constexpr seconds kFirstBackOff(5);
constexpr seconds kLongestBackOff(300);
constexpr std::size_t kAnswersKept = 4;

}  // namespace

Endpoint::Endpoint(std::size_t number, EndpointOptions options, TimePoint start, Link& link,
                   LiveCounters& counters)
    : number_(number),
      options_(std::move(options)),
      link_(link),
      counters_(counters),
      device_(options_.device),
      wake_at_(start),
      deaf_until_(options_.device.start),
      awake_until_(options_.device.start),
      next_message_id_(0),
      next_token_(0),
      random_state_(options_.device.seed) {
  next_message_id_ = static_cast<std::uint16_t>(Random());
  next_token_ = Random();
}

void Endpoint::SetState(State next) {
  const auto holds_location = [](State state) {
    return state == State::kRegistered || state == State::kUpdating ||
           state == State::kDeregistering;
  };
  if (!holds_location(state_) && holds_location(next)) ++counters_.registered;
  if (holds_location(state_) && !holds_location(next)) --counters_.registered;
  state_ = next;
}

// ---- Registration interface (LwM2M 1.0.2 §5.3) ----

void Endpoint::SendRegister(TimePoint now) {
  Datagram request = NewRequest(Code::kPost);
  request.Add(kUriPath, "rd");
  request.AddNumber(kContentFormat, kLinkFormat);
  lifetime_told_ = device_.lifetime();
  request.Add(kUriQuery, "ep=" + options_.name);
  request.Add(kUriQuery, "lt=" + std::to_string(lifetime_told_.count()));
  request.Add(kUriQuery, "lwm2m=" + options_.version);
  // From 1.1 on queue mode is no longer part of the binding but a parameter of its own.  (§6.2.1)
  std::string binding = options_.binding;
  const bool is_first_version = options_.version == "1.0";
  if (!is_first_version) std::erase(binding, 'Q');
  request.Add(kUriQuery, "b=" + binding);
  if (!is_first_version && is_queue_mode()) request.Add(kUriQuery, "Q");
  request.payload =
      is_first_version ? R"(</>;rt="oma.lwm2m";ct=11543)" : R"(</>;rt="oma.lwm2m";ct=11542)";
  for (const Path& instance : Device::Instances()) {
    request.payload += ",<" + instance.ToString() + ">";
  }
  location_.clear();
  observations_.clear();
  notification_.reset();
  SetState(State::kRegistering);
  request_ = MakeExchange(request, now);
}

void Endpoint::SendUpdate(TimePoint now, bool with_lifetime) {
  Datagram request = NewRequest(Code::kPost);
  for (const std::string& segment : location_) request.Add(kUriPath, segment);
  if (with_lifetime) {
    lifetime_told_ = device_.lifetime();
    request.Add(kUriQuery, "lt=" + std::to_string(lifetime_told_.count()));
  }
  SetState(State::kUpdating);
  request_ = MakeExchange(request, now);
}

void Endpoint::SendDeregister(TimePoint now) {
  Datagram request = NewRequest(Code::kDelete);
  for (const std::string& segment : location_) request.Add(kUriPath, segment);
  notification_.reset();
  observations_.clear();
  SetState(State::kDeregistering);
  request_ = MakeExchange(request, now);
}

void Endpoint::RegistrationAnswered(const Datagram& answer, TimePoint now) {
  request_.reset();
  switch (state_) {
    case State::kRegistering:
      if (answer.code == Code::kCreated) {
        Registered(answer, now);
      } else {
        RegistrationFailed(ToString(answer.code), now);
      }
      return;
    case State::kUpdating:
      if (answer.code == Code::kChanged) {
        ++counters_.updates;
        Registered(answer, now);
      } else if (answer.code == Code::kNotFound) {
        // §5.3.2: the server has forgotten us.
        Report("update-refused", {}, ToString(answer.code));
        SendRegister(now);
      } else {
        RegistrationFailed(ToString(answer.code), now);
      }
      return;
    case State::kDeregistering:
      SetState(State::kGone);
      Report("deregistered", {}, ToString(answer.code));
      return;
    case State::kWaiting:
    case State::kRegistered:
    case State::kGone:
      return;  // no request of this interface is open in these states
  }
}

void Endpoint::Registered(const Datagram& answer, TimePoint now) {
  failures_ = 0;
  if (state_ == State::kRegistering) {
    location_ = answer.Texts(kLocationPath);
    if (location_.empty()) {
      RegistrationFailed("2.01 without Location-Path", now);
      return;
    }
    std::string location;
    for (const std::string& segment : location_) location += "/" + segment;
    SetState(State::kRegistered);
    Report("registered", {}, location);
  }
  SetState(State::kRegistered);
  // At 80 % of the lifetime, so that a few lost datagrams do not cost the registration.
  const auto lifetime = std::chrono::duration_cast<milliseconds>(lifetime_told_);
  wake_at_ = lifetime.count() == 0 ? TimePoint::max() : now + lifetime * 4 / 5;
  // Written while the Update was under way.
  if (lifetime_told_ != device_.lifetime()) wake_at_ = now;
  if (leaving_) SendDeregister(now);
}

void Endpoint::RegistrationFailed(std::string_view cause, TimePoint now) {
  request_.reset();
  const bool was_update = state_ == State::kUpdating;
  if (state_ == State::kDeregistering || leaving_) {
    SetState(State::kGone);
    Report("deregister-failed", {}, std::string(cause));
    return;
  }
  Report(was_update ? "update-failed" : "register-failed", {}, std::string(cause));
  if (!was_update) ++counters_.register_failures;
  SetState(State::kWaiting);
  const auto doubled = kFirstBackOff * (1 << std::min(failures_++, 10));
  const milliseconds wait = std::min<milliseconds>(doubled, kLongestBackOff);
  wake_at_ = now + wait + wait * (Random() % 512) / 1024;
}

void Endpoint::Deregister(TimePoint now) {
  leaving_ = true;
  switch (state_) {
    case State::kWaiting:
      SetState(State::kGone);
      Report("deregistered", {}, "was not registered");
      return;
    case State::kRegistered:
    case State::kUpdating:
      SendDeregister(now);
      return;
    case State::kRegistering:
    case State::kDeregistering:
    case State::kGone:
      return;
  }
}

void Endpoint::Vanish() {
  request_.reset();
  notification_.reset();
  observations_.clear();
  SetState(State::kGone);
}

// ---- Message layer (RFC 7252 §4) ----

bool Endpoint::IsListening(TimePoint now) const {
  if (state_ == State::kGone || now < deaf_until_) return false;
  // A device that waits for an answer stays awake.
  return !is_queue_mode() || request_ || notification_ || now < awake_until_;
}

void Endpoint::Receive(std::string_view octets, TimePoint now) {
  if (!IsListening(now)) return;
  if (is_queue_mode()) awake_until_ = now + kAwakeWindow;
  const auto datagram = Decode(octets);
  if (!datagram) {
    ++counters_.malformed;
    return;
  }
  if (datagram->type == MessageType::kReset) {
    ReceiveReset(*datagram, now);
  } else if (datagram->type == MessageType::kAcknowledgement) {
    ReceiveAcknowledgement(*datagram, now);
  } else if (datagram->is_request()) {
    ReceiveRequest(*datagram, now);
  } else if (datagram->code == Code::kEmpty) {
    // §4.3: a ping is answered with Reset.
    if (datagram->type == MessageType::kConfirmable) {
      SendEmpty(MessageType::kReset, datagram->message_id, now);
    }
  } else {
    ReceiveResponse(*datagram, now);
  }
}

void Endpoint::ReceiveAcknowledgement(const Datagram& datagram, TimePoint now) {
  if (notification_ && notification_->message_id == datagram.message_id) {
    notification_.reset();
    return;
  }
  if (!request_ || request_->message_id != datagram.message_id) return;
  if (datagram.code == Code::kEmpty) {
    request_->acknowledged = true;
    request_->due = now + kResponsePatience;
  } else if (datagram.token == request_->token) {
    RegistrationAnswered(datagram, now);
  }
}

void Endpoint::ReceiveReset(const Datagram& datagram, TimePoint now) {
  if (request_ && request_->message_id == datagram.message_id) {
    RegistrationFailed("Reset", now);
    return;
  }
  DropObservation(datagram.message_id, "Reset");
}

// A separate response.  (RFC 7252 §5.2.2)
void Endpoint::ReceiveResponse(const Datagram& datagram, TimePoint now) {
  const bool is_confirmable = datagram.type == MessageType::kConfirmable;
  const bool is_ours = request_ && request_->token == datagram.token;
  const bool is_repeated = last_response_id_ == datagram.message_id;
  if (is_confirmable) {
    SendEmpty(is_ours || is_repeated ? MessageType::kAcknowledgement : MessageType::kReset,
              datagram.message_id, now);
  }
  if (!is_ours) return;
  if (is_confirmable) last_response_id_ = datagram.message_id;
  RegistrationAnswered(datagram, now);
}

void Endpoint::ReceiveRequest(const Datagram& request, TimePoint now) {
  while (!answered_.empty() && now > answered_.front().at + kExchangeLifetime) {
    answered_.pop_front();
  }
  for (const Answered& earlier : answered_) {
    if (earlier.message_id != request.message_id) continue;
    if (request.type == MessageType::kConfirmable) Send(earlier.octets, now);
    return;
  }
  ++counters_.requests;
  Octets octets = Encode(AnswerTo(request, now));
  answered_.push_back({request.message_id, now, octets});
  if (answered_.size() > kAnswersKept) answered_.pop_front();
  Send(std::move(octets), now);
}

// ---- Time ----

TimePoint Endpoint::next_deadline() const {
  if (state_ == State::kGone) return TimePoint::max();
  TimePoint next = device_.next_step();
  if (state_ == State::kWaiting || state_ == State::kRegistered) next = std::min(next, wake_at_);
  if (request_) next = std::min(next, request_->due);
  if (notification_) next = std::min(next, notification_->due);
  for (const Observation& observation : observations_) {
    if (!MustWait(observation)) next = std::min(next, observation.Due(device_, attributes_));
  }
  return next;
}

void Endpoint::Advance(TimePoint now) {
  if (state_ == State::kGone) return;
  Consequences consequences;
  device_.Advance(now, consequences);
  Follow(consequences, now);
  AdvanceExchange(request_, now);
  AdvanceExchange(notification_, now);
  AdvanceNotifications(now);
  if (now < wake_at_) return;
  if (state_ == State::kWaiting) {
    SendRegister(now);
  } else if (state_ == State::kRegistered) {
    SendUpdate(now, lifetime_told_ != device_.lifetime());
  }
}

void Endpoint::AdvanceExchange(std::optional<Exchange>& exchange, TimePoint now) {
  if (!exchange || now < exchange->due) return;
  // RFC 7252 §4.2: retransmit with a doubled time-out, at most MAX_RETRANSMIT times.
  if (!exchange->acknowledged && exchange->retransmissions < kMaxRetransmit) {
    ++exchange->retransmissions;
    ++counters_.retransmissions;
    exchange->timeout *= 2;
    exchange->due = now + exchange->timeout;
    Send(exchange->octets, now);
    return;
  }
  const std::uint16_t message_id = exchange->message_id;
  if (&exchange == &request_) {
    RegistrationFailed("no answer", now);
  } else {
    DropObservation(message_id, "no answer");
  }
}

// ---- Small parts ----

Endpoint::Exchange Endpoint::MakeExchange(const Datagram& datagram, TimePoint now) {
  Exchange exchange;
  exchange.octets = Encode(datagram);
  exchange.message_id = datagram.message_id;
  exchange.token = datagram.token;
  // ACK_TIMEOUT to ACK_TIMEOUT * ACK_RANDOM_FACTOR.
  exchange.timeout = kAckTimeout + kAckTimeout * (Random() % 512) / 1024;
  exchange.due = now + exchange.timeout;
  Send(exchange.octets, now);
  return exchange;
}

void Endpoint::Send(Octets octets, TimePoint now) {
  if (is_queue_mode()) awake_until_ = now + kAwakeWindow;
  link_.Send(number_, std::move(octets));
}

void Endpoint::SendEmpty(MessageType type, std::uint16_t message_id, TimePoint now) {
  Datagram datagram;
  datagram.type = type;
  datagram.message_id = message_id;
  Send(Encode(datagram), now);
}

Datagram Endpoint::NewRequest(Code code) {
  Datagram request;
  request.code = code;
  request.message_id = next_message_id_++;
  ++next_token_;
  for (int shift = 24; shift >= 0; shift -= 8) {
    request.token += static_cast<char>(next_token_ >> shift & 0xff);
  }
  return request;
}

void Endpoint::Report(std::string what, std::string path, std::string value) {
  link_.Report({options_.name, std::move(what), std::move(path), std::move(value)});
}

// xorshift64* (Vigna 2014): enough for jitter, tokens and message ids.
std::uint32_t Endpoint::Random() {
  if (random_state_ == 0) random_state_ = 1;
  random_state_ ^= random_state_ >> 12;
  random_state_ ^= random_state_ << 25;
  random_state_ ^= random_state_ >> 27;
  return static_cast<std::uint32_t>(random_state_ * 0x2545f4914f6cdd1du >> 32);
}

}  // namespace lwm2m::simulator
