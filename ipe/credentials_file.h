// The file of credentials that `lwm2m.credentials` names.  (docs/configuration.md)
#ifndef IPE_CREDENTIALS_FILE_H_
#define IPE_CREDENTIALS_FILE_H_

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "lwm2m/credentials.h"

namespace ipe {

// A credential and the line that its entry begins at.
struct FileCredential {
  lwm2m::Credential credential;
  int line = 0;
};

// What one reading of the file found. Moved, not copied, and wiped at its end: it holds keys.
struct CredentialsFile {
  CredentialsFile() = default;
  CredentialsFile(CredentialsFile&&) = default;
  // What was here goes into `other`, and is wiped with it.
  CredentialsFile& operator=(CredentialsFile&& other) noexcept;
  ~CredentialsFile();

  std::string path;
  std::vector<FileCredential> credentials;  // valid, one for each mode and identity
  // For the operator, one line each: readable by everybody, one key for two identities (SEC-18).
  std::vector<std::string> warnings;
};

// The error is one line with file, line, member and what is expected; never a key.
tl::expected<CredentialsFile, std::string> ReadCredentialsFile(const std::string& path);

}  // namespace ipe

#endif  // IPE_CREDENTIALS_FILE_H_
