// The last exchanges of each peer, so that a retransmission is answered and not executed again.
#ifndef LWM2M_EXCHANGE_CACHE_H_
#define LWM2M_EXCHANGE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lwm2m/hash_index.h"
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

// The answer that was sent: a code, the handle of a Location for 2.01, and the Max-Age of a 5.03.
struct RememberedAnswer {
  Code code = Code::kEmpty;
  std::string handle;
  std::uint32_t max_age = 0;  // 0: none
};

// Loop thread only. Owns everything. Bounded by peers, by exchanges per peer and by
// EXCHANGE_LIFETIME. (RFC 7252 §4.5, §4.8.2; GEN-13)
//
// Of peer and key it keeps 64 bits of hash each. Two messages would have to agree in all 128 to be
// taken for one; who wants that has to know the other's message id, token and content, and gets
// what was answered to it. About 100 octets a peer with four exchanges; a Location takes some more
// until its exchange is over.
class ExchangeCache {
 public:
  ExchangeCache(std::size_t exchanges_per_peer, std::size_t peers);

  struct Found {
    bool waiting = false;  // begun and not answered yet
    RememberedAnswer answer;
  };
  // The exchange, if it was begun less than its lifetime ago.
  std::optional<Found> Find(const Peer& peer, const ExchangeKey& key, TimePoint now) const;

  // Remembers a request; the oldest of the peer gives way, and the peer that has been silent for
  // the longest. A non-confirmable one is known for NON_LIFETIME only.
  void Begin(const Peer& peer, const ExchangeKey& key, bool confirmable, TimePoint now);
  // Remembers its answer; nothing happens when it gave way meanwhile.
  void Answer(const Peer& peer, const ExchangeKey& key, RememberedAnswer answer);
  // Drops peers that have been silent for EXCHANGE_LIFETIME.
  void Expire(TimePoint now);

  std::size_t peer_count() const { return lines_.size() - free_.size(); }

 private:
  using Number = std::uint32_t;  // of a line
  static constexpr Number kNone = 0xffffffff;
  struct Exchange {
    std::uint64_t key = 0;     // its hash
    std::uint32_t until = 0;   // seconds of the steady clock
    Code code = Code::kEmpty;  // of the answer
    bool waiting = false;
    bool has_location = false;  // which is in locations_
    std::uint8_t max_age = 0;   // seconds; of a longer one 255, which is early, but not in step
  };
  // A peer. Its exchanges are those from Number * exchanges_per_peer_ on, a ring.
  struct Line {
    std::uint64_t peer = 0;  // its hash
    std::uint32_t silent_since = 0;
    std::uint16_t count = 0;   // of exchanges
    std::uint16_t oldest = 0;  // the first of them
    Number earlier = kNone;    // peers in order of their last request
    Number later = kNone;
  };

  Number FindLine(std::uint64_t peer) const;
  Number NewLine(std::uint64_t peer);
  void Append(Number number);
  void Unlink(Number number);
  void Drop(Number number);
  std::size_t PlaceOf(const Line& line, Number number, std::size_t position) const;
  void Clear(std::size_t place);
  std::optional<std::size_t> Newest(Number number, std::uint64_t key) const;

  const std::size_t exchanges_per_peer_;
  const std::size_t max_peers_;
  std::vector<Line> lines_;
  std::vector<Exchange> exchanges_;
  std::vector<Number> free_;  // lines without a peer
  HashIndex<Number> index_;   // lines by the hash of the peer
  Number first_ = kNone;      // the one that has been silent for the longest …
  Number last_ = kNone;       // … and the one that was heard last
  std::unordered_map<std::size_t, std::string> locations_;  // handles, by place in exchanges_
};

}  // namespace lwm2m

#endif  // LWM2M_EXCHANGE_CACHE_H_
