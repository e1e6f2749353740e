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

// Rounded up: an exchange is known for a part of a second too long rather than too short.
std::uint32_t SecondsOf(TimePoint time) {
  return static_cast<std::uint32_t>(
      std::chrono::ceil<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::uint64_t HashOf(const Peer& peer) {
  Hash hash;
  hash.Add(static_cast<std::uint64_t>(peer.transport) << 8 |
           static_cast<std::uint64_t>(peer.security));
  hash.Add(peer.address);
  hash.Add(peer.local);
  hash.Add(peer.identity);
  for (const std::string& name : peer.other_names) hash.Add(name);
  return hash.value();
}

std::uint64_t HashOf(const ExchangeKey& key) {
  Hash hash;
  hash.Add(key.content_hash);
  hash.Add(key.token);
  hash.Add(std::uint64_t{key.message_id} << 8 | static_cast<std::uint64_t>(key.method));
  return hash.value();
}

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

ExchangeCache::Number ExchangeCache::FindLine(std::uint64_t peer) const {
  return index_.Find(peer, [&](Number number) { return lines_[number].peer == peer; })
      .value_or(kNone);
}

std::size_t ExchangeCache::PlaceOf(const Line& line, Number number, std::size_t position) const {
  return number * exchanges_per_peer_ + (line.oldest + position) % exchanges_per_peer_;
}

// From the newest: a key that came again after EXCHANGE_LIFETIME is a new exchange.
std::optional<std::size_t> ExchangeCache::Newest(Number number, std::uint64_t key) const {
  const Line& line = lines_[number];
  for (std::size_t position = line.count; position-- > 0;) {
    const std::size_t place = PlaceOf(line, number, position);
    if (exchanges_[place].key == key) return place;
  }
  return std::nullopt;
}

std::optional<ExchangeCache::Found> ExchangeCache::Find(const Peer& peer, const ExchangeKey& key,
                                                        TimePoint now) const {
  const Number number = FindLine(HashOf(peer));
  if (number == kNone) return std::nullopt;
  const auto place = Newest(number, HashOf(key));
  if (!place || SecondsOf(now) >= exchanges_[*place].until) return std::nullopt;
  const Exchange& exchange = exchanges_[*place];
  return Found{exchange.waiting,
               {exchange.code, exchange.has_location ? locations_.at(*place) : std::string(),
                exchange.max_age}};
}

void ExchangeCache::Begin(const Peer& peer, const ExchangeKey& key, bool confirmable,
                          TimePoint now) {
  const std::uint64_t peer_hash = HashOf(peer);
  Number number = FindLine(peer_hash);
  if (number == kNone) {
    if (peer_count() >= max_peers_) Drop(first_);
    number = NewLine(peer_hash);
  } else {
    Unlink(number);
  }
  Append(number);
  Line& line = lines_[number];
  line.silent_since = SecondsOf(now);
  if (line.count == exchanges_per_peer_) {
    Clear(PlaceOf(line, number, 0));
    line.oldest = static_cast<std::uint16_t>((line.oldest + 1) % exchanges_per_peer_);
    --line.count;
  }
  const Seconds lifetime = confirmable ? kExchangeLifetime : kNonLifetime;
  Exchange& exchange = exchanges_[PlaceOf(line, number, line.count++)];
  exchange.key = HashOf(key);
  exchange.until = line.silent_since + static_cast<std::uint32_t>(lifetime.count());
  exchange.waiting = true;
}

void ExchangeCache::Answer(const Peer& peer, const ExchangeKey& key, RememberedAnswer answer) {
  const Number number = FindLine(HashOf(peer));
  if (number == kNone) return;
  const auto place = Newest(number, HashOf(key));
  if (!place) return;
  Exchange& exchange = exchanges_[*place];
  exchange.waiting = false;
  exchange.code = answer.code;
  exchange.max_age = static_cast<std::uint8_t>(std::min<std::uint32_t>(answer.max_age, 255));
  exchange.has_location = !answer.handle.empty();
  if (exchange.has_location) locations_[*place] = std::move(answer.handle);
}

void ExchangeCache::Expire(TimePoint now) {
  const std::uint32_t seconds = SecondsOf(now);
  while (first_ != kNone && seconds >= lines_[first_].silent_since + kExchangeLifetime.count()) {
    Drop(first_);
  }
}

ExchangeCache::Number ExchangeCache::NewLine(std::uint64_t peer) {
  if (free_.empty()) {
    free_.push_back(static_cast<Number>(lines_.size()));
    lines_.emplace_back();
    exchanges_.resize(lines_.size() * exchanges_per_peer_);
  }
  const Number number = free_.back();
  free_.pop_back();
  lines_[number].peer = peer;
  index_.Add(peer, number);
  return number;
}

void ExchangeCache::Append(Number number) {
  lines_[number].earlier = last_;
  lines_[number].later = kNone;
  (last_ == kNone ? first_ : lines_[last_].later) = number;
  last_ = number;
}

void ExchangeCache::Unlink(Number number) {
  const Line& line = lines_[number];
  (line.earlier == kNone ? first_ : lines_[line.earlier].later) = line.later;
  (line.later == kNone ? last_ : lines_[line.later].earlier) = line.earlier;
}

void ExchangeCache::Clear(std::size_t place) {
  if (exchanges_[place].has_location) locations_.erase(place);
  exchanges_[place] = {};
}

void ExchangeCache::Drop(Number number) {
  Unlink(number);
  Line& line = lines_[number];
  for (std::size_t position = 0; position < line.count; ++position) {
    Clear(PlaceOf(line, number, position));
  }
  index_.Remove(line.peer, number);
  line = {};
  free_.push_back(number);
}

}  // namespace lwm2m
