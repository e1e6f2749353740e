#include "lwm2m/coap/downlink_transfer.h"

#include <utility>

namespace lwm2m {
namespace {

constexpr unsigned kSmallestTried = 2;  // 64 octets

}  // namespace

DownlinkTransfer::DownlinkTransfer(CoapRequest request, std::size_t largest_answer)
    : request_(std::move(request)),
      payload_(std::exchange(request_.payload, {})),
      largest_answer_(largest_answer) {}

DownlinkTransfer DownlinkTransfer::CompletionOf(CoapRequest read, CoapResponse first,
                                                const TransferOptions& options,
                                                std::size_t largest_answer) {
  DownlinkTransfer transfer(std::move(read), largest_answer);
  transfer.etag_ = options.etag;
  transfer.receiving_ = true;
  transfer.answer_ = std::move(first);
  transfer.wanted_ = Block{1, false, options.block2->exponent};
  return transfer;
}

DownlinkTransfer::Message DownlinkTransfer::Next() const {
  Message message{request_, {}};
  message.request.progress = nullptr;
  message.request.payload.format = payload_.format;
  if (receiving_) {
    // RFC 7959 §2.6: the rest of a notification is fetched without Observe.
    message.request.observe.reset();
    if (request_.method == Method::kFetch) {
      message.request.payload.octets = payload_.body();
    } else {
      message.request.payload.format.reset();
    }
    if (name_format_) message.request.accept = answer_.payload.format;
    message.options.block2 = wanted_;
  } else if (SendsBlocks()) {
    const std::string& octets = payload_.body();
    Block block;
    block.exponent = exponent_;
    block.number = static_cast<std::uint32_t>(sent_ / block.size());
    block.more = !IsLastBlock();
    message.request.payload.octets = octets.substr(sent_, block.size());
    message.options.block1 = block;
    if (sent_ == 0) message.options.size1 = static_cast<std::uint32_t>(octets.size());
  } else {
    message.request.payload.octets = payload_.body();
  }
  return message;
}

DownlinkTransfer::Step DownlinkTransfer::Take(const CoapResponse& response,
                                              const TransferOptions& options) {
  retried_ = false;
  if (options.malformed) return Step::kFailed;
  if (!receiving_ && SendsBlocks()) {
    const bool smaller = options.block1 && options.block1->exponent < exponent_;
    if (response.code == Code::kContinue) {
      if (IsLastBlock()) return Step::kFailed;
      sent_ += std::size_t{16} << exponent_;
      if (smaller) exponent_ = options.block1->exponent;
      if (sent_ / (std::size_t{16} << exponent_) > Block::kLargestNumber) return Step::kFailed;
      ReportProgress(sent_);
      return Step::kSend;
    }
    // RFC 7959 §2.9.2: the device lacks a block. From the first one on, once.
    if (response.code == Code::kRequestEntityIncomplete && sent_ > 0 && !restarted_) {
      restarted_ = true;
      sent_ = 0;
      return Step::kSend;
    }
    // RFC 7959 §2.9.3: 4.13 with a smaller size asks to begin again with that.
    if (response.code == Code::kRequestEntityTooLarge && sent_ == 0 && smaller) {
      exponent_ = options.block1->exponent;
      return Step::kSend;
    }
  }
  // 4.13 without a size: it may be the message that is too large. docs/interop.md.
  if (!receiving_ && response.code == Code::kRequestEntityTooLarge && sent_ == 0 &&
      !options.block1 && MakeBlocksSmaller()) {
    return Step::kSend;
  }
  if (!receiving_ && SendsBlocks() && IsSuccess(response.code)) {
    ReportProgress(payload_.body().size());
  }
  const bool fetches = request_.method == Method::kGet || request_.method == Method::kFetch;
  if (options.block2 && fetches && IsSuccess(response.code)) {
    return TakeBlock(response, *options.block2, options.etag);
  }
  // The representation in the other format ends before this block.
  const bool beyond_the_end = response.code == Code::kBadOption && answer_.payload.format;
  if (receiving_ && beyond_the_end && !request_.accept && !restarted_) {
    name_format_ = true;
    return Restart();
  }
  const CoapResponse first = std::move(answer_);
  answer_ = response;
  if (receiving_) {
    answer_.observe = first.observe;
    answer_.message_id = first.message_id;
    answer_.confirmable = first.confirmable;
  }
  return Step::kDone;
}

DownlinkTransfer::Step DownlinkTransfer::TakeBlock(const CoapResponse& response, const Block& block,
                                                   const std::string& etag) {
  if (!receiving_) {
    if (block.number != 0) return Step::kFailed;
    receiving_ = true;
    answer_ = response;
    etag_ = etag;
  } else if (block.number == 0 && wanted_.number == 0) {
    answer_.payload = response.payload;
    etag_ = etag;
  } else {
    // BLK-5: a representation that changed meanwhile is fetched anew.
    const auto& format = response.payload.format;
    const bool other_format = format && answer_.payload.format && format != answer_.payload.format;
    name_format_ |= other_format && !request_.accept;
    if (etag != etag_ || other_format) return Restart();
    if (block.offset() != answer_.payload.octets.size()) return Step::kFailed;
    answer_.payload.octets += response.payload.octets;
  }
  if (answer_.payload.octets.size() > largest_answer_) return Step::kFailed;
  if (!block.more) return Step::kDone;
  if (!block.Fits(response.payload.octets.size())) return Step::kFailed;
  const std::size_t next = answer_.payload.octets.size() / block.size();
  wanted_ = Block{static_cast<std::uint32_t>(next), false, block.exponent};
  return Step::kSend;
}

bool DownlinkTransfer::RetryAfterTimeOut() {
  const bool repeatable = receiving_ || (SendsBlocks() && sent_ > 0 &&
                                         (!IsLastBlock() || request_.method == Method::kPut));
  if (retried_ || !repeatable) return false;
  retried_ = true;
  return true;
}

void DownlinkTransfer::ReportProgress(std::size_t sent) const {
  if (request_.progress) request_.progress(sent, payload_.body().size());
}

// Half as large, or smaller where that is still the whole payload.
bool DownlinkTransfer::MakeBlocksSmaller() {
  unsigned smaller = exponent_;
  do {
    if (smaller == kSmallestTried) return false;
    --smaller;
  } while (payload_.body().size() <= (std::size_t{16} << smaller));
  exponent_ = smaller;
  return true;
}

DownlinkTransfer::Step DownlinkTransfer::Restart() {
  if (restarted_) return Step::kFailed;
  restarted_ = true;
  wanted_.number = 0;
  answer_.payload.octets.clear();
  return Step::kSend;
}

}  // namespace lwm2m
