#include "lwm2m/coap/block.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace lwm2m {
namespace {

using Outcome = BlockAssembly::Outcome;

TEST(BlockTest, EncodesTheShortestForm) {  // RFC 7959 §2.2
  EXPECT_EQ(EncodeBlock({0, false, 2}), std::string("\x02", 1));
  EXPECT_EQ(EncodeBlock({0, true, 6}), std::string("\x0e", 1));
  EXPECT_EQ(EncodeBlock({15, false, 6}), std::string("\xf6", 1));
  EXPECT_EQ(EncodeBlock({16, false, 6}), std::string("\x01\x06", 2));
  EXPECT_EQ(EncodeBlock({4096, true, 0}), std::string("\x01\x00\x08", 3));
}

TEST(BlockTest, ReadsWhatItWrites) {
  for (const std::uint32_t number : {0u, 1u, 15u, 16u, 4095u, 4096u, 1048575u}) {
    for (unsigned exponent = 0; exponent <= Block::kLargestExponent; ++exponent) {
      for (const bool more : {false, true}) {
        const Block block{number, more, exponent};
        EXPECT_EQ(ParseBlock(EncodeBlock(block)), block);
      }
    }
  }
}

TEST(BlockTest, ReadsAnEmptyValueAsTheFirstBlockOf16) {
  EXPECT_EQ(ParseBlock(""), (Block{0, false, 0}));
}

TEST(BlockTest, RefusesTheReservedSizeAndFourOctets) {  // BLK-4
  EXPECT_EQ(ParseBlock("\x07"), std::nullopt);
  EXPECT_EQ(ParseBlock(std::string(4, '\x01')), std::nullopt);
}

TEST(BlockTest, KnowsTheReservedSizeOnStreams) {  // RFC 8323 §6
  const auto block = ParseBlock(std::string(1, '\x1f'), true);
  ASSERT_TRUE(block);
  EXPECT_EQ(*block, (Block{1, true, Block::kBert}));
  EXPECT_EQ(block->offset(), 1024u);
  EXPECT_TRUE(block->Fits(3 * 1024));
  EXPECT_FALSE(block->Fits(1000));
  EXPECT_FALSE(block->Fits(0));
  EXPECT_TRUE((Block{1, false, Block::kBert}).Fits(5000));
  EXPECT_TRUE((Block{0, true, 0}).Fits(16));
  EXPECT_FALSE((Block{0, true, 0}).Fits(15));
  EXPECT_TRUE((Block{0, false, 0}).Fits(15));
  EXPECT_FALSE((Block{0, false, 0}).Fits(17));
}

CoapResponse LongAnswer(std::size_t size) {
  CoapResponse response;
  response.payload.shared = std::make_shared<const std::string>(size, 'x');
  response.etag = "v1";
  return response;
}

TEST(CutAnswerTest, LeavesWhatFitsAlone) {  // BLK-2
  const CoapResponse response = LongAnswer(1024);
  const AnswerPart part = CutAnswer(response, std::nullopt, 6);
  EXPECT_EQ(part.octets.size(), 1024u);
  EXPECT_FALSE(part.options.block2);
  EXPECT_FALSE(part.options.size2);
}

TEST(CutAnswerTest, BeginsWithTheFirstBlockAndTheSizeOfAll) {  // RFC 7959 §2.4, §4
  const CoapResponse response = LongAnswer(2500);
  const AnswerPart part = CutAnswer(response, std::nullopt, 6);
  EXPECT_EQ(part.code, Code::kContent);
  EXPECT_EQ(part.octets.data(), response.payload.shared->data()) << "copied";
  EXPECT_EQ(part.octets.size(), 1024u);
  EXPECT_EQ(part.options.block2, (Block{0, true, 6}));
  EXPECT_EQ(part.options.size2, 2500u);
  EXPECT_EQ(part.options.etag, "v1");
}

TEST(CutAnswerTest, GivesAnyBlockInTheSizeThatIsAskedFor) {
  const CoapResponse response = LongAnswer(2500);
  AnswerPart part = CutAnswer(response, Block{9, false, 4}, 6);
  EXPECT_EQ(part.options.block2, (Block{9, false, 4}));
  EXPECT_EQ(part.octets.size(), 2500u - 9 * 256);
  EXPECT_FALSE(part.options.size2);
  part = CutAnswer(response, Block{0, false, 4}, 6);
  EXPECT_EQ(part.options.block2, (Block{0, true, 4}));
  part = CutAnswer(response, Block{0, false, Block::kBert}, 6);
  EXPECT_EQ(part.options.block2, (Block{0, true, 6}));
  part = CutAnswer(response, Block{0, false, 6}, 3);
  EXPECT_EQ(part.options.block2, (Block{0, true, 3})) << "what the peer has room for";
}

TEST(CutAnswerTest, RefusesABlockBehindTheEnd) {
  const AnswerPart part = CutAnswer(LongAnswer(2048), Block{2, false, 6}, 6);
  EXPECT_EQ(part.code, Code::kBadRequest);
  EXPECT_TRUE(part.octets.empty());
}

TEST(CutAnswerTest, LeavesARefusalWhole) {
  CoapResponse response = LongAnswer(0);
  response.code = Code::kNotFound;
  EXPECT_EQ(CutAnswer(response, Block{7, false, 6}, 6).code, Code::kNotFound);
}

class BlockAssemblyTest : public ::testing::Test {
 protected:
  BlockAssembly::Taken Take(std::uint32_t number, bool more, const std::string& payload,
                            const std::string& endpoint = "one") {
    CoapRequest request;
    request.method = Method::kPost;
    request.path = {"rd"};
    request.queries = {"ep=" + endpoint};
    request.payload.octets = payload;
    request.token = std::to_string(++token_);  // some clients use another one per block
    return assembly_.Take(Peer{}, request, Block{number, more, 0}, now_);
  }
  BlockAssembly assembly_{BlockAssembly::Bounds{48, 96, 3}};
  TimePoint now_{};
  int token_ = 0;
  const std::string a_ = std::string(16, 'a');
  const std::string b_ = std::string(16, 'b');
};

TEST_F(BlockAssemblyTest, PutsBlocksTogether) {  // BLK-3
  EXPECT_EQ(Take(0, true, a_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kContinue);
  const auto last = Take(2, false, "c");
  EXPECT_EQ(last.outcome, Outcome::kComplete);
  EXPECT_EQ(last.body, a_ + b_ + "c");
}

TEST_F(BlockAssemblyTest, TakesEveryBlockTwiceWithTheSameOutcome) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Take(0, true, a_).outcome, Outcome::kContinue);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kContinue);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Take(2, false, "c").body, a_ + b_ + "c");
  EXPECT_EQ(assembly_.octets(), 33u);
}

TEST_F(BlockAssemblyTest, KeepsWhatCameAfterALateDuplicate) {  // GEN-13
  Take(0, true, a_);
  Take(1, true, b_);
  EXPECT_EQ(Take(0, true, a_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(2, false, "c").body, a_ + b_ + "c");
  EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(2, false, "c").body, a_ + b_ + "c");
  EXPECT_EQ(assembly_.octets(), 33u);
}

TEST_F(BlockAssemblyTest, TakesALongerAndAShorterBodyThatBeginAlike) {
  Take(0, true, a_);
  Take(1, false, b_);
  EXPECT_EQ(Take(2, false, "c").outcome, Outcome::kIncomplete);
  Take(0, true, a_);
  EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(2, false, "c").body, a_ + b_ + "c");
  Take(0, true, a_);
  EXPECT_EQ(Take(1, false, "b").body, a_ + "b");
  EXPECT_EQ(assembly_.octets(), 17u);
}

TEST_F(BlockAssemblyTest, RefusesAGap) {
  EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kIncomplete);
  Take(0, true, a_);
  EXPECT_EQ(Take(2, false, "c").outcome, Outcome::kIncomplete);
}

TEST_F(BlockAssemblyTest, RefusesAWrongSize) {
  EXPECT_EQ(Take(0, true, "short").outcome, Outcome::kMalformed);
  EXPECT_EQ(Take(0, false, a_ + "long").outcome, Outcome::kMalformed);
}

TEST_F(BlockAssemblyTest, BeginsAgainWithTheFirstBlock) {
  Take(0, true, a_);
  Take(1, false, "old");
  EXPECT_EQ(Take(0, true, a_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(1, false, "new").body, a_ + "new");
  EXPECT_EQ(Take(2, false, "more").outcome, Outcome::kIncomplete);
}

TEST_F(BlockAssemblyTest, KeepsTransfersApart) {
  Take(0, true, a_, "one");
  Take(0, true, b_, "two");
  EXPECT_EQ(Take(1, false, "1", "one").body, a_ + "1");
  EXPECT_EQ(Take(1, false, "2", "two").body, b_ + "2");
}

// docs/interop.md: a client that adds Content-Format 0 to all blocks but the first.
TEST_F(BlockAssemblyTest, TakesTheContentFormatOfTheFirstBlock) {
  CoapRequest update;
  update.path = {"rd", "5a"};
  update.payload.octets = a_;
  assembly_.Take({}, update, Block{0, true, 0}, now_);
  update.payload = {ContentFormat::kText, "b"};
  const auto taken = assembly_.Take({}, update, Block{1, false, 0}, now_);
  EXPECT_EQ(taken.outcome, Outcome::kComplete);
  EXPECT_EQ(taken.body, a_ + "b");
  EXPECT_EQ(taken.format, std::nullopt);
}

TEST_F(BlockAssemblyTest, BoundsABody) {
  Take(0, true, a_);
  Take(1, true, a_);
  EXPECT_EQ(Take(2, true, a_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(3, false, "x").outcome, Outcome::kTooLarge);
  EXPECT_EQ(assembly_.octets(), 0u);
}

TEST_F(BlockAssemblyTest, GivesUpTheOldestWhenFull) {
  for (const char* endpoint : {"one", "two", "three", "four"}) Take(0, true, a_, endpoint);
  EXPECT_EQ(assembly_.octets(), 48u);
  EXPECT_EQ(Take(1, false, "x", "one").outcome, Outcome::kIncomplete);
  EXPECT_EQ(Take(1, false, "x", "four").outcome, Outcome::kComplete);
}

TEST_F(BlockAssemblyTest, ForgetsAfterExchangeLifetime) {
  Take(0, true, a_);
  now_ += Seconds(247);
  assembly_.Expire(now_);
  EXPECT_EQ(Take(1, false, "x").outcome, Outcome::kIncomplete);
}

}  // namespace
}  // namespace lwm2m
