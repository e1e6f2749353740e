#include "lwm2m/coap/downlink_transfer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lwm2m {
namespace {

using Step = DownlinkTransfer::Step;
constexpr std::size_t kLargest = 4096;

CoapRequest Get() {
  CoapRequest request;
  request.path = {"3", "0"};
  request.observe = 0;
  request.accept = ContentFormat::kTlv;
  return request;
}
CoapRequest Put(std::size_t size) {
  CoapRequest request;
  request.method = Method::kPut;
  request.payload = {ContentFormat::kOpaque, std::string(size, 'x')};
  return request;
}
CoapResponse Answer(Code code, std::string payload = {}) {
  CoapResponse response;
  response.code = code;
  response.payload.octets = std::move(payload);
  return response;
}
TransferOptions Block1(std::uint32_t number, bool more, unsigned exponent) {
  TransferOptions options;
  options.block1 = Block{number, more, exponent};
  return options;
}
TransferOptions Block2(std::uint32_t number, bool more, const std::string& etag = {}) {
  TransferOptions options;
  options.block2 = Block{number, more, 0};
  options.etag = etag;
  return options;
}
const std::string kA(16, 'a');
const std::string kB(16, 'b');

TEST(DownlinkTransferTest, LeavesAShortExchangeAlone) {
  DownlinkTransfer transfer(Put(1024), kLargest);
  const auto message = transfer.Next();
  EXPECT_FALSE(message.options.block1 || message.options.block2);
  EXPECT_EQ(message.request.payload.octets.size(), 1024u);
  EXPECT_EQ(transfer.Take(Answer(Code::kChanged), {}), Step::kDone);
  EXPECT_EQ(transfer.TakeAnswer().code, Code::kChanged);
}

TEST(DownlinkTransferTest, CutsALongPayload) {  // BLK-1
  DownlinkTransfer transfer(Put(1025), kLargest);
  auto message = transfer.Next();
  EXPECT_EQ(message.options.block1, (Block{0, true, 6}));
  EXPECT_EQ(message.options.size1, 1025u);
  EXPECT_EQ(transfer.Take(Answer(Code::kContinue), Block1(0, true, 6)), Step::kSend);
  message = transfer.Next();
  EXPECT_EQ(message.options.block1, (Block{1, false, 6}));
  EXPECT_EQ(message.options.size1, std::nullopt);
  EXPECT_EQ(message.request.payload.octets.size(), 1u);
  EXPECT_EQ(transfer.Take(Answer(Code::kChanged), Block1(1, false, 6)), Step::kDone);
}

TEST(DownlinkTransferTest, BeginsAgainInTheSizeThatTheDeviceCanTake) {  // RFC 7959 §2.9.3
  DownlinkTransfer transfer(Put(1025), kLargest);
  EXPECT_EQ(transfer.Take(Answer(Code::kRequestEntityTooLarge), Block1(0, true, 4)), Step::kSend);
  EXPECT_EQ(transfer.Next().options.block1, (Block{0, true, 4}));
  EXPECT_EQ(transfer.Take(Answer(Code::kRequestEntityTooLarge), Block1(0, true, 4)), Step::kDone);
}

// docs/interop.md: a client that says 4.13, and no size, to a message that its buffer cannot hold.
TEST(DownlinkTransferTest, TriesSmallerBlocksAfterARefusalWithoutASize) {
  DownlinkTransfer transfer(Put(2000), kLargest);
  for (const unsigned exponent : {5u, 4u, 3u, 2u}) {
    ASSERT_EQ(transfer.Take(Answer(Code::kRequestEntityTooLarge), {}), Step::kSend);
    const auto message = transfer.Next();
    EXPECT_EQ(message.options.block1, (Block{0, true, exponent}));
    EXPECT_EQ(message.options.size1, 2000u);
  }
  EXPECT_EQ(transfer.Take(Answer(Code::kRequestEntityTooLarge), {}), Step::kDone);
  EXPECT_EQ(transfer.TakeAnswer().code, Code::kRequestEntityTooLarge);
}

TEST(DownlinkTransferTest, CutsARefusedMessageThatWasWhole) {
  DownlinkTransfer transfer(Put(300), kLargest);
  EXPECT_FALSE(transfer.Next().options.block1);
  ASSERT_EQ(transfer.Take(Answer(Code::kRequestEntityTooLarge), {}), Step::kSend);
  EXPECT_EQ(transfer.Next().options.block1, (Block{0, true, 4}));
  EXPECT_EQ(transfer.Take(Answer(Code::kContinue), Block1(0, true, 4)), Step::kSend);
  const auto message = transfer.Next();
  EXPECT_EQ(message.options.block1, (Block{1, false, 4}));
  EXPECT_EQ(message.request.payload.octets.size(), 44u);
}

TEST(DownlinkTransferTest, LeavesARefusalInTheMiddleAlone) {
  DownlinkTransfer transfer(Put(3000), kLargest);
  EXPECT_EQ(transfer.Take(Answer(Code::kContinue), Block1(0, true, 6)), Step::kSend);
  EXPECT_EQ(transfer.Take(Answer(Code::kRequestEntityTooLarge), {}), Step::kDone);
}

TEST(DownlinkTransferTest, BeginsAgainOnceForADeviceThatLacksABlock) {  // RFC 7959 §2.9.2
  DownlinkTransfer transfer(Put(3000), kLargest);
  EXPECT_EQ(transfer.Take(Answer(Code::kContinue), Block1(0, true, 6)), Step::kSend);
  EXPECT_EQ(transfer.Take(Answer(Code::kRequestEntityIncomplete), {}), Step::kSend);
  EXPECT_EQ(transfer.Next().options.block1, (Block{0, true, 6}));
  EXPECT_EQ(transfer.Take(Answer(Code::kContinue), Block1(0, true, 6)), Step::kSend);
  EXPECT_EQ(transfer.Take(Answer(Code::kRequestEntityIncomplete), {}), Step::kDone);
  EXPECT_EQ(transfer.TakeAnswer().code, Code::kRequestEntityIncomplete);
}

TEST(DownlinkTransferTest, EndsWithAnErrorInTheMiddle) {
  DownlinkTransfer transfer(Put(5000), kLargest);
  EXPECT_EQ(transfer.Take(Answer(Code::kContinue), Block1(0, true, 6)), Step::kSend);
  EXPECT_EQ(transfer.Take(Answer(Code::kBadRequest), {}), Step::kDone);
  EXPECT_EQ(transfer.TakeAnswer().code, Code::kBadRequest);
}

TEST(DownlinkTransferTest, FailsWhenTheDeviceWantsMoreThanThereIs) {
  DownlinkTransfer transfer(Put(1025), kLargest);
  transfer.Take(Answer(Code::kContinue), Block1(0, true, 6));
  EXPECT_EQ(transfer.Take(Answer(Code::kContinue), Block1(1, false, 6)), Step::kFailed);
}

TEST(DownlinkTransferTest, FetchesAllBlocksAndKeepsTheObserveOfTheFirst) {  // BLK-2, IR-9
  DownlinkTransfer transfer(Get(), kLargest);
  CoapResponse first = Answer(Code::kContent, kA);
  first.observe = 12;
  first.message_id = 99;
  EXPECT_EQ(transfer.Take(first, Block2(0, true)), Step::kSend);
  const auto message = transfer.Next();
  EXPECT_EQ(message.request.observe, std::nullopt);
  EXPECT_EQ(message.request.accept, ContentFormat::kTlv);
  EXPECT_EQ(message.options.block2, (Block{1, false, 0}));
  EXPECT_EQ(transfer.Take(Answer(Code::kContent, "b"), Block2(1, false)), Step::kDone);
  const CoapResponse answer = transfer.TakeAnswer();
  EXPECT_EQ(answer.payload.octets, kA + "b");
  EXPECT_EQ(answer.observe, 12u);
  EXPECT_EQ(answer.message_id, 99);
}

TEST(DownlinkTransferTest, FetchesAnewOnceWhenTheRepresentationChanged) {  // BLK-5
  DownlinkTransfer transfer(Get(), kLargest);
  transfer.Take(Answer(Code::kContent, kA), Block2(0, true, "1"));
  EXPECT_EQ(transfer.Take(Answer(Code::kContent, kB), Block2(1, true, "2")), Step::kSend);
  EXPECT_EQ(transfer.Next().options.block2, (Block{0, false, 0}));
  EXPECT_EQ(transfer.Take(Answer(Code::kContent, kB), Block2(0, true, "2")), Step::kSend);
  EXPECT_EQ(transfer.Take(Answer(Code::kContent, "b"), Block2(1, false, "3")), Step::kFailed);
}

// docs/interop.md: a client whose answer to an Observe has another format than that to a Read.
TEST(DownlinkTransferTest, FetchesEveryBlockInTheFormatOfTheFirst) {
  CoapRequest observe = Get();
  observe.accept.reset();
  DownlinkTransfer transfer(observe, kLargest);
  CoapResponse first = Answer(Code::kContent, kA);
  first.payload.format = ContentFormat::kJson;
  EXPECT_EQ(transfer.Take(first, Block2(0, true)), Step::kSend);
  EXPECT_EQ(transfer.Next().request.accept, std::nullopt);
  CoapResponse second = Answer(Code::kContent, "b");
  second.payload.format = ContentFormat::kTlv;
  EXPECT_EQ(transfer.Take(second, Block2(1, false)), Step::kSend);
  EXPECT_EQ(transfer.Next().options.block2, (Block{0, false, 0}));
  EXPECT_EQ(transfer.Next().request.accept, ContentFormat::kJson);
  EXPECT_EQ(transfer.Take(first, Block2(0, true)), Step::kSend);
  second.payload.format = ContentFormat::kJson;
  EXPECT_EQ(transfer.Take(second, Block2(1, false)), Step::kDone);
  EXPECT_EQ(transfer.TakeAnswer().payload.octets, kA + "b");
}

TEST(DownlinkTransferTest, BeginsAgainWhereTheOtherFormatHasNoSuchBlock) {
  CoapRequest observe = Get();
  observe.accept.reset();
  DownlinkTransfer transfer(observe, kLargest);
  CoapResponse first = Answer(Code::kContent, kA);
  first.payload.format = ContentFormat::kJson;
  first.observe = 3;
  EXPECT_EQ(transfer.Take(first, Block2(0, true)), Step::kSend);
  EXPECT_EQ(transfer.Take(Answer(Code::kBadOption), {}), Step::kSend);
  EXPECT_EQ(transfer.Next().options.block2, (Block{0, false, 0}));
  EXPECT_EQ(transfer.Next().request.accept, ContentFormat::kJson);
  EXPECT_EQ(transfer.Take(first, Block2(0, true)), Step::kSend);
  EXPECT_EQ(transfer.Take(Answer(Code::kContent, "b"), Block2(1, false)), Step::kDone);
  const CoapResponse answer = transfer.TakeAnswer();
  EXPECT_EQ(answer.payload.octets, kA + "b");
  EXPECT_EQ(answer.observe, 3u);
}

TEST(DownlinkTransferTest, FailsAtAWrongBlockOrSizeOrBeyondTheBound) {
  DownlinkTransfer skipped(Get(), kLargest);
  skipped.Take(Answer(Code::kContent, kA), Block2(0, true));
  EXPECT_EQ(skipped.Take(Answer(Code::kContent, kB), Block2(2, true)), Step::kFailed);
  DownlinkTransfer middle(Get(), kLargest);
  EXPECT_EQ(middle.Take(Answer(Code::kContent, kA), Block2(1, true)), Step::kFailed);
  DownlinkTransfer short_block(Get(), kLargest);
  EXPECT_EQ(short_block.Take(Answer(Code::kContent, "a"), Block2(0, true)), Step::kFailed);
  DownlinkTransfer endless(Get(), 20);
  endless.Take(Answer(Code::kContent, kA), Block2(0, true));
  EXPECT_EQ(endless.Take(Answer(Code::kContent, kA), Block2(1, true)), Step::kFailed);
  TransferOptions reserved;
  reserved.malformed = true;
  DownlinkTransfer malformed(Get(), kLargest);
  EXPECT_EQ(malformed.Take(Answer(Code::kContent, kA), reserved), Step::kFailed);
}

TEST(DownlinkTransferTest, ReportsAnErrorInsteadOfTheRest) {
  DownlinkTransfer transfer(Get(), kLargest);
  transfer.Take(Answer(Code::kContent, kA), Block2(0, true));
  EXPECT_EQ(transfer.Take(Answer(Code::kRequestEntityIncomplete), {}), Step::kDone);
  EXPECT_EQ(transfer.TakeAnswer().code, Code::kRequestEntityIncomplete);
}

TEST(DownlinkTransferTest, CompletesANotification) {  // IR-9
  CoapResponse first = Answer(Code::kContent, kA);
  first.observe = 7;
  first.message_id = 5;
  CoapRequest read = Get();
  read.observe.reset();
  DownlinkTransfer transfer =
      DownlinkTransfer::CompletionOf(read, first, Block2(0, true, "e"), kLargest);
  EXPECT_EQ(transfer.Next().options.block2, (Block{1, false, 0}));
  EXPECT_EQ(transfer.Take(Answer(Code::kContent, "b"), Block2(1, false, "e")), Step::kDone);
  const CoapResponse answer = transfer.TakeAnswer();
  EXPECT_EQ(answer.payload.octets, kA + "b");
  EXPECT_EQ(answer.observe, 7u);
  EXPECT_EQ(answer.message_id, 5);
}

TEST(DownlinkTransferTest, ReportsWhatTheDeviceHasConfirmed) {  // FW-2
  std::vector<std::pair<std::size_t, std::size_t>> progress;
  CoapRequest request = Put(0);
  request.payload.octets.clear();
  request.payload.shared = std::make_shared<const std::string>(2500, 'x');
  request.progress = [&](std::size_t sent, std::size_t total) {
    progress.emplace_back(sent, total);
  };
  DownlinkTransfer transfer(std::move(request), kLargest);
  EXPECT_EQ(transfer.Next().request.payload.octets.size(), 1024u);
  EXPECT_EQ(transfer.Next().request.payload.shared, nullptr);
  transfer.Take(Answer(Code::kContinue), Block1(0, true, 6));
  transfer.Take(Answer(Code::kContinue), Block1(1, true, 6));
  EXPECT_EQ(transfer.Take(Answer(Code::kChanged), Block1(2, false, 6)), Step::kDone);
  EXPECT_EQ(progress, (std::vector<std::pair<std::size_t, std::size_t>>{
                          {1024, 2500}, {2048, 2500}, {2500, 2500}}));
}

TEST(DownlinkTransferTest, SendsABlockOnceMoreWhenItIsNotAnswered) {  // BLK-6
  DownlinkTransfer transfer(Put(3000), kLargest);
  EXPECT_FALSE(transfer.RetryAfterTimeOut()) << "nothing has come of it yet";
  transfer.Take(Answer(Code::kContinue), Block1(0, true, 6));
  EXPECT_TRUE(transfer.RetryAfterTimeOut());
  EXPECT_EQ(transfer.Next().options.block1, (Block{1, true, 6}));
  EXPECT_FALSE(transfer.RetryAfterTimeOut());
  transfer.Take(Answer(Code::kContinue), Block1(1, true, 6));
  EXPECT_TRUE(transfer.RetryAfterTimeOut());
}

TEST(DownlinkTransferTest, DoesNotRepeatTheEndOfWhatMustNotHappenTwice) {
  CoapRequest create = Put(1500);
  create.method = Method::kPost;
  DownlinkTransfer transfer(create, kLargest);
  transfer.Take(Answer(Code::kContinue), Block1(0, true, 6));
  EXPECT_FALSE(transfer.RetryAfterTimeOut());
  DownlinkTransfer execute(Get(), kLargest);
  EXPECT_FALSE(execute.RetryAfterTimeOut());
}

TEST(DownlinkTransferTest, FetchesSeveralBlocksAtATimeOverAStream) {  // RFC 8323 §6
  DownlinkTransfer transfer(Get(), 8192);
  const auto bert = [](std::uint32_t number, bool more) {
    TransferOptions options;
    options.block2 = Block{number, more, Block::kBert};
    return options;
  };
  EXPECT_EQ(transfer.Take(Answer(Code::kContent, std::string(3072, 'a')), bert(0, true)),
            Step::kSend);
  EXPECT_EQ(transfer.Next().options.block2, (Block{3, false, Block::kBert}));
  EXPECT_EQ(transfer.Take(Answer(Code::kContent, std::string(1500, 'b')), bert(3, false)),
            Step::kDone);
  EXPECT_EQ(transfer.TakeAnswer().payload.octets.size(), 4572u);
}

}  // namespace
}  // namespace lwm2m
