#include "lwm2m/path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace lwm2m {
namespace {

TEST(PathTest, ReadsEveryDepth) {
  EXPECT_EQ(Path::Parse("/").value(), Path());
  EXPECT_EQ(Path::Parse("/3").value(), Path(3));
  EXPECT_EQ(Path::Parse("/3/0").value(), Path(3, 0));
  EXPECT_EQ(Path::Parse("/3/0/9").value(), Path(3, 0, 9));
  EXPECT_EQ(Path::Parse("/65535/65535/65535/65535").value(), Path(65535, 65535, 65535, 65535));
}

TEST(PathTest, ToleratesOneTrailingSlash) {
  EXPECT_EQ(Path::Parse("/1/0/").value(), Path(1, 0));
  EXPECT_FALSE(Path::Parse("/1/0//").has_value());
}

TEST(PathTest, NamesWhatIsWrong) {
  const auto detail = [](std::string_view text) {
    const auto path = Path::Parse(text);
    return path ? "accepted as " + path->ToString() : path.error().detail;
  };
  EXPECT_EQ(detail(""), "path does not start with a slash");
  EXPECT_EQ(detail("3/0"), "path does not start with a slash");
  EXPECT_EQ(detail("//"), "path has an empty segment");
  EXPECT_EQ(detail("/3//0"), "path has an empty segment");
  EXPECT_EQ(detail("/03"), "path identifier has leading zeros");
  EXPECT_EQ(detail("/65536"), "path identifier exceeds 65535");
  EXPECT_EQ(detail("/-1"), "path identifier is not a decimal number");
  EXPECT_EQ(detail("/+1"), "path identifier is not a decimal number");
  EXPECT_EQ(detail("/3/9x"), "path identifier is not a decimal number");
  EXPECT_EQ(detail("/1/2/3/4/5"), "path has more than four identifiers");
}

TEST(PathTest, PrintsWhatItReads) {
  for (const char* text : {"/", "/3", "/3/0", "/3/0/9", "/3/0/7/65535"}) {
    EXPECT_EQ(Path::Parse(text).value().ToString(), text);
  }
}

TEST(PathTest, ContainsItselfAndWhatIsBelow) {
  EXPECT_TRUE(Path().Contains(Path(3, 0, 9)));
  EXPECT_TRUE(Path(3, 0).Contains(Path(3, 0)));
  EXPECT_TRUE(Path(3, 0).Contains(Path(3, 0, 7, 1)));
  EXPECT_FALSE(Path(3, 0).Contains(Path(3)));
  EXPECT_FALSE(Path(3, 0).Contains(Path(3, 1)));
}

TEST(PathTest, SortsParentsDirectlyBeforeTheirChildren) {
  const std::vector<Path> sorted = {Path(),        Path(0),       Path(3),
                                    Path(3, 0),    Path(3, 0, 0), Path(3, 0, 0, 0),
                                    Path(3, 0, 9), Path(3, 1),    Path(4)};
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
}

TEST(PathTest, HashTellsDepthsAndNeighboursApart) {
  const std::hash<Path> hash;
  std::unordered_set<std::size_t> hashes;
  for (Id object = 0; object < 100; ++object) {
    hashes.insert(hash(Path(object)));
    hashes.insert(hash(Path(object, 0)));
    hashes.insert(hash(Path(object, 0, 0)));
    hashes.insert(hash(Path(object, 0, 0, 0)));
  }
  EXPECT_EQ(hashes.size(), 400u);
}

}  // namespace
}  // namespace lwm2m
