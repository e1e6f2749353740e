#include "onem2m/codec/http_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

namespace fields = header_fields;

constexpr char ToLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ToLower(x) == ToLower(y); });
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

// RFC 3986 §2.3
constexpr bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// RFC 3986 §3.3: pchar without what a query could mistake for its own.
constexpr bool IsPathCharacter(char c) {
  constexpr std::string_view kAlsoAllowed = "!$&'()*,;=:@/";
  return IsUnreserved(c) || kAlsoAllowed.find(c) != std::string_view::npos;
}

template <typename Allowed>
void AppendEncoded(std::string& out, std::string_view text, Allowed allowed) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (allowed(c)) {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[octet >> 4];
    out += kHex[octet & 0xF];
  }
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    unsigned octet = 0;
    const char* const end = text.data() + i + 3;
    const auto result = std::from_chars(text.data() + i + 1, end, octet, 16);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    decoded += static_cast<char>(octet);
    i += 2;
  }
  return decoded;
}

std::string_view MethodOf(Operation operation) {
  switch (operation) {
    case Operation::kCreate:
    case Operation::kNotify:
      return "POST";
    case Operation::kRetrieve:
      return "GET";
    case Operation::kUpdate:
      return "PUT";
    case Operation::kDelete:
      return "DELETE";
  }
  return "GET";
}

// The part of the target that is ours: RFC 9112 §3.2.2 allows a whole URI there.
std::string_view WithoutAuthority(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || scheme > target.find_first_of("/?")) return target;
  const std::size_t path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

struct MediaType {
  std::string_view name;
  std::optional<std::string_view> resource_type;  // parameter `ty`
};

MediaType ParseContentType(std::string_view value) {
  MediaType media_type;
  bool first = true;
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t end = std::min(value.find(';', at), value.size());
    const std::string_view part = Trim(value.substr(at, end - at));
    const std::size_t equals = part.find('=');
    if (first) {
      media_type.name = part;
    } else if (equals != std::string_view::npos &&
               EqualIgnoringCase(Trim(part.substr(0, equals)), short_names::kResourceType)) {
      media_type.resource_type = Trim(part.substr(equals + 1));
    }
    first = false;
    at = end + 1;
  }
  return media_type;
}

bool IsJson(std::string_view media_type) {
  constexpr std::string_view kSuffix = "+json";
  return EqualIgnoringCase(media_type, fields::kMediaTypeJson) ||
         (media_type.size() > kSuffix.size() &&
          EqualIgnoringCase(media_type.substr(media_type.size() - kSuffix.size()), kSuffix));
}

tl::expected<void, Error> ReadQuery(std::string_view query, RequestPrimitive& request) {
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string_view pair = query.substr(at, end - at);
    at = end + 1;
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = PercentDecode(pair.substr(0, equals));
    if (!name || name->empty()) return BadRequest("query");
    std::string_view values = pair.substr(std::min(equals + 1, pair.size()));
    for (;;) {
      const std::size_t plus = std::min(values.find('+'), values.size());
      auto value = PercentDecode(values.substr(0, plus));
      if (!value) return BadRequest(*name);
      request.parameters.emplace_back(*name, std::move(*value));
      if (plus == values.size()) break;
      values.remove_prefix(plus + 1);
    }
  }
  return {};
}

tl::expected<void, Error> ReadOperation(const HttpRequest& http, RequestPrimitive& request) {
  const MediaType media_type = ParseContentType(http.headers.Find(fields::kContentType));
  if (!http.body.empty() && !media_type.name.empty() && !IsJson(media_type.name)) {
    return tl::unexpected(
        Error{ResponseStatusCode::kUnsupportedMediaType, std::string(media_type.name)});
  }
  if (http.method == "GET") {
    request.operation = Operation::kRetrieve;
  } else if (http.method == "PUT") {
    request.operation = Operation::kUpdate;
  } else if (http.method == "DELETE") {
    request.operation = Operation::kDelete;
  } else if (http.method != "POST") {
    return tl::unexpected(Error{ResponseStatusCode::kOperationNotAllowed, http.method});
  } else if (!media_type.resource_type) {
    request.operation = Operation::kNotify;
  } else {
    const auto type = ParseNumber<std::int32_t>(*media_type.resource_type);
    if (!type || *type < 0) return BadRequest(std::string(short_names::kResourceType));
    request.operation = Operation::kCreate;
    request.type = static_cast<ResourceType>(*type);
  }
  return {};
}

}  // namespace

void HttpHeaders::Add(std::string_view name, std::string_view value) {
  // A line break in a value would start a field of the sender's choice.
  std::string clean(Trim(value));
  std::replace_if(
      clean.begin(), clean.end(),
      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }, ' ');
  fields_.emplace_back(std::string(name), std::move(clean));
}

std::string_view HttpHeaders::Find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const auto& field) {
    return EqualIgnoringCase(field.first, name);
  });
  return found == fields_.end() ? std::string_view() : std::string_view(found->second);
}

bool HttpHeaders::Has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const auto& field) { return EqualIgnoringCase(field.first, name); });
}

std::string PathOf(std::string_view to) {
  std::string path;
  if (to.substr(0, 2) == "//") {
    path = "/_";
    to.remove_prefix(1);
  } else if (to.substr(0, 1) == "/") {
    path = "/~";
  } else {
    path = "/";
  }
  AppendEncoded(path, to, IsPathCharacter);
  return path;
}

Result<std::string> AddressOf(std::string_view path) {
  auto address = PercentDecode(path);
  if (!address) return BadRequest("path");
  while (!address->empty() && address->back() == '/') address->pop_back();
  if (address->compare(0, 1, "/") == 0) address->erase(0, 1);
  if (address->compare(0, 2, "~/") == 0) return address->substr(1);
  if (address->compare(0, 2, "_/") == 0) return "/" + address->substr(1);
  return std::move(*address);
}

HttpRequest EncodeRequest(const RequestPrimitive& request) {
  HttpRequest http;
  http.method = MethodOf(request.operation);
  http.target = PathOf(request.to);
  char separator = '?';
  for (const auto& [name, value] : request.parameters) {
    http.target += separator;
    AppendEncoded(http.target, name, IsUnreserved);
    http.target += '=';
    AppendEncoded(http.target, value, IsUnreserved);
    separator = '&';
  }
  // From is optional only for the Create of an AE. (TS-0009 §6.4.1)
  if (!request.from.empty()) http.headers.Add(fields::kOrigin, request.from);
  http.headers.Add(fields::kRequestIdentifier, request.request_identifier);
  if (!request.release_version.empty()) {
    http.headers.Add(fields::kReleaseVersion, request.release_version);
  }
  http.headers.Add(fields::kAccept, fields::kMediaTypeJson);
  if (!request.content.empty() || request.operation == Operation::kCreate) {
    std::string content_type(fields::kMediaTypeJson);
    if (request.operation == Operation::kCreate && request.type) {
      // Exactly so: a charset before `ty`, or a blank, is refused by some CSEs.
      content_type += ";ty=" + std::to_string(static_cast<std::int32_t>(*request.type));
    }
    http.headers.Add(fields::kContentType, content_type);
  }
  http.body = request.content;
  return http;
}

Result<RequestPrimitive> DecodeRequest(const HttpRequest& http) {
  RequestPrimitive request;
  const auto operation = ReadOperation(http, request);
  if (!operation) return tl::unexpected(operation.error());

  const std::string_view target = WithoutAuthority(http.target);
  const std::size_t question = std::min(target.find('?'), target.size());
  auto address = AddressOf(target.substr(0, question));
  if (!address) return tl::unexpected(address.error());
  request.to = std::move(*address);
  if (question < target.size()) {
    const auto query = ReadQuery(target.substr(question + 1), request);
    if (!query) return tl::unexpected(query.error());
  }
  request.from = http.headers.Find(fields::kOrigin);
  request.request_identifier = http.headers.Find(fields::kRequestIdentifier);
  request.release_version = http.headers.Find(fields::kReleaseVersion);
  request.content = Trim(http.body);
  return request;
}

HttpResponse EncodeResponse(const ResponsePrimitive& response, std::string_view location) {
  HttpResponse http;
  http.status = HttpStatusOf(response.status);
  http.headers.Add(fields::kResponseStatusCode, std::to_string(ToInt(response.status)));
  http.headers.Add(fields::kRequestIdentifier, response.request_identifier);
  if (!response.release_version.empty()) {
    http.headers.Add(fields::kReleaseVersion, response.release_version);
  }
  if (!response.originating_time.empty()) {
    http.headers.Add(fields::kOriginatingTimestamp, response.originating_time);
  }
  if (!location.empty()) http.headers.Add(fields::kContentLocation, location);
  if (!response.content.empty()) http.headers.Add(fields::kContentType, fields::kMediaTypeJson);
  http.body = response.content;
  return http;
}

Result<ResponsePrimitive> DecodeResponse(const HttpResponse& http) {
  if (http.status < 200 || http.status > 599) {
    return tl::unexpected(Error{ResponseStatusCode::kInternalServerError,
                                "HTTP status " + std::to_string(http.status)});
  }
  ResponsePrimitive response;
  const auto code = ParseNumber<std::int32_t>(http.headers.Find(fields::kResponseStatusCode));
  // The RSC decides, except for 429: that comes from whatever guards the CSE, whose RSC says
  // nothing.
  constexpr int kTooManyRequests = 429;
  response.status = code && *code > 0 && http.status != kTooManyRequests
                        ? static_cast<ResponseStatusCode>(*code)
                        : StatusFromHttp(http.status);
  response.request_identifier = http.headers.Find(fields::kRequestIdentifier);
  response.release_version = http.headers.Find(fields::kReleaseVersion);
  response.originating_time = http.headers.Find(fields::kOriginatingTimestamp);
  if (response.originating_time.empty()) {
    response.originating_time = TimestampOfHttpDate(http.headers.Find(fields::kDate));
  }
  response.content = Trim(http.body);
  return response;
}

std::string TimestampOfHttpDate(std::string_view date) {
  // day-name "," SP day SP month SP year SP hour ":" minute ":" second SP "GMT"
  constexpr std::string_view kShape = "Tue, 21 Nov 2023 03:49:00 GMT";
  if (date.size() != kShape.size() || date.substr(3, 2) != ", " || date.substr(25) != " GMT") {
    return {};
  }
  constexpr auto kMonths = std::to_array<std::string_view>(
      {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), date.substr(8, 3));
  if (month == kMonths.end()) return {};
  const auto number = static_cast<std::size_t>(month - kMonths.begin()) + 1;
  std::string timestamp(date.substr(12, 4));
  timestamp += number < 10 ? "0" : "";
  timestamp += std::to_string(number);
  timestamp += date.substr(5, 2);
  timestamp += 'T';
  timestamp += date.substr(17, 2);
  timestamp += date.substr(20, 2);
  timestamp += date.substr(23, 2);
  return ParseTimestamp(timestamp) ? timestamp : std::string();
}

}  // namespace onem2m
