// Whether the certificate and key files of the devices' side can be worked with.
#ifndef IPE_CREDENTIALS_CHECK_H_
#define IPE_CREDENTIALS_CHECK_H_

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "ipe/config.h"

namespace ipe {

// Reads the files of lwm2m.tls.* and lwm2m.rpk.key, those that are named. The error is one line
// with key and file; else warnings, one line each: a certificate that has expired or is not valid
// yet, a private key that everybody may read. No line shows a part of a key.
tl::expected<std::vector<std::string>, std::string> CheckSecurityFiles(const Config::Lwm2m& lwm2m);

}  // namespace ipe

#endif  // IPE_CREDENTIALS_CHECK_H_
