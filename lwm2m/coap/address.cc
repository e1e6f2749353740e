#include "lwm2m/coap/address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

namespace lwm2m {
namespace {

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return port;
}

bool ParseScope(const std::string& text, std::uint32_t& scope) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, scope);
  if (error == std::errc{} && rest == end) return true;
  scope = if_nametoindex(text.c_str());
  return scope != 0;
}

coap_address_t From(const sockaddr* address) {
  coap_address_t out;
  coap_address_init(&out);
  if (address->sa_family == AF_INET) {
    out.size = sizeof(sockaddr_in);
  } else {
    out.size = sizeof(sockaddr_in6);
  }
  std::memcpy(&out.addr, address, out.size);
  return out;
}

}  // namespace

std::string ToText(const coap_address_t& address) {
  char host[INET6_ADDRSTRLEN] = {};
  const std::string port = std::to_string(coap_address_get_port(&address));
  if (address.addr.sa.sa_family == AF_INET) {
    inet_ntop(AF_INET, &address.addr.sin.sin_addr, host, sizeof host);
    return std::string(host) + ":" + port;
  }
  inet_ntop(AF_INET6, &address.addr.sin6.sin6_addr, host, sizeof host);
  std::string text = "[" + std::string(host);
  if (address.addr.sin6.sin6_scope_id != 0) {
    text += "%" + std::to_string(address.addr.sin6.sin6_scope_id);
  }
  return text + "]:" + port;
}

Result<coap_address_t> ParseAddress(std::string_view text) {
  const auto wrong = InvalidValue("'" + std::string(text) + "' is not address:port");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  const auto port = ParsePort(text.substr(colon + 1));
  std::string host(text.substr(0, colon));
  if (!port || host.empty()) return wrong;

  coap_address_t address;
  coap_address_init(&address);
  if (host.front() != '[') {
    address.size = sizeof(sockaddr_in);
    address.addr.sin.sin_family = AF_INET;
    if (inet_pton(AF_INET, host.c_str(), &address.addr.sin.sin_addr) != 1) return wrong;
  } else {
    if (host.back() != ']') return wrong;
    host = host.substr(1, host.size() - 2);
    address.size = sizeof(sockaddr_in6);
    address.addr.sin6.sin6_family = AF_INET6;
    if (const std::size_t percent = host.find('%'); percent != std::string::npos) {
      if (!ParseScope(host.substr(percent + 1), address.addr.sin6.sin6_scope_id)) return wrong;
      host.resize(percent);
    }
    if (inet_pton(AF_INET6, host.c_str(), &address.addr.sin6.sin6_addr) != 1) return wrong;
  }
  coap_address_set_port(&address, *port);
  return address;
}

bool IsWildcard(const coap_address_t& address) {
  if (address.addr.sa.sa_family == AF_INET) {
    return address.addr.sin.sin_addr.s_addr == htonl(INADDR_ANY);
  }
  return IN6_IS_ADDR_UNSPECIFIED(&address.addr.sin6.sin6_addr);
}

coap_address_t WildcardLike(const coap_address_t& address) {
  coap_address_t wildcard;
  coap_address_init(&wildcard);
  wildcard.size = address.size;
  wildcard.addr.sa.sa_family = address.addr.sa.sa_family;
  coap_address_set_port(&wildcard, coap_address_get_port(&address));
  return wildcard;
}

bool IsSameHost(const coap_address_t& a, const coap_address_t& b) {
  if (a.addr.sa.sa_family != b.addr.sa.sa_family) return false;
  if (a.addr.sa.sa_family == AF_INET) {
    return a.addr.sin.sin_addr.s_addr == b.addr.sin.sin_addr.s_addr;
  }
  return std::memcmp(&a.addr.sin6.sin6_addr, &b.addr.sin6.sin6_addr, sizeof(in6_addr)) == 0;
}

std::vector<coap_address_t> Expand(const coap_address_t& address) {
  if (!IsWildcard(address)) return {address};
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  std::vector<coap_address_t> addresses;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0 ||
        entry->ifa_addr->sa_family != address.addr.sa.sa_family) {
      continue;
    }
    coap_address_t local = From(entry->ifa_addr);
    coap_address_set_port(&local, coap_address_get_port(&address));
    addresses.push_back(local);
  }
  return addresses;
}

}  // namespace lwm2m
