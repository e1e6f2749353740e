#include "onem2m/http/http_connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Timespan.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
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

// A secure socket waits twice for its time-out: once inside OpenSSL, then in a poll of its own.
Poco::Timespan HttpConnection::SocketTimeout(Clock::time_point deadline) const {
  const auto remaining = Remaining(deadline);
  return tls_ ? Poco::Timespan(remaining.totalMicroseconds() / 2) : remaining;
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
      socket_.setSendTimeout(SocketTimeout(deadline));
      const std::string_view rest = request.substr(sent, 64 * 1024);
      const int count = socket_.sendBytes(rest.data(), static_cast<int>(rest.size()), MSG_NOSIGNAL);
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
      socket_.setReceiveTimeout(SocketTimeout(deadline));
      const int count = socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
      if (count < 0) continue;  // TLS wants another turn
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
  try {
    std::array<char, 64> surplus{};
    while (socket_.poll(Poco::Timespan(), Poco::Net::Socket::SELECT_READ)) {
      const int count = socket_.receiveBytes(surplus.data(), static_cast<int>(surplus.size()));
      const bool blank = std::all_of(surplus.begin(), surplus.begin() + std::max(count, 0),
                                     [](char c) { return c == '\r' || c == '\n'; });
      if (count <= 0 || !blank) return false;
    }
  } catch (const Poco::Exception&) {
    return false;  // the peer has reset it
  }
  return true;
}

std::string HttpConnection::local_address() const {
  try {
    return socket_.address().host().toString();
  } catch (const Poco::Exception&) {
    return {};  // closed meanwhile
  }
}

}  // namespace onem2m
