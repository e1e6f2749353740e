// An HTTP peer on the loopback interface that does what a script says, octet by octet: on plain
// POSIX sockets, so that nothing of what it tests helps it.
#ifndef TESTS_SUPPORT_SCRIPTED_HTTP_SERVER_H_
#define TESTS_SUPPORT_SCRIPTED_HTTP_SERVER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace test_support {

// One request on a connection: it is read whole, then `answer` is written.
struct Turn {
  std::string answer;
  bool close = false;  // then close
  bool reset = false;  // then close with RST
};
using ConnectionScript = std::vector<Turn>;

// What is left of a script on a connection is silence: it stays open until the client closes it.
// Thread-safe where const. Owns its threads, which end with it.
class ScriptedHttpServer {
 public:
  explicit ScriptedHttpServer(std::vector<ConnectionScript> scripts)
      : scripts_(std::move(scripts)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &length) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~ScriptedHttpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& connection : connections_) connection.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
  }
  ScriptedHttpServer(const ScriptedHttpServer&) = delete;
  ScriptedHttpServer& operator=(const ScriptedHttpServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::size_t accepted() const { return accepted_; }

 private:
  void Accept() {
    for (;;) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      const std::size_t index = accepted_++;
      const ConnectionScript script =
          index < scripts_.size() ? scripts_[index] : ConnectionScript();
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      connections_.emplace_back([this, socket, script] { Serve(socket, script); });
    }
  }

  void Serve(int socket, const ConnectionScript& script) {
    std::string pending;
    for (const Turn& turn : script) {
      if (!ReadRequest(socket, pending)) return;
      ::send(socket, turn.answer.data(), turn.answer.size(), MSG_NOSIGNAL);
      if (turn.reset) {
        const linger now{1, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        const std::lock_guard lock(mutex_);
        std::erase(sockets_, socket);
        ::close(socket);
        return;
      }
      if (turn.close) {
        ::shutdown(socket, SHUT_RDWR);
        return;
      }
    }
    while (ReadRequest(socket, pending)) {
    }
  }

  bool ReadRequest(int socket, std::string& pending) {
    for (;;) {
      const std::size_t end = pending.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t field = pending.find("Content-Length: ");
        const std::size_t body =
            field < end ? std::strtoul(pending.c_str() + field + 16, nullptr, 10) : 0;
        const std::size_t whole = end + 4 + body;
        if (pending.size() >= whole) {
          const std::lock_guard lock(mutex_);
          requests_.push_back(pending.substr(0, whole));
          pending.erase(0, whole);
          return true;
        }
      }
      char buffer[4096];
      const ssize_t count = ::recv(socket, buffer, sizeof(buffer), 0);
      if (count <= 0) return false;
      pending.append(buffer, static_cast<std::size_t>(count));
    }
  }

  const std::vector<ConnectionScript> scripts_;
  const int listener_;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> accepted_{0};
  std::thread acceptor_;
  mutable std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> connections_;
  std::vector<std::string> requests_;
};

}  // namespace test_support

#endif  // TESTS_SUPPORT_SCRIPTED_HTTP_SERVER_H_
