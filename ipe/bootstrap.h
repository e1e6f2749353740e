// The Bootstrap-Server as part of the service: its accounts, what an operator asks for, what he
// sees.
#ifndef IPE_BOOTSTRAP_H_
#define IPE_BOOTSTRAP_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "ipe/admin/admin_server.h"
#include "ipe/bootstrap_accounts.h"
#include "ipe/metrics.h"
#include "lwm2m/bootstrap.h"
#include "lwm2m/credentials.h"
#include "lwm2m/object_model.h"
#include "lwm2m/server.h"
#include "lwm2m/transport.h"

namespace ipe {

// Loop thread only. What it is made from outlives it.
class Bootstrap {
 public:
  struct Surroundings {
    const lwm2m::ObjectModel& model;
    lwm2m::CredentialSource& credentials;
    std::function<bool(const lwm2m::Credential&)> keep_credential;  // false: not stored
    lwm2m::Transport& transport;
    lwm2m::Server& server;  // of the registered clients
    std::function<std::string(std::size_t)> random_octets;
  };
  explicit Bootstrap(const Surroundings& surroundings);

  // Takes the accounts of a file in place of those it has; before the first no client has one.
  void Replace(BootstrapFile file) { accounts_.Replace(std::move(file)); }
  std::size_t account_count() const { return accounts_.size(); }

  lwm2m::MessageHandler& handler() { return server_; }
  lwm2m::TimePoint Tick(lwm2m::TimePoint now) { return server_.Tick(now); }

  // Server-initiated bootstrap (BS-2, REG-20): a registered client from LwM2M 1.1 on is told to ask
  // for it with Execute /1/x/9, when it is awake; any other is sent the first command where it
  // spoke to the Bootstrap-Server last.
  BootstrapAnswer Start(const std::string& endpoint, lwm2m::TimePoint now);

  // The last run of each client as a JSON array; no keys.
  std::string Runs(lwm2m::TimePoint now) const;
  void UpdateGauges(Metrics& metrics) const;

 private:
  lwm2m::Server& registered_;
  BootstrapAccountTable accounts_;
  lwm2m::BootstrapServer server_;
};

}  // namespace ipe

#endif  // IPE_BOOTSTRAP_H_
