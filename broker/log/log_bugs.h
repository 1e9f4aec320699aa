// The bugs that a run can plant in the log, to prove that the oracles find them (sim/env/buggify.h).
#pragma once

#include "sim/base/site.h"

namespace weir::log_bug {

inline constexpr Site kAckBeforeFsync{"bug.ack-before-fsync"};
inline constexpr Site kNoDirectoryFsync{"bug.no-directory-fsync"};
inline constexpr Site kRecoveryTrustsPageCache{"bug.recovery-trusts-page-cache"};
inline constexpr Site kTornTailAccepted{"bug.torn-tail-accepted"};
inline constexpr Site kCrcUnchecked{"bug.crc-unchecked"};
inline constexpr Site kProducerStateLost{"bug.producer-state-lost"};
inline constexpr Site kDuplicateAccepted{"bug.duplicate-accepted-after-recovery"};
inline constexpr Site kFsyncRetried{"bug.fsync-retried-after-eio"};
inline constexpr Site kShortWriteIgnored{"bug.short-write-ignored"};
inline constexpr Site kRollLosesBatch{"bug.roll-loses-batch"};
inline constexpr Site kOffsetAssignedTwice{"bug.offset-assigned-twice"};
inline constexpr Site kWakeupLost{"bug.wakeup-lost"};
inline constexpr Site kReadUnsynced{"bug.read-unsynced"};
inline constexpr Site kEioSwallowed{"bug.eio-swallowed"};
inline constexpr Site kCorruptionSkipped{"bug.corruption-skipped"};
inline constexpr Site kNoSpaceLeavesTail{"bug.no-space-leaves-tail"};
inline constexpr Site kOnlyLastSegmentRead{"bug.only-last-segment-recovered"};

inline constexpr Site kSnapshotBeforeSync{"bug.recovery-point-ahead-of-sync"};
inline constexpr Site kStaleIndexTrusted{"bug.stale-index-trusted"};
inline constexpr Site kTimeIndexMisordered{"bug.time-index-misordered"};
inline constexpr Site kDeletedResurrected{"bug.deleted-segment-resurrected"};
inline constexpr Site kClosedTooEarly{"bug.clean-shutdown-marker-too-early"};

}  // namespace weir::log_bug
