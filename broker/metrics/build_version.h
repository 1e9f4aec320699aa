// The version of what was built: the project's, from meson.build.
#pragma once

#include <string_view>

namespace weir {

std::string_view build_version();

}  // namespace weir
