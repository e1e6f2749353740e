// The last exchanges of each peer, so that a retransmission is answered and not executed again.
#ifndef LWM2M_EXCHANGE_CACHE_H_
#define LWM2M_EXCHANGE_CACHE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "lwm2m/message.h"
#include "lwm2m/registration.h"

namespace lwm2m {

// What makes two uplink requests of one peer the same message: message id, token, code and a hash
// of options and payload. The hash is there because a client that reboots may begin again with the
// message id and the token it used before (RFC 7252 §4.4, §4.5).
struct ExchangeKey {
  std::uint16_t message_id = 0;
  Method method = Method::kGet;
  std::string token;
  std::uint64_t content_hash = 0;
  friend bool operator==(const ExchangeKey&, const ExchangeKey&) = default;
};
ExchangeKey KeyOf(const CoapRequest& request);

// The answer that was sent: a code, and the handle of a Location for 2.01.
struct RememberedAnswer {
  Code code = Code::kEmpty;
  std::string handle;
};

// Loop thread only. Owns everything. Bounded by peers, by exchanges per peer and by
// EXCHANGE_LIFETIME. (RFC 7252 §4.5, §4.8.2; GEN-13)
class ExchangeCache {
 public:
  ExchangeCache(std::size_t exchanges_per_peer, std::size_t peers);

  struct Found {
    bool waiting = false;  // begun and not answered yet
    RememberedAnswer answer;
  };
  // The exchange, if it was begun less than its lifetime ago.
  std::optional<Found> Find(const Peer& peer, const ExchangeKey& key, TimePoint now) const;

  // Remembers a request; the oldest of the peer gives way.
  // A non-confirmable one is known for NON_LIFETIME only.
  void Begin(const Peer& peer, ExchangeKey key, bool confirmable, TimePoint now);
  // Remembers its answer; nothing happens when it gave way meanwhile.
  void Answer(const Peer& peer, const ExchangeKey& key, RememberedAnswer answer);
  // Drops peers that have been silent for EXCHANGE_LIFETIME.
  void Expire(TimePoint now);

  std::size_t peer_count() const { return peers_.size(); }

 private:
  struct Exchange {
    ExchangeKey key;
    TimePoint begun;
    Seconds lifetime;
    bool waiting = true;
    RememberedAnswer answer;
  };
  struct Begun {
    Peer peer;
    TimePoint at;
  };

  const std::size_t exchanges_per_peer_;
  const std::size_t max_peers_;
  std::unordered_map<Peer, std::deque<Exchange>> peers_;
  std::deque<Begun> order_;  // every Begin in order of time, so that expiry looks at old ones only
};

}  // namespace lwm2m

#endif  // LWM2M_EXCHANGE_CACHE_H_
