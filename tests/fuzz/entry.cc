// libFuzzer's entry; IPE_FUZZ_TARGET is a function of targets.h.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // C++ reads octets as characters; the library hands them out as integers.
  ipe::fuzz::IPE_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
