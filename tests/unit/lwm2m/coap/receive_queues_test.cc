#include "lwm2m/coap/receive_queues.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace lwm2m {
namespace {

using std::chrono::milliseconds;

class ReceiveQueuesTest : public ::testing::Test {
 protected:
  ReceiveQueuesTest() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(receiver_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(receiver_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(connect(sender_, reinterpret_cast<sockaddr*>(&address), size), 0);
    const int octets = 64 * 1024;
    setsockopt(receiver_, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    queues_.Add(receiver_);
  }
  ~ReceiveQueuesTest() override {
    close(receiver_);
    close(sender_);
  }
  void Send(int datagrams) const {
    const std::array<char, 1000> datagram{};
    for (int i = 0; i < datagrams; ++i) send(sender_, datagram.data(), datagram.size(), 0);
  }
  void ReadAll() const {
    std::array<char, 1000> datagram{};
    while (recv(receiver_, datagram.data(), datagram.size(), MSG_DONTWAIT) > 0) {
    }
  }
  milliseconds Look(milliseconds after) {
    now_ += after;
    queues_.Look(now_);
    return queues_.Behind();
  }

  int receiver_ = socket(AF_INET, SOCK_DGRAM, 0);
  int sender_ = socket(AF_INET, SOCK_DGRAM, 0);
  ReceiveQueues queues_;
  TimePoint now_{std::chrono::hours(1)};
};

TEST_F(ReceiveQueuesTest, TellForHowLongTheyHaveBeenMoreThanHalfFull) {
  Send(5);
  EXPECT_EQ(Look(milliseconds(50)), milliseconds(0));
  Send(500);
  EXPECT_EQ(Look(milliseconds(50)), milliseconds(0));
  EXPECT_EQ(Look(milliseconds(70)), milliseconds(70));
  EXPECT_EQ(Look(milliseconds(930)), milliseconds(1000));
  ReadAll();
  EXPECT_EQ(Look(milliseconds(10)), milliseconds(1000)) << "not looked at so often";
  EXPECT_EQ(Look(milliseconds(50)), milliseconds(0));
}

TEST_F(ReceiveQueuesTest, CountWhatTheKernelHadNoRoomFor) {
  Send(5);
  Look(milliseconds(50));
  EXPECT_EQ(queues_.dropped(), 0u);
  Send(1000);
  Look(milliseconds(50));
  EXPECT_GT(queues_.dropped(), 500u);
}

}  // namespace
}  // namespace lwm2m
