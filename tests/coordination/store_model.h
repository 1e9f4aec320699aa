// StoreModel: what a TxnStore was told and what it has promised, and so what it may show after a
// crash.
//
// The calls go through the model. Each is noted as tried before it begins and as promised once it
// has returned, so the model needs no notice of a crash in the middle, nor of what a failed call
// has done.
//
//   records    a prefix of what was appended, to the promised zxid at least, from base_zxid() on
//   snapshots  those promised, and perhaps the one under way, with the bytes that were written
//   purge      takes nothing that is needed from the oldest snapshot kept on
#pragma once

#include <map>
#include <set>

#include "broker/coordination/storage/txn_store.h"

namespace weir {

class StoreModel {
 public:
  explicit StoreModel(size_t snapshots_kept) : snapshots_kept_(snapshots_kept) {}

  // False when the store has refused.
  bool await_append(TxnStore& store, size_t records, size_t payload_bytes);
  bool await_sync(TxnStore& store);
  // Keeps about `percent` of what is held.
  bool await_truncate(TxnStore& store, uint64_t percent);
  bool await_take_snapshot(TxnStore& store, uint64_t percent);
  bool await_install_snapshot(TxnStore& store, bool ahead);
  bool await_purge(TxnStore& store);
  bool await_save_hard_state(TxnStore& store);

  // Of a store that was just opened. What it shows is promised from now on.
  void await_check(TxnStore& store);
  void violated(const std::string& sentence) { violations_.push_back(sentence); }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct History {
    Zxid base;                       // where it began: 0 or an installed snapshot
    std::vector<TxnRecord> records;  // all that was appended, purged ones too
    Zxid promised;                   // synced up to here
    std::set<Zxid> snapshots;        // promised
    Zxid purged_to;                  // at most
    bool installed = false;          // it began with a snapshot
    [[nodiscard]] Zxid last() const { return records.empty() ? base : records.back().zxid; }
  };
  // A sentence when the store shows what this history does not allow.
  std::string await_judge(TxnStore& store, const History& history, std::vector<TxnRecord>& shown);
  bool await_write(TxnStore& store, Zxid zxid, SnapshotKind kind);
  [[nodiscard]] Zxid zxid_at(const TxnStore& store, uint64_t percent) const;

  const size_t snapshots_kept_;
  History now_;
  std::optional<History> installing_;
  std::map<Zxid, std::set<std::string>> contents_;  // ever written for a snapshot of that name
  std::set<int64_t> votes_{HardState::kNobody};     // the promised one, and those tried since
  uint32_t epoch_ = 1;                              // of what is appended next
  uint64_t serial_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace weir
