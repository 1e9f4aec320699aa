// PartitionLog: one replica's records, in segments, on one shard.
//
//   log start ......... flushed end ..... log end
//   |--- survives power loss ---|-- in the page cache --|
//
// Appends are serialised; a flush makes all that was appended before it durable and is shared by
// everyone who waits for it (group commit). Invariants, held by one setter:
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
// Recovery reads every batch. What is not a whole, valid batch that continues the log is
//   in the last segment   a torn tail: cut, with everything behind it
//   in an earlier one     damage to what was synced (segments are synced before the next exists): the
//                         offsets up to the next valid batch stay, and answer corrupt_message
// A sync that failed once may have dropped the pages that it could not write, and the next sync says
// "done" (fsyncgate, 2018). So recovery writes the last segment anew before it believes in it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "broker/log/log_settings.h"
#include "broker/log/producer_state.h"
#include "broker/log/segment.h"
#include "model/types/error_code.h"
#include "sim/env/env.h"
#include "sim/fiber/semaphore.h"
#include "sim/fiber/wait.h"

namespace weir {

struct LogRecovery {
  uint64_t batches = 0;
  uint64_t cut_bytes = 0;          // torn tail removed
  uint32_t segments_set_aside = 0;
  uint64_t corrupt_bytes = 0;      // damaged in the middle: there, reported, not readable
};

struct AppendOutcome {
  ErrorCode error = ErrorCode::none;
  Offset base_offset = kNoOffset;
  Offset end = kNoOffset;  // the offset after the last record: wait for it with await_durable
  bool duplicate = false;
};

class PartitionLog {
 public:
  // Opens or makes the log in `directory` and recovers it. Suspends.
  static Result<std::unique_ptr<PartitionLog>, IoError> await_open(Env& env, std::string directory,
                                                          const LogSettings& settings);

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

  struct Read {
    ErrorCode error = ErrorCode::none;
    Buffer records;  // whole batches; the first holds the asked offset
  };
  // Records from `offset` up to visible_end, about max_bytes of them but at least one batch.
  Read await_read(Offset offset, uint64_t max_bytes);

  struct TimeIndexAnswer {
    ErrorCode error = ErrorCode::none;
    Offset offset = kNoOffset;
    WallTime timestamp{-1};
  };
  // The first record at or after `timestamp`; nothing found gives kNoOffset. Inside a compressed
  // batch the batch's first offset is given, which may be early but never late.
  TimeIndexAnswer await_find_timestamp(WallTime timestamp);
  TimeIndexAnswer await_find_max_timestamp();

  [[nodiscard]] Offset log_start() const { return log_start_; }
  [[nodiscard]] Offset log_end() const { return log_end_; }
  [[nodiscard]] Offset visible_end() const {
    if (!settings_.readers_wait_for_flush() || reads_unsynced_) return log_end_;
    return std::max(flushed_end_, shown_end_);
  }
  [[nodiscard]] bool online() const { return !offline_; }
  [[nodiscard]] const LogRecovery& recovery() const { return recovery_; }
  [[nodiscard]] size_t segment_count() const { return segments_.size(); }

 private:
  PartitionLog(Env& env, std::string directory, const LogSettings& settings);

  Result<Done, IoError> await_recover();
  Result<Done, IoError> await_scan(Segment& segment, std::optional<Offset> next_segment);
  Result<Buffer, IoError> await_read_part(File& file, uint64_t offset, uint64_t bytes,
                                          bool surely);
  size_t take_in(Segment& segment, const BatchScan& scan);
  Result<Done, IoError> await_cut(Segment& segment, uint64_t file_size, std::string_view reason);
  Result<bool, IoError> await_skip_damage(Segment& segment, uint64_t file_size,
                                          Offset next_segment);
  Result<Done, IoError> note_damage(Segment& segment, Offset next, uint64_t end_position);
  Result<Done, IoError> await_write_anew(Segment& segment);
  Result<uint32_t, IoError> await_copy(Segment& segment, File& copy);
  Result<Done, IoError> await_write(Segment& segment, ConstBytes batches);
  ErrorCode await_give_back_space(Segment& segment, const IoError& error);
  void assign_offsets(MutableBytes batches, const BatchScan& scan);
  Result<Done, IoError> await_set_aside(const std::vector<Offset>& bases, size_t from);
  Result<Done, IoError> await_new_segment(Offset base);
  Result<Done, IoError> await_roll_if_full(size_t incoming_bytes);
  Segment& active() { return *segments_.back(); }
  Segment& segment_of(Offset offset);
  void set_ends(Offset flushed_end, Offset log_end);
  ErrorCode fail(std::string_view doing, const IoError& error);
  [[nodiscard]] bool bug(const Site& site) const { return planted(env_.buggify, site); }

  struct Found {
    ErrorCode error = ErrorCode::none;
    Buffer chunk;
  };
  Found await_read_chunk(Segment& segment, uint64_t position, uint64_t max_bytes);
  TimeIndexAnswer await_search_segment(Segment& segment, WallTime timestamp);

  Env& env_;
  const std::string directory_;
  LogSettings settings_;
  const uint64_t trace_id_;
  Mutex appending_;
  bool flushing_ = false;
  WaitList flushed_;
  bool offline_ = false;
  std::vector<std::unique_ptr<Segment>> segments_;
  Offset log_start_{0};
  Offset flushed_end_{0};
  Offset log_end_{0};
  Offset shown_end_{0};      // visible before the settings changed
  Offset recovered_end_{0};  // where the log ended when it was opened
  const bool reads_unsynced_;  // a planted bug
  ProducerState producers_;
  LogRecovery recovery_;
};

}  // namespace weir
