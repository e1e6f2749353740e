// `delivery: latest`: a value that is still undelivered is replaced by the next one.
#ifndef IPE_LATEST_ONLY_H_
#define IPE_LATEST_ONLY_H_

#include <string>
#include <string_view>
#include <vector>

#include "ipe/store.h"
#include "mapping/profile.h"

namespace ipe {

// The containers of those of `rows` whose settings say `latest`, each once: what waits there after
// `after` is superseded once `rows` are stored. An Update holds only what changed, so the first one
// of each resource takes over what the Updates before it say and it does not.
std::vector<std::string> TakeOver(Store& store, const mapping::Profile& profile,
                                  std::string_view endpoint, RowId after,
                                  std::vector<OutboxRow>& rows);

}  // namespace ipe

#endif  // IPE_LATEST_ONLY_H_
