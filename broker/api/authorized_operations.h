// What everybody may do, for there is no authorizer: a bit for each operation of Kafka's ACLs.
#pragma once

#include <cstdint>

namespace weir {

// create 5, alter 7, describe 8, cluster action 9, describe configs 10, alter configs 11,
// idempotent write 12.
inline constexpr int32_t kEveryClusterOperation =
    1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;

// read 3, write 4, create 5, delete 6, alter 7, describe 8, describe configs 10, alter configs 11.
inline constexpr int32_t kEveryTopicOperation =
    1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;

}  // namespace weir
