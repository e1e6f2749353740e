// Administration of the IPE in the CSE.  (TS-0014 §6.7; R65–R69)
#include <utility>

#include "ipe/bridge.h"

namespace ipe {

const Endpoint* Bridge::EndpointOf(std::string_view endpoint) const {
  const auto found = endpoints_.find(endpoint);
  return found == endpoints_.end() ? nullptr : found->get();
}

void Bridge::OnConfigured(const Config& before) {
  OnConfigurationChanged(before, /*definitions_changed=*/false);
}

void Bridge::OnAdministrationSetUp(const AdministrationSetup& setup, bool anew) {
  if (!setup.made) return;
  OnSubscribed("", {setup.subscribed});
  // What waits in the outbox is newer than what the CSE has.
  if (anew || !configuration_shown_) configuration_shown_ = setup.configuration;
  ShowConfiguration();
}

// The newest contentInstance of `configuration` is what counts.
void Bridge::ShowConfiguration() {
  if (!administration_.enabled() || !configuration_shown_) return;
  std::string configuration = administration_.Configuration();
  if (configuration == *configuration_shown_) return;
  onem2m::ContentInstance instance;
  instance.content = configuration;
  instance.content_info = "application/json:0";
  configuration_shown_ = std::move(configuration);
  AppendRows(self_,
             {RowOf("", std::string(mapping::kConfiguration), std::move(instance),
                    OutboxRow::Kind::kOutcome)},
             std::nullopt, true);
}

}  // namespace ipe
