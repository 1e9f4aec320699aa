#include "broker/coordination/storage/txn_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/coordination/storage/storage_bugs.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr Site kSnapshot{"txn_store.snapshot"};
constexpr Site kPassedOver{"sometimes.txn_store.snapshot_passed_over"};
constexpr std::string_view kComponent = "TxnStore";
constexpr int kReads = 4;  // before a snapshot counts as damaged

// Of files that did not get their name.
bool is_left_over(std::string_view name) {
  return name.ends_with(".new") || name.ends_with(".recovering") || name.ends_with(".tmp");
}

}  // namespace

std::string TxnStore::path_of(std::string_view name) const {
  return fmt::format("{}/{}", options_.log.directory, name);
}

Result<std::unique_ptr<TxnStore>, StorageError> TxnStore::await_open(
    Env& env, const TxnStoreOptions& options) {
  CHECK_MSG(options.snapshots_kept >= 1, "a snapshot has to stay");
  std::unique_ptr<TxnStore> store(new TxnStore(env, options));
  TRY(store->await_recover());
  return store;
}

Result<Done, StorageError> TxnStore::await_recover() {
  const std::string& directory = options_.log.directory;
  const auto made = env_.disk.await_create_directory(directory);
  if (!made && made.error().kind != IoErrorKind::already_exists) return StorageError(made.error());
  const size_t slash = directory.rfind('/');
  TRY(env_.disk.await_sync_directory(slash == std::string::npos ? "" : directory.substr(0, slash)));
  // Names that are there for us and gone after a power loss: first made durable, then believed.
  TRY(env_.disk.await_sync_directory(directory));
  std::vector<std::string> logs;
  std::vector<Zxid> found;
  const std::vector<DirectoryEntry> entries = TRY(env_.disk.await_list(directory));
  for (const DirectoryEntry& entry : entries) {
    if (is_left_over(entry.name)) TRY(env_.disk.await_remove(path_of(entry.name)));
    if (parse_store_file_name(StoreFile::log, entry.name)) logs.push_back(entry.name);
    const auto snapshot = parse_store_file_name(StoreFile::snapshot, entry.name);
    if (snapshot) found.push_back(*snapshot);
  }
  hard_state_ = TRY(await_load_hard_state(env_, directory, options_.log.engine));
  const Zxid reach = TRY(await_survey(std::move(found)));
  const Zxid from = snapshot_zxid().value_or(kNoZxid);
  log_ = TRY(TxnLog::await_open(env_, options_.log, lineage_, from, logs));
  if (log_->base() <= from && log_->last() >= reach) return Done{};
  return StorageError(
      StorageErrorKind::corrupt,
      fmt::format(
          "{}: the newest whole snapshot is {:x}, the log goes from {:x} to {:x}, and the history "
          "went to {:x}: restore what is missing, or empty the directory so that the "
          "ensemble fills it",
          directory, from.value(), log_->base().value(), log_->last().value(),
          std::max(reach, log_->last()).value()));
}

Result<Zxid, StorageError> TxnStore::await_survey(std::vector<Zxid> found) {
  // Those of an earlier lineage were replaced, and the machine died before they were gone.
  std::vector<std::pair<uint32_t, Zxid>> whole;
  Zxid reach;
  for (const Zxid zxid : found) {
    const auto lineage = await_verify_snapshot(zxid);
    if (lineage) {
      whole.emplace_back(*lineage, zxid);
      continue;
    }
    if (lineage.error().kind != StorageErrorKind::corrupt) return lineage.error();
    sometimes(env_.buggify, kPassedOver);
    log_line(env_.log, LogLevel::error, kComponent, [&] {
      return fmt::format("{}: passed over for an older snapshot", lineage.error().what);
    });
    damaged_.push_back(zxid);
    reach = std::max(reach, zxid);
  }
  std::sort(whole.begin(), whole.end());
  if (!whole.empty()) lineage_ = whole.back().first;
  for (const auto& [lineage, zxid] : whole) {
    if (lineage == lineage_) snapshots_.push_back(zxid);
    if (lineage < lineage_) TRY(await_remove_snapshot(zxid));
  }
  return reach;
}

// Reads it from end to end. Gives its lineage.
Result<uint32_t, StorageError> TxnStore::await_verify_snapshot(Zxid zxid) {
  Buffer part(64 << 10);
  const auto verify = [&]() -> Result<uint32_t, StorageError> {
    const auto reader = TRY(await_read_snapshot(zxid));
    while (TRY(reader->await_read(part)) > 0) {
    }
    return reader->lineage();
  };
  for (int read = 1;; ++read) {
    auto lineage = verify();
    const bool damaged = !lineage && lineage.error().kind == StorageErrorKind::corrupt;
    if (!damaged || read == kReads) return lineage;
  }
}

std::optional<Zxid> TxnStore::snapshot_zxid() const {
  if (snapshots_.empty()) return std::nullopt;
  return snapshots_.back();
}

Result<std::unique_ptr<SnapshotReader>, StorageError> TxnStore::await_read_snapshot(Zxid zxid) {
  return SnapshotReader::await_open(env_, options_.log.directory, options_.log.engine, zxid);
}

// For good: a crash between two removals leaves nothing that does not fit together.
Result<Done, StorageError> TxnStore::await_remove_snapshot(Zxid zxid) {
  const auto remove = [&]() -> Result<Done, IoError> {
    TRY(env_.disk.await_remove(path_of(store_file_name(StoreFile::snapshot, zxid))));
    return env_.disk.await_sync_directory(options_.log.directory);
  };
  if (const auto done = remove(); !done) {
    if (log_ != nullptr) return log_->fail(done.error());
    return StorageError(done.error());  // recovery
  }
  std::erase(snapshots_, zxid);
  std::erase(damaged_, zxid);
  return Done{};
}

Result<Done, StorageError> TxnStore::await_truncate_after(Zxid last) {
  const Mutex::Lock lock = changing_.await_lock();
  TRY(log_->check_usable());
  const auto covers = [&](Zxid zxid) { return zxid <= last && zxid >= log_->base(); };
  const bool from_the_start = log_->base() == kNoZxid && lineage_ == 0;
  if (last < log_->base() ||
      !(from_the_start || std::any_of(snapshots_.begin(), snapshots_.end(), covers))) {
    return StorageError(StorageErrorKind::not_held,
                        fmt::format("{}: no snapshot in [{:x}, {:x}] to begin with",
                                    options_.log.directory, log_->base().value(), last.value()));
  }
  ++history_;
  for (const std::vector<Zxid>& all : {snapshots_, damaged_}) {
    for (auto zxid = all.rbegin(); zxid != all.rend(); ++zxid) {
      if (*zxid > last) TRY(await_remove_snapshot(*zxid));
    }
  }
  return log_->await_truncate_after(last);
}

Result<std::unique_ptr<SnapshotWriter>, StorageError> TxnStore::await_begin_snapshot(
    Zxid zxid, SnapshotKind kind) {
  TRY(log_->check_usable());
  const bool taken = kind == SnapshotKind::taken;
  CHECK_MSG(!taken || (zxid >= log_->base() && zxid <= log_->last()),
            "a snapshot is of a transaction in the log");
  CHECK_MSG(!taken || snapshots_.empty() || zxid >= snapshots_.back(), "snapshots go forward");
  const uint32_t lineage = lineage_ + (taken ? 0 : 1);
  auto file = TRY(env_.disk.await_open(path_of("snapshot.tmp"), OpenMode::create));
  TRY(file->await_truncate(0));
  std::unique_ptr<SnapshotWriter> writer(new SnapshotWriter(env_, std::move(file), zxid, kind));
  writer->history_ = history_;
  writer->lineage_ = lineage;
  writer->begin(
      encode_store_header(StoreFile::snapshot, options_.log.engine, {lineage, zxid.value(), 0}));
  if (taken) log_->roll_before_next_append();  // so that the log can be purged up to here
  return writer;
}

Result<Done, StorageError> TxnStore::await_finish_snapshot(std::unique_ptr<SnapshotWriter> writer) {
  TRY(writer->await_close());
  const Mutex::Lock lock = changing_.await_lock();
  const bool installed = writer->kind() == SnapshotKind::installed;
  CHECK_MSG(!installed || writer->lineage_ == lineage_ + 1, "one snapshot at a time is written");
  // Whoever installs one has given up its own history, and what is cut off of that is no matter.
  if (!installed && writer->history_ != history_) {
    return StorageError(StorageErrorKind::superseded,
                        fmt::format("{}: the history has changed under snapshot {:x}",
                                    options_.log.directory, writer->zxid().value()));
  }
  TRY(log_->await_sync());
  const Zxid zxid = writer->zxid();
  const auto name = [&]() -> Result<Done, IoError> {
    TRY(env_.disk.await_rename(path_of("snapshot.tmp"),
                               path_of(store_file_name(StoreFile::snapshot, zxid))));
    return env_.disk.await_sync_directory(options_.log.directory);
  };
  if (const auto done = name(); !done) return log_->fail(done.error());
  std::erase(snapshots_, zxid);
  std::erase(damaged_, zxid);
  const std::vector<Zxid> replaced = snapshots_;
  snapshots_.push_back(zxid);
  env_.trace.event(kSnapshot, static_cast<uint64_t>(zxid.value()), writer->lineage_);
  if (!installed) return Done{};
  ++history_;
  lineage_ = writer->lineage_;
  for (const Zxid old : replaced) TRY(await_remove_snapshot(old));
  for (const Zxid old : std::vector<Zxid>(damaged_)) TRY(await_remove_snapshot(old));
  return log_->await_restart(zxid, lineage_);
}

Result<Done, StorageError> TxnStore::await_purge() {
  const Mutex::Lock lock = changing_.await_lock();
  TRY(log_->check_usable());
  const size_t kept =
      planted(env_.buggify, storage_bug::kPurgeTooMuch) ? 0 : options_.snapshots_kept;
  if (snapshots_.size() < std::max<size_t>(kept, 1)) return Done{};
  const Zxid oldest = kept == 0 ? log_->last() : *(snapshots_.end() - static_cast<int64_t>(kept));
  while (snapshots_.size() > kept) TRY(await_remove_snapshot(snapshots_.front()));
  for (const Zxid zxid : std::vector<Zxid>(damaged_)) {
    if (zxid < oldest) TRY(await_remove_snapshot(zxid));
  }
  return log_->await_purge_to(oldest);
}

Result<Done, StorageError> TxnStore::await_save_hard_state(const HardState& state) {
  const Mutex::Lock lock = changing_.await_lock();
  TRY(log_->check_usable());
  const auto saved =
      weir::await_save_hard_state(env_, options_.log.directory, options_.log.engine, state);
  if (!saved) return log_->fail(saved.error());
  hard_state_ = state;
  return Done{};
}

}  // namespace weir
