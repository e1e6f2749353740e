// <NOTIFICATION> class attributes.  (LwM2M Core 1.1.1 §5.1.2; ATT-1 … ATT-8)
#ifndef LWM2M_ATTRIBUTES_H_
#define LWM2M_ATTRIBUTES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/path.h"

namespace lwm2m {

// Set attributes only; an absent member is not written.
struct NotificationAttributes {
  std::optional<std::uint32_t> minimum_period;             // pmin, s
  std::optional<std::uint32_t> maximum_period;             // pmax, s
  std::optional<double> greater_than;                      // gt
  std::optional<double> less_than;                         // lt
  std::optional<double> step;                              // st, >= 0
  std::optional<std::uint32_t> minimum_evaluation_period;  // epmin, s (1.1)
  std::optional<std::uint32_t> maximum_evaluation_period;  // epmax, s (1.1)
  std::optional<bool> edge = {};                           // rising or falling (1.2)
  std::optional<bool> confirmable = {};                    // con (1.2)
  std::optional<std::uint32_t> history_length = {};        // hqmax, notifications kept (1.2)
  // Names to unset, sent without value (ATT-4).
  std::vector<std::string> unset;

  bool empty() const;
  friend bool operator==(const NotificationAttributes&, const NotificationAttributes&) = default;
};

// ATT-3: refuses lt >= gt, lt + 2·st >= gt, pmax < pmin, epmin >= epmax, negative st; gt, lt, st
// only on a resource or resource instance, edge only on a resource. The detail names the
// attributes.
Result<void> Validate(const NotificationAttributes& attributes, const Path& path);

// kUnsupported, naming attribute and versions, when one of them, set or unset, is of a later LwM2M
// than `version`: epmin and epmax are of 1.1; edge, con and hqmax of 1.2.
Result<void> CheckVersion(const NotificationAttributes& attributes, std::string_view version);

// Without those that CheckVersion would refuse.
NotificationAttributes ForVersion(NotificationAttributes attributes, std::string_view version);

// Whether gt, lt or st, which need a numeric resource, or edge, which needs a Boolean one, is set
// or unset.
bool NamesNumericCondition(const NotificationAttributes& attributes);
bool NamesEdge(const NotificationAttributes& attributes);

// Uri-Query entries in the order of the struct: "pmin=10", "gt=50", "pmax".
std::vector<std::string> ToQueries(const NotificationAttributes& attributes);

// From (name, value) pairs; a value of std::nullopt unsets. Unknown names, and edge or con other
// than 0 and 1: kInvalidValue.
Result<NotificationAttributes> ParseAttributes(
    const std::vector<std::pair<std::string, std::optional<std::string>>>& pairs);

}  // namespace lwm2m

#endif  // LWM2M_ATTRIBUTES_H_
