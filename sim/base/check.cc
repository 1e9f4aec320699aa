#include "sim/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace weir {

void check_failed(const char* expression, const char* file, int line,
                  std::string_view message) noexcept {
  std::fprintf(stderr, "CHECK failed: %s at %s:%d%s%.*s\n", expression, file, line,
               message.empty() ? "" : ": ", static_cast<int>(message.size()), message.data());
  std::fflush(stderr);
  std::abort();
}

}  // namespace weir
