// Bugs that a run can plant in the storage, to prove that the tests find them (sim/env/buggify.h).
#pragma once

#include "sim/base/site.h"

namespace weir::storage_bug {

inline constexpr Site kSyncSkipped{"bug.txn-sync-skipped"};
inline constexpr Site kNameNotSynced{"bug.txn-file-name-not-synced"};
inline constexpr Site kTornTailKept{"bug.txn-torn-tail-kept"};
inline constexpr Site kTailNotRewritten{"bug.txn-tail-not-rewritten"};
inline constexpr Site kTruncationNotSynced{"bug.txn-truncation-not-synced"};
inline constexpr Site kSyncRetried{"bug.txn-fsync-retried-after-eio"};
inline constexpr Site kRollLosesSync{"bug.txn-roll-without-sync"};
inline constexpr Site kPurgeTooMuch{"bug.txn-purge-too-much"};

}  // namespace weir::storage_bug
