#include "lwm2m/ddf/ddf_reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "fmt/format.h"

namespace lwm2m {
namespace {

constexpr const char* kItem =
    "<Item ID=\"{}\"><Name>{}</Name><Operations>{}</Operations>"
    "<MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory>"
    "<Type>{}</Type><RangeEnumeration>0..5</RangeEnumeration><Units>s</Units></Item>";

std::string Item(std::string_view id, std::string_view name, std::string_view operations,
                 std::string_view type) {
  return fmt::format(fmt::runtime(kItem), id, name, operations, type);
}

std::string Document(std::string_view items, std::string_view id = "32000") {
  return fmt::format(
      "<?xml version=\"1.0\"?><LWM2M><Object ObjectType=\"MODefinition\"><Name>Example</Name>"
      "<ObjectID>{}</ObjectID><ObjectVersion>1.1</ObjectVersion>"
      "<MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory>"
      "<Resources>{}</Resources></Object></LWM2M>",
      id, items);
}

TEST(DdfReaderTest, ReadsEveryMemberOfADefinition) {
  const auto objects = ParseObjectDefinitions(Document(
      Item("7", "\n  Update\n Interval ", "RW", "Unsigned Integer") + Item("2", "Go", "E", "")));
  ASSERT_TRUE(objects.has_value()) << objects.error().detail;
  ASSERT_EQ(objects->size(), 1u);
  const ObjectDefinition& object = objects->front();
  EXPECT_EQ(object.id, 32000);
  EXPECT_EQ(object.name, "Example");
  EXPECT_EQ(object.version, "1.1");
  EXPECT_TRUE(object.multiple);
  EXPECT_FALSE(object.mandatory);
  ASSERT_EQ(object.resources.size(), 2u);
  EXPECT_EQ(object.resources[0].id, 2);
  EXPECT_TRUE(object.resources[0].executable);
  EXPECT_FALSE(object.resources[0].readable);
  EXPECT_EQ(object.resources[0].type, Type::kNone);
  const ResourceDefinition& interval = object.resources[1];
  EXPECT_EQ(interval.name, "Update Interval");
  EXPECT_TRUE(interval.readable);
  EXPECT_TRUE(interval.writable);
  EXPECT_FALSE(interval.executable);
  EXPECT_FALSE(interval.multiple);
  EXPECT_TRUE(interval.mandatory);
  EXPECT_EQ(interval.type, Type::kUnsignedInteger);
  EXPECT_EQ(interval.range, "0..5");
  EXPECT_EQ(interval.units, "s");
}

TEST(DdfReaderTest, TakesAMissingVersionAsTheFirst) {
  std::string xml = Document(Item("1", "a", "R", "Time"));
  const std::string version = "<ObjectVersion>1.1</ObjectVersion>";
  xml.erase(xml.find(version), version.size());
  EXPECT_EQ(ParseObjectDefinitions(xml).value().front().version, "1.0");
}

TEST(DdfReaderTest, NamesObjectAndResourceOfWhatItCannotUnderstand) {
  const auto detail = [](std::string_view items) {
    return ParseObjectDefinitions(Document(items)).error().detail;
  };
  EXPECT_EQ(detail(Item("1", "a", "R", "Double")), "object 32000: resource 1: Type");
  EXPECT_EQ(detail(Item("1", "a", "X", "Float")), "object 32000: resource 1: Operations");
  EXPECT_EQ(detail(Item("x", "a", "R", "Float")), "object 32000: Item without a valid ID");
  EXPECT_EQ(detail(Item("65535", "a", "R", "Float")), "object 32000: Item without a valid ID");
  EXPECT_EQ(detail(Item("1", "a", "R", "Float") + Item("1", "b", "R", "Time")),
            "object 32000: resource 1 is defined twice");
  EXPECT_EQ(detail("<Item ID=\"1\"/>"), "object 32000: resource 1: MultipleInstances");
  EXPECT_EQ(ParseObjectDefinitions(Document("", "-1")).error().detail,
            "Object without a valid ObjectID");
}

TEST(DdfReaderTest, TellsOtherXmlFromBrokenXml) {
  const auto error = [](std::string_view xml) { return ParseObjectDefinitions(xml).error(); };
  EXPECT_EQ(error("<DDFList/>").kind, ErrorKind::kUnsupportedFormat);
  EXPECT_EQ(error("<LWM2M/>").kind, ErrorKind::kUnsupportedFormat);
  EXPECT_EQ(error("<LWM2M><Object ObjectType=\"CommonResources\"/></LWM2M>").kind,
            ErrorKind::kUnsupportedFormat);
  EXPECT_EQ(error("").kind, ErrorKind::kMalformed);
  EXPECT_EQ(error("<LWM2M>").kind, ErrorKind::kMalformed);
  EXPECT_EQ(error("not xml").kind, ErrorKind::kMalformed);
}

TEST(DdfReaderTest, DoesNotReadExternalEntities) {
  const std::filesystem::path secret =
      std::filesystem::path(testing::TempDir()) / "ddf_reader_test_secret";
  std::ofstream(secret) << "secret";
  const std::string head = "<?xml version=\"1.0\"?>";
  const auto objects = ParseObjectDefinitions(
      head + "<!DOCTYPE LWM2M [<!ENTITY file SYSTEM \"file://" + secret.string() + "\">]>" +
      Document(Item("1", "[&file;]", "R", "Time")).substr(head.size()));
  std::filesystem::remove(secret);
  ASSERT_FALSE(objects.has_value());
  EXPECT_NE(objects.error().detail.find("external entity"), std::string::npos);
}

TEST(DdfReaderTest, ReportsEachFileOfADirectoryByName) {
  const std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / "ddf_reader_test_models";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "b.xml") << Document(Item("1", "a", "R", "Time"));
  std::ofstream(directory / "a.xml") << "<LWM2M>";
  std::ofstream(directory / "c.txt") << "no model";
  const auto files = ReadDefinitionDirectory(directory);
  std::filesystem::remove_all(directory);

  ASSERT_TRUE(files.has_value()) << files.error().detail;
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].name, "a.xml");
  ASSERT_FALSE((*files)[0].objects.has_value());
  EXPECT_TRUE((*files)[0].objects.error().detail.starts_with("a.xml: XML: "));
  ASSERT_TRUE((*files)[1].objects.has_value());
  EXPECT_EQ((*files)[1].objects->front().id, 32000);
}

TEST(DdfReaderTest, ReportsAMissingFileOrDirectory) {
  const std::filesystem::path missing =
      std::filesystem::path(testing::TempDir()) / "ddf_reader_test_missing";
  EXPECT_EQ(ReadDefinitionDirectory(missing).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(ReadDefinitionFile(missing / "3.xml").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(ReadDefinitionFile(missing / "3.xml").error().detail, "3.xml: cannot be read");
}

// The registry of OMA lies beside the sources where it is at hand; it is not part of them.
TEST(DdfReaderTest, ReadsTheWholeRegistry) {
  const std::filesystem::path registry = IPE_SOURCE_DIR "/../shared/lwm2m-registry";
  if (!std::filesystem::exists(registry)) GTEST_SKIP() << "no object registry beside the sources";
  const auto files = ReadDefinitionDirectory(registry);
  ASSERT_TRUE(files.has_value()) << files.error().detail;
  std::set<std::string> skipped;
  for (const DefinitionFile& file : *files) {
    if (!file.objects) {
      EXPECT_EQ(file.objects.error().kind, ErrorKind::kUnsupportedFormat)
          << file.objects.error().detail;
      skipped.insert(file.name);
      continue;
    }
    ASSERT_EQ(file.objects->size(), 1u) << file.name;
    EXPECT_EQ(std::to_string(file.objects->front().id) + ".xml", file.name);
    EXPECT_FALSE(file.objects->front().resources.empty()) << file.name;
  }
  EXPECT_EQ(skipped, (std::set<std::string>{"Common.xml", "DDF.xml", "LWM2M_senml_units.xml"}));
  EXPECT_GT(files->size(), 300u);
}

}  // namespace
}  // namespace lwm2m
