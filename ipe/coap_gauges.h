// Gauges of what the transport and the LwM2M server have counted.
#ifndef IPE_COAP_GAUGES_H_
#define IPE_COAP_GAUGES_H_

#include "ipe/metrics.h"
#include "lwm2m/coap/coap_transport.h"
#include "lwm2m/server.h"

namespace ipe {

void SetCoapGauges(Metrics& metrics, const lwm2m::CoapCounters& coap);
// Who was answered 5.03, and who was not.
void SetAdmissionGauges(Metrics& metrics, const lwm2m::ServerCounters& counters);

}  // namespace ipe

#endif  // IPE_COAP_GAUGES_H_
