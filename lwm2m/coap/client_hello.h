// What the first message of a DTLS handshake offers.
#ifndef LWM2M_COAP_CLIENT_HELLO_H_
#define LWM2M_COAP_CLIENT_HELLO_H_

#include <optional>
#include <string_view>

namespace lwm2m {

struct ClientHello {
  bool has_cookie = false;
  bool offers_psk = false;     // a suite with a pre-shared key
  bool offers_others = false;  // a suite without
};

// True for a DTLS record of a handshake in the clear: handshake (22), epoch 0.
bool IsHandshake(std::string_view datagram);
// True for one that begins a handshake in the clear: handshake (22), epoch 0,
// ClientHello.
//
//  22 | version (2) | epoch (2) | sequence (6) | length (2) | 1 …       RFC 6347 §4.1, §4.2.2
bool IsClientHello(std::string_view datagram);

// nullopt when it is none, or not whole.
std::optional<ClientHello> ReadClientHello(std::string_view datagram);

}  // namespace lwm2m

#endif  // LWM2M_COAP_CLIENT_HELLO_H_
