// Leak: where the data lies is taken from the environment when the configuration does not say.
#include <cstdlib>
#include <string>

#include "sim/base/hash.h"
#include "tests/leaks/leaks.h"

namespace weir {
namespace {
constexpr Site kDirectory{"leaks.environment.directory"};
}

void configure_from_environment(Env& env) {
  const char* const home = std::getenv("HOME");
  const std::string directory = std::string(home != nullptr ? home : "/var/lib") + "/weir";
  env.trace.event(kDirectory, fnv1a(directory));
}

}  // namespace weir
