#include "lwm2m/gateway.h"

#include <gtest/gtest.h>

#include <string>

namespace lwm2m {
namespace {

GatewayInstance Instance(std::string id, std::string prefix, std::string objects) {
  GatewayInstance instance;
  instance.device_id = std::move(id);
  instance.prefix = std::move(prefix);
  instance.objects = std::move(objects);
  return instance;
}

TEST(GatewayInstanceTest, IsCompleteWithItsThreeResources) {
  GatewayInstance instance;
  instance.Take({Path(25, 0, 0), std::string("urn:dev:sensor-1"), std::nullopt});
  instance.Take({Path(25, 0, 1), std::string("d01"), std::nullopt});
  instance.Take({Path(25, 0, 2), std::string("of another version"), std::nullopt});
  instance.Take({Path(25, 0, 3), std::int64_t{5}, std::nullopt});
  EXPECT_FALSE(instance.complete());
  instance.Take({Path(25, 0, 3), CoreLink{"</3303/0>"}, std::nullopt});
  EXPECT_TRUE(instance.complete());
  EXPECT_EQ(ReadEndDevice(instance, {}).value().endpoint, "urn:dev:sensor-1");
}

TEST(EndDeviceTest, HasItsPrefixAsRootPath) {
  for (const char* prefix : {"d01", "/d01", "/d01/"}) {
    const auto device =
        ReadEndDevice(Instance("dev", prefix, "</3/0>,</3303/1>"), {ContentFormat::kSenmlCbor});
    ASSERT_TRUE(device) << prefix;
    EXPECT_EQ(device->objects.root_path, "/d01");
    EXPECT_EQ(device->objects.paths, (std::vector<Path>{Path(3, 0), Path(3303, 1)}));
    EXPECT_EQ(device->objects.formats, std::vector<ContentFormat>{ContentFormat::kSenmlCbor});
  }
}

TEST(EndDeviceTest, MayListItsObjectsWithThePrefix) {
  const auto device = ReadEndDevice(Instance("dev", "d01", "</d01/3/0>,</d01/3303/0>"), {});
  ASSERT_TRUE(device);
  EXPECT_EQ(device->objects.paths, (std::vector<Path>{Path(3, 0), Path(3303, 0)}));
  EXPECT_EQ(device->objects.root_path, "/d01");
}

TEST(EndDeviceTest, MayHaveNoObjectsYet) {
  const auto device = ReadEndDevice(Instance("dev", "d01", ""), {});
  ASSERT_TRUE(device);
  EXPECT_TRUE(device->objects.paths.empty());
}

TEST(EndDeviceTest, NamesWhatIsWrong) {
  const std::string longest(255, 'x');
  EXPECT_TRUE(ReadEndDevice(Instance(longest, "d", "</3/0>"), {}));
  EXPECT_EQ(ReadEndDevice(Instance(longest + "x", "d", "</3/0>"), {}).error().detail,
            "Device ID is no Endpoint Client Name");
  EXPECT_EQ(ReadEndDevice(Instance("a\nb", "d", "</3/0>"), {}).error().detail,
            "Device ID is no Endpoint Client Name");
  EXPECT_EQ(ReadEndDevice(Instance("dev", "/", "</3/0>"), {}).error().detail, "prefix is empty");
  EXPECT_EQ(ReadEndDevice(Instance("dev", "a/12", "</3/0>"), {}).error().detail,
            "prefix has a segment that looks like an identifier");
  EXPECT_EQ(ReadEndDevice(Instance("dev", "a/../b", "</3/0>"), {}).error().detail,
            "prefix is a relative path");
  EXPECT_EQ(ReadEndDevice(Instance("dev", "a//b", "</3/0>"), {}).error().detail,
            "prefix has a segment that looks like an identifier");
  EXPECT_EQ(ReadEndDevice(Instance("dev", "a b", "</3/0>"), {}).error().detail,
            "prefix has a character that names must not have");
  EXPECT_EQ(ReadEndDevice(Instance("dev", std::string(65, 'p'), "</3/0>"), {}).error().detail,
            "prefix is too long");
  EXPECT_EQ(ReadEndDevice(Instance("dev", "d01", "3/0"), {}).error().kind, ErrorKind::kMalformed);
}

}  // namespace
}  // namespace lwm2m
