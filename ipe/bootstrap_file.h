// The file of bootstrap accounts that `lwm2m.bootstrap.accounts` names.  (docs/bootstrap.md)
#ifndef IPE_BOOTSTRAP_FILE_H_
#define IPE_BOOTSTRAP_FILE_H_

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "lwm2m/bootstrap_account.h"
#include "lwm2m/object_model.h"

namespace ipe {

// Where the pre-shared key of one server of an account comes from.
enum class KeySource {
  kGiven,     // it is in the file, or there is none
  kStored,    // from the credentials of the endpoint (BS-12)
  kGenerate,  // likewise; made and stored when there is none
};

// What the clients of one pattern are given. "{endpoint}" in URIs and PSK identities stands for the
// Endpoint Client Name. Moved, not copied, and wiped at its end: it holds keys.
struct BootstrapTemplate {
  BootstrapTemplate() = default;
  BootstrapTemplate(BootstrapTemplate&&) = default;
  BootstrapTemplate& operator=(BootstrapTemplate&&) = default;
  ~BootstrapTemplate();

  std::string endpoint;  // Endpoint Client Name; a trailing '*' stands for any rest
  lwm2m::BootstrapAccount account;
  std::vector<KeySource> key_sources;  // one for each server
  int line = 0;                        // that it begins at
};

struct BootstrapFile {
  std::vector<BootstrapTemplate> templates;  // in the order of the file; the first that fits counts
  std::vector<std::string> warnings;         // for the operator, one line each
};

// Every template is consistent (BS-13, BS-14) for an endpoint of its pattern. The error is one line
// with file, line, member and what is expected; never a key.
tl::expected<BootstrapFile, std::string> ReadBootstrapFile(const std::string& path,
                                                           const lwm2m::ObjectModel& model);

// `text` with every "{endpoint}" replaced.
std::string FillIn(const std::string& text, const std::string& endpoint);

}  // namespace ipe

#endif  // IPE_BOOTSTRAP_FILE_H_
