// Who has to come again later: 5.03 with Max-Age.  (RFC 7252 §5.9.3.4)
#include <spdlog/spdlog.h>

#include "lwm2m/server_state.h"

namespace lwm2m {
namespace {

// Of those for whom there is no place, not too many of whom will come at once.
constexpr std::uint32_t kUntilThereIsRoom = 10;

}  // namespace

// Duplicates do not come here: they get the answer that was given. Each endpoint has a bucket: an
// identity may speak for that which is its own, and one that may speak for many, as that of a
// gateway, needs as much as all of them. A Register that names no endpoint is its identity's.
bool Server::State::Admit(const Uplink& uplink, Admission::Request request,
                          std::string_view endpoint) {
  if (endpoint.empty()) endpoint = uplink.peer.identity;
  const auto refusal = admission_.Ask(request, endpoint, transport_.Behind(), uplink.now);
  if (!refusal) {
    ++counters_.admitted;
    return true;
  }
  ++counters_.not_admitted[static_cast<std::size_t>(refusal->reason)];
  if (const auto before = complaints_.Pass(Complaint::kNotAdmitted, uplink.now)) {
    spdlog::warn("event=not-admitted peer={} ep=\"{}\" reason={} come_again={}s suppressed={}",
                 uplink.peer.address, endpoint, ToString(refusal->reason),
                 refusal->come_again.count(), *before);
  }
  Reply(uplink.exchange, uplink.peer, uplink.key, Code::kServiceUnavailable, {},
        static_cast<std::uint32_t>(refusal->come_again.count()));
  return false;
}

bool Server::State::HasRoom(const Uplink& uplink) {
  if (waiting_.size() < options_.waiting) return true;
  ++counters_.busy;
  if (const auto before = complaints_.Pass(Complaint::kBusy, uplink.now)) {
    spdlog::warn(
        "event=uplink-refused peer={} code=5.03 reason=\"too many requests wait\" suppressed={}",
        uplink.peer.address, *before);
  }
  Reply(uplink.exchange, uplink.peer, uplink.key, Code::kServiceUnavailable, {}, kUntilThereIsRoom);
  return false;
}

CoapResponse Server::State::ResponseOf(const RememberedAnswer& answer) {
  CoapResponse response;
  response.code = answer.code;
  if (!answer.handle.empty()) response.location = {"rd", answer.handle};
  if (answer.max_age != 0) response.max_age = answer.max_age;
  return response;
}

}  // namespace lwm2m
