// The bridge's half that decides whose job comes next, and which.
#include <algorithm>
#include <utility>

#include "ipe/bridge.h"

namespace ipe {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kRetryAtMost{60'000};

}  // namespace

// What an endpoint needs next, one job at a time. Telemetry goes before the Delete of its endpoint;
// nothing is made under a name while a Delete of it has no answer.
Bridge::NextJob Bridge::WhatNext(const Endpoint& endpoint) const {
  if (endpoint.job_running || stopping_ || !health_.up() || now_ < endpoint.retry_at) {
    return NextJob::kNone;
  }
  if (endpoint.leave_wanted) {
    const bool can_deliver = !endpoint.stored.ae_id.empty() && !endpoint.forbidden;
    return endpoint.rows > 0 && can_deliver ? NextJob::kDeliver : NextJob::kLeave;
  }
  if (endpoint.delete_unanswered) return NextJob::kLeave;
  if (endpoint.settle_wanted) return NextJob::kSettle;
  if (endpoint.furnish_wanted && now_ >= endpoint.furnish_at) return NextJob::kFurnish;
  if (endpoint.subscriptions_wanted && now_ >= endpoint.furnish_at) return NextJob::kSubscribe;
  if (HasAccessWork(endpoint)) return NextJob::kAccess;
  if (endpoint.change != nullptr && endpoint.change->standing != nullptr) return NextJob::kAdapt;
  if (endpoint.read_back_wanted || endpoint.may_have_missed_commands) return NextJob::kReadBack;
  return endpoint.rows > 0 ? NextJob::kDeliver : NextJob::kNone;
}

JobClass Bridge::ClassOf(const Endpoint& endpoint, NextJob next) {
  const JobClass of_rows = endpoint.urgent_rows ? JobClass::kUrgent
                           : endpoint.news      ? JobClass::kNews
                                                : JobClass::kBackground;
  switch (next) {
    case NextJob::kSettle:
    case NextJob::kLeave:
      return endpoint.ticket ? JobClass::kAwaited : JobClass::kBuilding;
    case NextJob::kFurnish:
      // After a restart that of everybody is looked at: whoever has something to tell goes before
      // those that were not heard yet.
      if (endpoint.generation == 0 && endpoint.rows == 0) return JobClass::kBackground;
      return endpoint.news || endpoint.urgent_rows ? JobClass::kNews : JobClass::kBuilding;
    case NextJob::kSubscribe:
    case NextJob::kAccess:
      return JobClass::kNews;
    case NextJob::kDeliver:
      return of_rows;
    case NextJob::kAdapt:
    case NextJob::kReadBack:  // rows that wait behind it must not wait behind everybody's
      return endpoint.rows > 0 ? of_rows : JobClass::kBackground;
    case NextJob::kNone:
      break;
  }
  return JobClass::kBackground;
}

void Bridge::Pump(Endpoint& endpoint) {
  const NextJob next = WhatNext(endpoint);
  if (next == NextJob::kNone) return;
  turns_.Wait(endpoint.key(), ClassOf(endpoint, next));
  StartJobs();
}

void Bridge::PumpAll() {
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    const std::string& key = endpoint->key();
    const NextJob next = WhatNext(*endpoint);
    if (next != NextJob::kNone) turns_.Wait(key, ClassOf(*endpoint, next));
  }
  StartJobs();
}

void Bridge::StartJobs() {
  while (const auto key = turns_.Next()) {
    Endpoint* endpoint = FindEndpoint(*key);
    if (endpoint == nullptr) continue;
    switch (WhatNext(*endpoint)) {
      case NextJob::kNone:
        break;
      case NextJob::kLeave:
        StartLeave(*endpoint);
        break;
      case NextJob::kSettle:
        StartSettle(*endpoint);
        break;
      case NextJob::kFurnish:
        StartFurnish(*endpoint);
        break;
      case NextJob::kSubscribe:
        StartSubscribe(*endpoint);
        break;
      case NextJob::kAdapt:
        StartAdapt(*endpoint);
        break;
      case NextJob::kAccess:
        StartAccess(*endpoint);
        break;
      case NextJob::kReadBack:
        StartReadBack(*endpoint);
        break;
      case NextJob::kDeliver:
        StartDelivery(*endpoint);
        break;
    }
  }
}

// By the rules and definitions in force.
EndpointSession* Bridge::OpenSession(Endpoint& endpoint) {
  session_surroundings_.profile = surroundings_.config.interworking.profile;
  session_surroundings_.model = surroundings_.model;
  endpoint.session = std::make_unique<EndpointSession>(session_surroundings_, endpoint.memory);
  return endpoint.session.get();
}

// Its job is done.
void Bridge::CloseSession(Endpoint& endpoint) {
  endpoint.job_running = endpoint.building = false;
  if (endpoint.session == nullptr) return;  // of a job that needs none
  endpoint.memory = endpoint.session->memory();
  addresses_.Unite(endpoint.memory.containers);
  endpoint.session.reset();
}

// `job` runs on a worker and returns what is to be done with its result on the loop.
void Bridge::Run(Endpoint& endpoint, JobClass job_class,
                 std::function<std::function<void()>()> job) {
  endpoint.job_running = true;
  ++jobs_;
  turns_.Begin(job_class);
  surroundings_.run_job(job_class, [this, job_class, key = endpoint.key(), job = std::move(job)] {
    surroundings_.mailbox.Post([this, job_class, key, done = job()] {
      --jobs_;
      turns_.End(job_class);
      if (Endpoint* ended = FindEndpoint(key)) CloseSession(*ended);
      done();
      if (Endpoint* ended = FindEndpoint(key)) {
        commands_.OnJobEnded(*ended, now_);
        Pump(*ended);
      }
      StartJobs();
    });
  });
}

void Bridge::BackOffAndRetry(Endpoint& endpoint, milliseconds base) {
  endpoint.retry_at =
      now_ + BackOff(endpoint.failures++, base, kRetryAtMost, surroundings_.random());
  retries_.emplace(endpoint.retry_at, endpoint.key());
}

}  // namespace ipe
