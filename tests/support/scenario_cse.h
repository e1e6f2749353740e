// A CSE in memory that writes down what it is asked and misbehaves when it is told to.
#ifndef TESTS_SUPPORT_SCENARIO_CSE_H_
#define TESTS_SUPPORT_SCENARIO_CSE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onem2m/cse_client.h"
#include "onem2m/types.h"

namespace tests {

// Which requests are meant. Addresses are those below the CSEBase ("dev-a/3/0/9"); of a Create it
// is the address that the new resource would have.
struct RequestPattern {
  std::optional<onem2m::Operation> operation;
  std::optional<onem2m::ResourceType> type;
  std::string address;     // with * and ?; "" : any
  std::string originator;  // "" : any
};

struct RecordedRequest {
  onem2m::Operation operation;
  std::optional<onem2m::ResourceType> type;  // of what is made or addressed; none: not there
  std::string address;
  std::string originator;
  std::string content;
};

bool Matches(const RequestPattern& pattern, const RecordedRequest& request);

// One thread. Keeps names unique among siblings, AE-IDs unique, and answers as TS-0004 §7.4 asks as
// far as the interworking uses it; independent of the codecs under test.
class ScenarioCse : public onem2m::CseClient {
 public:
  // What a request gets instead of its own answer.
  struct Rule {
    enum class Effect {
      kAnswer,
      kAnswerAfter,
      kSilentBefore,
      kSilentAfter,
      kResetsBefore,
      kResetsAfter
    };
    RequestPattern pattern;
    Effect effect = Effect::kAnswer;
    onem2m::ResponseStatusCode status = onem2m::ResponseStatusCode::kOk;
    int times = -1;  // -1: for good
  };
  struct Notification {
    std::string path;  // of the notification URL
    std::string body;
    // The CSE has waited for the answer to it; nothing when it does not.
    std::function<void()> answered = nullptr;
  };

  explicit ScenarioCse(std::function<std::int64_t()> unix_now);

  tl::expected<onem2m::ResponsePrimitive, onem2m::NoAnswer> Send(
      const onem2m::RequestPrimitive& request, std::chrono::milliseconds timeout) override;

  // Executes a request of somebody else: not recorded, no rule applies.
  onem2m::ResponsePrimitive Execute(const onem2m::RequestPrimitive& request);

  // A Retrieve of `la` by an application: `told` becomes what it is answered, at once or, where a
  // subscription wants that, once there is a contentInstance (event 5) or the subscriber has
  // answered (event 10).
  void RetrieveLatest(const std::string& container);
  // con of what it was answered, "" when there is none; nullopt: it still waits.
  const std::optional<std::string>& told() const { return told_; }

  void AddRule(Rule rule) { rules_.push_back(std::move(rule)); }
  void ClearRules() { rules_.clear(); }
  void LoseEverything();
  // What matches, and what stands below, tells nobody.
  void Lose(const std::string& pattern);
  // Every resource gets another ri; `ae_ids`: and every AE another AE-ID.
  void RenameIds(bool ae_ids);
  void BackUp() { backup_ = tree_; }
  void Restore() { tree_ = backup_; }
  // Called for each request that gets an answer, before it is executed.
  void set_pass_time(std::function<void(std::chrono::milliseconds)> pass_time) {
    pass_time_ = std::move(pass_time);
  }
  void set_takes(std::chrono::milliseconds takes) { takes_ = takes; }
  void set_down(bool down) { down_ = down; }
  void set_names_creators(bool names) { names_creators_ = names; }
  // A subscription without policy is its creator's and the administrator's.
  void set_private_subscriptions(bool they_are) { private_subscriptions_ = they_are; }
  void set_policies_override_creators(bool they_do) { policies_override_creators_ = they_do; }
  // supportedResourceType of the CSEBase, a JSON list; it has none before.
  void ListTypes(const std::string& json);
  // Creates of that type with that attribute are answered 4000.
  void RefuseAttribute(onem2m::ResourceType type, const std::string& attribute) {
    refused_attributes_.emplace(type, attribute);
  }

  // Creates of that type are answered 5001, as by a CSE that has never heard of it.
  void Lack(onem2m::ResourceType type) { lacking_types_.insert(type); }
  // Updates with that attribute are answered 4000.
  void RefuseUpdate(const std::string& attribute) { refused_updates_.insert(attribute); }
  // Reboot and factory reset are false again before anybody is told.
  void set_takes_actions_back(bool it_does) { takes_actions_back_ = it_does; }
  void set_lists_nothing(bool it_does) { lists_nothing_ = it_does; }

  bool Has(const std::string& address) const;
  // "m2m:fwr", "" when nothing is there.
  std::string RootAt(const std::string& address) const;
  // Raw JSON of an attribute, "" when it is not there.
  std::string Attribute(const std::string& address, const std::string& name) const;
  // con of the contentInstances of a container, or those of a timeSeries, oldest first.
  std::vector<std::string> ContentsOf(const std::string& container) const;
  // What a notification about that resource says.
  std::string NotificationAbout(const std::string& address, const std::string& subscription,
                                int event = 3) const;
  // From now on subscriptions to that event are answered 4000.
  void RefuseEvent(int event) { refused_events_.insert(event); }

  std::vector<RecordedRequest> requests;
  std::deque<Notification> notifications;  // made and not sent yet

 private:
  struct Stored {
    onem2m::ResourceType type = onem2m::ResourceType::kContainer;
    std::string root;  // "m2m:cnt"
    std::string id;
    std::string parent_id;
    std::uint64_t order = 0;
    std::string made_by;
    std::map<std::string, std::string> attributes;  // short name → JSON
  };
  using Tree = std::map<std::string, Stored>;  // by address

  std::string AddressOf(std::string_view to) const;
  RecordedRequest Describe(const onem2m::RequestPrimitive& request) const;
  onem2m::ResponsePrimitive Create(const onem2m::RequestPrimitive& request);
  onem2m::ResponsePrimitive Retrieve(const onem2m::RequestPrimitive& request) const;
  onem2m::ResponsePrimitive Update(const onem2m::RequestPrimitive& request);
  onem2m::ResponsePrimitive Delete(const onem2m::RequestPrimitive& request);
  std::string Discover(const std::string& address, const std::string& originator,
                       const std::map<std::string, std::string>& parameters) const;
  bool IsHidden(const Stored& resource, const std::string& originator) const;
  bool MayAccess(const std::string& address, const std::string& originator, int operation) const;
  std::vector<const Tree::value_type*> ChildrenOf(const std::string& address) const;
  std::string Represent(const Stored& resource, bool with_instances,
                        const std::string& address) const;
  onem2m::ResponsePrimitive Respond(onem2m::ResponseStatusCode status,
                                    std::string content = "") const;
  void Notify(const std::string& container, const std::string& child, int event);
  void NotifyUpdate(const Tree::value_type& resource,
                    const std::map<std::string, std::string>& changed, int event);
  void NotifyEnd(const Stored& subscription);
  void Send(const Stored& subscription, const std::string& members);
  // Subscriptions in a container to an event and a type of child.
  std::vector<const Tree::value_type*> SubscriptionsTo(const std::string& container, int event,
                                                       int type) const;
  void NotifyOfRetrieve(const Tree::value_type& subscription, int event, std::string about,
                        std::function<void()> answered);

  const std::function<std::int64_t()> unix_now_;
  Tree tree_;
  Tree backup_;
  std::function<void(std::chrono::milliseconds)> pass_time_;
  std::chrono::milliseconds takes_{0};
  std::vector<Rule> rules_;
  std::set<std::pair<onem2m::ResourceType, std::string>> refused_attributes_;
  std::set<onem2m::ResourceType> lacking_types_;
  std::set<int> refused_events_;
  std::set<std::string> refused_updates_;
  std::optional<std::string> told_;
  std::string awaited_;  // the container whose first contentInstance an application waits for
  std::uint64_t made_ = 0;
  bool takes_actions_back_ = false;
  bool lists_nothing_ = false;  // a discovery is cut short
  bool down_ = false;
  bool names_creators_ = true;
  bool private_subscriptions_ = false;
  bool policies_override_creators_ = false;
};

}  // namespace tests

#endif  // TESTS_SUPPORT_SCENARIO_CSE_H_
