#include "ipe/firmware_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

class FirmwareFilesTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& content) {
    std::ofstream(directory.path() + "/" + name, std::ios::binary) << content;
  }

  testing::TemporaryDirectory directory;
  FirmwareFiles files{directory.path(), 1000};
};

TEST_F(FirmwareFilesTest, ReadsAFile) {
  Write("a.bin", "firmware");
  const auto file = files.Open("a.bin");
  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ(*(*file)->image.octets(), "firmware");
  EXPECT_EQ((*file)->etag.size(), 8u);
}

TEST_F(FirmwareFilesTest, IsInMemoryOnce) {
  Write("a.bin", "firmware");
  const auto first = files.Open("a.bin");
  const auto second = files.Open("a.bin");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->get(), second->get());
}

TEST_F(FirmwareFilesTest, ReadsAnewWhatHasChanged) {
  Write("a.bin", "one");
  const auto first = files.Open("a.bin");
  Write("b.bin", "two");
  std::filesystem::rename(directory.path() + "/b.bin", directory.path() + "/a.bin");
  const auto second = files.Open("a.bin");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*(*first)->image.octets(), "one") << "who has it keeps it";
  EXPECT_EQ(*(*second)->image.octets(), "two");
  EXPECT_NE((*first)->etag, (*second)->etag);
}

TEST_F(FirmwareFilesTest, ForgetsWhatNobodyHolds) {
  Write("a.bin", "firmware");
  std::weak_ptr<const FirmwareFile> seen;
  {
    const auto file = files.Open("a.bin");
    ASSERT_TRUE(file);
    seen = *file;
  }
  EXPECT_TRUE(seen.expired());
  EXPECT_TRUE(files.Open("a.bin"));
}

TEST_F(FirmwareFilesTest, RefusesWhatIsNoName) {
  std::filesystem::create_directory(directory.path() + "/sub");
  Write("sub/a.bin", "firmware");
  for (const char* name : {"", ".", "..", "../a.bin", "sub/a.bin", "/etc/passwd", ".hidden", "a b",
                           "a\nb", "a%2e", "\xc3\xa4"}) {
    EXPECT_FALSE(files.Open(name)) << name;
  }
  EXPECT_FALSE(IsFirmwareName(std::string(129, 'a')));
  EXPECT_TRUE(IsFirmwareName(std::string(128, 'a')));
  EXPECT_TRUE(IsFirmwareName("Model-T_1.0.bin"));
}

TEST_F(FirmwareFilesTest, NamesWhatIsWrongWithAFile) {
  std::filesystem::create_directory(directory.path() + "/sub");
  Write("empty", "");
  Write("large", std::string(1001, 'x'));
  Write("fits", std::string(1000, 'x'));
  EXPECT_EQ(files.Open("missing").error(), "missing: No such file or directory");
  EXPECT_EQ(files.Open("sub").error(), "sub: is no file");
  EXPECT_EQ(files.Open("empty").error(), "empty: is empty");
  EXPECT_EQ(files.Open("large").error(), "large: 1001 octets are above firmware.max_bytes, 1000");
  EXPECT_TRUE(files.Open("fits"));
}

// It would wait for a writer for ever.
TEST_F(FirmwareFilesTest, DoesNotWaitForAPipe) {
  ASSERT_EQ(mkfifo((directory.path() + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(files.Open("pipe").error(), "pipe: is no file");
}

TEST_F(FirmwareFilesTest, WithoutADirectoryThereIsNothing) {
  EXPECT_EQ(FirmwareFiles("", 1000).Open("a.bin").error(), "firmware.directory is not set");
}

}  // namespace
}  // namespace ipe
