// Several Updates of one resource as one.
#ifndef ONEM2M_CODEC_MERGE_H_
#define ONEM2M_CODEC_MERGE_H_

#include <string>
#include <string_view>

#include "onem2m/error.h"

namespace onem2m {

// {"m2m:bat":{"btl":80}} and {"m2m:bat":{"bts":1}} → {"m2m:bat":{"btl":80,"bts":1}}: what both
// change is as `newer` says. 4000 when one of them is no Update, or they are of different
// resources.
Result<std::string> MergeUpdates(std::string_view older, std::string_view newer);

}  // namespace onem2m

#endif  // ONEM2M_CODEC_MERGE_H_
