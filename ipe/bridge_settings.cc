// Lifetime and default periods that rules give to clients, written into their Server object.
// (TS-0014 §6.7.2.2; R66; LwM2M Core 1.1.1 Appendix E.2)
#include <spdlog/spdlog.h>

#include <utility>

#include "ipe/bridge.h"
#include "ipe/log_events.h"
#include "mapping/server_settings.h"

namespace ipe {

// GEN-10: only after the Register was answered.
void Bridge::WriteSettings(const Endpoint& endpoint) {
  const auto settings =
      mapping::ServerSettingsFor(surroundings_.config.interworking.profile, endpoint.key());
  WriteNextSetting(endpoint.key(),
                   mapping::WritesOf(settings, endpoint.stored.registration->objects));
}

// One at a time, so that commands have room. What a device does not answer is written when it
// registers again.
void Bridge::WriteNextSetting(const std::string& key, std::vector<lwm2m::Operation> writes) {
  if (writes.empty()) return;
  const lwm2m::Operation write = std::move(writes.front());
  writes.erase(writes.begin());
  server_->Submit(
      key, write, lwm2m::Priority::kTelemetry, now_ + lwm2m::kDefaultLifetime, now_,
      [this, key, path = write.path, left = std::move(writes)](const lwm2m::Outcome& outcome) {
        const lwm2m::CoapResponse* const response = outcome.response();
        if (response == nullptr) {
          spdlog::info("event=setting-failed endpoint={} path={} cause={}", LogValue(key),
                       path.ToString(), lwm2m::ToString(*outcome.failure()));
          return;
        }
        if (!lwm2m::IsSuccess(response->code)) {
          spdlog::info("event=setting-refused endpoint={} path={} code={}", LogValue(key),
                       path.ToString(), lwm2m::ToString(response->code));
        }
        WriteNextSetting(key, left);
      });
}

}  // namespace ipe
