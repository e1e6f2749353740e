// What is left of the files after a power failure: the write-ahead log ends anywhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "ipe/store.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using testing::TemporaryDirectory;

constexpr std::size_t kLogHeader = 32;
constexpr std::size_t kFrame = 24 + 4096;  // header and page
constexpr int kMessages = 12;
constexpr std::size_t kRemembered = 32;  // message keys of an endpoint

OutboxRow Telemetry(const std::string& value) {
  OutboxRow row;
  row.container = "3/0/9";
  row.body = R"({"m2m:cin":{"rn":"@name@","con":")" + value + R"("}})";
  return row;
}

class StorePowerLossTest : public ::testing::Test {
 protected:
  void SetUp() override {
    StoreOptions options;
    options.directory = directory_ / "state";
    const auto store = *Store::Open(options);
    const auto log = [&] { return std::filesystem::file_size(options.directory + "/ipe.db-wal"); };
    // Transactions of several rows each: an endpoint with its command; a message of three values.
    for (int i = 0; i < kMessages; ++i) {
      StoredEndpoint endpoint;
      endpoint.registration.Edit().endpoint = "ep-" + std::to_string(100 + i);
      ASSERT_TRUE(store->Put(endpoint));
      const std::string value = std::to_string(i);
      ASSERT_TRUE(store->Append("ep", {Telemetry(value), Telemetry(value), Telemetry(value)},
                                MessageKey{"token", static_cast<std::uint16_t>(i), 0}));
    }
    // Unless the checkpoint thread was quicker, which moves the log and does not cut it.
    ASSERT_GT(log(), 2 * kMessages * kFrame);
    std::filesystem::copy(options.directory, directory_ / "left");
    std::filesystem::remove(directory_ / "left/ipe.db-shm");
    epoch_ = store->epoch();
  }

  // How many messages are found when the log has only its first octets.
  int MessagesAfter(std::size_t octets) {
    const TemporaryDirectory copy;
    StoreOptions options;
    options.directory = copy / "state";
    std::filesystem::copy(directory_ / "left", options.directory);
    std::filesystem::resize_file(options.directory + "/ipe.db-wal", octets);
    const auto store = Store::Open(options);
    if (!store) {
      ADD_FAILURE() << octets << " octets: " << store.error().detail;
      return -1;
    }
    EXPECT_FALSE((*store)->trouble());
    EXPECT_EQ((*store)->note(), "") << octets << " octets";
    const auto rows = *(*store)->Pending("ep", 0, 1000);
    EXPECT_EQ(rows.size() % 3, 0u) << octets << " octets: half a transaction";
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_THAT(rows[i].body, ::testing::HasSubstr("\"" + std::to_string(i / 3) + "\""));
    }
    const std::size_t messages = rows.size() / 3;
    const std::size_t endpoints = (*store)->Endpoints()->size();
    EXPECT_TRUE(endpoints == messages || endpoints == messages + 1) << "a prefix of all";
    EXPECT_EQ((*store)->pending_rows(), rows.size());
    // Repeated by the device, since its acknowledgement may have been lost with the rest.
    for (std::uint16_t i = 0; i < kMessages; ++i) {
      const bool remembered = i < messages && i + kRemembered >= messages;
      if (i < messages && !remembered) continue;
      EXPECT_EQ((*store)->Append("ep", {Telemetry("x")}, MessageKey{"token", i, 0})->size(),
                remembered ? 0u : 1u);
    }
    EXPECT_GE((*store)->epoch(), epoch_);
    return static_cast<int>(messages);
  }

  std::size_t LogSize() const { return std::filesystem::file_size(directory_ / "left/ipe.db-wal"); }

  TemporaryDirectory directory_;
  std::string epoch_;
};

TEST_F(StorePowerLossTest, AnyFrameMayBeTheLast) {
  int before = 0;
  for (std::size_t octets = kLogHeader; octets <= LogSize(); octets += kFrame) {
    const int found = MessagesAfter(octets);
    EXPECT_GE(found, before) << octets << " octets";
    before = found;
  }
  EXPECT_EQ(before, kMessages);
}

TEST_F(StorePowerLossTest, AnyOctetMayBeTheLast) {
  const std::size_t size = LogSize();
  for (std::size_t octets = 0; octets < size; octets += 3 * kFrame + 977) MessagesAfter(octets);
  for (const std::size_t octets : {std::size_t{1}, kLogHeader - 1, kLogHeader + 23, size - 1}) {
    MessagesAfter(octets);
  }
}

// Sectors are written in any order: a frame in the middle is not what it was.
TEST_F(StorePowerLossTest, NothingBehindABrokenFrameCounts) {
  const std::string log = directory_ / "left/ipe.db-wal";
  const std::size_t frames = (LogSize() - kLogHeader) / kFrame;
  std::fstream stream(log, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(kLogHeader + frames / 2 * kFrame + 100));
  stream << "broken";
  stream.close();
  const int found = MessagesAfter(LogSize());
  EXPECT_GT(found, 0);
  EXPECT_LT(found, kMessages);
}

}  // namespace
}  // namespace ipe
