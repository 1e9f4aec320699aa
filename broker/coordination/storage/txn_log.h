// TxnLog: the transactions of one server on its disk, a chain of files that are rolled by size.
//
//   log.1        previous 0    1 2 3 4                    sealed: synced before the next was made
//   log.5        previous 4    5 6 7 200000001
//   log.200000002  previous 200000001   200000002 ...     the last: only its tail may tear
//
// Every file names the zxid that it continues, so a file that is missing is seen. `base()` is the
// zxid before the first record held: 0, or a snapshot's.
//
// The file in use ends with zeros, written ahead of the records: a sync of a record that fills them up has
// no new size to make durable, so the file system need not write its journal. A file that is sealed has none.
//
// Owned by TxnStore (txn_store.h), which knows of snapshots and has the rules. Calls may come from
// several fibers. Appends follow one another; a sync covers what was appended before it began, and
// two never run at once: they would share one error. After a failed write or sync everything is
// refused with `failed`, until another open has recovered.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "broker/coordination/storage/record_reader.h"
#include "sim/fiber/semaphore.h"

namespace weir {

struct TxnRecord {
  Zxid zxid;
  Buffer payload;
  friend bool operator==(const TxnRecord&, const TxnRecord&) = default;
};

struct TxnLogOptions {
  std::string directory;
  std::string engine;              // "solo", "raft", "zab"
  uint64_t file_bytes = 64 << 20;  // a file is rolled once it has as many (ZooKeeper: preAllocSize)
  uint64_t record_bytes =
      4 << 20;  // the largest payload (jute.maxbuffer and what stands around it)
};

class TxnLog {
 public:
  // Recovers the files `names` of the directory. `durable_to`: a snapshot of this zxid is there,
  // and the history from it on is of this `lineage`. What is older, or ends before it, goes.
  static Result<std::unique_ptr<TxnLog>, StorageError> await_open(
      Env& env, const TxnLogOptions& options, uint32_t lineage, Zxid durable_to,
      const std::vector<std::string>& names);

  Result<Done, StorageError> await_append(std::span<const TxnRecord> records);
  Result<Done, StorageError> await_sync();
  Result<Done, StorageError> await_truncate_after(Zxid last);
  Result<std::vector<TxnRecord>, StorageError> await_read(Zxid after, uint64_t max_bytes);
  // Files that hold nothing behind `zxid` go, oldest first; the last one stays.
  Result<Done, StorageError> await_purge_to(Zxid zxid);
  // Everything goes; the history continues at `base`.
  Result<Done, StorageError> await_restart(Zxid base, uint32_t lineage);
  void roll_before_next_append() { roll_wanted_ = true; }
  StorageError fail(const StorageError& why);

  [[nodiscard]] Zxid base() const { return base_; }
  [[nodiscard]] Zxid last() const { return last_; }
  [[nodiscard]] Zxid last_synced() const { return last_synced_; }
  [[nodiscard]] std::optional<Zxid> first() const;
  [[nodiscard]] uint32_t lineage() const { return lineage_; }
  [[nodiscard]] size_t file_count() const { return files_.size(); }
  [[nodiscard]] Result<Done, StorageError> check_usable() const;

 private:
  struct Mark {
    Zxid zxid;  // of the record that ends at `end`
    uint64_t end = 0;
  };
  struct LogFile {
    RecordHome home;
    Zxid previous;
    std::string path;
    std::shared_ptr<File> file;
    uint64_t size_bytes = 0;    // up to the end of the last record
    uint64_t padded_bytes = 0;  // with the zeros behind it: as large as the file is
    Zxid last;                // == previous while it has no record
    std::vector<Mark> marks;  // one every some KiB
    void added(Zxid zxid, uint64_t bytes);
  };

  TxnLog(Env& env, TxnLogOptions options, uint32_t lineage)
      : env_(env),
        options_(std::move(options)),
        lineage_(lineage),
        shape_(env.scheduler),
        writing_(env.scheduler),
        syncing_(env.scheduler) {}

  // txn_log_recovery.cc
  Result<Done, StorageError> await_recover(Zxid durable_to, const std::vector<std::string>& names);
  Result<Done, StorageError> await_load(const std::string& name);
  Result<Done, StorageError> await_scan(LogFile& file, bool is_last);
  Result<Done, StorageError> await_check_chain();
  Result<Done, StorageError> await_rewrite(LogFile& file);

  Result<Done, StorageError> await_roll(Zxid first);
  Result<Done, StorageError> await_sync_current();
  Result<Done, StorageError> await_seal();
  Result<Done, StorageError> await_remove_last();
  Result<Done, StorageError> await_cut(LogFile& file, Zxid last);
  // Where the first record behind `zxid` stands.
  Result<Mark, StorageError> await_find_behind(const LogFile& file, Zxid zxid);
  [[nodiscard]] std::string path_of(std::string_view name) const;

  Env& env_;
  const TxnLogOptions options_;
  uint32_t lineage_;
  Mutex shape_;                                  // reads, and what takes records or files away
  Mutex writing_;                                // taken behind shape_
  Mutex syncing_;                                // taken behind writing_
  std::vector<std::unique_ptr<LogFile>> files_;  // ascending
  Zxid base_;
  Zxid last_;
  Zxid last_synced_;
  uint64_t synced_bytes_ = 0;  // of the last file
  bool roll_wanted_ = false;
  std::optional<StorageError> failure_;
};

}  // namespace weir
