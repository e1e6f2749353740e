#include "lwm2m/content_format.h"

#include <gtest/gtest.h>

namespace lwm2m {
namespace {

TEST(ContentFormatTest, MapsTheOldNumbersToTheRegisteredOnes) {
  EXPECT_EQ(Canonical(ContentFormat{1541}), ContentFormat::kText);
  EXPECT_EQ(Canonical(ContentFormat{1542}), ContentFormat::kTlv);
  EXPECT_EQ(Canonical(ContentFormat{1543}), ContentFormat::kJson);
  EXPECT_EQ(Canonical(ContentFormat{1544}), ContentFormat::kOpaque);
  EXPECT_EQ(Canonical(ContentFormat::kSenmlCbor), ContentFormat::kSenmlCbor);
  EXPECT_EQ(Canonical(ContentFormat{9999}), ContentFormat{9999});
}

TEST(ContentFormatTest, NamesTheMediaTypeOfWhatItKnows) {
  EXPECT_EQ(MediaType(ContentFormat::kText), "text/plain");
  EXPECT_EQ(MediaType(ContentFormat::kTlv), "application/vnd.oma.lwm2m+tlv");
  EXPECT_EQ(MediaType(ContentFormat::kOldTlv), "application/vnd.oma.lwm2m+tlv");
  EXPECT_EQ(MediaType(ContentFormat::kLwm2mCbor), "application/vnd.oma.lwm2m+cbor");
  EXPECT_EQ(MediaType(ContentFormat::kSenmlEtchCbor), "application/senml-etch+cbor");
  EXPECT_EQ(MediaType(ContentFormat{9999}), "");
}

TEST(ContentFormatTest, TreatsWhatItDoesNotKnowAsBinary) {
  EXPECT_TRUE(IsBinary(ContentFormat::kTlv));
  EXPECT_TRUE(IsBinary(ContentFormat::kOpaque));
  EXPECT_TRUE(IsBinary(ContentFormat::kSenmlCbor));
  EXPECT_TRUE(IsBinary(ContentFormat{9999}));
  EXPECT_FALSE(IsBinary(ContentFormat::kText));
  EXPECT_FALSE(IsBinary(ContentFormat::kSenmlJson));
  EXPECT_FALSE(IsBinary(ContentFormat::kJson));
}

}  // namespace
}  // namespace lwm2m
