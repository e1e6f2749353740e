// The parameters of a request beyond its address: result content and filter criteria.
// (TS-0004 v3 §7.2.1.1; TS-0009 v3 Table 6.2.2.2-1; TS-0001 v3 §8.1.2, Table 8.1.2-2)
#ifndef ONEM2M_CSE_REQUEST_OPTIONS_H_
#define ONEM2M_CSE_REQUEST_OPTIONS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "onem2m/cse/conditions.h"
#include "onem2m/error.h"
#include "onem2m/primitive.h"

namespace onem2m::cse {

// resultContent, of which 7, 10 and 12 are not served.
enum class ResultContent : std::int32_t {
  kNothing = 0,
  kAttributes = 1,
  kAddress = 2,
  kAddressAndAttributes = 3,
  kAttributesAndChildren = 4,
  kAttributesAndChildReferences = 5,
  kChildReferences = 6,
  kChildren = 8,
  kModifiedAttributes = 9,
  kDiscoveryReferences = 11,
};

class FilterCriteria {
 public:
  // A condition by its short name. Repeated labels, types and content types are alternatives.
  Result<void> Add(const std::string& name, const std::string& value);
  void set_any(bool any) { any_ = any; }
  bool Matches(const Resource& resource) const;

 private:
  std::vector<std::string> labels_;
  std::vector<std::int64_t> types_;
  std::vector<std::string> content_types_;
  std::vector<std::pair<std::string, std::string>> attributes_;  // equality; "*" is a wildcard
  Conditions conditions_;
  bool any_ = false;  // filterOperation OR
};

struct RequestOptions {
  std::optional<ResultContent> result_content;
  bool discovery = false;     // filterUsage 1
  bool unstructured = false;  // discoveryResultType 2
  std::vector<std::string> attribute_list;
  FilterCriteria filter;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  std::size_t offset = 0;  // of the first that is delivered
  std::size_t level = std::numeric_limits<std::size_t>::max();
};

// 4000 names the parameter; 5001 and 5206 for what is standardised and not served.
Result<RequestOptions> ReadRequestOptions(const RequestPrimitive& request);

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_REQUEST_OPTIONS_H_
