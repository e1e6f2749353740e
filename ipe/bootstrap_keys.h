// Keys and certificates that a bootstrap gives to clients, from PEM or DER files.
#ifndef IPE_BOOTSTRAP_KEYS_H_
#define IPE_BOOTSTRAP_KEYS_H_

#include <string>

#include "ipe/credentials_keys.h"

namespace ipe {

// The DER octets of a file: of its first PEM block, which must have the label `block`
// ("CERTIFICATE", "PUBLIC KEY", "PRIVATE KEY"), or all of it.
KeyResult<std::string> ReadDer(const std::string& path, const std::string& block);

}  // namespace ipe

#endif  // IPE_BOOTSTRAP_KEYS_H_
