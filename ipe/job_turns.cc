#include "ipe/job_turns.h"

#include <numeric>
#include <utility>

namespace ipe {
namespace {

constexpr std::array<unsigned, kJobClasses> kTurns = {16, 8, 8, 2, 1};

}  // namespace

void JobTurns::Wait(const std::string& endpoint, JobClass job_class) {
  const auto [place, is_new] = in_line_.try_emplace(endpoint, job_class);
  if (!is_new && place->second <= job_class) return;
  place->second = job_class;
  lines_[static_cast<std::size_t>(job_class)].push_back(endpoint);
}

std::optional<std::string> JobTurns::TakeFrom(std::size_t line) {
  auto& names = lines_[line];
  while (!names.empty()) {
    std::string first = std::move(names.front());
    names.pop_front();
    const auto place = in_line_.find(first);
    if (place == in_line_.end() || static_cast<std::size_t>(place->second) != line) continue;
    in_line_.erase(place);
    return first;
  }
  return std::nullopt;
}

bool JobTurns::MayBegin(std::size_t line) const {
  constexpr auto kFirstToYield = static_cast<std::size_t>(JobClass::kBuilding);
  if (!yielding_ || line < kFirstToYield) return true;
  return std::accumulate(under_way_.begin() + kFirstToYield, under_way_.end(), std::size_t{0}) == 0;
}

std::optional<std::string> JobTurns::Next() {
  if (in_line_.empty()) return std::nullopt;
  if (std::accumulate(under_way_.begin(), under_way_.end(), std::size_t{0}) >= limit_) {
    return std::nullopt;
  }
  for (int round = 0; round < 2; ++round) {
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      if (turns_left_[line] == 0 || !MayBegin(line)) continue;
      if (auto first = TakeFrom(line)) {
        --turns_left_[line];
        return first;
      }
    }
    turns_left_ = kTurns;  // nobody who is left has a turn: the next round
  }
  return std::nullopt;
}

}  // namespace ipe
