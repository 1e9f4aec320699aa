// HardState: what a server of an ensemble must not forget, beside its history.
//
//   raft   current_epoch = current term, voted_for = the server that got this term's vote
//   zab    accepted_epoch, current_epoch as in ZooKeeper's files of these names
//   solo   nothing
//
// Of an ensemble's server also whether it was reinitialised: it lost its disk, came back under its
// id, and has not yet been brought up by the others (raft_core.h).
//
// A small file that is replaced as a whole (sim/fiber/atomic_file.h) and synced before the call
// returns: whoever sends a message that depends on it saves first.
#pragma once

#include "broker/coordination/storage/file_format.h"
#include "sim/env/env.h"

namespace weir {

struct HardState {
  uint32_t accepted_epoch = 0;
  uint32_t current_epoch = 0;
  int64_t voted_for = kNobody;
  bool reinitialised = false;
  static constexpr int64_t kNobody = -1;
  friend bool operator==(const HardState&, const HardState&) = default;
};

// Nothing when none was ever saved.
Result<std::optional<HardState>, StorageError> await_load_hard_state(Env& env,
                                                                     std::string_view directory,
                                                                     std::string_view engine);
Result<Done, StorageError> await_save_hard_state(Env& env, std::string_view directory,
                                                 std::string_view engine, const HardState& state);

}  // namespace weir
