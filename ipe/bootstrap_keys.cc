#include "ipe/bootstrap_keys.h"

#include <fmt/format.h>

#include <cctype>
#include <string_view>

#include "lwm2m/value.h"

namespace ipe {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";

tl::unexpected<std::string> NoBlock(const std::string& block) {
  const char* const kind = block == "PRIVATE KEY" ? ", which is PKCS #8," : "";
  return tl::unexpected(fmt::format("a PEM file with {}{} or DER", block, kind));
}

// RFC 7468 §2: what stands between the two lines is base64 and line ends.
KeyResult<std::string> DerOfPem(std::string_view pem, const std::string& block) {
  pem.remove_prefix(pem.find(kBegin) + kBegin.size());
  if (!pem.starts_with(block + std::string(kDashes))) return NoBlock(block);
  pem.remove_prefix(block.size() + kDashes.size());
  const std::size_t end = pem.find("-----END ");
  if (end == std::string_view::npos) return NoBlock(block);
  std::string base64;
  base64.reserve(end);
  for (const char character : pem.substr(0, end)) {
    if (std::isspace(static_cast<unsigned char>(character)) == 0) base64.push_back(character);
  }
  auto der = lwm2m::DecodeBase64(base64);
  Wipe(base64);
  if (!der || der->empty()) return NoBlock(block);
  return *std::move(der);
}

}  // namespace

KeyResult<std::string> ReadDer(const std::string& path, const std::string& block) {
  constexpr char kSequence = 0x30;
  auto content = ReadWholeFile(path);
  if (!content) return tl::unexpected(fmt::format("a readable file ({})", content.error()));
  if (content->find(kBegin) == std::string::npos) {
    if (content->empty() || content->front() != kSequence) {
      Wipe(*content);
      return NoBlock(block);
    }
    return content;
  }
  auto der = DerOfPem(*content, block);
  Wipe(*content);
  return der;
}

}  // namespace ipe
