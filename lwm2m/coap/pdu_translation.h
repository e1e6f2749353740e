// Between libcoap's PDUs and the messages of lwm2m/message.h.
#ifndef LWM2M_COAP_PDU_TRANSLATION_H_
#define LWM2M_COAP_PDU_TRANSLATION_H_

#include <coap3/coap.h>

#include <string>

#include "lwm2m/coap/block.h"
#include "lwm2m/message.h"

namespace lwm2m {

// `stream`: it came over TCP or TLS.
CoapRequest ReadRequest(const coap_pdu_t* pdu, bool stream, TransferOptions& options);
CoapResponse ReadResponse(const coap_pdu_t* pdu, bool stream, TransferOptions& options);

// Code, options and payload; type, message id and token are the caller's. False: out of space.
bool WriteRequest(const CoapRequest& request, const TransferOptions& options, coap_pdu_t* pdu);
// `part` of the response.
bool WriteResponse(const CoapResponse& response, const AnswerPart& part, coap_pdu_t* pdu);

std::string TokenOf(const coap_pdu_t* pdu);

}  // namespace lwm2m

#endif  // LWM2M_COAP_PDU_TRANSLATION_H_
