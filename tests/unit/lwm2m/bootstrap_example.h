// Accounts for tests of the Bootstrap-Server.
#ifndef TESTS_UNIT_LWM2M_BOOTSTRAP_EXAMPLE_H_
#define TESTS_UNIT_LWM2M_BOOTSTRAP_EXAMPLE_H_

#include <string>
#include <utility>

#include "lwm2m/bootstrap_account.h"

namespace lwm2m {

inline BootstrapServerEntry NoSecServer(Id short_server_id = 101,
                                        std::string uri = "coap://192.0.2.9:5683") {
  BootstrapServerEntry entry;
  entry.uri = std::move(uri);
  entry.short_server_id = short_server_id;
  entry.lifetime = Seconds(300);
  return entry;
}

inline BootstrapServerEntry PskServer(Id short_server_id = 101) {
  BootstrapServerEntry entry = NoSecServer(short_server_id, "coaps://192.0.2.9:5684");
  entry.mode = SecurityMode::kPsk;
  entry.public_key = "node-1";
  entry.secret_key = "0123456789abcdef";
  return entry;
}

inline BootstrapAccount AccountOf(BootstrapServerEntry entry) {
  BootstrapAccount account;
  account.servers.push_back(std::move(entry));
  return account;
}

}  // namespace lwm2m

#endif  // TESTS_UNIT_LWM2M_BOOTSTRAP_EXAMPLE_H_
