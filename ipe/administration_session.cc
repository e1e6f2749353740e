#include "ipe/administration_session.h"

#include <spdlog/spdlog.h>

#include "ipe/log_events.h"
#include "ipe/subscribing.h"
#include "mapping/administration.h"
#include "onem2m/codec/json.h"

namespace ipe {
namespace {

template <typename T>
std::optional<T> Representation(const Answer& answer) {
  if (!answer || !IsSuccess(answer->status)) return std::nullopt;
  auto resource = onem2m::DecodeResource(answer->content);
  if (!resource || !std::holds_alternative<T>(*resource)) return std::nullopt;
  return std::get<T>(*std::move(resource));
}

void Report(const Answer& answer, const std::string& what) {
  spdlog::warn(
      "event=administration-unavailable cause={} effect=\"nothing can be changed in the CSE\"",
      LogValue(Describe(what, answer)));
}

// Its resource id; "" : it is not there as it must be.
std::string MakePolicy(CseRequests& requests, const std::string& parent, const std::string& ae_id,
                       const std::vector<std::string>& administrators) {
  const auto policy = mapping::BuildAdministrationPolicy(administrators, ae_id);
  Answer answer = requests.Create(parent, ae_id, policy);
  if (answer && IsSuccess(answer->status)) return ResourceIdOf(answer);
  if (Exists(answer)) {
    const std::string address = parent + "/" + policy.resource_name;
    answer = requests.Update(address, ae_id, policy);
    if (answer && IsSuccess(answer->status)) {
      answer = requests.Retrieve(address, ae_id);
      const auto found = Representation<onem2m::AccessControlPolicy>(answer);
      if (found) return found->resource_id;
    }
  }
  Report(answer, "CREATE <accessControlPolicy>");
  return "";
}

// Of `administration` the resource id, when it was made just now.
bool MakeContainer(CseRequests& requests, const std::string& parent, const std::string& ae_id,
                   std::string_view name, const std::string& policy_id, std::string& made_id) {
  onem2m::Container container;
  container.resource_name = std::string(name);
  container.access_control_policy_ids = {policy_id};
  onem2m::Container link = container;
  link.resource_name.clear();
  container.labels = {"Iwked-Technology:LWM2M"};
  Answer answer = requests.Create(parent, ae_id, container);
  if (answer && IsSuccess(answer->status)) {
    made_id = ResourceIdOf(answer);
    return true;
  }
  // Of an earlier run: its policy may have been made anew since.
  if (Exists(answer)) answer = requests.Update(parent + "/" + container.resource_name, ae_id, link);
  if (answer && IsSuccess(answer->status)) return true;
  Report(answer, "CREATE <container> " + container.resource_name);
  return false;
}

}  // namespace

AdministrationSetup SetUpAdministration(CseRequests& requests, const std::string& parent,
                                        const std::string& ae_id,
                                        const std::vector<std::string>& administrators,
                                        const std::string& notify_url) {
  AdministrationSetup setup;
  const std::string policy_id = MakePolicy(requests, parent, ae_id, administrators);
  if (policy_id.empty()) return setup;
  std::string configuration_id;
  setup.subscribed.place = {mapping::Purpose::kCommands, std::string(mapping::kAdministration)};
  if (!MakeContainer(requests, parent, ae_id, mapping::kConfiguration, policy_id,
                     configuration_id) ||
      !MakeContainer(requests, parent, ae_id, mapping::kAdministration, policy_id,
                     setup.subscribed.parent_id)) {
    return setup;
  }
  setup.made = true;
  if (configuration_id.empty()) {
    const auto newest = Representation<onem2m::ContentInstance>(
        requests.Retrieve(parent + "/" + std::string(mapping::kConfiguration) + "/la", ae_id));
    if (newest) setup.configuration = newest->content;
  }
  mapping::Context context;
  context.notify_url = notify_url;
  const SubscribeResult made = MakeSubscription(
      requests, parent + "/" + setup.subscribed.place.parent,
      mapping::OwnSubscription(mapping::Purpose::kCommands, context, ""),
      [&](const std::function<Answer(const std::string&)>& request) { return request(ae_id); });
  setup.subscribed.subscription_id = made.subscription_id;
  if (made.end != SubscribeEnd::kMade) Report(made.answer, "CREATE <subscription>");
  return setup;
}

}  // namespace ipe
