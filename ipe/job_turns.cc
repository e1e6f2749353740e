#include "ipe/job_turns.h"

#include <utility>

namespace ipe {

void JobTurns::Wait(const std::string& endpoint, JobClass job_class) {
  const auto [place, is_new] = in_line_.try_emplace(endpoint, job_class);
  if (!is_new && place->second <= job_class) return;
  place->second = job_class;
  lines_[static_cast<std::size_t>(job_class)].push_back(endpoint);
}

std::optional<std::string> JobTurns::Next() {
  if (under_way_ >= limit_) return std::nullopt;
  for (std::size_t urgency = 0; urgency < lines_.size(); ++urgency) {
    auto& line = lines_[urgency];
    while (!line.empty()) {
      std::string first = std::move(line.front());
      line.pop_front();
      const auto place = in_line_.find(first);
      if (place == in_line_.end() || static_cast<std::size_t>(place->second) != urgency) continue;
      in_line_.erase(place);
      return first;
    }
  }
  return std::nullopt;
}

}  // namespace ipe
