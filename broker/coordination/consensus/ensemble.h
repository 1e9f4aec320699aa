// EnsembleConsensus: one server of three or five, which agree by Raft or by Zab.
//
// The algorithm is a pure core (engine_core.h); this is its world: a store, connections, time and fibers.
//
//   frames from others ─┐                        ┌─ performer   hard state > log > messages, in their order
//   time (ticker)      ─┼─> core ──> EngineEffects ┼─ syncer      one sync for all that was appended > core.written()
//   propose, confirm   ─┤                        └─ applier     what is committed, roles and reads, in their order
//   syncs that ended   ─┘
//
// Every call of the core is one step; what it wants done goes into two queues, each served by one fiber, so
// that the core's order is kept however long the disk takes. Entries that are not yet applied, and some
// behind them, are kept in memory (RecentEntries); the rest is read from the store.
//
// What an oracle can judge it by is traced as it comes true: the log, how far it is durable, what was saved, and
// the words given by messages (trace_points.h).
//
// A snapshot comes on a connection of its own and is written beside the history; the core is told of it when
// it is whole, and decides whether it takes the history's place. Then the state is restored from it.
//
// An entry without a payload is the core's own (a leader's first): every server applies it and nothing changes.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "broker/coordination/consensus/consensus.h"
#include "broker/coordination/consensus/engine_core.h"
#include "broker/coordination/consensus/peer_links.h"
#include "broker/coordination/consensus/recent_entries.h"
#include "broker/coordination/storage/txn_store.h"
#include "sim/fiber/semaphore.h"

namespace weir {

class EnsembleConsensus final : public RunningConsensus, private PeerSink {
 public:
  // Restores the state from the store's newest snapshot, which has replaced what was there.
  using Restore = UniqueFunction<Result<Done, std::string>()>;

  // `snapshots` is held by whoever writes one. All but `core` outlive it.
  EnsembleConsensus(Env& env, TxnStore& store, std::unique_ptr<EngineCore> core,
                    const PeerLinksOptions& links, Listener& listener, Mutex& snapshots,
                    Restore await_restore);
  ~EnsembleConsensus() override;

  std::optional<Zxid> propose(Buffer payload) override;
  void confirm(uint64_t id) override;
  void send(ServerId to, Buffer message, Urgency urgency) override;
  [[nodiscard]] ServerId self() const override { return self_; }
  void purged() override;

  Result<Done, StorageError> await_run(StateMachine& state) override;
  void close() override;

 private:
  struct Payload {
    Zxid zxid;
    RecentEntries::Entry bytes;
  };
  struct Incoming;  // a snapshot that has come
  struct Work {
    EngineEffects effects;
    std::vector<Payload> append;
    std::unique_ptr<Incoming> snapshot;
  };
  struct Told {
    enum class Kind : uint8_t { committed, installed, role, read, message };
    Kind kind = Kind::committed;
    uint64_t after_saves = 0;  // of `committed`: not before so many hard states are durable
    Zxid zxid;
    EngineRole role;
    ReadAnswer read;
    ServerId from;
    Buffer message;
  };

  void on_frame(ServerId from, PeerFrameKind kind, ConstBytes bytes) override;
  void await_take_snapshot(ServerId from, const SnapshotHead& head, FiberStream& stream) override;

  // The core's answer is taken in one step with the call that it answers.
  void take(EngineEffects effects, std::vector<Payload> payloads = {},
            std::unique_ptr<Incoming> snapshot = nullptr);
  void tell(Told told);
  [[nodiscard]] Moment moment();

  Result<Done, StorageError> await_perform_all();
  Work next_work();
  void note_saved(const HardState& saved);
  Result<Done, StorageError> await_perform(Work& work);
  void await_send(EngineMessage& message);
  void send(EngineMessage& message, const std::vector<Payload>& payloads);
  void send_with(ServerId to, const Buffer& head, const std::vector<Payload>& payloads);
  void trace_word(const Word& word);
  Result<Done, NetError> await_send_snapshot(ServerId to, Zxid zxid, Buffer message);
  Result<Done, StorageError> await_sync_all();
  void await_tick();
  Result<Done, StorageError> await_apply_all(StateMachine& state);
  Result<Done, StorageError> await_apply(StateMachine& state, const Told& told);
  Result<Done, StorageError> await_install(Zxid zxid);
  void change_role(StateMachine& state, const RoleView& view);
  Result<Done, StorageError> await_commit(StateMachine& state, const Told& told);
  Result<Done, StorageError> await_apply_to(StateMachine& state, Zxid target);
  // Of consecutive entries of the log, as many as are at hand; at least one when the store has it.
  Result<std::vector<Payload>, StorageError> await_collect(const std::vector<Zxid>& entries,
                                                           size_t most_bytes);
  void stop(const Result<Done, StorageError>& why);
  void compact_core();

  Env& env_;
  TxnStore& store_;
  const std::unique_ptr<EngineCore> core_;
  const ServerId self_;
  Listener& listener_;
  Mutex& snapshots_;
  Restore await_restore_;
  PeerLinks links_;
  RecentEntries recent_;

  std::deque<Work> work_;
  WaitList performer_;
  bool performing_ = false;
  uint64_t saves_wanted_ = 0;  // of hard states
  uint64_t saves_done_ = 0;
  bool flush_wanted_ = false;    // something is proposed and not sent
  uint64_t appended_write_ = 0;  // of the core's numbers: what the store has
  uint64_t synced_write_ = 0;    // and what of it is durable
  WaitList syncer_;
  TimePoint sleeps_until_;
  WaitList ticker_;

  std::deque<Told> told_;
  WaitList applier_;
  Zxid applied_;
  Zxid installed_;
  RoleView view_;
  std::optional<uint32_t> won_;  // the epoch that it leads once an entry of it is applied
  std::set<ServerId> sending_snapshot_;
  bool compact_wanted_ = false;

  bool closed_ = false;
  Result<Done, StorageError> result_ = Done{};
  Cancel stop_;
  Gate fibers_;   // as many as await_run begins with
  Gate senders_;  // of snapshots, which come and go
};

}  // namespace weir
