#include "ipe/bootstrap_accounts.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/credentials_keys.h"
#include "ipe/log_events.h"

namespace ipe {
namespace {

bool Fits(std::string_view pattern, std::string_view endpoint) {
  if (pattern.back() != '*') return pattern == endpoint;
  pattern.remove_suffix(1);
  return endpoint.starts_with(pattern);
}

}  // namespace

lwm2m::Result<lwm2m::BootstrapAccount> BootstrapAccountTable::Find(std::string_view endpoint,
                                                                   bool secure) {
  const auto found = std::find_if(
      file_.templates.begin(), file_.templates.end(),
      [&](const BootstrapTemplate& candidate) { return Fits(candidate.endpoint, endpoint); });
  if (found == file_.templates.end()) {
    return tl::unexpected(lwm2m::Error{lwm2m::ErrorKind::kNotFound, "no account for the endpoint"});
  }
  if (!MayTravel(found->account, secure)) {
    return tl::unexpected(
        lwm2m::Error{lwm2m::ErrorKind::kNotAllowed,
                     "the account has keys and the client no security; see keys_in_clear"});
  }
  const std::string name(endpoint);
  lwm2m::BootstrapAccount account = found->account;
  for (std::size_t i = 0; i < account.servers.size(); ++i) {
    lwm2m::BootstrapServerEntry& entry = account.servers[i];
    entry.uri = FillIn(entry.uri, name);
    if (entry.mode != lwm2m::SecurityMode::kPsk) continue;
    entry.public_key = FillIn(entry.public_key, name);
    if (found->key_sources[i] == KeySource::kGiven) continue;
    auto key = KeyOf(entry, found->key_sources[i], name);
    if (!key) return tl::unexpected(std::move(key).error());
    entry.secret_key = *std::move(key);
  }
  if (auto valid = Validate(account, model_); !valid) return tl::unexpected(valid.error());
  return account;
}

lwm2m::Result<std::string> BootstrapAccountTable::KeyOf(const lwm2m::BootstrapServerEntry& entry,
                                                        KeySource source,
                                                        const std::string& endpoint) {
  using lwm2m::Credential;
  const auto known = credentials_.Find(lwm2m::SecurityMode::kPsk, entry.public_key);
  if (known && Covers(*known, endpoint)) return known->key;
  // SEC-8: with somebody else's key the client could not register anyway.
  if (known) return lwm2m::InvalidValue("the credential of the identity is for another endpoint");
  if (source != KeySource::kGenerate) {
    return lwm2m::InvalidValue("no credential of the identity; see ipe credentials add");
  }
  std::string text = GeneratePresharedKey();
  auto key = ParsePresharedKey(text);
  Wipe(text);
  if (!key) return lwm2m::InvalidValue("key: " + key.error());
  const Credential credential{lwm2m::SecurityMode::kPsk, entry.public_key, endpoint, *key};
  if (auto valid = Validate(credential); !valid) return tl::unexpected(valid.error());
  if (!keep_(credential)) return lwm2m::InvalidValue("a generated key could not be stored");
  spdlog::info("event=bootstrap-key-generated ep={} identity={}", LogValue(endpoint),
               LogValue(credential.identity));
  return *std::move(key);
}

}  // namespace ipe
