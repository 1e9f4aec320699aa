#include "model/jute/znode_path.h"

#include <algorithm>
#include <cstdint>

namespace weir {
namespace {

constexpr uint32_t kMalformed = UINT32_MAX;

// The code point that begins at `at`, which moves behind it.
uint32_t next_code_point(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at++);
  if (first < 0x80) return first;
  const size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4 || at + more > text.size()) return kMalformed;
  uint32_t point = first & (0x3fU >> more);
  for (size_t i = 0; i < more; ++i) {
    const uint8_t next = byte(at++);
    if ((next & 0xc0) != 0x80) return kMalformed;
    point = point << 6 | (next & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};  // shorter forms are malformed
  return point < kLeast[more] || point > 0x10ffff ? kMalformed : point;
}

bool is_refused(uint32_t point) {
  return point <= 0x1f || (point >= 0x7f && point <= 0x9f) || (point >= 0xd800 && point <= 0xf8ff) ||
         (point >= 0xfff0 && point <= 0xffff) || point == kMalformed;
}

}  // namespace

bool is_znode_path(std::string_view path) {
  if (path.empty() || path[0] != '/') return false;
  if (path.size() == 1) return true;
  if (path.back() == '/') return false;
  for (size_t at = 1; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view name = path.substr(at, end - at);
    if (name.empty() || name == "." || name == "..") return false;
    at = end + 1;
  }
  for (size_t at = 0; at < path.size();) {
    if (is_refused(next_code_point(path, at))) return false;
  }
  return true;
}

}  // namespace weir
