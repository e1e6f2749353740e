// The credentials of the running service: those of the file, then those of the store.
#ifndef IPE_CREDENTIALS_H_
#define IPE_CREDENTIALS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "ipe/credentials_file.h"
#include "ipe/log_events.h"
#include "ipe/store.h"
#include "lwm2m/credentials.h"

namespace ipe {

// Loop thread only. The store is asked anew each time, with one SELECT by key, so that what
// `ipe credentials` does counts at the next handshake or Register. Borrows the store.
class Credentials : public lwm2m::CredentialSource {
 public:
  explicit Credentials(Store& store) : store_(store) {}

  // Takes another file in place of the one it has; what it had more, other and less than before.
  struct Change {
    std::size_t added = 0, changed = 0, removed = 0;
  };
  Change Replace(CredentialsFile file);

  // A store that cannot be read knows nobody; logged once a minute.
  std::optional<lwm2m::Credential> Find(lwm2m::SecurityMode mode,
                                        std::string_view identity) override;

  // Puts one into the store, in place of that of the same mode and identity. kNotAllowed: the file
  // has that identity, and would win; kUnreachable: the store cannot be written.
  lwm2m::Result<void> Put(const lwm2m::Credential& credential);

  std::size_t in_file() const { return file_.credentials.size(); }

 private:
  // Mode and identity → the entry; views into `file_`.
  using Index = std::map<std::pair<lwm2m::SecurityMode, std::string_view>, const FileCredential*>;
  static Index IndexOf(const CredentialsFile& file);

  Store& store_;
  CredentialsFile file_;
  Index index_;
  LogLimiter log_limiter_;
};

}  // namespace ipe

#endif  // IPE_CREDENTIALS_H_
