// Whose job for the CSE comes next.
#ifndef IPE_JOB_TURNS_H_
#define IPE_JOB_TURNS_H_

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "ipe/concurrency/worker_pool.h"

namespace ipe {

// A few jobs are under way; of everybody else only the name stands in line, one line for each
// class, in order of arrival. The lines take turns: of 35 jobs, when there are enough of each, 16
// are urgent, 8 awaited, 8 news, 2 build, and one is of the background. So nobody waits for the end
// of somebody else's line: not values for a hundred thousand endpoints that are being built, and
// not these for values that never end. And a backlog of thousands of endpoints is not read from the
// store in one turn of the loop when the CSE comes back, and a CSE that is gone again gets no
// attempt from each of them. Loop thread only.
class JobTurns {
 public:
  // `limit`: enough to keep every worker busy while the loop looks at a result.
  explicit JobTurns(std::size_t limit) : limit_(limit) {}
  void set_limit(std::size_t limit) { limit_ = limit; }  // what is under way stays so

  // Puts an endpoint in line, or further to the front when it is there as less urgent.
  void Wait(const std::string& endpoint, JobClass job_class);
  // Takes the first from the line while a job may begin.
  std::optional<std::string> Next();
  void Begin(JobClass job_class) { ++under_way_[static_cast<std::size_t>(job_class)]; }
  void End(JobClass job_class) { --under_way_[static_cast<std::size_t>(job_class)]; }
  // While the loop is busy with what devices send, what builds and what is of the background has
  // one job at a time.
  void set_yielding(bool yielding) { yielding_ = yielding; }

  std::size_t waiting() const { return in_line_.size(); }

 private:
  std::size_t limit_;
  std::optional<std::string> TakeFrom(std::size_t line);
  bool MayBegin(std::size_t line) const;

  bool yielding_ = false;
  std::array<std::size_t, kJobClasses> under_way_{};

  std::array<std::deque<std::string>, kJobClasses> lines_;  // by JobClass; some have moved since
  std::array<unsigned, kJobClasses> turns_left_{};          // of each line in this round
  std::unordered_map<std::string, JobClass> in_line_;       // where each really stands
};

}  // namespace ipe

#endif  // IPE_JOB_TURNS_H_
