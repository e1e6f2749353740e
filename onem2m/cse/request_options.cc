#include "onem2m/cse/request_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "onem2m/codec/short_names.h"
#include "onem2m/cse/access_control.h"
#include "onem2m/cse/attribute_policy.h"
#include "onem2m/cse/representation.h"
#include "onem2m/cse/resource_tree.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

constexpr auto kNonBlockingNotSupported = static_cast<ResponseStatusCode>(5206);

// Parameters that change nothing about a blocking request.
constexpr std::array<std::string_view, 2> kIgnored = {names::kResultPersistence,
                                                      names::kDeliveryAggregation};
constexpr std::array<std::string_view, 3> kNotServed = {
    names::kSemanticsFilter, names::kContentFilterSyntax, names::kContentFilterQuery};

template <typename Elements, typename Element>
bool IsOneOf(const Elements& all, const Element& element) {
  return std::find(all.begin(), all.end(), element) != all.end();
}

tl::unexpected<Error> NotServed(const std::string& name, const std::string& value) {
  return tl::unexpected(
      Error{ResponseStatusCode::kNotImplemented, name + "=" + value + " is not served here"});
}

Result<std::int64_t> ReadNumber(const std::string& name, std::string_view value) {
  std::int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) {
    return BadRequest("parameter " + name + " must be an integer from 0 up");
  }
  return number;
}

// TS-0009 v3 §6.2.2.2: several values of one parameter are joined by "+", which a query decodes to
// a blank.
std::vector<std::string> SplitJoined(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find_first_of("+ ");
    if (end != 0) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

Result<void> ReadResponseType(const std::string& value) {
  if (value == "3" || value == "4") return {};  // blocking; flexBlocking leaves the choice to us
  if (value == "1") {
    return tl::unexpected(Error{kNonBlockingNotSupported, "rt=1: only blocking requests here"});
  }
  if (value == "2" || value == "5") return NotServed("rt", value);
  return BadRequest("parameter rt must be 1 to 5");
}

Result<void> ReadResultContent(const std::string& value, RequestOptions& options) {
  constexpr std::int64_t kLast = 12;
  const auto number = ReadNumber("rcn", value);
  if (!number || *number > kLast) return BadRequest("parameter rcn must be 0 to 12");
  if (*number == 7 || *number == 10 || *number == 12) return NotServed("rcn", value);
  options.result_content = static_cast<ResultContent>(*number);
  return {};
}

Result<void> ReadChoice(const std::string& name, const std::string& value, bool& second) {
  if (value != "1" && value != "2") return BadRequest("parameter " + name + " must be 1 or 2");
  second = value == "2";
  return {};
}

Result<void> ReadSize(const std::string& name, const std::string& value, std::size_t& size) {
  const auto number = ReadNumber(name, value);
  if (!number) return tl::unexpected(number.error());
  size = static_cast<std::size_t>(*number);
  return {};
}

Result<void> ReadParameter(const std::string& name, const std::string& value,
                           RequestOptions& options) {
  if (name == names::kResponseType) return ReadResponseType(value);
  if (name == names::kResultContent) return ReadResultContent(value, options);
  if (name == names::kDiscoveryResultType) return ReadChoice(name, value, options.unstructured);
  if (name == names::kFilterUsage) {
    bool conditional = false;
    if (value == "3") return NotServed(name, value);
    if (const auto read = ReadChoice(name, value, conditional); !read) return read;
    options.discovery = !conditional;
    return {};
  }
  if (name == names::kFilterOperation) {
    bool any = false;
    if (const auto read = ReadChoice(name, value, any); !read) return read;
    options.filter.set_any(any);
    return {};
  }
  if (name == names::kLimit) return ReadSize(name, value, options.limit);
  if (name == names::kLevel) return ReadSize(name, value, options.level);
  if (name == names::kOffset) {
    // TS-0001 v3 Table 8.1.2-2: the offset counts from 1.
    if (const auto read = ReadSize(name, value, options.offset); !read) return read;
    if (options.offset > 0) --options.offset;
    return {};
  }
  if (name == names::kAttributeList) {
    for (std::string& each : SplitJoined(value)) {
      if (!IsAttributeName(each)) return BadRequest("parameter atrl: no attribute " + each);
      options.attribute_list.push_back(std::move(each));
    }
    return {};
  }
  if (IsOneOf(kIgnored, name)) return {};
  if (IsOneOf(kNotServed, name)) return NotServed(name, value);
  return options.filter.Add(name, value);
}

bool ValueMatches(const Value& value, const std::string& pattern) {
  if (const std::string* text = value.AsString()) return MatchesWildcard(pattern, *text);
  if (const Array* array = value.AsArray()) {
    return std::any_of(array->begin(), array->end(),
                       [&pattern](const Value& each) { return ValueMatches(each, pattern); });
  }
  return MatchesWildcard(pattern, Serialize(value));
}

bool HasLabel(const Resource& resource, const std::vector<std::string>& wanted) {
  const Value* labels = resource.attributes.Find(names::kLabels);
  if (!labels) return false;
  return std::any_of(wanted.begin(), wanted.end(), [labels](const std::string& pattern) {
    return ValueMatches(*labels, pattern);
  });
}

// contentInfo begins with the media type; the filter may name that alone.
bool HasContentType(const Resource& resource, const std::vector<std::string>& wanted) {
  const Value* info = resource.attributes.Find(names::kContentInfo);
  if (!info) return false;
  const std::string& text = *info->AsString();
  const std::string media_type = text.substr(0, text.find(':'));
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const std::string& each) { return each == text || each == media_type; });
}

}  // namespace

Result<void> FilterCriteria::Add(const std::string& name, const std::string& value) {
  if (name == names::kLabels) {
    // A label may hold blanks itself, so the whole is one candidate and its parts are others.
    labels_.push_back(value);
    auto parts = SplitJoined(value);
    if (parts.size() > 1) labels_.insert(labels_.end(), parts.begin(), parts.end());
    return {};
  }
  if (name == names::kResourceType) {
    for (const std::string& each : SplitJoined(value)) {
      const auto number = ReadNumber(name, each);
      if (!number) return tl::unexpected(number.error());
      types_.push_back(*number);
    }
    return {};
  }
  if (name == names::kContentType) {
    content_types_.push_back(value);
    return {};
  }
  if (Conditions::IsName(name)) return conditions_.Add(name, value);
  if (!IsAttributeName(name)) return BadRequest("unknown parameter " + name);
  attributes_.emplace_back(name, value);
  return {};
}

bool FilterCriteria::Matches(const Resource& resource) const {
  std::vector<bool> verdicts;
  if (!types_.empty()) {
    verdicts.push_back(IsOneOf(types_, static_cast<std::int64_t>(resource.type)));
  }
  if (!labels_.empty()) verdicts.push_back(HasLabel(resource, labels_));
  if (!content_types_.empty()) verdicts.push_back(HasContentType(resource, content_types_));
  for (const auto& [name, pattern] : attributes_) {
    const auto value = AttributeOf(resource, name);
    verdicts.push_back(value && ValueMatches(*value, pattern));
  }
  conditions_.Judge(resource, verdicts);
  if (verdicts.empty()) return true;
  const auto holds = [](bool verdict) { return verdict; };
  return any_ ? std::any_of(verdicts.begin(), verdicts.end(), holds)
              : std::all_of(verdicts.begin(), verdicts.end(), holds);
}

Result<RequestOptions> ReadRequestOptions(const RequestPrimitive& request) {
  RequestOptions options;
  for (const auto& [name, value] : request.parameters) {
    if (const auto read = ReadParameter(name, value, options); !read) {
      return tl::unexpected(read.error());
    }
  }
  return options;
}

}  // namespace onem2m::cse
