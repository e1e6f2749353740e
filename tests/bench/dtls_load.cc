// Load on a DTLS port of a service on this machine: full PSK handshakes, then requests on the
// sessions. One line of JSON on standard output. (docs/contributing.md, "Measuring")
//
//   dtls_load --server 127.0.0.1:5684 --psk-prefix device- --key HEX --sessions 5000
//             [--identities FILE | --identity ONE_FOR_ALL]
//             [--window 64] [--rate HANDSHAKES_PER_SECOND] [--requests-seconds 5]
//             [--request-window 64] [--pid PID] [--flood SECONDS]
//   dtls_load --psk-prefix device- --key HEX --sessions 5000 --write-credentials FILE
//
// Sources are 127.1.0.0 and the following ones behind one socket. After its handshake each session
// makes one request that costs little (answered 4.04), so that the server takes it for finished.
// With requests, each registers as the endpoint of its name and sends Updates; what it is asked it
// answers with 4.04. A flood is that
// of ClientHellos which are never followed by anything, beside the requests.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/psk_session.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
double Now() { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

constexpr std::uint32_t kFirstSource = (127u << 24) | (1u << 16);
constexpr std::size_t kLargest = 1600;
constexpr std::size_t kBatch = 64;

struct Options {
  std::string server, identities_file, identity, prefix, key, credentials_file;
  std::size_t sessions = 1000, window = 64, request_window = 64;
  double rate = 0, requests_seconds = 0, flood_seconds = 0;
  int pid = 0;
};

std::optional<Options> Parse(int argc, char** argv) {
  Options options;
  const auto number = [](std::size_t& to) {
    return [&to](const std::string& text) { to = std::stoul(text); };
  };
  const auto real = [](double& to) { return [&to](const std::string& t) { to = std::stod(t); }; };
  const auto text = [](std::string& to) { return [&to](const std::string& t) { to = t; }; };
  const std::map<std::string, std::function<void(const std::string&)>> known = {
      {"--server", text(options.server)},
      {"--identities", text(options.identities_file)},
      {"--identity", text(options.identity)},
      {"--psk-prefix", text(options.prefix)},
      {"--key", text(options.key)},
      {"--write-credentials", text(options.credentials_file)},
      {"--sessions", number(options.sessions)},
      {"--window", number(options.window)},
      {"--request-window", number(options.request_window)},
      {"--rate", real(options.rate)},
      {"--requests-seconds", real(options.requests_seconds)},
      {"--flood", real(options.flood_seconds)},
      {"--pid", [&options](const std::string& t) { options.pid = std::stoi(t); }}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto found = known.find(argv[i]);
    if (found == known.end()) return std::nullopt;
    found->second(argv[i + 1]);
  }
  const bool named = !options.prefix.empty() || !options.identities_file.empty();
  if (argc % 2 == 0 || options.key.empty() || !named) return std::nullopt;
  return options;
}

std::string FromHex(const std::string& hex) {
  std::string octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return octets;
}

// What a process has used: all threads, and the one that its main function runs on.
struct Usage {
  double process = 0, loop = 0;  // seconds of processor time
  long resident = 0;             // KiB
};
Usage UsageOf(int pid) {
  Usage usage;
  if (pid == 0) return usage;
  const std::string place = fmt::format("/proc/{}/", pid);
  const auto nanoseconds = [](const std::string& path) {
    std::ifstream in(path);
    double spent = 0;
    in >> spent;
    return spent / 1e9;
  };
  usage.loop = nanoseconds(place + fmt::format("task/{}/schedstat", pid));
  std::ifstream stat(place + "stat");
  const std::string line((std::istreambuf_iterator<char>(stat)), {});
  double user = 0, system = 0;
  if (std::sscanf(line.c_str() + line.rfind(')') + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lf %lf", &user, &system) == 2) {
    usage.process = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  std::ifstream status(place + "status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") status >> usage.resident;
  }
  return usage;
}

// Datagrams between many addresses of ours and one of the server.
class Socket {
 public:
  explicit Socket(const std::string& server) {
    server_.sin_family = AF_INET;
    const std::size_t colon = server.rfind(':');
    inet_pton(AF_INET, server.substr(0, colon).c_str(), &server_.sin_addr);
    server_.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server.substr(colon + 1))));
    descriptor_ = socket(AF_INET, SOCK_DGRAM, 0);
    const int on = 1;
    const int large = 32 << 20;
    setsockopt(descriptor_, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    for (const int option : {SO_RCVBUF, SO_RCVBUFFORCE, SO_SNDBUF, SO_SNDBUFFORCE}) {
      setsockopt(descriptor_, SOL_SOCKET, option, &large, sizeof large);
    }
    sockaddr_in any{};
    any.sin_family = AF_INET;
    if (bind(descriptor_, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0) {
      std::perror("bind");
      std::exit(1);
    }
  }
  ~Socket() { close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void Send(std::size_t source, std::string octets) {
    out_.emplace_back(source, std::move(octets));
    if (out_.size() >= kBatch) Flush();
  }
  void Flush() {
    std::array<mmsghdr, kBatch> headers{};
    std::array<iovec, kBatch> parts{};
    std::size_t done = 0;
    while (done < out_.size()) {
      const std::size_t count = std::min(kBatch, out_.size() - done);
      for (std::size_t i = 0; i < count; ++i) {
        auto& [source, octets] = out_[done + i];
        parts[i] = {octets.data(), octets.size()};
        msghdr& header = headers[i].msg_hdr;
        header = {};
        header.msg_name = &server_;
        header.msg_namelen = sizeof server_;
        header.msg_iov = &parts[i];
        header.msg_iovlen = 1;
        header.msg_control = controls_[i].data();
        header.msg_controllen = CMSG_SPACE(sizeof(in_pktinfo));
        cmsghdr* const control = CMSG_FIRSTHDR(&header);
        control->cmsg_level = IPPROTO_IP;
        control->cmsg_type = IP_PKTINFO;
        control->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
        in_pktinfo info{};
        info.ipi_spec_dst.s_addr = htonl(kFirstSource + static_cast<std::uint32_t>(source));
        std::memcpy(CMSG_DATA(control), &info, sizeof info);
      }
      const int sent = sendmmsg(descriptor_, headers.data(), static_cast<unsigned>(count), 0);
      if (sent <= 0) break;  // lost, as datagrams are
      done += static_cast<std::size_t>(sent);
    }
    out_.clear();
  }

  // Calls `take(source, octets)` for what there is, after waiting for it for a while.
  template <typename Take>
  void Receive(int milliseconds, Take take) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (poll(&waiting, 1, milliseconds) <= 0) return;
    std::array<mmsghdr, kBatch> headers{};
    std::array<iovec, kBatch> parts{};
    for (int round = 0; round < 8; ++round) {
      for (std::size_t i = 0; i < kBatch; ++i) {
        parts[i] = {buffers_[i].data(), kLargest};
        headers[i].msg_hdr = {};
        headers[i].msg_hdr.msg_iov = &parts[i];
        headers[i].msg_hdr.msg_iovlen = 1;
        headers[i].msg_hdr.msg_control = controls_[i].data();
        headers[i].msg_hdr.msg_controllen = controls_[i].size();
      }
      const int count = recvmmsg(descriptor_, headers.data(), kBatch, MSG_DONTWAIT, nullptr);
      for (int i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(i);
        in_pktinfo info{};
        for (cmsghdr* control = CMSG_FIRSTHDR(&headers[at].msg_hdr); control != nullptr;
             control = CMSG_NXTHDR(&headers[at].msg_hdr, control)) {
          if (control->cmsg_type == IP_PKTINFO) {
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
          }
        }
        take(ntohl(info.ipi_addr.s_addr) - kFirstSource,
             std::string_view(buffers_[at].data(), headers[at].msg_len));
      }
      if (count < static_cast<int>(kBatch)) return;
    }
  }

 private:
  int descriptor_ = -1;
  sockaddr_in server_{};
  std::vector<std::pair<std::size_t, std::string>> out_;
  std::array<std::array<char, kLargest>, kBatch> buffers_{};
  std::array<std::array<char, 64>, kBatch> controls_{};
};

void AddOption(std::string& message, int& last, int number, std::string_view value) {
  const int delta = number - last;  // below 13
  last = number;
  const bool is_long = value.size() >= 13;
  message += static_cast<char>(delta << 4 | (is_long ? 13 : static_cast<int>(value.size())));
  if (is_long) message += static_cast<char>(value.size() - 13);
  message += value;
}

// POST, confirmable, with the message id as its token.
std::string Post(std::uint16_t id, const std::vector<std::string>& path,
                 const std::vector<std::string>& queries, std::string_view payload) {
  const std::string number = {static_cast<char>(id >> 8), static_cast<char>(id)};
  std::string message = "\x42\x02" + number + number;
  int last = 0;
  for (const std::string& segment : path) AddOption(message, last, 11, segment);
  if (!payload.empty()) AddOption(message, last, 12, "\x28");
  for (const std::string& query : queries) AddOption(message, last, 15, query);
  if (!payload.empty()) message.append("\xff").append(payload);
  return message;
}

// What a device answers that knows nothing; "" when it is not asked.
std::string Refusal(std::string_view message) {
  const std::size_t token = message.empty() ? 0 : message[0] & 0xf;
  if (message.size() < 4 + token || message[1] == 0 || (message[1] & 0xe0) != 0) return {};
  std::string answer(message.substr(0, 4 + token));
  answer[0] = static_cast<char>(0x60 | token);
  answer[1] = static_cast<char>(0x84);
  return answer;
}

struct Answer {
  int code = 0;
  std::string handle;
};
// Nothing of an answer that is not to `id`, or only an empty acknowledgement.
std::optional<Answer> ReadAnswer(std::string_view message, std::uint16_t id) {
  if (message.size() < 6 || message[1] == 0) return std::nullopt;
  const std::size_t token = message[0] & 0xf;
  if (token != 2 || message.size() < 6) return std::nullopt;
  const std::string number = {static_cast<char>(id >> 8), static_cast<char>(id)};
  if (message.substr(4, 2) != number) return std::nullopt;
  Answer answer{static_cast<unsigned char>(message[1]), {}};
  int option = 0;
  std::size_t at = 6;
  while (at < message.size() && message[at] != '\xff') {
    std::size_t delta = static_cast<unsigned char>(message[at]) >> 4;
    std::size_t length = message[at++] & 0xf;
    if (delta == 13 && at < message.size()) delta += static_cast<unsigned char>(message[at++]);
    if (length == 13 && at < message.size()) length += static_cast<unsigned char>(message[at++]);
    option += static_cast<int>(delta);
    if (at + length > message.size()) break;
    if (option == 8) answer.handle = message.substr(at, length);  // Location-Path, the last one
    at += length;
  }
  return answer;
}

struct Device {
  PskSession session;
  std::string handle;
  std::string pending;  // the request that waits for its answer
  double began = 0, sent = 0;
  std::uint16_t id = 0;
  std::uint8_t tries = 0;
  bool busy = false;
};

class Load {
 public:
  Load(const Options& options, std::vector<std::string> identities)
      : options_(options),
        identities_(std::move(identities)),
        key_(FromHex(options.key)),
        socket_(options.server),
        devices_(identities_.size()) {}

  int Run() {
    const Usage at_first = UsageOf(options_.pid);
    std::string json = fmt::format("{{\"sessions\": {}", devices_.size());
    Phase("handshakes", Kind::kHandshake, options_.window, 0, json);
    const Usage kept = UsageOf(options_.pid);
    if (options_.pid != 0) {
      json += fmt::format(", \"octets_per_session\": {:.0f}",
                          static_cast<double>(kept.resident - at_first.resident) * 1024 /
                              static_cast<double>(devices_.size()));
    }
    if (options_.requests_seconds > 0) {
      Phase("registers", Kind::kRegister, options_.request_window, 0, json);
      Phase("requests", Kind::kUpdate, options_.request_window, options_.requests_seconds, json);
      if (options_.flood_seconds > 0) {
        flooding_ = true;
        Phase("requests_in_flood", Kind::kUpdate, options_.request_window, options_.flood_seconds,
              json);
        json += fmt::format(", \"flood_hellos\": {}", flood_sent_);
      }
    }
    std::cout << json << "}" << std::endl;
    return failed_ == 0 ? 0 : 1;
  }

 private:
  enum class Kind { kHandshake, kRegister, kUpdate };

  // `seconds` 0: until every device has done it once.
  void Phase(const char* name, Kind kind, std::size_t window, double seconds, std::string& json) {
    kind_ = kind;
    done_ = failed_ = repeated_ = in_flight_ = 0;
    latencies_.clear();
    order_.clear();
    const Usage before = UsageOf(options_.pid);
    const double began = Now();
    std::size_t next = 0;
    const auto all = devices_.size();
    const bool once = seconds == 0;
    while (once ? done_ + failed_ < all : Now() - began < seconds) {
      while (in_flight_ < window && (!once || next < all)) {
        const bool paced = kind == Kind::kHandshake && options_.rate > 0;
        if (paced && static_cast<double>(next) > (Now() - began) * options_.rate) break;
        Device& device = devices_[next % all];
        if (device.busy) break;
        Begin(next++ % all);
      }
      if (flooding_) Flood(Now() - began);
      socket_.Flush();
      socket_.Receive(1, [this](std::size_t source, std::string_view datagram) {
        if (source < devices_.size()) Take(source, datagram);
      });
      Repeat();
    }
    const double wall = Now() - began;
    const Usage after = UsageOf(options_.pid);
    for (Device& device : devices_) device.busy = false;
    std::sort(latencies_.begin(), latencies_.end());
    const auto quantile = [&](double share) {
      if (latencies_.empty()) return 0.0;
      const auto at = static_cast<std::size_t>(share * static_cast<double>(latencies_.size()));
      return 1000 * latencies_[std::min(at, latencies_.size() - 1)];
    };
    const double count = static_cast<double>(done_);
    json += fmt::format(
        ", \"{}\": {{\"done\": {}, \"failed\": {}, \"repeated\": {}, \"seconds\": {:.2f}, "
        "\"per_second\": {:.0f}, \"p50_ms\": {:.2f}, \"p99_ms\": {:.2f}, \"max_ms\": {:.2f}",
        name, done_, failed_, repeated_, wall, count / wall, quantile(0.5), quantile(0.99),
        quantile(1));
    const double loop = after.loop - before.loop;
    if (options_.pid != 0 && loop > 0 && done_ > 0) {
      json += fmt::format(
          ", \"loop_us_each\": {:.1f}, \"process_us_each\": {:.1f}, \"per_loop_second\": {:.0f}, "
          "\"resident_kib\": {}",
          loop * 1e6 / count, (after.process - before.process) * 1e6 / count, count / loop,
          after.resident);
    }
    json += "}";
  }

  void Begin(std::size_t index) {
    Device& device = devices_[index];
    device.busy = true;
    device.tries = 0;
    device.began = device.sent = Now();
    device.pending.clear();
    ++in_flight_;
    order_.push_back(index);
    if (kind_ == Kind::kHandshake) {
      socket_.Send(index,
                   device.session.Begin(
                       options_.identity.empty() ? identities_[index] : options_.identity, key_));
    } else {
      Ask(index);
    }
  }

  void Ask(std::size_t index) {
    Device& device = devices_[index];
    const std::uint16_t id = ++device.id;
    switch (kind_) {
      case Kind::kHandshake:
        device.pending = Post(id, {"none"}, {}, {});
        break;
      case Kind::kRegister:
        device.pending = Post(id, {"rd"}, {"ep=" + identities_[index], "lt=86400", "lwm2m=1.1"},
                              "</>;rt=\"oma.lwm2m\";ct=11542,</1/0>,</3/0>,</4/0>");
        break;
      case Kind::kUpdate:
        device.pending = Post(id, {"rd", device.handle}, {}, {});
        break;
    }
    device.sent = Now();
    device.tries = 0;
    socket_.Send(index, device.session.Seal(device.pending));
  }

  void Take(std::size_t index, std::string_view datagram) {
    Device& device = devices_[index];
    std::vector<std::string> out, received;
    const PskSession::State before = device.session.state();
    device.session.Take(datagram, out, received);
    for (std::string& octets : out) {
      device.sent = Now();
      device.tries = 0;
      socket_.Send(index, std::move(octets));
    }
    const PskSession::State now = device.session.state();
    if (now == PskSession::State::kFailed && device.busy) return End(index, false);
    if (now == PskSession::State::kEstablished && now != before) Ask(index);
    for (const std::string& message : received) {
      if (const std::string refusal = Refusal(message); !refusal.empty()) {
        socket_.Send(index, device.session.Seal(refusal));
        continue;
      }
      const auto answer = ReadAnswer(message, device.id);
      if (!answer || !device.busy || device.pending.empty()) continue;
      if (!answer->handle.empty()) device.handle = answer->handle;
      End(index, kind_ == Kind::kHandshake || answer->code >> 5 == 2);
    }
  }

  void End(std::size_t index, bool well) {
    Device& device = devices_[index];
    device.busy = false;
    device.pending.clear();
    --in_flight_;
    ++(well ? done_ : failed_);
    latencies_.push_back(Now() - device.began);
  }

  // RFC 6347 §4.2.4.1 and RFC 7252 §4.2: after one and two seconds, then twice as long each time.
  void Repeat() {
    const double now = Now();
    for (std::size_t looked = std::min<std::size_t>(order_.size(), 256); looked > 0; --looked) {
      const std::size_t index = order_.front();
      order_.pop_front();
      Device& device = devices_[index];
      if (!device.busy) continue;
      order_.push_back(index);
      const double first = device.pending.empty() ? 1 : 2.5;
      if (now - device.sent < first * (1 << device.tries)) continue;
      if (device.tries++ >= 5) {
        End(index, false);
        continue;
      }
      ++repeated_;
      device.sent = now;
      socket_.Send(index, device.pending.empty() ? device.session.last_flight()
                                                 : device.session.Seal(device.pending));
    }
  }

  void Flood(double elapsed) {
    constexpr double kPerSecond = 20'000;
    constexpr std::size_t kSources = 200'000;
    while (static_cast<double>(flood_sent_) < elapsed * kPerSecond) {
      PskSession nobody;
      socket_.Send(devices_.size() + flood_sent_++ % kSources, nobody.Begin("nobody", key_));
    }
  }

  const Options options_;
  const std::vector<std::string> identities_;
  const std::string key_;
  Socket socket_;
  std::vector<Device> devices_;
  Kind kind_ = Kind::kHandshake;
  bool flooding_ = false;
  std::size_t done_ = 0, failed_ = 0, repeated_ = 0, in_flight_ = 0, flood_sent_ = 0;
  std::deque<std::size_t> order_;
  std::vector<double> latencies_;
};

std::vector<std::string> IdentitiesOf(const Options& options) {
  std::vector<std::string> identities;
  if (!options.identities_file.empty()) {
    std::ifstream in(options.identities_file);
    for (std::string line; identities.size() < options.sessions && std::getline(in, line);) {
      identities.push_back(line);
    }
    return identities;
  }
  for (std::size_t i = 0; i < options.sessions; ++i) {
    identities.push_back(options.prefix + std::to_string(i));
  }
  return identities;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const auto options = bench::Parse(argc, argv);
  if (!options) {
    std::cerr << "wrong arguments; they stand at the head of tests/bench/dtls_load.cc\n";
    return 2;
  }
  const std::vector<std::string> identities = bench::IdentitiesOf(*options);
  if (!options->credentials_file.empty()) {
    std::ofstream out(options->credentials_file);
    for (const std::string& identity : identities) {
      out << fmt::format("- endpoint: {}\n  psk: {{key: 0x{}}}\n", identity, options->key);
    }
    return out.good() ? 0 : 1;
  }
  return bench::Load(*options, identities).Run();
}
