#include "ipe/observe_line.h"

#include <algorithm>

#include "ipe/loop_load.h"

namespace ipe {
namespace {

using std::chrono::milliseconds;

// Endpoints a second, and at once after a pause.
constexpr double kFirstRate = 1000;
constexpr double kLeastRate = 20;
constexpr double kMostRate = 20'000;
constexpr double kBurst = 64;

constexpr std::size_t kUnderWay = 256;
constexpr milliseconds kOverdue{2000};  // ACK_TIMEOUT (RFC 7252 §4.8)

}  // namespace

ObserveLine::ObserveLine() : rate_(kFirstRate), tokens_(kBurst) {}

void ObserveLine::Add(const std::string& endpoint) {
  if (in_line_.insert(endpoint).second) line_.push_back(endpoint);
}

std::optional<std::string> ObserveLine::Next(TimePoint now) {
  if (line_.empty()) return std::nullopt;
  Refill(now);
  while (!sent_.empty() && now - sent_.front().at >= kOverdue) {
    under_way_.erase(sent_.front().number);
    sent_.pop_front();
  }
  if (tokens_ < 1 || under_way_.size() >= kUnderWay) return std::nullopt;
  tokens_ -= 1;
  std::string endpoint = std::move(line_.front());
  line_.pop_front();
  in_line_.erase(endpoint);
  return endpoint;
}

ObserveLine::TimePoint ObserveLine::next_start() const {
  if (line_.empty()) return TimePoint::max();
  const double missing = std::max(0.0, 1 - tokens_);
  return refilled_ +
         std::chrono::ceil<milliseconds>(std::chrono::duration<double>(missing / rate_)) +
         milliseconds(1);
}

std::uint64_t ObserveLine::OnSent(TimePoint now) {
  sent_.push_back({now, ++last_number_});
  under_way_.insert(last_number_);
  return last_number_;
}

void ObserveLine::OnDone(std::uint64_t sent) {
  under_way_.erase(sent);
  while (!sent_.empty() && !under_way_.contains(sent_.front().number)) sent_.pop_front();
}

// Half, or half as much again.
void ObserveLine::OnLoad(double waiting_share) {
  if (waiting_share < LoopLoad::kBusy) rate_ = std::max(rate_ / 2, kLeastRate);
  if (waiting_share > LoopLoad::kIdle) rate_ = std::min(rate_ * 1.5, kMostRate);
}

void ObserveLine::Refill(TimePoint now) {
  const std::chrono::duration<double> passed = now - refilled_;
  tokens_ = std::min(kBurst, tokens_ + passed.count() * rate_);
  refilled_ = now;
}

}  // namespace ipe
