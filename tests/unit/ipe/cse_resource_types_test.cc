#include "ipe/cse_resource_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipe {
namespace {

using onem2m::ResourceType;
using onem2m::ResponseStatusCode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const OptionalType kTemperature{ResourceType::kFlexContainer, "…temperature"};
const OptionalType kBattery{ResourceType::kFlexContainer, "…battery"};
const OptionalType kSeries{ResourceType::kTimeSeries, ""};

TEST(CseResourceTypesTest, ExpectsEverythingUntilItIsToldOtherwise) {
  CseResourceTypes types;
  EXPECT_TRUE(types.Offers(kTemperature));
  EXPECT_FALSE(types.LacksAnything());
  EXPECT_THAT(types.Missing(), IsEmpty());
}

TEST(CseResourceTypesTest, BelievesWhatTheCseBaseLists) {
  CseResourceTypes types;
  types.Expect({2, 3, 4, 28});
  EXPECT_TRUE(types.Offers(kTemperature));
  EXPECT_THAT(types.Missing(), IsEmpty());
  EXPECT_FALSE(types.Offers(kSeries));
  EXPECT_THAT(types.Missing(), ElementsAre("<timeSeries>"));
}

TEST(CseResourceTypesTest, LearnsFromTheFirstRefusalThatATypeIsMissing) {
  for (const auto status :
       {ResponseStatusCode::kNotImplemented, ResponseStatusCode::kOperationNotAllowed,
        ResponseStatusCode::kInvalidChildResourceType}) {
    CseResourceTypes types;
    EXPECT_TRUE(types.LearnRefusal(kTemperature, status));
    EXPECT_FALSE(types.Offers(kTemperature));
    EXPECT_FALSE(types.Offers(kBattery));
    EXPECT_TRUE(types.Offers(kSeries));
    EXPECT_THAT(types.Missing(), ElementsAre("<flexContainer>"));
  }
}

TEST(CseResourceTypesTest, LearnsThatOneSpecialisationIsMissing) {
  CseResourceTypes types;
  EXPECT_TRUE(types.LearnRefusal(kTemperature, ResponseStatusCode::kBadRequest));
  EXPECT_FALSE(types.Offers(kTemperature));
  EXPECT_TRUE(types.Offers(kBattery));
  EXPECT_THAT(types.Missing(), ElementsAre("<flexContainer> …temperature"));
}

TEST(CseResourceTypesTest, OfWhatIsPresentARefusalIsAboutTheResource) {
  CseResourceTypes types;
  types.LearnPresent(kTemperature);
  EXPECT_FALSE(types.LearnRefusal(kTemperature, ResponseStatusCode::kBadRequest));
  EXPECT_TRUE(types.Offers(kTemperature));
  // The type is there; so it is the specialisation that is not.
  EXPECT_TRUE(types.LearnRefusal(kBattery, ResponseStatusCode::kNotImplemented));
  EXPECT_THAT(types.Missing(), ElementsAre("<flexContainer> …battery"));
}

TEST(CseResourceTypesTest, OtherRefusalsSayNothingAboutTheType) {
  CseResourceTypes types;
  for (const auto status :
       {ResponseStatusCode::kOriginatorHasNoPrivilege, ResponseStatusCode::kNotFound,
        ResponseStatusCode::kInternalServerError, ResponseStatusCode::kConflict}) {
    EXPECT_FALSE(types.LearnRefusal(kSeries, status));
  }
  EXPECT_TRUE(types.Offers(kSeries));
}

TEST(CseResourceTypesTest, AsksAgainAfterTheNextSetUp) {
  CseResourceTypes types;
  types.LearnRefusal(kSeries, ResponseStatusCode::kNotImplemented);
  types.LearnPresent(kTemperature);
  types.Expect({});
  EXPECT_TRUE(types.Offers(kSeries));
  EXPECT_TRUE(types.LearnRefusal(kTemperature, ResponseStatusCode::kBadRequest));
}

}  // namespace
}  // namespace ipe
