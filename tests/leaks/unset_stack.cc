// Leak: a header that was too short leaves its last fields unset; what lay on the fiber's stack
// decides whether the batch counts as compressed.
#include <array>
#include <cstring>

#include "sim/base/bytes.h"
#include "tests/leaks/leaks.h"

namespace weir {
namespace {

constexpr Site kHeader{"leaks.unset_stack.header"};
struct Header {
  std::array<uint8_t, 8> magic;
  std::array<uint8_t, 248> attributes;
};

[[gnu::noipa]] void read_header(Header& header, ConstBytes from) {
  if (from.size() >= 8) std::memcpy(header.magic.data(), from.data(), 8);
  if (from.size() >= 256) std::memcpy(header.attributes.data(), from.data() + 8, 248);
}

}  // namespace

void read_short_header_on_the_stack(Env& env) {
  Header header;
  read_header(header, Buffer(8));
  uint64_t digest = 0;
  for (const uint8_t attribute : header.attributes) digest = digest * 31 + attribute;
  env.trace.event(kHeader, digest, (header.attributes[0] & 7) != 0 ? 1 : 0);
}

}  // namespace weir
