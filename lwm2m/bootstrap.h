// The LwM2M Bootstrap-Server as a state machine: input is messages and time, output is calls on the
// transport.
#ifndef LWM2M_BOOTSTRAP_H_
#define LWM2M_BOOTSTRAP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lwm2m/bootstrap_account.h"
#include "lwm2m/bootstrap_plan.h"
#include "lwm2m/credentials.h"
#include "lwm2m/error.h"
#include "lwm2m/exchange_cache.h"
#include "lwm2m/message.h"
#include "lwm2m/object_model.h"
#include "lwm2m/once_per_minute.h"
#include "lwm2m/transport.h"

namespace lwm2m {

// Formats that carry an object instance, in the order in which they are tried (BS-15): every client
// of 1.0 reads TLV, and those of 1.1 and 1.2 that are known do as well.
inline constexpr std::array kBootstrapFormats = {ContentFormat::kTlv, ContentFormat::kSenmlCbor,
                                                 ContentFormat::kSenmlJson,
                                                 ContentFormat::kLwm2mCbor};

struct BootstrapOptions {
  // BS-10: below EXCHANGE_LIFETIME, 247 s, after which the client gives up.
  Seconds run_timeout{230};
  // Under way at a time. One that has had no answer at all gives way to another client; when there
  // is none, that gets 5.03.
  std::size_t runs = 1024;
  std::size_t reports = 1024;          // kept of runs that are over
  std::size_t exchanges_per_peer = 4;  // remembered to recognise duplicates (GEN-13)
  std::size_t exchange_peers = 16384;
};

// Monotonic counts since construction; names in docs/operations.md.
struct BootstrapCounters {
  std::uint64_t requests = 0;                            // Bootstrap-Requests accepted
  std::uint64_t packs = 0;                               // Bootstrap-Packs given out
  std::uint64_t refused = 0;                             // requests answered 4.xx
  std::uint64_t busy = 0;                                // requests answered 5.03 because of `runs`
  std::uint64_t duplicates = 0;                          // requests recognised as retransmissions
  std::uint64_t finished = 0, failed = 0, replaced = 0;  // ends of runs
  std::uint64_t repairs = 0;        // Finish answered 4.06 and everything sent again
  std::uint64_t step_refusals = 0;  // commands that a client refused without ending its run
};

// The last run or pack of one client, or the run under way. Has no keys in it.
struct BootstrapReport {
  enum class State { kRunning, kFinished, kFailed, kReplaced };
  std::string endpoint;
  Peer peer;
  State state = State::kRunning;
  std::string detail;   // running: the step; failed: why; finished: "pack" when it was one
  std::string version;  // as discovered; "" not known
  TimePoint started{};
  TimePoint ended{};  // running: when it is given up
  unsigned commands = 0;
  bool repaired = false;
  std::vector<std::string> refusals;  // of steps that do not decide: "delete /1: 4.05"; at most 16
  std::vector<Record> values;         // what Bootstrap-Reads gave; at most 64
};
std::string_view ToString(BootstrapReport::State state);

// Serves /bs and /bspack, and runs the bootstrap of each client that asks: one command at a time.
//
//   (none) --Bootstrap-Request, Start--> running: Discover, Delete…, Write…, Read…, Finish
//   running --Finish 2.04--> finished
//   running --Finish 4.06, the first--> running, from Discover on
//   running --Finish 4.06, the second; a required step refused; no answer; run_timeout--> failed
//   running --Bootstrap-Request of the same client--> replaced, and running anew (BS-18)
//
// Loop thread only. Does no I/O, reads no clock, throws nothing. What is given to the constructor
// outlives it. Implements BS-1 … BS-16, BS-18, SEC-8; docs/conformance.md.
class BootstrapServer : public MessageHandler {
 public:
  // `random_octets(n)` returns n octets from a cryptographic source: tokens.
  BootstrapServer(BootstrapOptions options, Transport& transport, BootstrapAccounts& accounts,
                  CredentialSource& credentials, const ObjectModel& model,
                  std::function<std::string(std::size_t)> random_octets);
  BootstrapServer(const BootstrapServer&) = delete;
  BootstrapServer& operator=(const BootstrapServer&) = delete;

  void OnRequest(ExchangeId exchange, const Peer& peer, const CoapRequest& request,
                 TimePoint now) override;
  Reception OnResponse(const Peer& peer, const CoapResponse& response, TimePoint now) override;
  void OnFailure(const Peer& peer, const std::string& token, Failure failure,
                 TimePoint now) override;
  std::optional<CoapRequest> RequestOfObservation(const Peer&, const std::string&) const override {
    return std::nullopt;
  }

  // Time has passed: attempts to repeat, runs to give up. Returns when to call again at the latest.
  TimePoint Tick(TimePoint now);

  // Server-initiated bootstrap in the way of 1.0 (BS-2): begins to send to where the client was
  // when it spoke to us last. kNotFound: it never did, or has no account.
  Result<void> Start(std::string_view endpoint, TimePoint now);

  // In order of their names.
  std::vector<const BootstrapReport*> Reports() const;
  std::size_t run_count() const { return runs_.size(); }
  const BootstrapCounters& counters() const { return counters_; }

 private:
  struct Uplink;
  struct Run {
    Peer peer;
    BootstrapAccount account;
    std::optional<BootstrapInventory> inventory;
    std::deque<BootstrapStep> steps;     // the first is under way, or waits to be sent again
    std::vector<ContentFormat> formats;  // that a Write may use
    std::size_t format = 0;              // the one in use
    std::size_t formats_refused = 0;     // by the step under way
    unsigned attempts = 0;               // of the step under way, without answer
    std::string token;                   // of the request under way; "": none
    TimePoint deadline;
    std::optional<TimePoint> again;  // when the step is sent again
    TimePoint scheduled;             // its entry in timers_
    bool pct = false;                // the client said which format
    bool answered = false;           // the client has answered something
  };
  using Runs = std::unordered_map<std::string, Run>;
  enum class Complaint { kRequest, kAccount, kBusy, kStep, kRun, kCount };

  void Route(const Uplink& uplink);
  void BeginRequest(const Uplink& uplink);
  void GivePack(const Uplink& uplink);
  // The account for a request whose sender may have it; an error has been answered with `refusal`.
  std::optional<BootstrapAccount> AccountFor(const Uplink& uplink, const std::string& endpoint,
                                             Code not_allowed, Code not_known);
  void Refuse(const Uplink& uplink, Code code, Complaint kind, std::string_view reason);
  void Reply(const Uplink& uplink, CoapResponse response);

  void Begin(const std::string& endpoint, const Peer& peer, BootstrapAccount account,
             std::optional<ContentFormat> pct, TimePoint now);
  void PlanSteps(Runs::iterator run, bool after_discover);
  void SendStep(Runs::iterator run, TimePoint now);
  void NextStep(Runs::iterator run, TimePoint now);
  void TryAgain(Runs::iterator run, std::string_view why, TimePoint at, TimePoint now);
  void StepRefused(Runs::iterator run, std::string_view why, TimePoint now);
  void Conclude(Runs::iterator run, const CoapResponse& response, TimePoint now);
  void ConcludeDiscover(Runs::iterator run, const CoapResponse& response);
  void ConcludeRead(Runs::iterator run, const CoapResponse& response);
  void ConcludeFinish(Runs::iterator run, const CoapResponse& response, TimePoint now);
  bool NextFormat(Run& run);
  void End(Runs::iterator run, BootstrapReport::State state, std::string_view why, TimePoint now);
  void Schedule(Runs::iterator run);
  Runs::iterator TakeInFlight(const std::string& token);
  bool HasRoomFor(const std::string& endpoint, TimePoint now);
  void DropOldReports();
  bool IsConsistent() const;

  const BootstrapOptions options_;
  Transport& transport_;
  BootstrapAccounts& accounts_;
  CredentialSource& credentials_;
  const ObjectModel& model_;
  const std::function<std::string(std::size_t)> random_octets_;

  Runs runs_;
  std::unordered_map<std::string, std::string> by_token_;  // request under way → endpoint
  std::set<std::pair<TimePoint, std::string>> timers_;     // one of each run
  std::map<std::string, BootstrapReport, std::less<>> reports_;
  ExchangeCache exchanges_;
  BootstrapCounters counters_;
  OncePerMinute<Complaint> complaints_;
};

}  // namespace lwm2m

#endif  // LWM2M_BOOTSTRAP_H_
