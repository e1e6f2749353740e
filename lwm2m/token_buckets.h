// Token buckets of very many identities in little memory.
#ifndef LWM2M_TOKEN_BUCKETS_H_
#define LWM2M_TOKEN_BUCKETS_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lwm2m/registration.h"

namespace lwm2m {

// A bucket holds `burst` tokens and gets `per_second` of them; a request takes one.
struct TokenRate {
  double per_second = 0;
  double burst = 1;
};

// All that is known of a bucket is when it will be full again, and one that is full needs no place:
// nothing is kept of who asks rarely. A value.
class TokenBucket {
 public:
  using Duration = std::chrono::nanoseconds;

  // nullopt: a token was taken. Else how long until there is one, of those above `reserved`.
  std::optional<Duration> Take(const TokenRate& rate, TimePoint now, double reserved = 0);
  TimePoint full_at() const { return full_at_; }

 private:
  TimePoint full_at_ = TimePoint::min();
};

// One bucket for each identity, in a table of fixed size: an identity has four places where its
// bucket may be. When others have all of them, the fullest gives way, so that whoever takes many
// tokens stays known. Loop thread only.
class TokenBuckets {
 public:
  // Of 64 octets for each four identities.
  explicit TokenBuckets(const TokenRate& rate, std::size_t identities = 16384);
  std::optional<TokenBucket::Duration> Take(std::uint64_t identity, TimePoint now);

 private:
  struct Place {
    std::uint64_t identity = 0;
    TokenBucket bucket;
  };
  using Places = std::array<Place, 4>;
  const TokenRate rate_;
  std::vector<Places> table_;  // made when the first one asks
  const std::size_t size_;
};

}  // namespace lwm2m

#endif  // LWM2M_TOKEN_BUCKETS_H_
