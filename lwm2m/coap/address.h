// Socket addresses as text.
#ifndef LWM2M_COAP_ADDRESS_H_
#define LWM2M_COAP_ADDRESS_H_

#include <coap3/coap.h>

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"

namespace lwm2m {

// "192.0.2.1:5683", "[2001:db8::1]:5683", "[fe80::1%2]:5683" (the scope as a number).
std::string ToText(const coap_address_t& address);
// The reverse; the scope may also be the name of an interface. Host names are not looked up: that
// blocks. kInvalidValue names the text.
Result<coap_address_t> ParseAddress(std::string_view text);

bool IsWildcard(const coap_address_t& address);
coap_address_t WildcardLike(const coap_address_t& address);  // same family and port
// True for the same family and host, whatever the port.
bool IsSameHost(const coap_address_t& a, const coap_address_t& b);

// The address itself, or for a wildcard one per local address of its family, with its port: a
// socket bound to a concrete address is preferred over the wildcard-bound one of a downlink that is
// being made.
std::vector<coap_address_t> Expand(const coap_address_t& address);

}  // namespace lwm2m

#endif  // LWM2M_COAP_ADDRESS_H_
