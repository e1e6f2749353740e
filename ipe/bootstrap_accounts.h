// The bootstrap accounts of the file, filled in for one client at a time.
#ifndef IPE_BOOTSTRAP_ACCOUNTS_H_
#define IPE_BOOTSTRAP_ACCOUNTS_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "ipe/bootstrap_file.h"
#include "lwm2m/bootstrap_account.h"
#include "lwm2m/credentials.h"
#include "lwm2m/object_model.h"

namespace ipe {

// Loop thread only. Borrows the model and the credentials.
class BootstrapAccountTable : public lwm2m::BootstrapAccounts {
 public:
  // `keep` stores a pre-shared key that was made for an endpoint (BS-12); false: it could not.
  BootstrapAccountTable(std::string path, const lwm2m::ObjectModel& model,
                        lwm2m::CredentialSource& credentials,
                        std::function<bool(const lwm2m::Credential&)> keep)
      : path_(std::move(path)), model_(model), credentials_(credentials), keep_(std::move(keep)) {}

  // Reads the file again; after an error, one line for the operator, everything stays as it was.
  // Warnings are logged. Without a file there are no accounts.
  tl::expected<void, std::string> Reload();

  // The first template of the file that fits. kInvalidValue: its key is not known, or it is not
  // consistent for this endpoint.
  lwm2m::Result<lwm2m::BootstrapAccount> Find(std::string_view endpoint, bool secure) override;

  std::size_t size() const { return file_.templates.size(); }

 private:
  lwm2m::Result<std::string> KeyOf(const lwm2m::BootstrapServerEntry& entry, KeySource source,
                                   const std::string& endpoint);

  const std::string path_;  // "": none
  const lwm2m::ObjectModel& model_;
  lwm2m::CredentialSource& credentials_;
  const std::function<bool(const lwm2m::Credential&)> keep_;
  BootstrapFile file_;
};

}  // namespace ipe

#endif  // IPE_BOOTSTRAP_ACCOUNTS_H_
