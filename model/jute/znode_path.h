// Paths of znodes: "/", or "/" and names between slashes.
//
//   path = "/" / 1*( "/" name )        name: not empty, not "." or "..", no control character
//
// What ZooKeeper refuses is refused here too: NUL, the control characters U+0001-1F and U+007F-9F,
// surrogates and private use U+D800-F8FF, and U+FFF0-FFFF. Bytes that are no UTF-8 are refused as well,
// where ZooKeeper would read U+FFFD, which it refuses.
#pragma once

#include <string>
#include <string_view>

namespace weir {

bool is_znode_path(std::string_view path);

// Of "/a/b": "/a", of "/a": "/". Wants a slash in it; "" of "/".
inline std::string_view parent_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == 0) return path.size() == 1 ? std::string_view{} : path.substr(0, 1);
  return path.substr(0, slash);
}
inline std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }
inline std::string child_path(std::string_view parent, std::string_view name) {
  std::string path(parent == "/" ? std::string_view{} : parent);
  path += '/';
  path += name;
  return path;
}

}  // namespace weir
