// The credentials in the state directory as `ipe credentials` changes them.
#ifndef IPE_STORE_CREDENTIALS_H_
#define IPE_STORE_CREDENTIALS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipe/store.h"
#include "ipe/store_sqlite.h"
#include "lwm2m/credentials.h"

namespace ipe {

// One thread only. A connection of its own to the database of a state directory, beside the service
// that may be running on it: what is committed here is what Store::FindCredential sees next.
class CredentialTable {
 public:
  // Makes directory and database when they are missing. Not for "memory".
  static StoreResult<CredentialTable> Open(const std::string& directory);

  // False: there is one of that mode and identity, and `replace` was not wanted; nothing changed.
  // The credential is valid.
  StoreResult<bool> Put(const lwm2m::Credential& credential, bool replace);
  // False: there is none.
  StoreResult<bool> Remove(lwm2m::SecurityMode mode, std::string_view identity);
  // By mode and identity, without keys.
  StoreResult<std::vector<lwm2m::Credential>> All();

 private:
  explicit CredentialTable(sqlite::Connection database) : database_(std::move(database)) {}
  sqlite::Connection database_;
};

}  // namespace ipe

#endif  // IPE_STORE_CREDENTIALS_H_
