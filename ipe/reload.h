// SIGHUP: which keys of the configuration may change while the service runs.
#ifndef IPE_RELOAD_H_
#define IPE_RELOAD_H_

#include <string>
#include <string_view>
#include <vector>

#include "ipe/config.h"

namespace ipe {

struct ConfigChanges {
  std::vector<std::string> applied;       // keys that differed and count now
  std::vector<std::string> need_restart;  // keys that differ and do not
};

bool MayChangeLive(std::string_view key);

// Takes over into `current` what may change; the loop does it, between two turns.
ConfigChanges TakeOver(const Config& wanted, Config& current);

// Logs what changed, and what does not count before a restart.
void LogChanges(const ConfigChanges& changes);

}  // namespace ipe

#endif  // IPE_RELOAD_H_
