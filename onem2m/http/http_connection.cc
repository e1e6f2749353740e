#include "onem2m/http/http_connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Timespan.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "onem2m/codec/http_wire.h"

namespace onem2m {
namespace {

using Clock = HttpConnection::Clock;

// Servers were seen to close 5 to 6 s after their last answer; a request that meets the closing
// leaves it open whether it was executed. (docs/interop.md)
constexpr std::chrono::seconds kLongestIdle(4);

bool IsOver(Clock::time_point deadline) { return Clock::now() >= deadline; }

// What is left, never 0: that would mean for ever.
Poco::Timespan Remaining(Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::microseconds>(deadline - Clock::now()).count();
  return Poco::Timespan(std::max<Poco::Timespan::TimeDiff>(left, 1000));
}

NoAnswer NotSent(NoAnswer::Kind kind, std::string detail) {
  return NoAnswer{kind, false, std::move(detail)};
}

Poco::Net::StreamSocket Connect(const Poco::Net::SocketAddress& address,
                                const HttpEndpoint& endpoint, Clock::time_point deadline) {
  Poco::Net::StreamSocket socket;
  socket.connect(address, Remaining(deadline));
  socket.setNoDelay(true);
  if (endpoint.tls.isNull()) return socket;
  // The handshake blocks inside attach(): these bound it.
  socket.setSendTimeout(Remaining(deadline));
  socket.setReceiveTimeout(Remaining(deadline));
  return Poco::Net::SecureStreamSocket::attach(socket, endpoint.host, endpoint.tls);
}

// A secure socket waits twice for its time-out: once inside OpenSSL, then in a poll of its own.
Poco::Timespan HalfOf(Poco::Timespan remaining) {
  return Poco::Timespan(remaining.totalMicroseconds() / 2);
}

// What the system said of a plain socket: for another attempt or for good.
int NotNow(int error) {
  if (error == EINTR || error == EAGAIN || error == EWOULDBLOCK) return -1;
  throw Poco::IOException(std::generic_category().message(error));
}

}  // namespace

HttpConnection::HttpConnection(Poco::Net::StreamSocket socket, bool tls)
    : socket_(socket), tls_(tls), last_used_(Clock::now()) {}

tl::expected<std::unique_ptr<HttpConnection>, NoAnswer> HttpConnection::Open(
    const HttpEndpoint& endpoint, Clock::time_point deadline) {
  NoAnswer reason = NotSent(NoAnswer::Kind::kUnreachable, endpoint.host + ": no address");
  try {
    const auto addresses = Poco::Net::DNS::resolve(endpoint.host).addresses();
    for (const auto& ip : addresses) {
      if (IsOver(deadline)) {
        return tl::unexpected(NotSent(NoAnswer::Kind::kTimedOut, endpoint.host + ": connect"));
      }
      const Poco::Net::SocketAddress address(ip, endpoint.port);
      try {
        return std::unique_ptr<HttpConnection>(
            new HttpConnection(Connect(address, endpoint, deadline), !endpoint.tls.isNull()));
      } catch (const Poco::TimeoutException&) {
        reason = NotSent(NoAnswer::Kind::kTimedOut, address.toString() + ": connect");
      } catch (const Poco::Exception& error) {
        reason =
            NotSent(NoAnswer::Kind::kUnreachable, address.toString() + ": " + error.displayText());
      }
    }
  } catch (const Poco::Exception& error) {
    reason = NotSent(NoAnswer::Kind::kUnreachable, endpoint.host + ": " + error.displayText());
  }
  return tl::unexpected(std::move(reason));
}

// A wait of the system only has to end before the deadline, when it is looked at the clock again;
// so it is not told anew for each request what is left, which differs by little.
void HttpConnection::BoundWait(int option, Microseconds& bound, Clock::time_point deadline) {
  const Microseconds left(Remaining(deadline).totalMicroseconds());
  if (bound <= left && bound >= left / 4) return;
  bound = left - left / 8;
  timeval time{};
  time.tv_sec = bound.count() / 1'000'000;
  time.tv_usec = bound.count() % 1'000'000;
  setsockopt(socket_.impl()->sockfd(), SOL_SOCKET, option, &time, sizeof time);
}

// A plain socket is used without Poco, whose poll makes an epoll instance each time.
int HttpConnection::Send(std::string_view octets, Clock::time_point deadline) {
  if (tls_) {
    socket_.setSendTimeout(HalfOf(Remaining(deadline)));
    return socket_.sendBytes(octets.data(), static_cast<int>(octets.size()), MSG_NOSIGNAL);
  }
  BoundWait(SO_SNDTIMEO, send_bound_, deadline);
  const ssize_t count =
      ::send(socket_.impl()->sockfd(), octets.data(), octets.size(), MSG_NOSIGNAL);
  return count < 0 ? NotNow(errno) : static_cast<int>(count);
}

int HttpConnection::Receive(char* buffer, std::size_t size, Clock::time_point deadline) {
  if (tls_) {
    socket_.setReceiveTimeout(HalfOf(Remaining(deadline)));
    return socket_.receiveBytes(buffer, static_cast<int>(size));
  }
  BoundWait(SO_RCVTIMEO, receive_bound_, deadline);
  const ssize_t count = ::recv(socket_.impl()->sockfd(), buffer, size, 0);
  return count < 0 ? NotNow(errno) : static_cast<int>(count);
}

tl::expected<void, HttpConnection::Failure> HttpConnection::Write(std::string_view request,
                                                                  Clock::time_point deadline) {
  std::size_t sent = 0;
  const auto failed = [&](NoAnswer::Kind kind, std::string detail) {
    // Not an octet left this host: certainly not executed.
    return tl::unexpected(
        Failure{NoAnswer{kind, sent > 0, std::move(detail)}, kind == NoAnswer::Kind::kClosed});
  };
  try {
    while (sent < request.size()) {
      if (IsOver(deadline)) return failed(NoAnswer::Kind::kTimedOut, "request not taken in time");
      const int count = Send(request.substr(sent, 64 * 1024), deadline);
      if (count > 0) sent += static_cast<std::size_t>(count);
    }
  } catch (const Poco::TimeoutException&) {
    return failed(NoAnswer::Kind::kTimedOut, "request not taken in time");
  } catch (const Poco::Exception& error) {
    return failed(NoAnswer::Kind::kClosed, error.displayText());
  }
  return {};
}

tl::expected<HttpResponse, HttpConnection::Failure> HttpConnection::Exchange(
    std::string_view request, Clock::time_point deadline) {
  clean_ = false;  // until the answer has ended well
  const auto written = Write(request, deadline);
  if (!written) return tl::unexpected(written.error());

  HttpResponseReader reader;
  const auto failed = [&](NoAnswer::Kind kind, std::string detail) {
    return tl::unexpected(Failure{NoAnswer{kind, true, std::move(detail)},
                                  kind == NoAnswer::Kind::kClosed && !reader.started()});
  };
  std::array<char, 16 * 1024> buffer{};
  auto progress = HttpResponseReader::Progress::kReading;
  bool closed = false;
  try {
    while (progress == HttpResponseReader::Progress::kReading) {
      if (IsOver(deadline)) return failed(NoAnswer::Kind::kTimedOut, "no answer in time");
      const int count = Receive(buffer.data(), buffer.size(), deadline);
      if (count < 0) continue;
      closed = count == 0;
      progress =
          closed ? reader.Close() : reader.Feed({buffer.data(), static_cast<std::size_t>(count)});
    }
  } catch (const Poco::TimeoutException&) {
    return failed(NoAnswer::Kind::kTimedOut, "no answer in time");
  } catch (const Poco::Exception& error) {
    return failed(NoAnswer::Kind::kClosed, error.displayText());
  }
  if (progress == HttpResponseReader::Progress::kMalformed) {
    return failed(closed ? NoAnswer::Kind::kClosed : NoAnswer::Kind::kMalformed, reader.error());
  }
  clean_ = reader.connection_is_clean();
  last_used_ = Clock::now();
  return reader.Take();
}

bool HttpConnection::IsReusable() {
  if (!clean_ || Clock::now() - last_used_ > kLongestIdle) return false;
  // On TLS a readable socket may hold a session ticket, and does not tell.
  if (tls_) return true;
  std::array<char, 64> surplus{};
  for (;;) {
    const ssize_t count =
        ::recv(socket_.impl()->sockfd(), surplus.data(), surplus.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;  // else the peer has reset it
    const bool blank = std::all_of(surplus.begin(), surplus.begin() + count,
                                   [](char c) { return c == '\r' || c == '\n'; });
    if (count == 0 || !blank) return false;
  }
}

std::string HttpConnection::local_address() const {
  try {
    return socket_.address().host().toString();
  } catch (const Poco::Exception&) {
    return {};  // closed meanwhile
  }
}

}  // namespace onem2m
