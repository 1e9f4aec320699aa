// What a data directory without any data means: a new server, or one that has lost its disk.
//
// As with ZooKeeper's zookeeper.db.autocreate (ZOOKEEPER-261): a server that has forgotten what it promised
// and comes back as if it were new can undo what the ensemble has decided. So, with
// coordinator.db.autocreate=false, whoever starts a server for the first time says so by a file,
//
//   marker, no data       new: a first, empty hard state is saved, then the marker goes
//   no marker, no data    reinitialised, durably, until the others have brought it up (raft_core.h);
//                         refused where there are no others
//   data                  as ever; a marker that is left of the first start goes
//
// With true, the default, no data is always new.
#pragma once

#include <string>

#include "broker/coordination/coordinator_config.h"
#include "broker/coordination/storage/txn_store.h"
#include "sim/env/env.h"

namespace weir {

inline constexpr std::string_view kInitializeMarker =
    "initialize";  // as zkServer-initialize.sh calls it

// `store` has just been opened in `directory`. The error names the remedy.
Result<Done, std::string> await_first_start(Env& env, TxnStore& store, std::string_view directory,
                                            const CoordinatorConfig& config);

}  // namespace weir
