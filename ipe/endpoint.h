// What the bridge knows of one endpoint while it runs.
#ifndef IPE_ENDPOINT_H_
#define IPE_ENDPOINT_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ipe/endpoint_session.h"
#include "ipe/store.h"
#include "lwm2m/server.h"
#include "lwm2m/shared.h"
#include "mapping/context.h"
#include "mapping/identifiers.h"
#include "mapping/profile.h"

namespace ipe {

// Last value of each resource, for `repeat: changed`: sorted by path, 64-bit hashes, in memory
// only.
class LastValues {
 public:
  // True when `hash` differs from what was seen last; remembers it.
  bool Changes(const lwm2m::Path& path, std::uint64_t hash);
  bool Knows(const lwm2m::Path& path) const;
  void Clear() { values_ = {}; }
  void ForgetAllBut(const std::set<lwm2m::Path>& kept);

 private:
  lwm2m::Shared<std::vector<std::pair<lwm2m::Path, std::uint64_t>>> values_;
};

// A Register, Update or De-register whose answer waits for the CSE.
struct OpenTicket {
  enum class Kind { kRegister, kUpdate, kDeregister };
  lwm2m::Ticket ticket = 0;
  Kind kind = Kind::kRegister;
  lwm2m::TimePoint patience_ends;
};

// By which an endpoint's observations and containers stand.
struct StandingRules {
  mapping::Profile profile;
  std::shared_ptr<const mapping::Context> context;
  bool definitions_changed = false;  // of objects, since then
};

// What is left to do for an endpoint after the rules changed.
struct RuleChange {
  std::deque<lwm2m::Operation> operations;        // for the device, one at a time …
  bool submitted = false;                         // … the first of which is under way
  std::shared_ptr<const StandingRules> standing;  // its containers follow; null: they did
  bool adapting = false;                          // they are being adapted
};

// Loop thread only. What the CSE has is level-triggered: the flags say what is wanted, and
// Bridge::Pump picks the next job until nothing is; so a Register that arrives while a job runs
// only changes what is wanted.
struct Endpoint {
  StoredEndpoint stored;
  SessionMemory memory;                      // of what is in the CSE, from job to job
  std::unique_ptr<EndpointSession> session;  // of the job under way, which alone touches it

  bool settle_wanted = false;         // AE, node, containers differ from what they should be
  bool furnish_wanted = false;        // command containers and subscription are missing
  bool subscriptions_wanted = false;  // OwnSubscriptions::TakeWanted has some to be made
  bool refresh_wanted = false;        // the CSE has lost the values: to be asked for again
  bool relearn_wanted = false;        // what the CSE has is looked at anew by the next Settle
  bool healing = false;               // the CSE has lost something of it …
  bool building = false;              // … which the job under way may make again
  bool leave_wanted = false;          // to be deleted in the CSE
  bool read_back_wanted = false;      // commands made while we were away are to be fetched …
  bool reading_back = false;          // … and are being fetched
  int read_back_failures = 0;         // in a row
  // The CSE is silent: from now on notifications may get lost, and commands wait. Once it answers
  // again it shows whether it was away.
  bool may_have_missed_commands = false;
  bool delete_unanswered =
      false;  // a Delete had no answer: nothing is made under the name before it has
  bool job_running = false;
  std::uint64_t generation =
      0;  // grows with each Register, Update, De-register: tells old jobs from new
  std::optional<OpenTicket> ticket;
  std::string_view event;  // lifecycle event that the next answer announces; "" : none
  bool unstored = false;   // `stored` is written at the end of the turn

  std::uint64_t rows = 0;           // in the outbox
  RowId newest = 0;                 // the last row that was put there
  RowId after = 0;                  // rows up to here are dealt with
  RowId in_flight = 0;              // last row of the delivery under way …
  std::uint8_t rows_in_flight = 0;  // … which has so many
  bool urgent_rows = false;         // an outcome is among the rows
  bool news = false;                // a notification is among the rows, not first values only
  bool unanswered_create = false;   // the first row may have been made without our knowing its ri
  int failures = 0;                 // in a row, for the back-off
  lwm2m::TimePoint retry_at{};      // no job before
  int furnish_failures = 0;         // in a row
  lwm2m::TimePoint furnish_at{};    // no Furnish before
  bool forbidden = false;           // the CSE refuses for lack of privilege

  std::unique_ptr<RuleChange> change;  // null: the rules in force are applied

  // Not everything that is to be observed was asked for, or answered: the next Update asks again.
  bool observe_wanted = true;

  // Empty for nearly all endpoints at nearly all times, and then of the size of a pointer.
  lwm2m::Shared<std::string> trouble;  // last refusal, for the operator
  LastValues last_values;
  // What an Observe is under way for: a path, or the root and a list (IR-10).
  lwm2m::Shared<std::set<std::pair<lwm2m::Path, std::vector<lwm2m::Path>>>> observing;
  // Ended with a registration that was replaced or withdrawn: observed again after the next
  // Register (IR-5).
  lwm2m::Shared<std::vector<lwm2m::Observation>> lost_observations;
  // Observed, and to be observed again, since the CSE has lost what they brought.
  lwm2m::Shared<std::vector<lwm2m::Observation>> renewals;
  // What the device does not let itself be observed, and what it answered.
  lwm2m::Shared<std::map<lwm2m::Path, lwm2m::Code>> unobservable;
  // Of our last contentInstances in command containers.
  lwm2m::Shared<std::vector<std::string>> own_resource_ids;

  const std::string& key() const { return stored.registration->endpoint; }
};

// How it is called in oneM2M; made of its names.
mapping::EndpointNames NamesOf(const Endpoint& endpoint);

// Endpoints by their Endpoint Client Name, which only they hold.
struct EndpointKey {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  std::size_t operator()(const std::unique_ptr<Endpoint>& endpoint) const {
    return (*this)(endpoint->key());
  }
  bool operator()(const std::unique_ptr<Endpoint>& left,
                  const std::unique_ptr<Endpoint>& right) const {
    return left->key() == right->key();
  }
  bool operator()(const std::unique_ptr<Endpoint>& endpoint, std::string_view key) const {
    return endpoint->key() == key;
  }
  bool operator()(std::string_view key, const std::unique_ptr<Endpoint>& endpoint) const {
    return endpoint->key() == key;
  }
};
using EndpointSet = std::unordered_set<std::unique_ptr<Endpoint>, EndpointKey, EndpointKey>;

}  // namespace ipe

#endif  // IPE_ENDPOINT_H_
