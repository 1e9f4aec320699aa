// Leak: logs are recovered in the order in which the machine's directory lists them.
#include <dirent.h>

#include <string_view>

#include "sim/base/hash.h"
#include "tests/leaks/leaks.h"

namespace weir {
namespace {

constexpr Site kRecovered{"leaks.readdir_order.recovered"};
constexpr Site kDone{"leaks.readdir_order.done"};

}  // namespace

void recover_in_readdir_order(Env& env) {
  DIR* const directory = opendir(".");
  uint64_t count = 0;
  while (const dirent* entry = directory != nullptr ? readdir(directory) : nullptr) {
    if (++count <= 8) env.trace.event(kRecovered, fnv1a(std::string_view(entry->d_name)));
  }
  if (directory != nullptr) closedir(directory);
  env.trace.event(kDone, count);
}

}  // namespace weir
