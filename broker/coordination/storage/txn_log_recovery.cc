// The recovering side of TxnLog.
//
//   header not sound, a file missing      corruption: names and headers were durable
//   record not sound, sealed file         corruption
//   record not sound, last file           corruption when a later record says that it was durable
//                                         (file_format.h), else a torn tail, or zeros: cut
//   older than the newest snapshot, or    dropped: an installed snapshot has replaced it, and the
//   of an earlier lineage                 machine died before the files were gone
//
// The last file is copied and the copy synced: the pages of a sync that failed once look written,
// and a later sync of the same file would say "done" about them. Nothing is written in place.
#include <fmt/format.h>

#include <algorithm>

#include "broker/coordination/storage/storage_bugs.h"
#include "broker/coordination/storage/txn_log.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {
constexpr Site kOpened{"txn_log.opened"};
constexpr Site kTailCut{"sometimes.txn_log.tail_cut"};
constexpr Site kDropped{"sometimes.txn_log.replaced_dropped"};
constexpr std::string_view kComponent = "TxnLog";
constexpr int kHeaderReads = 4;
}  // namespace

Result<std::unique_ptr<TxnLog>, StorageError> TxnLog::await_open(
    Env& env, const TxnLogOptions& options, uint32_t lineage, Zxid durable_to,
    const std::vector<std::string>& names) {
  std::unique_ptr<TxnLog> log(new TxnLog(env, options, lineage));
  TRY(log->await_recover(durable_to, names));
  return log;
}

Result<Done, StorageError> TxnLog::await_recover(Zxid durable_to,
                                                 const std::vector<std::string>& names) {
  for (const std::string& name : names) TRY(await_load(name));
  std::sort(files_.begin(), files_.end(),
            [](const auto& a, const auto& b) { return a->home.first < b->home.first; });
  while (!files_.empty() && files_.back()->home.lineage < lineage_) {
    sometimes(env_.buggify, kDropped);
    TRY(await_remove_last());
  }
  TRY(await_check_chain());
  for (size_t i = 0; i < files_.size(); ++i) {
    TRY(await_scan(*files_[i], i + 1 == files_.size()));
    if (i + 1 == files_.size() || files_[i]->last == files_[i + 1]->previous) continue;
    return StorageError(
        StorageErrorKind::corrupt,
        fmt::format("{} ends with {:x}, {} continues {:x}", files_[i]->path,
                    files_[i]->last.value(), files_[i + 1]->path, files_[i + 1]->previous.value()));
  }
  if (!files_.empty() && files_.back()->last == files_.back()->previous) TRY(await_remove_last());
  while (!files_.empty() && files_.back()->last < durable_to) TRY(await_remove_last());
  base_ = files_.empty() ? durable_to : files_.front()->previous;
  last_ = last_synced_ = files_.empty() ? durable_to : files_.back()->last;
  synced_bytes_ = files_.empty() ? 0 : files_.back()->size_bytes;
  env_.trace.event(kOpened, static_cast<uint64_t>(base_.value()),
                   static_cast<uint64_t>(last_.value()));
  return Done{};
}

Result<Done, StorageError> TxnLog::await_load(const std::string& name) {
  auto loaded = std::make_unique<LogFile>();
  loaded->path = path_of(name);
  loaded->file = TRY(env_.disk.await_open(loaded->path, OpenMode::read_write));
  for (int read = 1;; ++read) {
    Buffer bytes(kStoreHeaderBytes);
    bytes.resize(TRY(await_read_fully(*loaded->file, 0, bytes)));
    const auto header = decode_store_header(bytes, StoreFile::log, options_.engine,
                                            options_.directory, loaded->path);
    if (!header && header.error().kind == StorageErrorKind::corrupt && read < kHeaderReads)
      continue;
    if (!header) return header.error();
    loaded->home = {Zxid{header->a}, header->lineage};
    loaded->previous = loaded->last = Zxid{header->b};
    break;
  }
  if (store_file_name(StoreFile::log, loaded->home.first) != name) {
    return StorageError(StorageErrorKind::corrupt,
                        fmt::format("{}: the header is that of log.{:x}", loaded->path,
                                    loaded->home.first.value()));
  }
  loaded->size_bytes = kStoreHeaderBytes;
  files_.push_back(std::move(loaded));
  return Done{};
}

Result<Done, StorageError> TxnLog::await_check_chain() {
  for (const auto& file : files_) {
    if (file->home.lineage == lineage_) continue;
    return StorageError(
        StorageErrorKind::corrupt,
        fmt::format("{} continues a snapshot that is missing or damaged", file->path));
  }
  return Done{};
}

Result<Done, StorageError> TxnLog::await_scan(LogFile& file, bool is_last) {
  const uint64_t file_bytes = TRY(file.file->size_bytes());
  RecordReader reader(env_, *file.file, file.home, file_bytes);
  while (file.size_bytes < file_bytes) {
    const auto record = TRY(reader.await_at(file.size_bytes));
    if (!record || record->zxid <= file.last) break;
    file.added(record->zxid, record->bytes());
  }
  if (file.size_bytes < file_bytes) {
    if (!is_last || TRY(reader.await_was_promised(file.size_bytes))) {
      return StorageError(
          StorageErrorKind::corrupt,
          fmt::format("{}: damaged at byte {}, behind transaction {:x}, and what stood there was "
                      "durable: restore the file, or empty {} so that the ensemble fills it",
                      file.path, file.size_bytes, file.last.value(), options_.directory));
    }
    if (!TRY(reader.await_is_padding(file.size_bytes))) {
      sometimes(env_.buggify, kTailCut);
      log_line(env_.log, LogLevel::warn, kComponent, [&] {
        return fmt::format("{}: cut {} bytes behind transaction {:x}, which were never synced",
                           file.path, file_bytes - file.size_bytes, file.last.value());
      });
    }
    if (planted(env_.buggify, storage_bug::kTornTailKept)) {
      file.size_bytes = file_bytes;
      return Done{};
    }
  }
  file.padded_bytes = file_bytes;
  if (is_last && !planted(env_.buggify, storage_bug::kTailNotRewritten)) TRY(await_rewrite(file));
  return Done{};
}

// A copy that is checked record by record takes the file's place.
Result<Done, StorageError> TxnLog::await_rewrite(LogFile& file) {
  const std::string beside = file.path + ".recovering";
  std::shared_ptr<File> copy = TRY(env_.disk.await_open(beside, OpenMode::create));
  TRY(copy->await_truncate(0));
  TRY(await_write_fully(
      *copy, 0,
      encode_store_header(StoreFile::log, options_.engine,
                          {file.home.lineage, file.home.first.value(), file.previous.value()})));
  RecordReader reader(env_, *file.file, file.home, file.size_bytes);
  constexpr size_t kPart = 1 << 20;
  Buffer part;
  uint64_t copied = kStoreHeaderBytes;
  for (uint64_t at = copied; at < file.size_bytes;) {
    const auto record = TRY(reader.await_at(at));
    if (!record)
      return StorageError(StorageErrorKind::corrupt, file.path + " does not read the same twice");
    encode_record(part, file.home, at, record->zxid, record->synced, record->payload);
    at += record->bytes();
    if (part.size() < kPart && at < file.size_bytes) continue;
    TRY(await_write_fully(*copy, copied, part));
    copied += part.size();
    part.clear();
  }
  TRY(copy->await_sync());
  TRY(env_.disk.await_rename(beside, file.path));
  TRY(env_.disk.await_sync_directory(options_.directory));
  file.file = std::move(copy);
  file.padded_bytes = file.size_bytes;
  return Done{};
}

}  // namespace weir
