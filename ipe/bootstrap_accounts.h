// The bootstrap accounts of the file, filled in for one client at a time.
#ifndef IPE_BOOTSTRAP_ACCOUNTS_H_
#define IPE_BOOTSTRAP_ACCOUNTS_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ipe/bootstrap_file.h"
#include "lwm2m/bootstrap_account.h"
#include "lwm2m/credentials.h"
#include "lwm2m/object_model.h"

namespace ipe {

// Loop thread only. Borrows the model and the credentials.
class BootstrapAccountTable : public lwm2m::BootstrapAccounts {
 public:
  // `keep` stores a pre-shared key that was made for an endpoint (BS-12); false: it could not.
  BootstrapAccountTable(const lwm2m::ObjectModel& model, lwm2m::CredentialSource& credentials,
                        std::function<bool(const lwm2m::Credential&)> keep)
      : model_(model), credentials_(credentials), keep_(std::move(keep)) {}

  // Takes another file in place of the one it has; before the first there are no accounts.
  void Replace(BootstrapFile file) { file_ = std::move(file); }

  // The first template of the file that fits. kInvalidValue: its key is not known, or it is not
  // consistent for this endpoint.
  lwm2m::Result<lwm2m::BootstrapAccount> Find(std::string_view endpoint, bool secure) override;

  std::size_t size() const { return file_.templates.size(); }

 private:
  lwm2m::Result<std::string> KeyOf(const lwm2m::BootstrapServerEntry& entry, KeySource source,
                                   const std::string& endpoint);

  const lwm2m::ObjectModel& model_;
  lwm2m::CredentialSource& credentials_;
  const std::function<bool(const lwm2m::Credential&)> keep_;
  BootstrapFile file_;
};

}  // namespace ipe

#endif  // IPE_BOOTSTRAP_ACCOUNTS_H_
