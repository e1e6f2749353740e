#include "lwm2m/coap/handshake_gate.h"

#include <algorithm>
#include <iterator>

namespace lwm2m {
namespace {

constexpr std::size_t kSources = 65536;
constexpr Seconds kRemembered{60};
constexpr std::chrono::milliseconds kAgainAfter{500};
constexpr std::chrono::milliseconds kPatience{2000};
// Handshakes may be ahead of their share by this much: a few hundred of them are no flood.
constexpr std::chrono::milliseconds kAhead{100};
// Nobody is kept waiting when nobody was heard for so long.
constexpr std::chrono::milliseconds kServedLately{1000};

}  // namespace

void HandshakeGate::Began(coap_session_t* session, TimePoint now) {
  if (by_session_.contains(session)) return;
  unfinished_.push_back({session, now});
  by_session_.emplace(session, std::prev(unfinished_.end()));
}

void HandshakeGate::Ended(coap_session_t* session) {
  const auto found = by_session_.find(session);
  if (found == by_session_.end()) return;
  unfinished_.erase(found->second);
  by_session_.erase(found);
}

std::vector<coap_session_t*> HandshakeGate::Overdue(TimePoint now) const {
  std::vector<coap_session_t*> overdue;
  const std::size_t kept = limit_ / 4 * 3;
  for (auto next = unfinished_.begin(); unfinished_.size() - overdue.size() > kept &&
                                        next != unfinished_.end() && now - next->since >= kPatience;
       ++next) {
    overdue.push_back(next->session);
  }
  return overdue;
}

coap_session_t* HandshakeGate::Find(const coap_address_t& from) const {
  for (auto next = unfinished_.rbegin(); next != unfinished_.rend(); ++next) {
    if (coap_address_equals(coap_session_get_addr_remote(next->session), &from) != 0) {
      return next->session;
    }
  }
  return nullptr;
}

void HandshakeGate::Spent(TimePoint::duration time, TimePoint now) {
  paid_until_ = std::max(paid_until_, now - time) +
                std::chrono::duration_cast<TimePoint::duration>(time / share_);
}

bool HandshakeGate::HasTime(TimePoint now) const {
  return share_ >= 1 || paid_until_ <= now + kAhead || now - served_at_ > kServedLately;
}

bool HandshakeGate::Admits(const std::string& source, TimePoint now) {
  while (!order_.empty() && (now - order_.front().at >= kRemembered || order_.size() > kSources)) {
    sources_.erase(order_.front().source);
    order_.pop_front();
  }
  if (unfinished_.size() <= limit_ / 2) return true;
  const auto [known, is_new] = sources_.try_emplace(source, now);
  if (is_new) order_.push_back({source, now});
  return now - known->second >= kAgainAfter;
}

}  // namespace lwm2m
