#include "lwm2m/coap/pdu_translation.h"

#include <string_view>
#include <utility>

namespace lwm2m {
namespace {

std::string_view ValueOf(const coap_opt_t* option) {
  return {reinterpret_cast<const char*>(coap_opt_value(option)), coap_opt_length(option)};
}

std::uint32_t NumberOf(std::string_view value) {
  std::uint32_t number = 0;
  for (const char octet : value) number = number << 8 | static_cast<unsigned char>(octet);
  return number;
}

std::string PayloadOf(const coap_pdu_t* pdu) {
  std::size_t length = 0;
  const std::uint8_t* octets = nullptr;
  if (!coap_get_data(pdu, &length, &octets)) return {};
  return {reinterpret_cast<const char*>(octets), length};
}

void ReadTransferOption(coap_option_num_t number, std::string_view value, bool stream,
                        TransferOptions& out) {
  if (number == COAP_OPTION_BLOCK1 || number == COAP_OPTION_BLOCK2) {
    auto& block = number == COAP_OPTION_BLOCK1 ? out.block1 : out.block2;
    block = ParseBlock(value, stream);
    if (!block) out.malformed = true;
  } else if (number == COAP_OPTION_SIZE1) {
    out.size1 = NumberOf(value);
  } else if (number == COAP_OPTION_ETAG) {
    out.etag = value;
  }
}

template <typename Visit>
void ForEachOption(const coap_pdu_t* pdu, Visit visit) {
  coap_opt_iterator_t iterator;
  coap_option_iterator_init(pdu, &iterator, COAP_OPT_ALL);
  while (const coap_opt_t* option = coap_option_next(&iterator)) {
    visit(static_cast<coap_option_num_t>(iterator.number), ValueOf(option));
  }
}

// Writes options, which must come in ascending order, and remembers whether one did not fit.
class OptionWriter {
 public:
  explicit OptionWriter(coap_pdu_t* pdu) : pdu_(pdu) {}
  void Add(coap_option_num_t number, std::string_view value) {
    ok_ = ok_ && coap_add_option(pdu_, number, value.size(),
                                 reinterpret_cast<const std::uint8_t*>(value.data())) != 0;
  }
  // The shortest form, RFC 7252 §3.2: zero is the empty value.
  void Add(coap_option_num_t number, std::uint32_t value) {
    std::uint8_t octets[4];
    const unsigned length = coap_encode_var_safe(octets, sizeof octets, value);
    ok_ = ok_ && coap_add_option(pdu_, number, length, octets) != 0;
  }
  bool AddPayload(std::string_view payload) {
    if (!ok_) return false;
    if (payload.empty()) return true;
    return coap_add_data(pdu_, payload.size(),
                         reinterpret_cast<const std::uint8_t*>(payload.data())) != 0;
  }

 private:
  coap_pdu_t* pdu_;
  bool ok_ = true;
};

}  // namespace

std::string TokenOf(const coap_pdu_t* pdu) {
  const coap_bin_const_t token = coap_pdu_get_token(pdu);
  return {reinterpret_cast<const char*>(token.s), token.length};
}

CoapRequest ReadRequest(const coap_pdu_t* pdu, bool stream, TransferOptions& options) {
  CoapRequest request;
  request.method = static_cast<Method>(coap_pdu_get_code(pdu));
  request.confirmable = coap_pdu_get_type(pdu) == COAP_MESSAGE_CON;
  request.message_id = static_cast<std::uint16_t>(coap_pdu_get_mid(pdu));
  request.token = TokenOf(pdu);
  ForEachOption(pdu, [&](coap_option_num_t number, std::string_view value) {
    switch (number) {
      case COAP_OPTION_URI_PATH:
        request.path.emplace_back(value);
        break;
      case COAP_OPTION_URI_QUERY:
        request.queries.emplace_back(value);
        break;
      case COAP_OPTION_CONTENT_FORMAT:
        request.payload.format = static_cast<ContentFormat>(NumberOf(value));
        break;
      case COAP_OPTION_ACCEPT:
        request.accept = static_cast<ContentFormat>(NumberOf(value));
        break;
      case COAP_OPTION_OBSERVE:
        request.observe = NumberOf(value);
        break;
      // libcoap answers options it does not know with 4.02; these two it knows and leaves to us,
      // and no resource of ours can fulfil them.
      case COAP_OPTION_IF_MATCH:
      case COAP_OPTION_IF_NONE_MATCH:
        if (request.unknown_critical_option == 0) request.unknown_critical_option = number;
        break;
      default:  // an open set: the rest is of block-wise transfer, or elective
        ReadTransferOption(number, value, stream, options);
    }
  });
  request.payload.octets = PayloadOf(pdu);
  return request;
}

CoapResponse ReadResponse(const coap_pdu_t* pdu, bool stream, TransferOptions& options) {
  CoapResponse response;
  response.code = static_cast<Code>(coap_pdu_get_code(pdu));
  response.confirmable = coap_pdu_get_type(pdu) == COAP_MESSAGE_CON;
  response.message_id = static_cast<std::uint16_t>(coap_pdu_get_mid(pdu));
  response.token = TokenOf(pdu);
  ForEachOption(pdu, [&](coap_option_num_t number, std::string_view value) {
    switch (number) {
      case COAP_OPTION_LOCATION_PATH:
        response.location.emplace_back(value);
        break;
      case COAP_OPTION_CONTENT_FORMAT:
        response.payload.format = static_cast<ContentFormat>(NumberOf(value));
        break;
      case COAP_OPTION_OBSERVE:
        response.observe = NumberOf(value);
        break;
      default:  // an open set, as above
        ReadTransferOption(number, value, stream, options);
    }
  });
  response.payload.octets = PayloadOf(pdu);
  return response;
}

bool WriteRequest(const CoapRequest& request, const TransferOptions& options, coap_pdu_t* pdu) {
  coap_pdu_set_code(pdu, static_cast<coap_pdu_code_t>(request.method));
  OptionWriter out(pdu);
  if (request.observe) out.Add(COAP_OPTION_OBSERVE, *request.observe);
  for (const std::string& segment : request.path) out.Add(COAP_OPTION_URI_PATH, segment);
  if (request.payload.format) {
    out.Add(COAP_OPTION_CONTENT_FORMAT, static_cast<std::uint32_t>(*request.payload.format));
  }
  for (const std::string& query : request.queries) out.Add(COAP_OPTION_URI_QUERY, query);
  if (request.accept) out.Add(COAP_OPTION_ACCEPT, static_cast<std::uint32_t>(*request.accept));
  if (options.block2) out.Add(COAP_OPTION_BLOCK2, EncodeBlock(*options.block2));
  if (options.block1) out.Add(COAP_OPTION_BLOCK1, EncodeBlock(*options.block1));
  if (options.size1) out.Add(COAP_OPTION_SIZE1, *options.size1);
  return out.AddPayload(request.payload.octets);
}

bool WriteResponse(const CoapResponse& response, const AnswerPart& part, coap_pdu_t* pdu) {
  const TransferOptions& options = part.options;
  coap_pdu_set_code(pdu, static_cast<coap_pdu_code_t>(part.code));
  OptionWriter out(pdu);
  if (!options.etag.empty()) out.Add(COAP_OPTION_ETAG, options.etag);
  if (response.observe) out.Add(COAP_OPTION_OBSERVE, *response.observe);
  for (const std::string& segment : response.location) out.Add(COAP_OPTION_LOCATION_PATH, segment);
  if (response.payload.format && part.code == response.code) {
    out.Add(COAP_OPTION_CONTENT_FORMAT, static_cast<std::uint32_t>(*response.payload.format));
  }
  if (response.max_age) out.Add(COAP_OPTION_MAXAGE, *response.max_age);
  if (options.block2) out.Add(COAP_OPTION_BLOCK2, EncodeBlock(*options.block2));
  if (options.block1) out.Add(COAP_OPTION_BLOCK1, EncodeBlock(*options.block1));
  if (options.size2) out.Add(COAP_OPTION_SIZE2, *options.size2);
  if (options.size1) out.Add(COAP_OPTION_SIZE1, *options.size1);
  return out.AddPayload(part.octets);
}

}  // namespace lwm2m
