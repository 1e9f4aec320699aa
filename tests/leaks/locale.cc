// Leak: the length of a topic's name is counted in the characters of the machine's locale.
#include <clocale>
#include <cstdlib>

#include "tests/leaks/leaks.h"

namespace weir {
namespace {
constexpr Site kMeasured{"leaks.locale.measured"};
}

void measure_names_by_locale(Env& env) {
  std::setlocale(LC_ALL, "");
  env.trace.event(kMeasured, std::mbstowcs(nullptr, "\xc3\xbc" "bersicht", 0));
}

}  // namespace weir
