// What a server of an ensemble traces of its protocol, when it has come true and not before. The ensemble oracle
// (model/oracle) reads it; each is a point where a fault may lie in wait (scenarios/ambush_points.h).
//
//   opened     base, zab: current epoch, whether reinitialised    the log begins anew; its entries follow
//   held       first, last                                        entries of one epoch that the opened log has
//   appended   first, last                                        and such that are written, not yet synced
//   synced     zxid                                               what the log has up to here is durable
//   truncated  zxid                                               what it had behind is gone
//   installed  zxid                                               a snapshot has taken the log's place, durably
//   saved      accepted epoch, current epoch, reinitialised       the hard state is durable; what it allows is not said yet
//   won        epoch                                              it leads, and no entry of its own is committed
//   committed  zxid                                               it is about to apply up to here
//   voted      term, candidate                                    raft: the vote leaves
//   promised   epoch, leader                                      zab: the promise leaves
//   asks       epoch, leader                                      zab: it asks to follow, and says what it has promised
//   joined     epoch, leader                                      zab: NEWLEADER's ack leaves
#pragma once

#include "sim/base/site.h"

namespace weir::trace_points {

inline constexpr Site kOpened{"coordination.opened"};
inline constexpr Site kHeld{"coordination.held"};
inline constexpr Site kAppended{"coordination.appended"};
inline constexpr Site kSynced{"coordination.synced"};
inline constexpr Site kTruncated{"coordination.truncated"};
inline constexpr Site kInstalled{"coordination.installed"};
inline constexpr Site kSaved{"coordination.saved"};
inline constexpr Site kWon{"coordination.won"};
inline constexpr Site kCommitted{"coordination.committed"};
inline constexpr Site kVoted{"coordination.voted"};
inline constexpr Site kPromised{"coordination.promised"};
inline constexpr Site kAsks{"coordination.asks"};
inline constexpr Site kJoined{"coordination.joined"};

}  // namespace weir::trace_points
