#include "lwm2m/token_buckets.h"

#include <algorithm>
#include <cmath>

namespace lwm2m {

std::optional<TokenBucket::Duration> TokenBucket::Take(const TokenRate& rate, TimePoint now,
                                                       double reserved) {
  const std::chrono::duration<double> of_one(1 / rate.per_second);
  const Duration spent = full_at_ > now ? Duration(full_at_ - now) : Duration::zero();
  const auto spent_then = std::chrono::duration_cast<Duration>(spent + of_one);
  const auto capacity =
      std::chrono::duration_cast<Duration>(of_one * std::max(rate.burst - reserved, 1.0));
  if (spent_then > capacity) return spent_then - capacity;
  full_at_ = now + spent_then;
  return std::nullopt;
}

TokenBuckets::TokenBuckets(const TokenRate& rate, std::size_t identities)
    : rate_(rate), size_(std::max<std::size_t>(identities / 4, 1)) {}

std::optional<TokenBucket::Duration> TokenBuckets::Take(std::uint64_t identity, TimePoint now) {
  if (table_.empty()) table_.resize(size_);
  Places& places = table_[identity % size_];
  auto place = std::find_if(places.begin(), places.end(),
                            [&](const Place& candidate) { return candidate.identity == identity; });
  if (place == places.end()) {
    place =
        std::min_element(places.begin(), places.end(), [](const Place& left, const Place& right) {
          return left.bucket.full_at() < right.bucket.full_at();
        });
    *place = Place{identity, {}};
  }
  return place->bucket.Take(rate_, now);
}

}  // namespace lwm2m
