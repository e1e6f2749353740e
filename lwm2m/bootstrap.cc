// The runs of the Bootstrap-Server: commands, answers, time.  (LwM2M Core 1.1.1 §6.1.6, §6.1.7)
#include "lwm2m/bootstrap.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>

#include "lwm2m/codec/codec.h"

namespace lwm2m {
namespace {

constexpr std::size_t kTokenLength = 8;
constexpr std::size_t kMaxRefusals = 16;
constexpr std::size_t kMaxValues = 64;
constexpr unsigned kMaxAttempts = 2;      // of a command without an answer
constexpr unsigned kMaxBusyAttempts = 5;  // of one answered 5.03
constexpr Seconds kBusyPause{2};

std::vector<ContentFormat> FormatsFor(std::optional<ContentFormat> preferred) {
  std::vector<ContentFormat> formats;
  if (preferred) formats.push_back(*preferred);
  for (const ContentFormat format : kBootstrapFormats) {
    if (format != preferred) formats.push_back(format);
  }
  return formats;
}

std::vector<std::string> Segments(const Path& path) {
  std::vector<std::string> segments;
  for (std::size_t level = 0; level < path.depth(); ++level) {
    segments.push_back(std::to_string(path[level]));
  }
  return segments;
}

std::string Describe(const BootstrapStep& step) {
  const std::string_view name = ToString(step.kind);
  if (step.kind == BootstrapStep::Kind::kFinish) return std::string(name);
  return fmt::format("{} {}", name, step.path.ToString());
}

}  // namespace

std::string_view ToString(BootstrapReport::State state) {
  switch (state) {
    case BootstrapReport::State::kRunning:
      return "running";
    case BootstrapReport::State::kFinished:
      return "finished";
    case BootstrapReport::State::kFailed:
      return "failed";
    case BootstrapReport::State::kReplaced:
      return "replaced";
  }
  return "unknown";
}

BootstrapServer::BootstrapServer(BootstrapOptions options, Transport& transport,
                                 BootstrapAccounts& accounts, CredentialSource& credentials,
                                 const ObjectModel& model,
                                 std::function<std::string(std::size_t)> random_octets)
    : options_(options),
      transport_(transport),
      accounts_(accounts),
      credentials_(credentials),
      model_(model),
      random_octets_(std::move(random_octets)),
      exchanges_(options_.exchanges_per_peer, options_.exchange_peers) {}

void BootstrapServer::Begin(const std::string& endpoint, const Peer& peer, BootstrapAccount account,
                            std::optional<ContentFormat> pct, TimePoint now) {
  BootstrapReport report;
  report.endpoint = endpoint;
  report.peer = peer;
  report.started = now;
  report.ended = now + options_.run_timeout;
  reports_.insert_or_assign(endpoint, std::move(report));
  DropOldReports();

  Run run;
  run.peer = peer;
  run.account = std::move(account);
  run.formats = FormatsFor(pct);
  run.deadline = now + options_.run_timeout;
  run.pct = pct.has_value();
  run.scheduled = run.deadline;
  const auto added = runs_.emplace(endpoint, std::move(run)).first;
  timers_.emplace(added->second.scheduled, endpoint);
  spdlog::info("event=bootstrap-started ep=\"{}\" peer={}", endpoint, peer.address);
  PlanSteps(added, false);
  SendStep(added, now);
}

void BootstrapServer::PlanSteps(Runs::iterator run, bool after_discover) {
  Run& state = run->second;
  state.steps.clear();
  if (state.account.discover && !after_discover) {
    state.inventory.reset();
    state.steps.push_back({BootstrapStep::Kind::kDiscover, Path(), {}, false});
    return;
  }
  for (BootstrapStep& step : PlanBootstrap(state.account, state.inventory, model_)) {
    state.steps.push_back(std::move(step));
  }
}

void BootstrapServer::SendStep(Runs::iterator run, TimePoint now) {
  Run& state = run->second;
  const BootstrapStep& step = state.steps.front();
  CoapRequest request;
  request.path = Segments(step.path);  // BS-11: never below an alternate root
  switch (step.kind) {
    case BootstrapStep::Kind::kDiscover:
      request.accept = ContentFormat::kLinkFormat;
      break;
    case BootstrapStep::Kind::kDelete:
      request.method = Method::kDelete;
      break;
    case BootstrapStep::Kind::kWrite: {
      request.method = Method::kPut;
      auto body = Encode(state.formats[state.format], step.records, step.path, model_);
      while (!body && NextFormat(state)) {
        body = Encode(state.formats[state.format], step.records, step.path, model_);
      }
      if (!body) return StepRefused(run, body.error().detail, now);
      request.payload = Payload{state.formats[state.format], std::move(*body)};
      break;
    }
    case BootstrapStep::Kind::kRead:
      if (state.pct) request.accept = state.formats[state.format];
      break;
    case BootstrapStep::Kind::kFinish:
      request.method = Method::kPost;
      request.path = {"bs"};
      break;
  }
  state.token = random_octets_(kTokenLength);
  state.again.reset();
  request.token = state.token;
  by_token_[state.token] = run->first;
  BootstrapReport& report = reports_.find(run->first)->second;
  report.detail = Describe(step);
  ++report.commands;
  Schedule(run);
  transport_.Send(state.peer, request);
}

void BootstrapServer::NextStep(Runs::iterator run, TimePoint now) {
  Run& state = run->second;
  state.steps.pop_front();
  state.attempts = 0;
  state.formats_refused = 0;
  SendStep(run, now);
}

void BootstrapServer::TryAgain(Runs::iterator run, std::string_view why, TimePoint at,
                               TimePoint now) {
  if (at >= run->second.deadline) return StepRefused(run, why, now);
  run->second.again = at;
  Schedule(run);
}

// Goes on without a step that does not decide; otherwise the run is over.
void BootstrapServer::StepRefused(Runs::iterator run, std::string_view why, TimePoint now) {
  const BootstrapStep& step = run->second.steps.front();
  std::string text = fmt::format("{}: {}", Describe(step), why);
  if (step.required) return End(run, BootstrapReport::State::kFailed, text, now);
  ++counters_.step_refusals;
  if (const auto before = complaints_.Pass(Complaint::kStep, now)) {
    spdlog::warn("event=bootstrap-step-refused ep=\"{}\" step=\"{}\" suppressed={}", run->first,
                 text, *before);
  }
  auto& refusals = reports_.find(run->first)->second.refusals;
  if (refusals.size() < kMaxRefusals) refusals.push_back(std::move(text));
  if (step.kind == BootstrapStep::Kind::kDiscover) {
    PlanSteps(run, true);
    run->second.attempts = 0;
    return SendStep(run, now);
  }
  NextStep(run, now);
}

// Requests from addresses where nobody is must not keep clients out that do answer.
bool BootstrapServer::HasRoomFor(const std::string& endpoint, TimePoint now) {
  if (runs_.size() < options_.runs || runs_.count(endpoint) > 0) return true;
  ++counters_.busy;
  auto oldest = runs_.end();
  for (auto run = runs_.begin(); run != runs_.end(); ++run) {
    if (run->second.answered) continue;
    if (oldest == runs_.end() || run->second.deadline < oldest->second.deadline) oldest = run;
  }
  if (oldest == runs_.end()) return false;
  End(oldest, BootstrapReport::State::kFailed, "no answer, and others wait", now);
  return true;
}

BootstrapServer::Runs::iterator BootstrapServer::TakeInFlight(const std::string& token) {
  const auto known = by_token_.find(token);
  if (known == by_token_.end()) return runs_.end();
  const auto run = runs_.find(known->second);
  by_token_.erase(known);
  run->second.token.clear();
  return run;
}

BootstrapServer::Reception BootstrapServer::OnResponse(const Peer&, const CoapResponse& response,
                                                       TimePoint now) {
  const auto run = TakeInFlight(response.token);
  if (run == runs_.end()) return Reception::kUnknown;
  run->second.answered = true;
  Conclude(run, response, now);
  assert(IsConsistent());
  return Reception::kAccepted;
}

void BootstrapServer::OnFailure(const Peer&, const std::string& token, Failure failure,
                                TimePoint now) {
  const auto run = TakeInFlight(token);
  if (run == runs_.end()) return;
  Run& state = run->second;
  const std::string_view why = ToString(failure);
  const bool silent = failure == Failure::kTimedOut || failure == Failure::kReset;
  if (state.steps.front().kind == BootstrapStep::Kind::kDiscover && silent) {
    StepRefused(run, why, now);  // a client of 1.0 that does not know it
  } else if (failure != Failure::kReset && ++state.attempts < kMaxAttempts) {
    TryAgain(run, why, now + kBusyPause, now);
  } else {
    // Who does not answer this does not answer what follows.
    End(run, BootstrapReport::State::kFailed,
        fmt::format("{}: {}", Describe(state.steps.front()), why), now);
  }
  assert(IsConsistent());
}

void BootstrapServer::Conclude(Runs::iterator run, const CoapResponse& response, TimePoint now) {
  Run& state = run->second;
  const BootstrapStep::Kind kind = state.steps.front().kind;
  // One client answers this to everything while a block-wise answer is not fetched to its end.
  if (response.code == Code::kServiceUnavailable && ++state.attempts < kMaxBusyAttempts) {
    return TryAgain(run, ToString(response.code), now + kBusyPause, now);
  }
  if (kind == BootstrapStep::Kind::kFinish) return ConcludeFinish(run, response, now);
  // A client may ask for a format of which it does not read everything (docs/interop.md), and says
  // 4.00 then.
  const bool format_may_be_wrong =
      response.code == Code::kUnsupportedContentFormat || response.code == Code::kBadRequest;
  if (kind == BootstrapStep::Kind::kWrite && format_may_be_wrong && NextFormat(state)) {
    return SendStep(run, now);
  }
  // Nothing to delete is as good as deleted.
  const bool gone = kind == BootstrapStep::Kind::kDelete && response.code == Code::kNotFound;
  if (!IsSuccess(response.code) && !gone) return StepRefused(run, ToString(response.code), now);
  if (kind == BootstrapStep::Kind::kDiscover) {
    ConcludeDiscover(run, response);
    state.attempts = 0;
    return SendStep(run, now);
  }
  if (kind == BootstrapStep::Kind::kRead) ConcludeRead(run, response);
  NextStep(run, now);
}

void BootstrapServer::ConcludeDiscover(Runs::iterator run, const CoapResponse& response) {
  auto inventory = ReadInventory(response.payload.body());
  BootstrapReport& report = reports_.find(run->first)->second;
  if (inventory) {
    report.version = inventory->version;
    run->second.inventory = std::move(*inventory);
  } else {
    ++counters_.step_refusals;
    report.refusals.push_back("discover /: " + inventory.error().detail);
  }
  PlanSteps(run, true);
}

void BootstrapServer::ConcludeRead(Runs::iterator run, const CoapResponse& response) {
  const Path& path = run->second.steps.front().path;
  const ContentFormat format = response.payload.format.value_or(ContentFormat::kTlv);
  auto records = Decode(format, response.payload.body(), path, model_);
  BootstrapReport& report = reports_.find(run->first)->second;
  if (!records) {
    ++counters_.step_refusals;
    if (report.refusals.size() < kMaxRefusals) {
      report.refusals.push_back(
          fmt::format("read {}: {}", path.ToString(), records.error().detail));
    }
    return;
  }
  for (Record& record : *records) {
    if (report.values.size() < kMaxValues) report.values.push_back(std::move(record));
  }
}

// BS-9: after 4.06 the configuration may be repaired, once.
void BootstrapServer::ConcludeFinish(Runs::iterator run, const CoapResponse& response,
                                     TimePoint now) {
  if (IsSuccess(response.code)) return End(run, BootstrapReport::State::kFinished, "", now);
  BootstrapReport& report = reports_.find(run->first)->second;
  if (response.code != Code::kNotAcceptable || report.repaired) {
    return StepRefused(run, ToString(response.code), now);
  }
  report.repaired = true;
  report.values.clear();
  ++counters_.repairs;
  spdlog::warn("event=bootstrap-repaired ep=\"{}\"", run->first);
  run->second.attempts = 0;
  run->second.formats_refused = 0;
  PlanSteps(run, false);
  SendStep(run, now);
}

// BS-15: false when the client refused all that we write for this step.
bool BootstrapServer::NextFormat(Run& run) {
  if (++run.formats_refused >= run.formats.size()) return false;
  run.format = (run.format + 1) % run.formats.size();
  return true;
}

void BootstrapServer::End(Runs::iterator run, BootstrapReport::State state, std::string_view why,
                          TimePoint now) {
  if (!run->second.token.empty()) {
    transport_.Cancel(run->second.peer, run->second.token);
    by_token_.erase(run->second.token);
  }
  BootstrapReport& report = reports_.find(run->first)->second;
  report.state = state;
  report.detail = std::string(why);
  report.ended = now;
  switch (state) {
    case BootstrapReport::State::kFinished:
      ++counters_.finished;
      spdlog::info("event=bootstrap-finished ep=\"{}\" commands={}", run->first, report.commands);
      break;
    case BootstrapReport::State::kReplaced:
      ++counters_.replaced;
      break;
    case BootstrapReport::State::kFailed:
    case BootstrapReport::State::kRunning:
      ++counters_.failed;
      if (const auto before = complaints_.Pass(Complaint::kRun, now)) {
        spdlog::warn("event=bootstrap-failed ep=\"{}\" reason=\"{}\" suppressed={}", run->first,
                     why, *before);
      }
      break;
  }
  timers_.erase({run->second.scheduled, run->first});
  runs_.erase(run);
}

void BootstrapServer::Schedule(Runs::iterator run) {
  Run& state = run->second;
  const TimePoint next = std::min(state.deadline, state.again.value_or(state.deadline));
  if (next == state.scheduled) return;
  timers_.erase({state.scheduled, run->first});
  timers_.emplace(next, run->first);
  state.scheduled = next;
}

TimePoint BootstrapServer::Tick(TimePoint now) {
  exchanges_.Expire(now);
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const auto run = runs_.find(timers_.begin()->second);
    if (run->second.deadline <= now) {
      // BS-10.
      End(run, BootstrapReport::State::kFailed,
          fmt::format("{}: not finished within {} s", Describe(run->second.steps.front()),
                      options_.run_timeout.count()),
          now);
    } else {
      SendStep(run, now);
    }
  }
  assert(IsConsistent());
  return timers_.empty() ? TimePoint::max() : timers_.begin()->first;
}

std::vector<const BootstrapReport*> BootstrapServer::Reports() const {
  std::vector<const BootstrapReport*> reports;
  reports.reserve(reports_.size());
  for (const auto& [endpoint, report] : reports_) reports.push_back(&report);
  return reports;
}

void BootstrapServer::DropOldReports() {
  if (reports_.size() <= options_.reports + runs_.size()) return;
  auto oldest = reports_.end();
  for (auto it = reports_.begin(); it != reports_.end(); ++it) {
    if (it->second.state == BootstrapReport::State::kRunning) continue;
    if (oldest == reports_.end() || it->second.ended < oldest->second.ended) oldest = it;
  }
  if (oldest != reports_.end()) reports_.erase(oldest);
}

bool BootstrapServer::IsConsistent() const {
  return timers_.size() == runs_.size() && by_token_.size() <= runs_.size() &&
         runs_.size() <= reports_.size();
}

}  // namespace lwm2m
