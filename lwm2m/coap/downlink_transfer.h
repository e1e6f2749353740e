// One downlink request with everything that block-wise transfer makes of it.
#ifndef LWM2M_COAP_DOWNLINK_TRANSFER_H_
#define LWM2M_COAP_DOWNLINK_TRANSFER_H_

#include <cstddef>
#include <string>

#include "lwm2m/coap/block.h"
#include "lwm2m/message.h"

namespace lwm2m {

//   sending --2.31--> sending        Block1: payload above one block
//   sending --other--> receiving
//   receiving --Block2 with more--> receiving --last block, error, no Block2--> done
//   any --answer changed twice, answer above the bound, wrong block--> failed
//
// A value without I/O; loop thread only.  (RFC 7959 §2.4, §2.5, §2.6; BLK-1, BLK-2, BLK-5, BLK-6)
class DownlinkTransfer {
 public:
  DownlinkTransfer(CoapRequest request, std::size_t largest_answer);
  // Fetches what is left of a notification: `read` is the GET for it, `first` carried `block`.
  static DownlinkTransfer CompletionOf(CoapRequest read, CoapResponse first,
                                       const TransferOptions& options, std::size_t largest_answer);

  struct Message {
    CoapRequest request;
    TransferOptions options;
  };
  // The message to send now, with its part of the payload. Its token is the caller's choice, except
  // for the first one.
  Message Next() const;

  enum class Step { kSend, kDone, kFailed };
  // Takes the answer to the last message.
  Step Take(const CoapResponse& response, const TransferOptions& options);

  // The last message was not answered. True when it may be sent once more: a block that is not the
  // end of something that must not happen twice (BLK-6). False: give up.
  bool RetryAfterTimeOut();

  // The whole answer, with observe and message id of its first message. After kDone, once.
  CoapResponse TakeAnswer() { return std::move(answer_); }

 private:
  bool SendsBlocks() const { return payload_.body().size() > std::size_t{16} << exponent_; }
  bool IsLastBlock() const {
    return sent_ + (std::size_t{16} << exponent_) >= payload_.body().size();
  }
  void ReportProgress(std::size_t sent) const;
  bool MakeBlocksSmaller();
  Step TakeBlock(const CoapResponse& response, const Block& block, const std::string& etag);
  Step Restart();

  CoapRequest request_;  // without payload
  Payload payload_;      // a body that is shared is not copied
  std::size_t largest_answer_;
  std::size_t sent_ = 0;  // offset of the block that is under way
  unsigned exponent_ = Block::kLargestExponent;
  bool receiving_ = false;
  Block wanted_;
  CoapResponse answer_;
  std::string etag_;
  bool restarted_ = false;
  // The device gave blocks of a representation in another format: docs/interop.md. Not before,
  // since devices match the requests of a transfer by their options.
  bool name_format_ = false;
  bool retried_ = false;  // the message under way
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_DOWNLINK_TRANSFER_H_
