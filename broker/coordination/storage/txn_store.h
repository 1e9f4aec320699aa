// TxnStore: the durable history of one server of the coordination service.
//
// A history is a snapshot and the transactions behind it; what these mean is no concern of the
// store. It owns one directory, which belongs to one consensus engine for ever:
//
//   hard_state  log.1  log.200000005  snapshot.4  snapshot.200000009
//
//   await_open                    recovers: cuts a torn tail, passes over a damaged snapshot when
//                                 an older one and the log lead as far, reports all other damage
//   await_append, await_sync      promised is what a sync that began behind the append has covered
//   await_truncate_after          consensus takes back what it never promised
//   snapshots                     written in pieces, whole and durable before they have their name
//   await_purge                   the newest N snapshots stay, and the log from the oldest of them
//
// Invariants:
//   base <= last_synced <= last; zxids ascend; nothing that was promised is gone or changed.
//   A snapshot's effects are in the durable log when it gets its name, fuzzy ones included.
//   After a failed write or sync everything is refused (`failed`) until another await_open.
//
// Owned by a server's consensus, one shard. Several fibers may call; see txn_log.h.
#pragma once

#include <memory>

#include "broker/coordination/storage/hard_state.h"
#include "broker/coordination/storage/snapshot_file.h"
#include "broker/coordination/storage/txn_log.h"

namespace weir {

struct TxnStoreOptions {
  TxnLogOptions log;
  size_t snapshots_kept = 3;  // autopurge.snapRetainCount
};

class TxnStore {
 public:
  // The directory is made when missing; its parent must be there.
  static Result<std::unique_ptr<TxnStore>, StorageError> await_open(Env& env,
                                                                    const TxnStoreOptions& options);

  // Ascending, behind last_zxid(). Readable at once, promised after a sync.
  Result<Done, StorageError> await_append(std::span<const TxnRecord> records) {
    return log_->await_append(records);
  }
  // What was appended before the call is durable when it returns.
  Result<Done, StorageError> await_sync() { return log_->await_sync(); }
  // Durable when it returns, and so is what stays. Snapshots behind `last` go with the records.
  // not_held when no snapshot would be left to begin with; nothing has changed then.
  Result<Done, StorageError> await_truncate_after(Zxid last);
  // Those behind `after` in order, at least one if there is one, then up to `max_bytes` of payload.
  // not_held when `after` lies before base_zxid().
  Result<std::vector<TxnRecord>, StorageError> await_read(Zxid after, uint64_t max_bytes) {
    return log_->await_read(after, max_bytes);
  }

  [[nodiscard]] Zxid last_zxid() const { return log_->last(); }
  [[nodiscard]] Zxid last_synced_zxid() const { return log_->last_synced(); }
  // Of the oldest record held; nothing when there is none.
  [[nodiscard]] std::optional<Zxid> first_zxid() const { return log_->first(); }
  // Records behind it are held: 0, or where a snapshot stands or stood.
  [[nodiscard]] Zxid base_zxid() const { return log_->base(); }

  // Of the newest whole snapshot.
  [[nodiscard]] std::optional<Zxid> snapshot_zxid() const;
  Result<std::unique_ptr<SnapshotReader>, StorageError> await_read_snapshot(Zxid zxid);
  // One at a time. `zxid` of one that is taken: the last transaction that it surely holds, in
  // [base, last]. Destroy the writer to give up.
  Result<std::unique_ptr<SnapshotWriter>, StorageError> await_begin_snapshot(Zxid zxid,
                                                                             SnapshotKind kind);
  // superseded when the history was cut or replaced under one that is taken: it may hold what is
  // gone. One that is installed replaces the history, whatever that has become.
  Result<Done, StorageError> await_finish_snapshot(std::unique_ptr<SnapshotWriter> writer);
  Result<Done, StorageError> await_purge();

  [[nodiscard]] const std::optional<HardState>& hard_state() const { return hard_state_; }
  Result<Done, StorageError> await_save_hard_state(const HardState& state);

  [[nodiscard]] const std::vector<Zxid>& snapshots() const { return snapshots_; }

 private:
  TxnStore(Env& env, TxnStoreOptions options)
      : env_(env), options_(std::move(options)), changing_(env.scheduler) {}
  Result<Done, StorageError> await_recover();
  // Finds the newest whole snapshot; gives the one that the history must reach.
  Result<Zxid, StorageError> await_survey(std::vector<Zxid> found);
  Result<uint32_t, StorageError> await_verify_snapshot(Zxid zxid);
  Result<Done, StorageError> await_remove_snapshot(Zxid zxid);
  [[nodiscard]] std::string path_of(std::string_view name) const;

  Env& env_;
  const TxnStoreOptions options_;
  Mutex changing_;  // truncations, ends of snapshots, purges, hard states
  std::unique_ptr<TxnLog> log_;
  std::vector<Zxid> snapshots_;  // ascending, of this lineage; believed to be whole
  std::vector<Zxid> damaged_;    // passed over
  uint32_t lineage_ = 0;
  uint64_t history_ = 0;  // counts what makes snapshots under way worthless
  std::optional<HardState> hard_state_;
};

}  // namespace weir
