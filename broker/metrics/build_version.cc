#include "broker/metrics/build_version.h"

namespace weir {

std::string_view build_version() { return WEIR_VERSION; }

}  // namespace weir
