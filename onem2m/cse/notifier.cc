#include "onem2m/cse/notifier.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "onem2m/codec/http_message.h"
#include "onem2m/codec/http_wire.h"
#include "onem2m/codec/short_names.h"

namespace onem2m::cse {
namespace {

namespace fields = header_fields;

constexpr std::string_view kReleaseVersion = "3";
// A worker goes on to another target after so many, so that a busy one does not starve the rest.
constexpr std::size_t kBatch = 16;
// So many refusals in a row, and the target gets a pause as if it had not answered.
constexpr int kRefusalsBeforePause = 3;
constexpr std::chrono::seconds kSweepEvery(5);
constexpr std::chrono::seconds kKeepIdle(30);

// X-M2M-RI must not repeat across restarts of the program either.
std::string MakeIdentifierPrefix() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return "n" + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) +
         "-";
}

}  // namespace

Notifier::Notifier(NotifierOptions options)
    : options_(std::move(options)),
      identifier_prefix_(MakeIdentifierPrefix()),
      next_sweep_(Clock::now() + kSweepEvery) {
  const std::size_t threads = std::max<std::size_t>(options_.threads, 1);
  for (std::size_t i = 0; i < threads; ++i) workers_.emplace_back([this] { Work(); });
}

Notifier::~Notifier() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

Result<Notifier::Channel> Notifier::MakeChannel(const std::string& url) {
  try {
    const Poco::URI uri(url);
    if (uri.getScheme() != "http" || uri.getHost().empty()) {
      return BadRequest(url + " is no http URL");
    }
    Channel channel;
    channel.url = url;
    channel.endpoint.host = uri.getHost();
    channel.endpoint.port = uri.getPort();
    channel.host = uri.getAuthority();
    channel.target = uri.getPathAndQuery();
    if (channel.target.empty() || channel.target[0] != '/') channel.target.insert(0, "/");
    channel.last_used = Clock::now();
    return channel;
  } catch (const Poco::Exception& error) {
    return BadRequest(url + ": " + error.displayText());
  }
}

void Notifier::Post(OutgoingNotification notification) {
  const std::lock_guard lock(mutex_);
  auto& channel = channels_[notification.url];
  if (!channel) {
    auto made = MakeChannel(notification.url);
    if (!made) {
      channels_.erase(notification.url);
      ++counters_.dropped;
      return;
    }
    channel = std::make_unique<Channel>(*std::move(made));
  }
  channel->queue.push_back({NextRequestIdentifier(), std::move(notification.content)});
  Bound(*channel);
  if (channel->busy || channel->waiting) return;
  channel->waiting = true;
  ready_.push_back(channel.get());
  wake_.notify_one();
}

Result<void> Notifier::Verify(const OutgoingNotification& notification) {
  auto channel = MakeChannel(notification.url);
  if (!channel) return tl::unexpected(channel.error());
  std::string request_identifier;
  {
    const std::lock_guard lock(mutex_);
    request_identifier = NextRequestIdentifier();
  }
  switch (Deliver(*channel, {std::move(request_identifier), notification.content})) {
    case Outcome::kDelivered:
      return {};
    case Outcome::kRefused:
      return tl::unexpected(
          Error{ResponseStatusCode::kSubscriptionVerificationInitiationFailed, "refused"});
    case Outcome::kUnreachable:
      break;
  }
  return tl::unexpected(
      Error{ResponseStatusCode::kSubscriptionVerificationInitiationFailed, "no answer"});
}

Notifier::Counters Notifier::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void Notifier::Work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = Clock::now();
    WakePaused(now);
    ForgetIdle(now);
    if (!ready_.empty()) {
      Channel& channel = *ready_.front();
      ready_.pop_front();
      Serve(lock, channel);
      continue;
    }
    const auto until =
        paused_.empty() ? next_sweep_ : std::min(next_sweep_, paused_.begin()->first);
    wake_.wait_until(lock, until);
  }
}

void Notifier::Serve(std::unique_lock<std::mutex>& lock, Channel& channel) {
  channel.waiting = false;
  channel.busy = true;
  std::deque<Message> batch;
  while (!channel.queue.empty() && batch.size() < kBatch) {
    batch.push_back(std::move(channel.queue.front()));
    channel.queue.pop_front();
  }
  bool pause = false;
  while (!batch.empty() && !pause && !stopping_) {
    lock.unlock();
    const Outcome outcome = Deliver(channel, batch.front());
    lock.lock();
    switch (outcome) {
      case Outcome::kDelivered:
        ++counters_.delivered;
        channel.failures = 0;
        batch.pop_front();
        break;
      case Outcome::kRefused:
        ++counters_.refused;
        pause = ++channel.failures >= kRefusalsBeforePause;
        batch.pop_front();
        break;
      case Outcome::kUnreachable:
        ++channel.failures;
        pause = true;
        if (++batch.front().attempts >= options_.attempts) {
          ++counters_.dropped;
          batch.pop_front();
        }
        break;
    }
  }
  Return(channel, std::move(batch), pause);
}

// Puts a channel where it belongs after a worker has had it. One that is paused stays so even with
// nothing to send: what is posted meanwhile waits as well.
void Notifier::Return(Channel& channel, std::deque<Message> undelivered, bool pause) {
  channel.queue.insert(channel.queue.begin(), std::make_move_iterator(undelivered.begin()),
                       std::make_move_iterator(undelivered.end()));
  Bound(channel);
  channel.busy = false;
  channel.last_used = Clock::now();
  channel.waiting = pause || !channel.queue.empty();
  if (!channel.waiting) return;
  wake_.notify_one();  // for the channel, or because somebody would sleep past the pause
  if (!pause) {
    ready_.push_back(&channel);
    return;
  }
  constexpr int kMostDoublings = 16;
  const auto wished = options_.first_pause * (1 << std::min(channel.failures - 1, kMostDoublings));
  const auto length = std::min<std::chrono::milliseconds>(wished, options_.longest_pause);
  spdlog::warn("notification target paused url={} failures={} pause_ms={} queued={}", channel.url,
               channel.failures, length.count(), channel.queue.size());
  paused_.emplace(Clock::now() + length, &channel);
}

void Notifier::Bound(Channel& channel) {
  while (channel.queue.size() > options_.queue_per_target) {
    channel.queue.pop_front();
    ++counters_.dropped;
  }
}

void Notifier::WakePaused(Clock::time_point now) {
  while (!paused_.empty() && paused_.begin()->first <= now) {
    Channel* channel = paused_.begin()->second;
    paused_.erase(paused_.begin());
    if (channel->queue.empty()) {
      channel->waiting = false;
      continue;
    }
    ready_.push_back(channel);
    wake_.notify_one();
  }
}

// Targets come and go with their subscriptions; nobody tells us when one is gone for good.
void Notifier::ForgetIdle(Clock::time_point now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepEvery;
  for (auto at = channels_.begin(); at != channels_.end();) {
    const Channel& channel = *at->second;
    const bool idle = !channel.busy && !channel.waiting && channel.queue.empty();
    at = idle && now - channel.last_used > kKeepIdle ? channels_.erase(at) : std::next(at);
  }
}

Notifier::Outcome Notifier::Deliver(Channel& channel, const Message& message) const {
  const std::string request = Request(channel, message);
  const auto deadline = Clock::now() + options_.timeout;
  if (channel.connection && !channel.connection->IsReusable()) channel.connection.reset();
  for (bool again = channel.connection != nullptr;; again = false) {
    if (!channel.connection) {
      auto opened = HttpConnection::Open(channel.endpoint, deadline);
      if (!opened) return Outcome::kUnreachable;
      channel.connection = *std::move(opened);
    }
    const auto answer = channel.connection->Exchange(request, deadline);
    if (answer) {
      const auto response = DecodeResponse(*answer);
      return response && response->status == ResponseStatusCode::kOk ? Outcome::kDelivered
                                                                     : Outcome::kRefused;
    }
    channel.connection.reset();
    // The target may have closed a connection that we kept, just when we used it.
    if (!again || !answer.error().closed_before_answer) return Outcome::kUnreachable;
  }
}

std::string Notifier::Request(const Channel& channel, const Message& message) const {
  HttpRequest request;
  request.method = "POST";
  request.target = channel.target;
  request.headers.Add(fields::kOrigin, options_.originator);
  request.headers.Add(fields::kRequestIdentifier, message.request_identifier);
  request.headers.Add(fields::kReleaseVersion, kReleaseVersion);
  request.headers.Add(fields::kContentType, fields::kMediaTypeJson);
  request.body = message.content;
  return WriteRequest(request, channel.host);
}

std::string Notifier::NextRequestIdentifier() {
  return identifier_prefix_ + std::to_string(++last_request_);
}

}  // namespace onem2m::cse
