// oneM2M JSON serialisation of resources and of discovery answers.  (TS-0004 v3 §8.4)
#ifndef ONEM2M_CODEC_JSON_H_
#define ONEM2M_CODEC_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "onem2m/error.h"
#include "onem2m/resources.h"

namespace onem2m {

// Of contentRef: TS-0004 §6.3.5.36 has {"urir":[…]}, one CSE takes only the list.
enum class ContentRefForm { kUriReference, kList };

// The content of a Create: {"m2m:cnt":{…}}, lists always as arrays, nothing that only the hosting
// CSE sets.
std::string EncodeCreate(const Resource& resource,
                         ContentRefForm content_ref_form = ContentRefForm::kUriReference);
// The content of an Update: as EncodeCreate but without resourceName and what may not be updated
// (api stays out for AE; con, cnf never). `nulls` are short names to remove. A resource with
// access_control_policy_ids and other attributes is the caller's mistake (they go alone). rr=false
// and nct=1, which a resource has unless told otherwise, are not written.
std::string EncodeUpdate(const Resource& resource, const std::vector<std::string>& nulls = {});

// Any one resource representation. Lenient as spec of interop says: floats for integers, a bare
// string for a list, unknown members ignored. 4000 with the member's name otherwise.
Result<Resource> DecodeResource(std::string_view json);
// Its resource identifier alone, read no further than that; "" when it does not stand among the
// attributes.
std::string ResourceIdIn(std::string_view json);
// An Update of a <mgmtObj>, whatever its root is called; 4000 when it is of something else.
Result<ManagementObject> DecodeManagementUpdate(std::string_view json);

// m2m:uril, as array or as one blank-separated string; also m2m:rrl/rrf (`val`).
Result<std::vector<std::string>> DecodeUriList(std::string_view json);

// Resources below the retrieved one of a Retrieve with rcn=4 or 8, of the types in resources.h, in
// document order, the retrieved one first when it is there; flat lists and nested trees alike.
Result<std::vector<Resource>> DecodeTree(std::string_view json);

// m2m:dbg text, or the first 200 characters of whatever the CSE sent: for logs.
std::string DebugText(std::string_view json);

}  // namespace onem2m

#endif  // ONEM2M_CODEC_JSON_H_
