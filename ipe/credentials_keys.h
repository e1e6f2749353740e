// Keys of devices as texts and files: pre-shared keys in hex, public keys in PEM or base64.
#ifndef IPE_CREDENTIALS_KEYS_H_
#define IPE_CREDENTIALS_KEYS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace ipe {

// No error of these functions shows a key or a part of one.
template <typename T>
using KeyResult = tl::expected<T, std::string>;

// Overwrites the octets of a secret, also what lies in its unused capacity, and empties it.
void Wipe(std::string& secret);

// At most 64 MiB of a regular file, for a person may name anything; the error is the system's.
KeyResult<std::string> ReadWholeFile(const std::string& path);
// `path` as seen from the directory of the file that names it.
std::string BesideFile(const std::string& naming_file, const std::string& path);
// Everybody on this machine may read it.
bool IsReadableByOthers(const std::string& path);

// A pre-shared key (SEC-7): an even number of hex digits, upper or lower case, with or without 0x
// before and white space around it; 1 … 64 octets.
KeyResult<std::string> ParsePresharedKey(std::string_view text);
KeyResult<std::string> ReadPresharedKeyFile(const std::string& path);
// 16 octets from the system's random source, as hex digits.
std::string GeneratePresharedKey();

// lwm2m::Credential::identity of a raw public key: the SHA-256 of its SubjectPublicKeyInfo in
// lower-case hex (SEC-9). `text` is that structure in base64, a PEM block ("PUBLIC KEY"), or the
// name of a file with one, seen from the directory of `naming_file` ("" : as it is).
KeyResult<std::string> PublicKeyIdentity(const std::string& text, const std::string& naming_file);

}  // namespace ipe

#endif  // IPE_CREDENTIALS_KEYS_H_
