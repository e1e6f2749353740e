// Bodies that name places without values: the path list of composite operations, and an object
// instance without resources.  (LwM2M Core 1.1.1 §6.3.8, §6.4.4; 1.2 §7.4.7)
#ifndef LWM2M_CODEC_PATH_LIST_H_
#define LWM2M_CODEC_PATH_LIST_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/codec/name_root.h"
#include "lwm2m/content_format.h"
#include "lwm2m/error.h"
#include "lwm2m/path.h"

namespace lwm2m {

// What a Read-Composite asks for: SenML records with a name only (110, 112, 320, 322), or LwM2M
// CBOR with null in the place of values (11544). None of `paths` is the root or contains another.
// Names begin with `root`. kUnsupportedFormat for any other format.
Result<std::string> EncodePaths(ContentFormat format, const std::vector<Path>& paths,
                                const NameRoot& root = {});

// An instance to be created without resources: TLV (11542), LwM2M CBOR (11544); kUnsupportedFormat
// for formats that cannot say it.
Result<std::string> EncodeEmptyInstance(ContentFormat format, const Path& instance);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_PATH_LIST_H_
