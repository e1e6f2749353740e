#include "ipe/credentials_keys.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "lwm2m/coap/certificate.h"
#include "lwm2m/value.h"

namespace ipe {
namespace {

constexpr std::uintmax_t kLargestFile = std::uintmax_t{64} << 20;
constexpr std::size_t kLongestKey = 64;  // octets (SEC-7)
constexpr std::size_t kGeneratedKey = 16;
constexpr std::string_view kBlanks = " \t\r\n";

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(unsigned char* octets) const { OPENSSL_free(octets); }
  void operator()(char* text) const { OPENSSL_free(text); }
};

std::optional<unsigned> DigitOf(char character) {
  if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
  if (character >= 'a' && character <= 'f') return static_cast<unsigned>(character - 'a' + 10);
  if (character >= 'A' && character <= 'F') return static_cast<unsigned>(character - 'A' + 10);
  return std::nullopt;
}

std::string HexOf(const unsigned char* octets, std::size_t count) {
  std::string text;
  text.reserve(2 * count);  // so that no copy of a key is left behind by growing
  for (std::size_t i = 0; i < count; ++i)
    fmt::format_to(std::back_inserter(text), "{:02x}", octets[i]);
  return text;
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Its octets as they are, since it is their hash that counts.
KeyResult<std::string> PublicKeyOfPem(const std::string& pem) {
  const std::unique_ptr<BIO, Free> input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* octets = nullptr;
  long size = 0;
  const int read = PEM_read_bio(input.get(), &name, &header, &octets, &size);
  ERR_clear_error();
  if (read != 1) return tl::unexpected(std::string("no PEM block"));
  const std::unique_ptr<char, Free> keep_name(name);
  const std::unique_ptr<char, Free> keep_header(header);
  const std::unique_ptr<unsigned char, Free> keep_octets(octets);
  if (std::strcmp(name, PEM_STRING_PUBLIC) != 0) {
    OPENSSL_cleanse(octets, static_cast<std::size_t>(size));
    return tl::unexpected(fmt::format("PEM block {} where PUBLIC KEY is expected", name));
  }
  return std::string(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
}

}  // namespace

void Wipe(std::string& secret) {
  secret.resize(secret.capacity());
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

KeyResult<std::string> ReadWholeFile(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) return tl::unexpected(error.message());
  if (std::filesystem::is_directory(status)) return tl::unexpected(std::string("is a directory"));
  const auto size = std::filesystem::file_size(path, error);
  if (error) return tl::unexpected(error.message());
  if (size > kLargestFile) return tl::unexpected(std::string("larger than 64 MiB"));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected(std::generic_category().message(errno));
  std::string content(size, '\0');
  file.read(content.data(), static_cast<std::streamsize>(size));
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return tl::unexpected(std::generic_category().message(errno));
  return content;
}

std::string BesideFile(const std::string& naming_file, const std::string& path) {
  return (std::filesystem::path(naming_file).parent_path() / path).string();
}

bool IsReadableByOthers(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

KeyResult<std::string> ParsePresharedKey(std::string_view text) {
  text = Trimmed(text);
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  const bool too_long = text.size() > 2 * kLongestKey;
  if (text.empty() || text.size() % 2 != 0 || too_long) {
    return tl::unexpected(std::string("2 to 128 hex digits, an even number of them"));
  }
  std::string key;
  key.reserve(kLongestKey);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = DigitOf(text[i]);
    const auto low = DigitOf(text[i + 1]);
    if (!high || !low) {
      Wipe(key);
      return tl::unexpected(std::string("hex digits only"));
    }
    key.push_back(static_cast<char>(*high << 4 | *low));
  }
  return key;
}

KeyResult<std::string> ReadPresharedKeyFile(const std::string& path) {
  auto content = ReadWholeFile(path);
  if (!content) return content;
  auto key = ParsePresharedKey(*content);
  Wipe(*content);
  return key;
}

std::string GeneratePresharedKey() {
  std::array<unsigned char, kGeneratedKey> octets{};
  // Without a random source there is no key worth having: our invariant, so it ends the process.
  if (RAND_priv_bytes(octets.data(), static_cast<int>(octets.size())) != 1) {
    throw std::runtime_error("no random numbers from OpenSSL");
  }
  std::string text = HexOf(octets.data(), octets.size());
  OPENSSL_cleanse(octets.data(), octets.size());
  return text;
}

KeyResult<std::string> PublicKeyIdentity(const std::string& text, const std::string& naming_file) {
  const std::string trimmed(Trimmed(text));
  if (const auto der = lwm2m::DecodeBase64(trimmed)) {
    if (auto identity = lwm2m::IdentityOfPublicKey(*der)) return *std::move(identity);
  }
  const bool inlined = trimmed.find("-----BEGIN") != std::string::npos;
  auto pem =
      inlined ? KeyResult<std::string>(trimmed) : ReadWholeFile(BesideFile(naming_file, trimmed));
  if (!pem) {
    return tl::unexpected(fmt::format(
        "neither a SubjectPublicKeyInfo in base64 nor a readable file ({})", pem.error()));
  }
  const auto der = PublicKeyOfPem(*pem);
  Wipe(*pem);  // it may have been a private key by mistake
  if (!der) return tl::unexpected(der.error());
  auto identity = lwm2m::IdentityOfPublicKey(*der);
  if (!identity) return tl::unexpected(std::string("damaged public key"));
  return *std::move(identity);
}

}  // namespace ipe
