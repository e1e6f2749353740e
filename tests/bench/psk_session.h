// The client's side of a DTLS session with a pre-shared key, small enough for tens of thousands.
#ifndef TESTS_BENCH_PSK_SESSION_H_
#define TESTS_BENCH_PSK_SESSION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// DTLS 1.2 with TLS_PSK_WITH_AES_128_CCM_8 and nothing else: what a load generator needs, written
// for it so that it costs less than the server that it measures. No I/O, no clock; no
// reassembly of fragments, which a handshake without certificates does not have. (RFC 6347, RFC
// 4279, RFC 6655)
class PskSession {
 public:
  enum class State : std::uint8_t { kNew, kHello, kKeys, kEstablished, kFailed };

  // The first datagram. A session that was established begins anew.
  std::string Begin(std::string_view identity, std::string_view key);
  // Takes a datagram. What is to be sent in return is appended to `out`, what it carried for the
  // application to `received`.
  void Take(std::string_view datagram, std::vector<std::string>& out,
            std::vector<std::string>& received);
  // The last flight once more.
  const std::string& last_flight() const { return flight_; }
  std::string Seal(std::string_view octets);
  State state() const { return state_; }

 private:
  using Key = std::array<unsigned char, 16>;
  using Salt = std::array<unsigned char, 4>;

  void TakeHandshake(std::string_view message, std::vector<std::string>& out);
  void SendHello(std::string_view cookie);
  void SendKeys(std::vector<std::string>& out);
  std::string Record(char type, std::string_view content);
  std::string SealedRecord(char type, std::string_view content);
  std::optional<std::string> Open(std::string_view record) const;

  State state_ = State::kNew;
  std::uint8_t epoch_ = 0;
  std::uint16_t message_ = 0;  // number of the next handshake message
  std::uint64_t sequence_ = 0;
  std::string identity_, key_;  // until it is established
  std::string random_, server_random_;
  std::string transcript_;
  std::string flight_;
  std::string master_;
  Key write_key_{}, read_key_{};
  Salt write_salt_{}, read_salt_{};
};

}  // namespace bench

#endif  // TESTS_BENCH_PSK_SESSION_H_
