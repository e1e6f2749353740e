#include "lwm2m/admission.h"

#include <algorithm>
#include <functional>

namespace lwm2m {
namespace {

using Duration = TokenBucket::Duration;

constexpr Duration kLongest = std::chrono::minutes(10);
constexpr Duration kBehindAtLeast = std::chrono::seconds(30);
constexpr Duration kBehindWidth = std::chrono::seconds(60);

}  // namespace

std::string_view ToString(Admission::Reason reason) {
  switch (reason) {
    case Admission::Reason::kIdentity:
      return "identity";
    case Admission::Reason::kTotal:
      return "total";
    case Admission::Reason::kBehind:
      return "behind";
  }
  return "";
}

Seconds Admission::Spread(Duration at_least, Duration width) {
  const double share = std::uniform_real_distribution<double>(0, 1)(random_);
  const auto until = at_least + std::chrono::duration_cast<Duration>(share * width);
  return std::max(std::chrono::ceil<Seconds>(std::min(until, kLongest)), Seconds(1));
}

std::optional<Admission::Refusal> Admission::Ask(Request request, std::string_view identity,
                                                 std::chrono::milliseconds behind, TimePoint now) {
  const bool is_register = request == Request::kRegister;
  if (is_register && options_.behind_for.count() > 0 && behind >= options_.behind_for) {
    return Refusal{Reason::kBehind, Spread(kBehindAtLeast, kBehindWidth)};
  }
  if (options_.each.per_second > 0) {
    const auto wait = each_.Take(std::hash<std::string_view>{}(identity), now);
    if (wait) return Refusal{Reason::kIdentity, Spread(*wait, *wait)};
  }
  if (options_.all.per_second > 0) {
    const double reserved = is_register ? options_.all.burst / 2 : 0;
    if (const auto wait = all_.Take(options_.all, now, reserved)) {
      const auto of_one = std::chrono::duration_cast<Duration>(
          std::chrono::duration<double>(1 / options_.all.per_second));
      invited_until_ = std::min(std::max(invited_until_, now + *wait) + of_one, now + kLongest);
      // A quarter more, for those that are invited to the same second and come a little early.
      const Duration turn = invited_until_ - now;
      return Refusal{Reason::kTotal, Spread(turn, turn / 4)};
    }
  }
  return std::nullopt;
}

}  // namespace lwm2m
