#include "lwm2m/exchange_cache.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace lwm2m {
namespace {

constexpr Seconds kExchangeLifetime{247};  // RFC 7252 §4.8.2
constexpr Seconds kNonLifetime{145};

// 64-bit FNV-1a. Each field is followed by its length, so that "a","b" differs from "ab","".
class Hash {
 public:
  void Add(std::string_view octets) {
    for (const char octet : octets) Octet(static_cast<unsigned char>(octet));
    Add(static_cast<std::uint64_t>(octets.size()));
  }
  void Add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) Octet(static_cast<unsigned char>(number >> shift));
  }
  std::uint64_t value() const { return value_; }

 private:
  void Octet(unsigned char octet) { value_ = (value_ ^ octet) * 0x100000001b3u; }
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace

ExchangeKey KeyOf(const CoapRequest& request) {
  Hash hash;
  for (const std::string& segment : request.path) hash.Add(segment);
  hash.Add(request.path.size());
  for (const std::string& query : request.queries) hash.Add(query);
  hash.Add(request.queries.size());
  hash.Add(request.payload.format ? static_cast<std::uint64_t>(*request.payload.format) : 0x10000u);
  hash.Add(request.payload.octets);
  return ExchangeKey{request.message_id, request.method, request.token, hash.value()};
}

ExchangeCache::ExchangeCache(std::size_t exchanges_per_peer, std::size_t peers)
    : exchanges_per_peer_(std::max<std::size_t>(exchanges_per_peer, 1)),
      max_peers_(std::max<std::size_t>(peers, 1)) {}

std::optional<ExchangeCache::Found> ExchangeCache::Find(const Peer& peer, const ExchangeKey& key,
                                                        TimePoint now) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return std::nullopt;
  for (const Exchange& exchange : found->second) {
    if (exchange.key == key && now - exchange.begun < exchange.lifetime) {
      return Found{exchange.waiting, exchange.answer};
    }
  }
  return std::nullopt;
}

void ExchangeCache::Begin(const Peer& peer, ExchangeKey key, bool confirmable, TimePoint now) {
  while (order_.size() >= max_peers_ * exchanges_per_peer_ ||
         (peers_.size() >= max_peers_ && !peers_.contains(peer))) {
    peers_.erase(order_.front().peer);
    order_.pop_front();
  }
  std::deque<Exchange>& exchanges = peers_[peer];
  if (exchanges.size() >= exchanges_per_peer_) exchanges.pop_front();
  const Seconds lifetime = confirmable ? kExchangeLifetime : kNonLifetime;
  exchanges.push_back(Exchange{std::move(key), now, lifetime, true, {}});
  order_.push_back(Begun{peer, now});
}

void ExchangeCache::Answer(const Peer& peer, const ExchangeKey& key, RememberedAnswer answer) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  // From the newest: a key that came again after EXCHANGE_LIFETIME is a new exchange.
  for (auto exchange = found->second.rbegin(); exchange != found->second.rend(); ++exchange) {
    if (exchange->key == key) {
      exchange->waiting = false;
      exchange->answer = std::move(answer);
      return;
    }
  }
}

void ExchangeCache::Expire(TimePoint now) {
  while (!order_.empty() && now - order_.front().at >= kExchangeLifetime) {
    const auto found = peers_.find(order_.front().peer);
    if (found != peers_.end()) {
      std::deque<Exchange>& exchanges = found->second;
      while (!exchanges.empty() && now - exchanges.front().begun >= kExchangeLifetime) {
        exchanges.pop_front();
      }
      if (exchanges.empty()) peers_.erase(found);
    }
    order_.pop_front();
  }
}

}  // namespace lwm2m
