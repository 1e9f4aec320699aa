#include "broker/coordination/storage/txn_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/coordination/storage/storage_bugs.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {
constexpr Site kSynced{"txn_log.synced"};
constexpr Site kTruncated{"txn_log.truncated"};
constexpr Site kRolled{"sometimes.txn_log.rolled"};
constexpr uint64_t kMarkEveryBytes = 4096;
// A file grows by as much as it has, so one sync in ever more has to make a size durable.
constexpr uint64_t kPaddingLeast = 4 << 10;
constexpr uint64_t kPaddingMost = 256 << 10;
}  // namespace

void TxnLog::LogFile::added(Zxid zxid, uint64_t bytes) {
  CHECK(zxid > last);
  size_bytes += bytes;
  last = zxid;
  if (size_bytes - (marks.empty() ? 0 : marks.back().end) >= kMarkEveryBytes) {
    marks.push_back({zxid, size_bytes});
  }
}

std::string TxnLog::path_of(std::string_view name) const {
  return fmt::format("{}/{}", options_.directory, name);
}

std::optional<Zxid> TxnLog::first() const {
  if (files_.empty() || files_.front()->last == files_.front()->previous) return std::nullopt;
  return files_.front()->home.first;
}

Result<Done, StorageError> TxnLog::check_usable() const {
  if (failure_ && !planted(env_.buggify, storage_bug::kSyncRetried)) return *failure_;
  return Done{};
}

StorageError TxnLog::fail(const StorageError& why) {
  if (!failure_) {
    failure_ =
        StorageError(StorageErrorKind::failed,
                     why.what + ": what the disk holds is not known, start this server anew");
    log_line(env_.log, LogLevel::error, "TxnLog", [&] { return failure_->what; });
  }
  return why;
}

Result<Done, StorageError> TxnLog::await_append(std::span<const TxnRecord> records) {
  const Mutex::Lock lock = writing_.await_lock();
  TRY(check_usable());
  Zxid before = last_;
  for (const TxnRecord& record : records) {
    CHECK_MSG(record.zxid > before, "zxids ascend along the log");
    before = record.zxid;
    if (record.payload.size() <= options_.record_bytes) continue;
    return StorageError(
        StorageErrorKind::too_large,
        fmt::format("transaction {:x} has {} bytes, the limit is {}", record.zxid.value(),
                    record.payload.size(), options_.record_bytes));
  }
  if (records.empty()) return Done{};
  const bool full = files_.empty() || files_.back()->size_bytes >= options_.file_bytes;
  if (full || (roll_wanted_ && files_.back()->last != files_.back()->previous)) {
    TRY(await_roll(records.front().zxid));
  }
  LogFile& file = *files_.back();
  Buffer bytes;
  std::vector<uint64_t> sizes;
  for (const TxnRecord& record : records) {
    const size_t start = bytes.size();
    encode_record(bytes, file.home, file.size_bytes + start, record.zxid, synced_bytes_,
                  record.payload);
    sizes.push_back(bytes.size() - start);
  }
  env_.scheduler.charge(Work::checksum_bytes, bytes.size());
  if (file.size_bytes + bytes.size() > file.padded_bytes) {
    bytes.resize(bytes.size() + std::clamp(file.size_bytes, kPaddingLeast, kPaddingMost));
  }
  const auto written = await_write_fully(*file.file, file.size_bytes, bytes);
  if (!written) return fail(written.error());
  file.padded_bytes = std::max(file.padded_bytes, file.size_bytes + bytes.size());
  for (size_t i = 0; i < records.size(); ++i) file.added(records[i].zxid, sizes[i]);
  last_ = file.last;
  return Done{};
}

Result<Done, StorageError> TxnLog::await_sync() {
  const Zxid wanted = last_;
  const Mutex::Lock lock = syncing_.await_lock();
  TRY(check_usable());
  // Somebody else's sync has covered it, or it was cut off.
  if (last_synced_ >= std::min(wanted, last_)) return Done{};
  return await_sync_current();
}

// Holds syncing_.
Result<Done, StorageError> TxnLog::await_sync_current() {
  if (files_.empty() || last_synced_ == last_) return Done{};
  const Zxid covered = last_;
  const uint64_t bytes = files_.back()->size_bytes;
  const std::shared_ptr<File> file = files_.back()->file;
  if (!planted(env_.buggify, storage_bug::kSyncSkipped)) {
    const auto synced = file->await_sync();
    if (!synced) return fail(synced.error());
  }
  last_synced_ = covered;
  synced_bytes_ = bytes;
  env_.trace.event(kSynced, static_cast<uint64_t>(covered.value()));
  return Done{};
}

// Holds syncing_.
Result<Done, StorageError> TxnLog::await_seal() {
  if (files_.empty()) return Done{};
  LogFile& file = *files_.back();
  if (file.padded_bytes == file.size_bytes) return await_sync_current();
  const auto cut = [&]() -> Result<Done, IoError> {
    TRY(file.file->await_truncate(file.size_bytes));
    return file.file->await_sync();
  };
  if (const auto done = cut(); !done) return fail(done.error());
  file.padded_bytes = file.size_bytes;
  return Done{};
}

// The last file is sealed: only now may there be a later one. A file gets its name with its whole
// header durable, so a header that is not sound is damage. Holds writing_.
Result<Done, StorageError> TxnLog::await_roll(Zxid first) {
  const Mutex::Lock lock = syncing_.await_lock();
  if (!planted(env_.buggify, storage_bug::kRollLosesSync)) TRY(await_seal());
  auto made = std::make_unique<LogFile>();
  made->home = {first, lineage_};
  made->previous = made->last = last_;
  made->path = path_of(store_file_name(StoreFile::log, first));
  const std::string beside = made->path + ".new";
  const auto make = [&]() -> Result<Done, IoError> {
    made->file = TRY(env_.disk.await_open(beside, OpenMode::create));
    TRY(made->file->await_truncate(0));
    TRY(await_write_fully(*made->file, 0,
                          encode_store_header(StoreFile::log, options_.engine,
                                              {lineage_, first.value(), last_.value()})));
    TRY(made->file->await_sync());
    TRY(env_.disk.await_rename(beside, made->path));
    if (planted(env_.buggify, storage_bug::kNameNotSynced)) return Done{};
    return env_.disk.await_sync_directory(options_.directory);
  };
  if (const auto done = make(); !done) return fail(done.error());
  made->size_bytes = made->padded_bytes = synced_bytes_ = kStoreHeaderBytes;
  files_.push_back(std::move(made));
  roll_wanted_ = false;
  last_synced_ = last_;
  sometimes(env_.buggify, kRolled);
  return Done{};
}

Result<TxnLog::Mark, StorageError> TxnLog::await_find_behind(const LogFile& file, Zxid zxid) {
  Mark at{file.previous, kStoreHeaderBytes};
  for (const Mark& mark : file.marks) {
    if (mark.zxid > zxid) break;
    at = mark;
  }
  RecordReader reader(env_, *file.file, file.home, file.size_bytes);
  while (at.end < file.size_bytes) {
    const auto record = TRY(reader.await_at(at.end));
    if (!record) {
      return StorageError(StorageErrorKind::corrupt,
                          fmt::format("{}: damaged at byte {}", file.path, at.end));
    }
    if (record->zxid > zxid) break;
    at = {record->zxid, at.end + record->bytes()};
  }
  return at;
}

Result<std::vector<TxnRecord>, StorageError> TxnLog::await_read(Zxid after, uint64_t max_bytes) {
  const Mutex::Lock lock = shape_.await_lock();
  TRY(check_usable());
  if (after < base_) {
    return StorageError(
        StorageErrorKind::not_held,
        fmt::format("{}: transactions up to {:x} are purged, {:x} and on were asked for",
                    options_.directory, base_.value(), after.value()));
  }
  std::vector<TxnRecord> records;
  uint64_t bytes = 0;
  for (size_t i = 0; i < files_.size(); ++i) {  // appends may add to them
    if (files_[i]->last <= after) continue;
    uint64_t at = TRY(await_find_behind(*files_[i], after)).end;
    const uint64_t end = files_[i]->size_bytes;
    const std::shared_ptr<File> file = files_[i]->file;
    RecordReader reader(env_, *file, files_[i]->home, end);
    while (at < end) {
      const auto record = TRY(reader.await_at(at));
      if (!record && !records.empty()) return records;  // the next read tells of it
      if (!record) {
        return StorageError(StorageErrorKind::corrupt,
                            fmt::format("{}: damaged at byte {}", files_[i]->path, at));
      }
      bytes += record->payload.size();
      if (!records.empty() && bytes > max_bytes) return records;
      records.push_back({record->zxid, Buffer(record->payload.begin(), record->payload.end())});
      at += record->bytes();
    }
  }
  return records;
}

// One name at a time, each for good before the next: a crash between leaves no gap.
Result<Done, StorageError> TxnLog::await_remove_last() {
  LogFile& file = *files_.back();
  const Zxid previous = file.previous;
  const auto remove = [&]() -> Result<Done, IoError> {
    TRY(env_.disk.await_remove(file.path));
    return env_.disk.await_sync_directory(options_.directory);
  };
  if (const auto done = remove(); !done) return fail(done.error());
  files_.pop_back();
  last_ = last_synced_ = previous;
  synced_bytes_ = files_.empty() ? 0 : files_.back()->size_bytes;
  return Done{};
}

Result<Done, StorageError> TxnLog::await_truncate_after(Zxid last) {
  CHECK_MSG(last >= base_, "only what is held can be cut");
  const Mutex::Lock shape = shape_.await_lock();
  const Mutex::Lock writing = writing_.await_lock();
  const Mutex::Lock syncing = syncing_.await_lock();
  TRY(check_usable());
  TRY(await_sync_current());  // what stays is durable, too
  while (!files_.empty() && files_.back()->home.first > last) TRY(await_remove_last());
  if (!files_.empty() && files_.back()->last > last) TRY(await_cut(*files_.back(), last));
  env_.trace.event(kTruncated, static_cast<uint64_t>(last_.value()));
  return Done{};
}

Result<Done, StorageError> TxnLog::await_cut(LogFile& file, Zxid last) {
  const Mark end = TRY(await_find_behind(file, last));
  const auto cut = [&]() -> Result<Done, IoError> {
    TRY(file.file->await_truncate(end.end));
    if (planted(env_.buggify, storage_bug::kTruncationNotSynced)) return Done{};
    return file.file->await_sync();
  };
  if (const auto done = cut(); !done) return fail(done.error());
  file.size_bytes = file.padded_bytes = synced_bytes_ = end.end;
  file.last = last_ = last_synced_ = end.zxid;
  while (!file.marks.empty() && file.marks.back().end > end.end) file.marks.pop_back();
  return Done{};
}

Result<Done, StorageError> TxnLog::await_purge_to(Zxid zxid) {
  const Mutex::Lock shape = shape_.await_lock();
  TRY(check_usable());
  while (files_.size() > 1 && files_[1]->previous <= zxid) {
    const auto remove = [&]() -> Result<Done, IoError> {
      TRY(env_.disk.await_remove(files_.front()->path));
      return env_.disk.await_sync_directory(options_.directory);
    };
    if (const auto done = remove(); !done) return fail(done.error());
    files_.erase(files_.begin());
    base_ = files_.front()->previous;
  }
  return Done{};
}

Result<Done, StorageError> TxnLog::await_restart(Zxid base, uint32_t lineage) {
  const Mutex::Lock shape = shape_.await_lock();
  const Mutex::Lock writing = writing_.await_lock();
  const Mutex::Lock syncing = syncing_.await_lock();
  TRY(check_usable());
  while (!files_.empty()) TRY(await_remove_last());
  base_ = last_ = last_synced_ = base;
  lineage_ = lineage;
  return Done{};
}

}  // namespace weir
