#include "ipe/credentials.h"

#include <spdlog/spdlog.h>

#include <chrono>

namespace ipe {

using lwm2m::Credential;
using lwm2m::SecurityMode;

Credentials::Index Credentials::IndexOf(const CredentialsFile& file) {
  Index index;
  for (const FileCredential& entry : file.credentials) {
    index.emplace(std::pair(entry.credential.mode, std::string_view(entry.credential.identity)),
                  &entry);
  }
  return index;
}

Credentials::Change Credentials::Replace(CredentialsFile file) {
  Change change;
  Index index = IndexOf(file);
  for (const auto& [name, entry] : index) {
    const auto before = index_.find(name);
    if (before == index_.end()) {
      ++change.added;
      continue;
    }
    const Credential& old = before->second->credential;
    const bool same =
        old.endpoint == entry->credential.endpoint && old.key == entry->credential.key;
    if (!same) ++change.changed;
  }
  change.removed = index_.size() + change.added - index.size();
  // The entries stay where they are when their vector is moved, and so do the views into them.
  file_ = std::move(file);
  index_ = std::move(index);
  return change;
}

lwm2m::Result<void> Credentials::Put(const Credential& credential) {
  if (auto valid = Validate(credential); !valid) return valid;
  if (index_.contains(std::pair(credential.mode, std::string_view(credential.identity)))) {
    return tl::unexpected(lwm2m::Error{lwm2m::ErrorKind::kNotAllowed,
                                       credential.identity + " is in the file of credentials"});
  }
  const auto written = store_.Put(credential);
  if (written) return {};
  return tl::unexpected(lwm2m::Error{lwm2m::ErrorKind::kUnreachable, written.error().detail});
}

std::optional<Credential> Credentials::Find(SecurityMode mode, std::string_view identity) {
  const auto in_file = index_.find(std::pair(mode, identity));
  if (in_file != index_.end()) return in_file->second->credential;
  const auto stored = store_.FindCredential(mode, identity);
  if (!stored) {
    if (log_limiter_.Allow("store-failed", std::chrono::steady_clock::now())) {
      spdlog::error("event=store-failed cause={}", LogValue(stored.error().detail));
    }
    return std::nullopt;
  }
  return *stored;
}

}  // namespace ipe
