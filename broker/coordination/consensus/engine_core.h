// EngineCore: what the driver of an ensemble (ensemble.h) asks of a pure core, whichever algorithm it has.
//
// The essays are in raft_core.h and zab_core.h. A core is told what happens and answers with what is to be
// done (EngineEffects); payloads, snapshots, the disk and the connections are the driver's.
#pragma once

#include <optional>
#include <vector>

#include "broker/coordination/consensus/core_types.h"
#include "broker/coordination/consensus/server_id.h"
#include "broker/coordination/storage/hard_state.h"
#include "model/protocol/protocol_error.h"
#include "model/types/zxid.h"
#include "sim/base/result.h"
#include "sim/base/time.h"
#include "sim/base/unique_function.h"

namespace weir {

// What a server binds itself to by a message, for the trace: an oracle holds it to its word.
struct Word {
  enum class Kind : uint8_t {
    vote,     // raft: for `server` in `epoch`, its own as a candidate's included
    promise,  // zab: to `server`, of nothing from epochs before this one
    asks,     // zab: to follow `server`, having promised no later epoch than this one
    joined,   // zab: it has the history of this epoch's leader, durably
  };
  Kind kind = Kind::vote;
  uint32_t epoch = 0;
  ServerId server;
};

struct EngineMessage {
  ServerId to;
  std::optional<Word> word;
  std::vector<Zxid> entries;             // whose payloads go along, in this order
  std::optional<Zxid> snapshot;          // goes along, so on a connection of its own
  UniqueFunction<Buffer(size_t)> encode;  // the message with no more than the first n of its entries
};

// What has come with a message.
struct Carried {
  size_t payloads = 0;
  std::optional<Zxid> snapshot;
};

struct EngineRole {
  bool won = false;  // it leads `epoch`, once an entry of it is committed
  uint32_t epoch = 0;
  std::optional<ServerId> leader;
};

// To be done in this order, as raft_core.h says.
struct EngineEffects {
  std::optional<HardState> hard_state;
  std::optional<Zxid> install;
  std::optional<Zxid> truncate_after;
  std::vector<Zxid> append;
  uint64_t write = 0;
  std::vector<EngineMessage> messages;
  std::optional<Zxid> committed;
  std::optional<EngineRole> role;
  std::vector<ReadAnswer> reads;
};

class EngineCore {
 public:
  virtual ~EngineCore() = default;
  virtual EngineEffects tick(Moment moment) = 0;
  // `entries` gets the names of the payloads that have come along. An error when the message is none, or
  // speaks of others than have come: the core has not seen it then.
  virtual Result<EngineEffects, ProtocolError> receive(ServerId from, ConstBytes head,
                                                       const Carried& carried,
                                                       std::vector<Zxid>& entries,
                                                       Moment moment) = 0;
  virtual EngineEffects written(uint64_t write, Moment moment) = 0;
  // Named at once, sent with the next flush.
  virtual EngineEffects propose(size_t count, Moment moment) = 0;
  virtual EngineEffects flush(Moment moment) = 0;
  virtual EngineEffects read(uint64_t id, Moment moment) = 0;
  virtual void compact(Zxid base, Zxid snapshot) = 0;

  [[nodiscard]] virtual TimePoint deadline() const = 0;
  [[nodiscard]] virtual Zxid log_base() const = 0;
  [[nodiscard]] virtual std::vector<Zxid> entries_after(Zxid zxid, size_t max) const = 0;
  [[nodiscard]] virtual Zxid synced() const = 0;
};

}  // namespace weir
