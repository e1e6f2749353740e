// The configuration while the service runs: what file, environment and flags say, and what an
// administrator set in the CSE on top of it.
#ifndef IPE_LIVE_CONFIGURATION_H_
#define IPE_LIVE_CONFIGURATION_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ipe/config.h"
#include "ipe/reload.h"
#include "ipe/store.h"
#include "onem2m/error.h"

namespace ipe {

// Loop thread only. What an administrator set is kept in the store and counts after a restart as
// long as file, environment and flags say of that key what they said then; once they say something
// else, they win and the setting is dropped. (TS-0014 §6.7; R65, R66)
class LiveConfiguration {
 public:
  // Both outlive it. `current` is what the service works with; it says what was configured.
  LiveConfiguration(Config& current, Store& store);

  // Takes the settings of earlier runs into `current`; before anybody works with that.
  StoreResult<void> Load();

  // What was read again from file, environment and flags.
  ConfigChanges Reload(const Config& configured);
  // All of it or nothing. `set`: key → JSON. The error names key, what was found and expected.
  onem2m::Result<ConfigChanges> Change(const std::map<std::string, std::string>& set,
                                       const std::vector<std::string>& unset);

  // Every key that may change, with its value and where that comes from; no secrets.
  std::string ToJson() const;
  // Once more into a store that has lost it.
  void PutSettings();

 private:
  using Settings = std::map<std::string, StoredSetting>;  // by key

  bool Stands(const StoredSetting& setting) const;
  void Drop(const StoredSetting& setting, std::string_view cause);
  StoreResult<void> Put(const StoredSetting& setting);
  tl::expected<Config, ConfigError> With(const Settings& settings) const;
  ConfigChanges Apply(const Config& wanted);

  Config& current_;
  Store& store_;
  Config configured_;
  Settings settings_;
};

// May an administrator change it in the CSE? What names files of the host is the operator's.
bool MayBeSetInCse(std::string_view key);

}  // namespace ipe

#endif  // IPE_LIVE_CONFIGURATION_H_
