#include "tests/coordination/store_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir {
namespace {

std::string await_content(TxnStore& store, Zxid zxid) {
  const auto reader = store.await_read_snapshot(zxid);
  if (!reader) return reader.error().what;
  std::string content;
  Buffer part(32);
  for (;;) {
    const auto got = (*reader)->await_read(part);
    if (!got) return got.error().what;
    if (*got == 0) return content;
    content += as_text(ConstBytes(part).first(*got));
  }
}

}  // namespace

bool StoreModel::await_append(TxnStore& store, size_t records, size_t payload_bytes) {
  std::vector<TxnRecord> batch;
  for (size_t i = 0; i < records; ++i) {
    const Zxid last = batch.empty() ? now_.last() : batch.back().zxid;
    const Zxid next = epoch_of(last) == epoch_ ? Zxid{last.value() + 1} : make_zxid(epoch_, 1);
    std::string payload = fmt::format("{} ", ++serial_);
    payload.resize(std::max(payload.size(), payload_bytes), 'p');
    batch.push_back({next, Buffer(payload.begin(), payload.end())});
  }
  now_.records.insert(now_.records.end(), batch.begin(), batch.end());
  return store.await_append(batch).ok();
}

bool StoreModel::await_sync(TxnStore& store) {
  const Zxid covered = now_.last();
  if (!store.await_sync().ok()) return false;
  now_.promised = std::max(now_.promised, covered);
  return true;
}

Zxid StoreModel::zxid_at(const TxnStore& store, uint64_t percent) const {
  std::vector<Zxid> held{store.base_zxid()};
  for (const TxnRecord& record : now_.records) {
    if (record.zxid > held.front()) held.push_back(record.zxid);
  }
  return held.at((held.size() - 1) * percent / 100);
}

bool StoreModel::await_truncate(TxnStore& store, uint64_t percent) {
  const Zxid last = zxid_at(store, percent);
  const bool allowed =
      (store.base_zxid() == kNoZxid && !now_.installed) ||
      std::any_of(store.snapshots().begin(), store.snapshots().end(),
                  [&](Zxid zxid) { return zxid >= store.base_zxid() && zxid <= last; });
  if (!allowed) {
    const auto refused = store.await_truncate_after(last);
    return !refused && refused.error().kind == StorageErrorKind::not_held;
  }
  now_.promised = std::min(now_.promised, last);
  std::erase_if(now_.snapshots, [last](Zxid zxid) { return zxid > last; });
  if (!store.await_truncate_after(last).ok()) return false;
  std::erase_if(now_.records, [last](const TxnRecord& record) { return record.zxid > last; });
  now_.promised = std::min(now_.last(), last);
  ++epoch_;
  return true;
}

bool StoreModel::await_write(TxnStore& store, Zxid zxid, SnapshotKind kind) {
  std::string content = fmt::format("snapshot {} of {:x}", ++serial_, zxid.value());
  contents_[zxid].insert(content);
  auto writer = store.await_begin_snapshot(zxid, kind);
  if (!writer) return false;
  for (size_t at = 0; at < content.size(); at += 9) {
    const std::string_view piece = std::string_view(content).substr(at, 9);
    if (!(*writer)->await_write(as_bytes(piece))) return false;
  }
  return store.await_finish_snapshot(std::move(*writer)).ok();
}

bool StoreModel::await_take_snapshot(TxnStore& store, uint64_t percent) {
  const Zxid zxid =
      std::max(zxid_at(store, percent), store.snapshot_zxid().value_or(store.base_zxid()));
  if (zxid > store.last_zxid()) return false;  // an install has failed half way
  const Zxid covered = now_.last();
  if (!await_write(store, zxid, SnapshotKind::taken)) return false;
  now_.snapshots.insert(zxid);
  now_.promised = std::max(now_.promised, covered);
  return true;
}

bool StoreModel::await_install_snapshot(TxnStore& store, bool ahead) {
  ++epoch_;
  const Zxid zxid = ahead ? make_zxid(epoch_, 5) : zxid_at(store, 50);
  installing_ = History{zxid, {}, zxid, {zxid}, zxid, true};
  ++epoch_;
  if (!await_write(store, zxid, SnapshotKind::installed)) return false;
  now_ = *std::exchange(installing_, std::nullopt);
  return true;
}

bool StoreModel::await_purge(TxnStore& store) {
  while (now_.snapshots.size() > snapshots_kept_) now_.snapshots.erase(now_.snapshots.begin());
  if (now_.snapshots.size() == snapshots_kept_) now_.purged_to = *now_.snapshots.begin();
  return store.await_purge().ok();
}

bool StoreModel::await_save_hard_state(TxnStore& store) {
  const auto vote = static_cast<int64_t>(++serial_);
  votes_.insert(vote);
  if (!store.await_save_hard_state({.current_epoch = 1, .voted_for = vote})) return false;
  votes_ = {vote};
  return true;
}

std::string StoreModel::await_judge(TxnStore& store, const History& history,
                                    std::vector<TxnRecord>& shown) {
  if (store.base_zxid() > history.purged_to ||
      store.base_zxid() > store.snapshot_zxid().value_or(kNoZxid)) {
    return fmt::format("the log begins behind {:x}, it may be purged up to {:x}",
                       store.base_zxid().value(), history.purged_to.value());
  }
  for (const Zxid zxid : history.snapshots) {
    const auto& all = store.snapshots();
    if (std::find(all.begin(), all.end(), zxid) != all.end()) continue;
    return fmt::format("snapshot {:x} was promised and is gone", zxid.value());
  }
  std::vector<TxnRecord> allowed;
  for (const TxnRecord& record : history.records) {
    if (record.zxid > store.base_zxid()) allowed.push_back(record);
  }
  for (Zxid after = store.base_zxid();;) {
    const auto piece = store.await_read(after, 100);
    if (!piece) return "a read failed: " + piece.error().what;
    if (piece->empty()) break;
    shown.insert(shown.end(), piece->begin(), piece->end());
    after = piece->back().zxid;
  }
  if (shown.size() > allowed.size() || !std::equal(shown.begin(), shown.end(), allowed.begin())) {
    return "the records are no prefix of what was appended";
  }
  if (store.last_zxid() < history.promised) {
    return fmt::format("{:x} was promised, the log ends with {:x}", history.promised.value(),
                       store.last_zxid().value());
  }
  const Zxid last = shown.empty() ? store.base_zxid() : shown.back().zxid;
  if (store.last_zxid() == last && store.last_synced_zxid() == last) return "";
  return "the log's last zxid is not its last record's";
}

void StoreModel::await_check(TxnStore& store) {
  for (const Zxid zxid : store.snapshots()) {
    const std::string content = await_content(store, zxid);
    if (!contents_[zxid].contains(content)) violated("a snapshot's content: " + content);
  }
  const int64_t vote = store.hard_state().value_or(HardState{}).voted_for;
  if (!votes_.contains(vote)) violated("an old vote");
  votes_ = {vote};
  std::vector<TxnRecord> shown;
  std::string wrong;
  if (installing_) {
    wrong = await_judge(store, *installing_, shown);
    if (wrong.empty()) now_ = *installing_;
  }
  if (!installing_ || !wrong.empty()) {
    shown.clear();
    wrong = await_judge(store, now_, shown);
  }
  installing_.reset();
  if (!wrong.empty()) violated(wrong);
  const Zxid last = store.last_zxid();
  std::erase_if(now_.records, [last](const TxnRecord& record) { return record.zxid > last; });
  now_.promised = last;
  now_.snapshots = {store.snapshots().begin(), store.snapshots().end()};
  ++epoch_;
}

}  // namespace weir
