// What the pure cores of consensus have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "broker/coordination/consensus/server_id.h"
#include "model/types/zxid.h"
#include "sim/base/time.h"

namespace weir {

// Whether a follower needs no message yet that is not full: of what was sent before the last message it has
// not acked all, so it has one to sync and one to sync next, and what waits here goes along with a later one.
constexpr bool may_wait(Zxid acked, Zxid before_last_message, uint64_t waiting, size_t full) {
  return acked < before_last_message && waiting < full;
}

// When something is told, and a random number for what it makes to be drawn.
struct Moment {
  TimePoint now;
  uint64_t draw = 0;
};

// Of what is proposed: to followers at once, or with the next flush, many in one message.
enum class Sending : uint8_t { now, with_flush };

// `at`: the state to read is the one with everything up to here applied. None: ask another server.
struct ReadAnswer {
  uint64_t id = 0;
  std::optional<Zxid> at;
};

enum class RaftRole : uint8_t { follower, pre_candidate, candidate, leader };

struct CoreOptions {
  ServerId self;
  std::vector<ServerId> servers;                   // all that vote, self among them: 1, 3 or 5
  Duration election_timeout = milliseconds(1000);  // without a leader, or a leader without others
  Duration heartbeat_interval = milliseconds(200);
  Duration snapshot_retry = seconds(60);  // before a snapshot that nobody answered is sent again
  size_t entries_per_message = 256;
  uint64_t entries_in_flight = 4096;  // to one follower, beyond what it has acked
  size_t reads_waiting = 1024;
  uint32_t last_counter = 0xffffffff;  // an epoch has no more entries: its leader gives up
};

// What a restart finds, all of it durable.
template <class HardState>
struct CoreSaved {
  HardState hard_state;
  Zxid base;                     // of the log; 0, or covered by the snapshot
  std::optional<Zxid> snapshot;  // the newest
  std::vector<Zxid> entries;     // behind the base
};

struct RoleChange {
  RaftRole role = RaftRole::follower;
  uint32_t term = 0;
  std::optional<ServerId> leader;
};

// What is now to be done, in which order: raft_core.h.
template <class HardState, class Message>
struct CoreEffects {
  std::optional<HardState> hard_state;
  std::optional<Zxid> install;  // the snapshot that has come replaces the log
  std::optional<Zxid> truncate_after;
  std::vector<Zxid> append;
  uint64_t write = 0;  // of install, truncate_after and append; 0: none of them
  std::vector<Message> messages;
  std::optional<Zxid> committed;  // has moved to
  std::optional<RoleChange> role;
  std::vector<ReadAnswer> reads;
};

}  // namespace weir
