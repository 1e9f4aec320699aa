// PartitionLog: one replica's records, in segments, on one shard.
//
//   log start ......... flushed end ..... log end
//   |--- survives power loss ---|-- in the page cache --|
//
// Appends are serialised and never wait for the disk: a full segment is closed and the next one begun
// at once; a background fiber syncs the closed one, writes its indexes and the producers' snapshot and
// so *seals* it. A flush makes all that was appended before it durable and is shared by everyone who
// waits for it (group commit). Syncs happen one at a time and in the order of the log: two syncs of one
// file share one error report (seed 730 of disk-faults). Invariants, held by one setter:
//
//   log_start <= flushed_end <= log_end;   visible_end is flushed_end when every append is flushed
//   before its ack (flush_interval_messages == 1), else log_end
//
// so that with flush-before-ack no reader ever sees a record that a power loss could take back.
//
// A write or sync that fails leaves the state of the file unknown (fsync after a failed fsync proves
// nothing), so the log goes offline: every call then answers kafka_storage_error, until a restart
// recovers it. Only a full disk is not the file's fault: what the append wrote is cut off again, the
// producer gets the error, and the log goes on.
//
// What of a log was durable once is known from two places: the recovery point that its owner keeps
// (LogOpening), and the newest producer snapshot, which is written only after everything below its
// offset was synced. Below that *floor* segments are believed as they are (each shows that it ends
// where the next begins); from the floor on every batch is read again. See log_recovery.cc.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "broker/log/leader_epochs.h"
#include "broker/log/log_files.h"
#include "broker/log/log_settings.h"
#include "broker/log/producer_state.h"
#include "broker/log/segment_scan.h"
#include "model/types/error_code.h"
#include "sim/env/env.h"
#include "sim/fiber/gate.h"
#include "sim/fiber/semaphore.h"
#include "sim/fiber/wait.h"

namespace weir {

// What is remembered of a log outside of its directory.
struct LogOpening {
  Offset recovery_point{0};  // everything below it was synced (recovery-point-offset-checkpoint)
  Offset log_start{0};       // records below it were deleted (log-start-offset-checkpoint)
};

struct LogRecovery {
  uint64_t batches = 0;            // read again
  uint64_t cut_bytes = 0;          // torn tail removed
  uint32_t segments_dropped = 0;   // behind a torn tail
  uint32_t segments_set_aside = 0;
  uint32_t segments_trusted = 0;   // believed without reading their batches
  uint64_t corrupt_bytes = 0;      // damaged in the middle: there, reported, not readable
  uint32_t damages = 0;            // runs of offsets that are lost
};

struct AppendOutcome {
  ErrorCode error = ErrorCode::none;
  Offset base_offset = kNoOffset;
  Offset end = kNoOffset;  // the offset after the last record: wait for it with await_durable
  bool duplicate = false;
};

// Whole batches for a reader: few in memory, many as a range of their segment's file.
struct LogRecords {
  Buffer bytes;
  std::unique_ptr<FileSlice> file;  // then `bytes` is empty
  uint64_t from = 0;                // in the slice
  uint64_t file_bytes = 0;

  [[nodiscard]] uint64_t size() const { return bytes.size() + file_bytes; }
};

class PartitionLog {
 public:
  // Opens or makes the log in `directory` and recovers it. Suspends.
  static Result<std::unique_ptr<PartitionLog>, IoError> await_open(Env& env, std::string directory,
                                                                   const LogSettings& settings,
                                                                   const LogOpening& opening = {});

  // Appends `batches`, one or more whole batches that parse_batch accepted; assigns their offsets in
  // place. Suspends; appends of other fibers wait.
  AppendOutcome await_append(MutableBytes batches);
  // From now on. What readers have seen stays visible, whatever the new settings promise.
  void configure(const LogSettings& settings) {
    shown_end_ = visible_end();
    settings_ = settings;
  }
  // Until everything before `end` is as durable as the settings promise for an ack.
  ErrorCode await_durable(Offset end);
  // Until everything before `end` is synced.
  ErrorCode await_flush(Offset end);
  // Syncs when the oldest unsynced record has waited for flush_interval.
  void await_flush_if_due();

  struct Read {
    ErrorCode error = ErrorCode::none;
    Buffer records;  // whole batches; the first holds the asked offset
  };
  struct Slice {
    ErrorCode error = ErrorCode::none;
    LogRecords records;
  };
  // Records from `offset` up to visible_end, about max_bytes of them but at least one batch. As a slice
  // they are for sending: nobody has looked at more than their headers.
  Read await_read(Offset offset, uint64_t max_bytes);
  Slice await_slice(Offset offset, uint64_t max_bytes);

  struct TimeIndexAnswer {
    ErrorCode error = ErrorCode::none;
    Offset offset = kNoOffset;
    WallTime timestamp{-1};
  };
  // The first record at or after `timestamp`; nothing found gives kNoOffset. For a batch that
  // cannot be read its first offset is given, which may be early but never late.
  TimeIndexAnswer await_find_timestamp(WallTime timestamp);
  TimeIndexAnswer await_find_max_timestamp();

  // --- what goes (log_retention.cc) ---
  // Records below `offset` are deleted: readers get none from now on. It lasts over a restart once the
  // owner has written log_start() to its checkpoint. offset_out_of_range above visible_end.
  ErrorCode await_delete_before(Offset offset);
  // Removes the oldest segments as retention.bytes, retention.ms and log_start say; each is gone from
  // the disk for good before the log starts behind it. Gives how many. `now`: the wall clock.
  uint32_t await_apply_retention(WallTime now);
  // Forgets what can be read again: indexes of sealed segments that nobody has used since the last
  // call, producers that have sent nothing since `idle_since`.
  void tidy(WallTime idle_since);

  // --- the end ---
  // In order: nothing is appended any more, everything is synced and sealed, so that the next opening
  // reads no batch again. The log is of no use afterwards.
  void await_close();
  // Lets background work end, and nothing else: for an owner that gives the log up as it is.
  void await_quiet() { background_.await_close(); }
  // Before its directory goes: refuses appends from now on and waits for the work that is in it.
  void await_retire();

  [[nodiscard]] const LogSettings& settings() const { return settings_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] Offset log_start() const { return log_start_; }
  [[nodiscard]] Offset log_end() const { return log_end_; }
  [[nodiscard]] Offset flushed_end() const { return flushed_end_; }
  [[nodiscard]] Offset visible_end() const {
    if (!settings_.readers_wait_for_flush() || reads_unsynced_) return log_end_;
    return std::max(flushed_end_, shown_end_);
  }
  // May be written to the recovery-point checkpoint.
  [[nodiscard]] Offset recovery_point() const;
  [[nodiscard]] bool online() const { return !offline_; }
  [[nodiscard]] const LogRecovery& recovery() const { return recovery_; }
  [[nodiscard]] size_t segment_count() const { return segments_.size(); }
  [[nodiscard]] uint64_t size_bytes() const;
  [[nodiscard]] const LeaderEpochs& epochs() const { return epochs_; }
  [[nodiscard]] const ProducerState& producers() const { return producers_; }

 private:
  using SegmentPtr = std::shared_ptr<Segment>;

  PartitionLog(Env& env, std::string directory, const LogSettings& settings);

  // --- append (log.cc) ---
  Result<Done, IoError> await_new_segment(Offset base);
  [[nodiscard]] bool should_roll(ConstBytes batches, const BatchScan& scan) const;
  Result<Done, IoError> await_roll();
  Result<Done, IoError> await_write(Segment& segment, ConstBytes batches);
  ErrorCode await_give_back_space(Segment& segment, const IoError& error);
  ErrorCode refuse_for_space(const IoError& error);
  void assign_offsets(MutableBytes batches, const BatchScan& scan);

  // --- flush and seal (log_flush.cc) ---
  Result<Done, IoError> await_make_durable(Offset end);
  Result<Done, IoError> await_flush_step();
  Result<Done, IoError> await_write_anew(Segment& segment);
  static Result<uint32_t, IoError> await_crc_of(File& file, uint64_t bytes);
  Result<uint32_t, IoError> await_copy(Segment& segment, File& copy, uint64_t bytes);
  void seal_in_background();
  void await_seal_closed();
  Result<Done, IoError> await_write_indexes(const Segment& segment);
  Result<Done, IoError> await_write_snapshot(Offset at, ConstBytes snapshot);
  Result<Done, IoError> await_write_epochs();

  // --- read (log_read.cc) ---
  // Where in a slice the asked batches stand.
  struct Place {
    bool corrupt = false;
    uint64_t from = 0;
    uint64_t bytes = 0;              // 0: the slice ends too early
    std::optional<uint64_t> needed;  // then: the length of the asked batch, if it was seen
  };
  Slice await_slice_in(const SegmentPtr& segment, Offset offset, Offset visible,
                       uint64_t max_bytes);
  static Result<Place, IoError> await_find_in(FileSlice& slice, Offset offset, Offset visible,
                                              uint64_t max_bytes);
  Slice await_give(std::unique_ptr<FileSlice> slice, const Place& place);
  ErrorCode await_need_indexes(const SegmentPtr& segment);
  // A reader has met what is no batch: reads a closed segment from end to end, once.
  ErrorCode await_examine(const SegmentPtr& segment);
  TimeIndexAnswer await_search_segment(const SegmentPtr& segment, WallTime timestamp);

  // --- retention (log_retention.cc) ---
  [[nodiscard]] std::string_view reason_to_delete_oldest(WallTime now) const;
  Result<Done, IoError> await_delete_oldest(std::string_view reason);
  // As the event log.start says it.
  enum class StartReason : uint8_t { opened, records_deleted, segment_leaves, segment_deleted };
  void raise_log_start(Offset offset, StartReason reason);

  // --- recovery (log_recovery.cc) ---
  struct Files {
    std::vector<Offset> segments;
    std::vector<Offset> snapshots;
    std::vector<std::string> to_remove;
  };
  Result<Done, IoError> await_recover(const LogOpening& opening);
  Result<Files, IoError> await_list();
  Result<Offset, IoError> await_restore_producers(const Files& files);
  std::optional<ProducerState> await_read_snapshot(Offset at);
  Result<bool, IoError> await_recover_segment(const Files& files, size_t i, Offset floor,
                                              Offset snapshot);
  Result<bool, IoError> await_read_again(const Files& files, size_t i, std::optional<Offset> next,
                                         Offset floor, Offset snapshot);
  Result<bool, IoError> await_trust(Segment& segment, Offset end);
  Result<Done, IoError> await_cut(Segment& segment, const ScanEnd& end);
  void lose_up_to(Offset floor);
  Result<Done, IoError> await_drop(const std::vector<Offset>& segments, size_t from, bool keep);
  void note_damage(const Segment& segment, const Segment::Damage& damage);
  void note_batch(const BatchView& batch, Offset snapshot);

  Segment& active() { return *segments_.back(); }
  [[nodiscard]] const SegmentPtr& segment_of(Offset offset) const;
  // Where `segment` ends: its successor's base, or the log's end.
  [[nodiscard]] Offset end_of(const Segment& segment) const;
  [[nodiscard]] bool is_active(const Segment& segment) const { return &segment == segments_.back().get(); }
  [[nodiscard]] std::string path_of(Offset at, LogFileKind kind) const {
    return directory_ + "/" + log_file_name(at, kind);
  }
  void set_ends(Offset flushed_end, Offset log_end);
  ErrorCode fail(std::string_view doing, const IoError& error);
  [[nodiscard]] bool bug(const Site& site) const { return planted(env_.buggify, site); }

  Env& env_;
  const std::string directory_;
  LogSettings settings_;
  const uint64_t trace_id_;
  Mutex appending_;
  Mutex sealing_;
  Gate background_;
  bool flushing_ = false;
  WaitList flushed_;
  bool offline_ = false;
  bool closing_ = false;
  std::vector<SegmentPtr> segments_;
  Offset log_start_{0};
  Offset flushed_end_{0};
  Offset log_end_{0};
  Offset shown_end_{0};      // visible before the settings changed
  Offset recovered_end_{0};  // where the log ended when it was opened
  Offset snapshot_at_{-1};   // the newest producer snapshot on the disk
  TimePoint unsynced_since_ = TimePoint::never();
  const bool reads_unsynced_;  // a planted bug
  ProducerState producers_;
  LeaderEpochs epochs_;
  LogRecovery recovery_;
};

}  // namespace weir
