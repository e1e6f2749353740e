// The part of Endpoint that serves requests of the server and notifies it.
#include <algorithm>
#include <utility>

#include "lwm2m/simulator/endpoint.h"

namespace lwm2m::simulator {
namespace {

constexpr std::chrono::seconds kRebootTime(1);
constexpr std::size_t kLargestUpload = 1 << 20;
// RFC 7641 §4.5: some notifications are confirmable, so that a dead observer is noticed.
constexpr std::uint64_t kConfirmableEvery = 10;

constexpr bool IsUnderstood(std::uint16_t option) {
  switch (option) {
    case kUriHost:
    case kUriPort:
    case kUriPath:
    case kContentFormat:
    case kUriQuery:
    case kAccept:
    case kBlock2:
    case kBlock1:
      return true;
    default:
      return option % 2 == 0;  // RFC 7252 §5.4.1: an elective option is ignored
  }
}

// RFC 7959 §2.2: number of the block, "more" and size exponent in one number.
struct Block {
  explicit Block(std::uint32_t option)
      : number(option >> 4), more((option & 0x8) != 0), exponent(option & 0x7) {}
  std::uint32_t ToOption() const { return number << 4 | (more ? 0x8u : 0u) | exponent; }
  std::size_t size() const { return std::size_t{16} << exponent; }
  std::uint32_t number;
  bool more;
  std::uint32_t exponent;
};

void CutToBlock(std::uint32_t wanted, Octets payload, Datagram& answer) {
  Block block(wanted);
  const std::size_t offset = block.number * block.size();
  if (block.exponent > 6 || (offset >= payload.size() && offset > 0)) {
    answer.code = Code::kBadRequest;
    answer.options.clear();
    return;
  }
  block.more = offset + block.size() < payload.size();
  answer.payload = payload.substr(offset, block.size());
  answer.AddNumber(kBlock2, block.ToOption());
}

}  // namespace

Datagram Endpoint::AnswerTo(const Datagram& request, TimePoint now) {
  Datagram answer;
  const bool is_confirmable = request.type == MessageType::kConfirmable;
  answer.type = is_confirmable ? MessageType::kAcknowledgement : MessageType::kNonConfirmable;
  answer.message_id = is_confirmable ? request.message_id : next_message_id_++;
  answer.token = request.token;
  for (const Option& option : request.options) {
    if (IsUnderstood(option.number)) continue;
    answer.code = Code::kBadOption;
    return answer;
  }
  const bool is_observe = request.code == Code::kGet && request.Number(kObserve);
  const Answer served = request.Number(kBlock1) ? ServeUpload(request, answer, now)
                        : is_observe            ? ServeObserve(request, answer, now)
                                                : ServePlain(request, now);
  answer.code = served.code;
  if (served.format) answer.AddNumber(kContentFormat, *served.format);
  answer.payload = served.payload;
  const auto wanted_block = request.Number(kBlock2);
  if (wanted_block && CodeClass(served.code) == 2)
    CutToBlock(*wanted_block, served.payload, answer);
  return answer;
}

// RFC 7959 §2.5: blocks of one path, in order.
Answer Endpoint::ServeUpload(const Datagram& request, Datagram& answer, TimePoint now) {
  const std::uint32_t option = *request.Number(kBlock1);
  const Block block(option);
  const auto path = RequestPath(request);
  if (!path || block.exponent > 6) return {Code::kBadRequest, std::nullopt, {}};
  answer.AddNumber(kBlock1, option);
  if (block.number == 0) upload_ = Upload{*path, {}};
  if (!upload_ || upload_->path != *path || upload_->octets.size() != block.number * block.size()) {
    return {Code::kRequestEntityIncomplete, std::nullopt, {}};
  }
  if (upload_->octets.size() + request.payload.size() > kLargestUpload) {
    upload_.reset();
    return {Code::kRequestEntityTooLarge, std::nullopt, {}};
  }
  upload_->octets += request.payload;
  if (block.more) return {Code::kContinue, std::nullopt, {}};
  Datagram whole = request;
  whole.payload = std::move(upload_->octets);
  upload_.reset();
  return ServePlain(whole, now);
}

// Observe 0 on what can be read begins an observation, everything else ends one.  (RFC 7641 §4.1)
Answer Endpoint::ServeObserve(const Datagram& request, Datagram& answer, TimePoint now) {
  const auto path = RequestPath(request);
  const bool begins = request.Number(kObserve) == 0u;
  const auto removed = std::remove_if(
      observations_.begin(), observations_.end(),
      [&](const Observation& observation) { return observation.token == request.token; });
  const bool was_there = removed != observations_.end();
  observations_.erase(removed, observations_.end());
  Answer served = ServePlain(request, now);
  if (!path || served.code != Code::kContent || request.Number(kAccept) == kLinkFormat) {
    return served;
  }
  if (!begins) {
    if (was_there) Report("cancel-observe", path->ToString());
    return served;
  }
  Observation observation;
  observation.token = request.token;
  observation.path = *path;
  observation.accept = request.Number(kAccept);
  observation.Report(device_.Read(*path, now), now);
  answer.AddNumber(kObserve, observation.sequence);
  observations_.push_back(std::move(observation));
  Report("observe", path->ToString());
  return served;
}

Answer Endpoint::ServePlain(const Datagram& request, TimePoint now) {
  Consequences consequences;
  Deed deed;
  const Answer served = Serve(request, device_, attributes_, now, consequences, deed);
  if (!deed.what.empty()) Report(deed.what, deed.path, deed.value);
  Follow(consequences, now);
  return served;
}

void Endpoint::Follow(const Consequences& consequences, TimePoint now) {
  for (Observation& observation : observations_) {
    observation.Consider(consequences.changed, device_, attributes_, now);
  }
  if (consequences.reboot && !leaving_ && state_ != State::kGone) {
    Report("reboot");
    // The answer to the request still leaves; from then on the device is deaf.
    request_.reset();
    notification_.reset();
    observations_.clear();
    attributes_.Clear();
    SetState(State::kWaiting);
    deaf_until_ = now + kRebootTime;
    wake_at_ = deaf_until_;
  } else if (consequences.update && state_ == State::kRegistered) {
    wake_at_ = now;
  }
}

void Endpoint::AdvanceNotifications(TimePoint now) {
  for (Observation& observation : observations_) {
    if (!MustWait(observation) && now >= observation.Due(device_, attributes_)) {
      Notify(observation, now);
    }
  }
}

bool Endpoint::MustWait(const Observation& observation) const {
  if (state_ == State::kWaiting || state_ == State::kRegistering) return true;
  return notification_ && (observation.sent + 1) % kConfirmableEvery == 0;
}

void Endpoint::Notify(Observation& observation, TimePoint now) {
  ++observation.sent;
  observation.sequence = (observation.sequence + 1) & 0xffffff;
  const Answer content = Read(device_, observation.path, observation.accept, now);
  Datagram datagram;
  const bool is_confirmable = observation.sent % kConfirmableEvery == 0;
  datagram.type = is_confirmable ? MessageType::kConfirmable : MessageType::kNonConfirmable;
  datagram.code = content.code;
  datagram.message_id = next_message_id_++;
  datagram.token = observation.token;
  datagram.AddNumber(kObserve, observation.sequence);
  if (content.format) datagram.AddNumber(kContentFormat, *content.format);
  datagram.payload = content.payload;
  observation.last_message_id = datagram.message_id;
  observation.Report(device_.Read(observation.path, now), now);
  ++counters_.notifications;
  if (is_confirmable) {
    notification_ = MakeExchange(datagram, now);
  } else {
    Send(Encode(datagram), now);
  }
}

void Endpoint::DropObservation(std::uint16_t message_id, std::string_view why) {
  if (notification_ && notification_->message_id == message_id) notification_.reset();
  const auto dropped = std::find_if(
      observations_.begin(), observations_.end(),
      [&](const Observation& o) { return o.sent > 0 && o.last_message_id == message_id; });
  if (dropped == observations_.end()) return;
  const std::string path = dropped->path.ToString();
  observations_.erase(dropped);
  Report("observation-dropped", path, std::string(why));
}

}  // namespace lwm2m::simulator
