// What one client is to be configured with by a bootstrap.  (LwM2M Core 1.1.1 §6.1, Appendix E)
#ifndef LWM2M_BOOTSTRAP_ACCOUNT_H_
#define LWM2M_BOOTSTRAP_ACCOUNT_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/credentials.h"
#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/registration.h"
#include "lwm2m/value.h"

namespace lwm2m {

// One LwM2M Server that the client is to register with: an instance of object 0 and one of object 1
// with the same Short Server ID (BS-13). A value; holds keys, so it is never printed.
struct BootstrapServerEntry {
  std::string uri;         // /0/x/0: coap://host[:port], coaps://, coap+tcp://, …
  Id short_server_id = 1;  // 1 … 65534 (BS-14)
  SecurityMode mode = SecurityMode::kNoSec;  // /0/x/2
  std::string public_key;         // /0/x/3: PSK identity; SubjectPublicKeyInfo or certificate, DER
  std::string server_public_key;  // /0/x/4: the same of the server; "" with a PSK
  std::string secret_key;         // /0/x/5: PSK; private key, PKCS #8 DER
  Seconds lifetime = kDefaultLifetime;       // /1/y/1; 0: unlimited
  std::string binding = "U";                 // /1/y/7
  bool store_notifications = true;           // /1/y/6
  std::map<Id, Value> security_resources;    // further resources of /0/x
  std::map<Id, Value> server_resources;      // further resources of /1/y
  std::optional<Id> security_instance = {};  // x; absent: one that is free
  std::optional<Id> server_instance = {};    // y; absent: one that is free
};

// One instance of object 2.  (Core 1.1.1 §8)
struct BootstrapAccessControl {
  Id object = 0;
  Id instance = 0;                // kMaxId: who may create instances of the object
  Id owner = kMaxId;              // a Short Server ID; kMaxId: only bootstrap changes it
  std::map<Id, unsigned> rights;  // by Short Server ID, 0 for all others: R1 W2 E4 D8 C16
};

struct BootstrapAccount {
  std::vector<BootstrapServerEntry> servers;
  std::vector<BootstrapAccessControl> access_control;
  std::vector<Record> values;                      // of other objects, depth 3 or 4
  std::vector<Path> deletes = {Path(0), Path(1)};  // before anything is written; depth 0 … 2
  std::vector<Path> reads;                         // before the Finish, into the report (BS-8)
  bool discover = true;                            // look at the client first (BS-7)
  // Keys may travel to a client without security, where everybody reads them.
  bool keys_in_clear = false;
};

// BS-13, BS-14 and what a client would refuse: the detail begins with the member and a colon,
// "servers[0].uri: …", and never has a key in it.
Result<void> Validate(const BootstrapAccount& account, const ObjectModel& model);

// False when it has keys, which a client without security would be given in the clear, and does not
// say that they may travel so.
bool MayTravel(const BootstrapAccount& account, bool secure);

// The resources of /0/x, /1/y and /2/z.
std::vector<Record> SecurityRecords(const BootstrapServerEntry& entry, Id instance);
std::vector<Record> ServerRecords(const BootstrapServerEntry& entry, Id instance);
std::vector<Record> AccessControlRecords(const BootstrapAccessControl& entry, Id instance);

// Where accounts come from. Loop thread only.
class BootstrapAccounts {
 public:
  virtual ~BootstrapAccounts() = default;
  // The account of a client, which Validate() has passed. `secure`: the client is in a security
  // context. kNotFound: no such client; kNotAllowed: MayTravel() says no, and no key was made;
  // kInvalidValue: there is one that cannot be used now, the detail says why.
  virtual Result<BootstrapAccount> Find(std::string_view endpoint, bool secure) = 0;
};

}  // namespace lwm2m

#endif  // LWM2M_BOOTSTRAP_ACCOUNT_H_
