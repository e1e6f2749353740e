// A CSE that keeps no tree: every Create, Update and Delete succeeds, every Retrieve finds what was
// asked for. It counts requests, tells how long values took, and is as slow as it is told to be.
//
//   null_cse [--rate 400]
//
// On standard output: the port; then, at each line on standard input, one line of JSON about what
// came since the last. A value that is the time of its sending on the steady clock, in seconds, as
// the swarm's are, counts in "latency_ms".
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lwm2m/simulator/latency_histogram.h"

namespace {

using Clock = std::chrono::steady_clock;
using lwm2m::simulator::LatencyHistogram;

double Now() { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

struct Request {
  std::string_view method, target, identifier, origin, type, body;
  std::size_t size = 0;  // octets of it, head and body
};

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

void TakeHeader(std::string_view line, Request& request, std::size_t& length) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const auto name = line.substr(0, colon);
  const auto value = Trim(line.substr(colon + 1));
  if (EqualsIgnoringCase(name, "content-length")) {
    length = std::strtoul(std::string(value).c_str(), nullptr, 10);
  } else if (EqualsIgnoringCase(name, "x-m2m-ri")) {
    request.identifier = value;
  } else if (EqualsIgnoringCase(name, "x-m2m-origin")) {
    request.origin = value;
  } else if (EqualsIgnoringCase(name, "content-type")) {
    const auto at = value.rfind("ty=");
    if (at != std::string_view::npos) request.type = value.substr(at + 3);
  }
}

// Nothing while it is not complete.
std::optional<Request> ReadRequest(std::string_view in) {
  const auto end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view head = in.substr(0, end);
  Request request;
  const auto line_end = std::min(head.find("\r\n"), head.size());
  const std::string_view first = head.substr(0, line_end);
  const auto space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  std::size_t length = 0;
  for (head.remove_prefix(line_end); !head.empty();) {
    head.remove_prefix(2);
    const auto next = std::min(head.find("\r\n"), head.size());
    TakeHeader(head.substr(0, next), request, length);
    head.remove_prefix(next);
  }
  request.size = end + 4 + length;
  if (in.size() < request.size) return std::nullopt;
  request.body = in.substr(end + 4, length);
  return request;
}

constexpr std::string_view kCommon =
    R"("rn":"x","pi":"p","ct":"20260101T000000","lt":"20260101T000000")";

std::string ApplicationEntity(std::string_view identifier, std::string_view origin) {
  return fmt::format(
      R"({{"m2m:ae":{{"ty":2,"ri":"{}","aei":"{}","api":"Nx","rr":true,"srv":["3"],{}}}}})",
      identifier, origin, kCommon);
}

std::string Created(const Request& request, std::uint64_t number) {
  static const std::map<std::string_view, std::string_view> roots{
      {"1", "acp"}, {"3", "cnt"}, {"4", "cin"}, {"14", "nod"}, {"23", "sub"}};
  if (request.type == "2") return ApplicationEntity(fmt::format("ae{}", number), request.origin);
  const auto root = roots.find(request.type);
  return fmt::format(R"({{"m2m:{}":{{"ty":{},"ri":"r{}",{}}}}})",
                     root == roots.end() ? "cnt" : root->second,
                     request.type.empty() ? "3" : request.type, number, kCommon);
}

// What is there: a <CSEBase>, an <AE> or <node> below it, containers below that.
std::string Found(const Request& request) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (request.target.find("fu=1") != std::string_view::npos) return R"({"m2m:uril":[]})";
  const auto depth = std::count(path.begin(), path.end(), '/') - (path.starts_with("/~") ? 2 : 0);
  if (depth <= 1) {
    return fmt::format(
        R"({{"m2m:cb":{{"ty":5,"ri":"cb","csi":"/id-in","srt":[1,2,3,4,5,14,23],"srv":["3"],{}}}}})",
        kCommon);
  }
  if (path.ends_with("-node")) {
    return fmt::format(R"({{"m2m:nod":{{"ty":14,"ri":"nod","ni":"x",{}}}}})", kCommon);
  }
  if (depth == 2) return ApplicationEntity("ae", request.origin);
  return fmt::format(R"({{"m2m:cnt":{{"ty":3,"ri":"cnt","st":0,"cni":0,"cbs":0,{}}}}})", kCommon);
}

std::string Answer(const Request& request, std::uint64_t number) {
  int status = 200, response_status = 2000;
  std::string body;
  if (request.method == "POST") {
    status = 201, response_status = 2001;
    body = Created(request, number);
  } else if (request.method == "PUT") {
    response_status = 2004;
    body = "{}";
  } else if (request.method == "DELETE") {
    response_status = 2002;
    body = "{}";
  } else if (request.target.ends_with("/la") || request.target.ends_with("/latest")) {
    status = 404, response_status = 4004;
    body = R"({"m2m:dbg":"none"})";
  } else {
    body = Found(request);
  }
  return fmt::format(
      "HTTP/1.1 {} -\r\nX-M2M-RSC: {}\r\nX-M2M-RI: {}\r\nX-M2M-RVI: 3\r\nContent-Type: "
      "application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      status, response_status, request.identifier, body.size(), body);
}

// What came since the last report.
class Counts {
 public:
  void Take(const Request& request) {
    const double now = Now();
    ++requests_;
    ++by_kind_[request.type.empty() ? std::string(request.method)
                                    : fmt::format("{} {}", request.method, request.type)];
    const auto second = static_cast<std::int64_t>(now);
    in_this_second_ = second == second_ ? in_this_second_ + 1 : 1;
    second_ = second;
    busiest_ = std::max(busiest_, in_this_second_);
    if (first_at_ == 0) first_at_ = now;
    last_at_ = now;
    if (request.method == "POST" && request.type == "4") TakeValue(request.body, now);
  }

  std::string ToJson() {
    std::string kinds;
    for (const auto& [kind, count] : by_kind_) {
      kinds += fmt::format("{}\"{}\":{}", kinds.empty() ? "" : ",", kind, count);
    }
    const auto milliseconds = [this](double share) {
      return static_cast<double>(latency_.Percentile(share)) / 1000;
    };
    std::string text = fmt::format(
        R"({{"requests":{},"kinds":{{{}}},"busiest_second":{},"first_at":{:.6f},"last_at":{:.6f},)"
        R"("timed_values":{},"latency_ms":{{"p50":{:.3f},"p99":{:.3f},"max":{:.3f}}}}})",
        requests_, kinds, busiest_, first_at_, last_at_, latency_.count(), milliseconds(0.5),
        milliseconds(0.99), milliseconds(1));
    *this = Counts();
    return text;
  }

 private:
  void TakeValue(std::string_view body, double now) {
    constexpr std::string_view kContent = R"("con":")";
    constexpr double kLongest = 600;  // anything older is a value of another kind
    const auto at = body.find(kContent);
    if (at == std::string_view::npos) return;
    const double took = now - std::strtod(body.data() + at + kContent.size(), nullptr);
    if (took >= 0 && took < kLongest) latency_.Add(static_cast<std::uint64_t>(took * 1e6));
  }

  std::uint64_t requests_ = 0, busiest_ = 0, in_this_second_ = 0;
  std::int64_t second_ = 0;
  double first_at_ = 0, last_at_ = 0;
  std::map<std::string, std::uint64_t> by_kind_;
  LatencyHistogram latency_;
};

// One thread, one epoll. With a rate, answers leave one after the other, in the order of their
// requests.
class NullCse {
 public:
  explicit NullCse(double rate)
      : interval_(rate > 0 ? 1 / rate : 0), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

  int Listen() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        listen(listener_, 128) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      return 0;
    }
    Watch(listener_);
    Watch(STDIN_FILENO);
    return ntohs(address.sin_port);
  }

  void Run() {
    std::array<epoll_event, 64> events;
    while (!ended_) {
      const int count =
          epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), Patience());
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_) {
          Accept();
        } else if (fd == STDIN_FILENO) {
          Report();
        } else {
          Read(fd);
        }
      }
      SendDue();
    }
  }

 private:
  struct Late {
    double at;
    int fd;
    std::uint64_t connection;
    std::string octets;
  };
  struct Connection {
    std::uint64_t number;
    std::string octets;
  };

  void Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  int Patience() const {
    if (late_.empty()) return -1;
    return static_cast<int>(std::max(0.0, (late_.front().at - Now()) * 1000 + 0.5));
  }

  void Accept() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    constexpr int kOn = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof kOn);
    connections_[fd] = {++connection_number_, {}};
    Watch(fd);
  }

  void Report() {
    std::array<char, 256> buffer;
    const ssize_t size = read(STDIN_FILENO, buffer.data(), buffer.size());
    ended_ = size <= 0;
    for (ssize_t i = 0; i < size; ++i) {
      if (buffer[static_cast<std::size_t>(i)] == '\n') fmt::print("{}\n", counts_.ToJson());
    }
    std::fflush(stdout);
  }

  void Read(int fd) {
    std::array<char, 65536> buffer;
    const ssize_t size = read(fd, buffer.data(), buffer.size());
    if (size <= 0) {
      if (size < 0 && errno == EAGAIN) return;
      connections_.erase(fd);
      close(fd);
      return;
    }
    Connection& connection = connections_[fd];
    connection.octets.append(buffer.data(), static_cast<std::size_t>(size));
    while (const auto request = ReadRequest(connection.octets)) {
      counts_.Take(*request);
      std::string answer = Answer(*request, ++request_number_);
      connection.octets.erase(0, request->size);
      if (interval_ == 0) {
        Write(fd, answer);
      } else {
        next_at_ = std::max(next_at_, Now()) + interval_;
        late_.push_back({next_at_, fd, connection.number, std::move(answer)});
      }
    }
  }

  void SendDue() {
    while (!late_.empty() && late_.front().at <= Now()) {
      const Late& late = late_.front();
      const auto connection = connections_.find(late.fd);
      if (connection != connections_.end() && connection->second.number == late.connection) {
        Write(late.fd, late.octets);
      }
      late_.pop_front();
    }
  }

  // Answers are short and their reader waits for them: what the socket does not take at once is a
  // broken connection.
  static void Write(int fd, std::string_view octets) {
    if (send(fd, octets.data(), octets.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(octets.size())) {
      shutdown(fd, SHUT_RDWR);
    }
  }

  const double interval_;
  const int epoll_;
  int listener_ = -1;
  bool ended_ = false;
  double next_at_ = 0;
  std::uint64_t connection_number_ = 0, request_number_ = 0;
  std::unordered_map<int, Connection> connections_;
  std::deque<Late> late_;
  Counts counts_;
};

}  // namespace

int main(int argc, char** argv) {
  double rate = 0;
  CLI::App app("A CSE that keeps no tree");
  app.add_option("--rate", rate, "requests answered a second; 0: as many as come");
  CLI11_PARSE(app, argc, argv);
  NullCse cse(rate);
  const int port = cse.Listen();
  if (port == 0) {
    std::perror("null_cse");
    return 1;
  }
  fmt::print("{}\n", port);
  std::fflush(stdout);
  cse.Run();
  return 0;
}
