// The descriptors behind libcoap's sockets, which it does not tell.
#ifndef LWM2M_COAP_DESCRIPTOR_H_
#define LWM2M_COAP_DESCRIPTOR_H_

#include <coap3/coap.h>

namespace lwm2m {

// The datagram socket of this process that is bound to `local` and, if `remote` is given, connected
// to that; -1: there is none.
int DescriptorOf(const coap_address_t& local, const coap_address_t* remote = nullptr);

// True when another socket has that UDP address already. libcoap sets SO_REUSEADDR, and two sockets
// that both do may share a port: another service of ours would take half of the datagrams.
bool IsTaken(const coap_address_t& address);

// As far as the system allows: devices come in herds. How many octets it is now.
int EnlargeReceiveBuffer(int descriptor);

// Takes what came to a socket between its bind and its connect, which is anybody's.
void Drain(const coap_address_t& remote, const coap_address_t& local);

}  // namespace lwm2m

#endif  // LWM2M_COAP_DESCRIPTOR_H_
