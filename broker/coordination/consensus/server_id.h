// ServerId: ZooKeeper's "myid", by which the servers of an ensemble know each other.
#pragma once

#include <cstdint>

#include "sim/base/strong.h"

namespace weir {

using ServerId = Strong<int64_t, struct ServerIdTag>;  // 1 to 255

}  // namespace weir
