// Segment: one file of a log's batches, with its sparse indexes.
//
// The last segment of a log is active: it grows, and its indexes grow in memory with it. The others
// are closed: they never change again. A closed segment is *sealed* once it is synced, its indexes are
// on the disk and its successor's producer snapshot is; until then its indexes stay in memory, later
// they are read when somebody looks for something and dropped again (`drop_indexes`).
//
// Readers hold a segment by shared_ptr over their suspensions, and a file likewise: retention may take
// the segment out of the log, and recovery's copy the file's place, while they read.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "broker/log/segment_index.h"
#include "model/record/batch.h"
#include "sim/base/crc32c.h"
#include "sim/env/disk.h"

namespace weir {

class Segment {
 public:
  // `misordered_times` is a planted bug.
  Segment(Offset base, std::shared_ptr<File> file, uint64_t index_interval_bytes,
          bool misordered_times = false)
      : base_(base),
        file_(std::move(file)),
        index_interval_bytes_(index_interval_bytes),
        misordered_times_(misordered_times),
        offsets_(OffsetIndex(base)),
        times_(TimeIndex(base)) {}

  [[nodiscard]] Offset base() const { return base_; }
  [[nodiscard]] uint64_t size_bytes() const { return size_bytes_; }
  // Of all records; -1 without one.
  [[nodiscard]] WallTime max_timestamp() const { return max_timestamp_; }
  // Of the first batch: rolling by time counts from it.
  [[nodiscard]] WallTime first_timestamp() const { return first_timestamp_; }
  [[nodiscard]] std::shared_ptr<File> file() const { return file_; }
  // The same bytes, in another file.
  void use(std::shared_ptr<File> file) { file_ = std::move(file); }

  // The batch now stands at the end of the file.
  void appended(const BatchView& batch, Offset base_offset);
  // Of a segment that is believed as it is: its batches have not been read.
  void found(uint64_t size_bytes, WallTime max_timestamp, WallTime first_timestamp);

  // --- indexes ---
  [[nodiscard]] bool has_indexes() const { return offsets_.has_value(); }
  [[nodiscard]] const OffsetIndex& offsets() const { return *offsets_; }
  [[nodiscard]] const TimeIndex& times() const { return *times_; }
  void set_indexes(OffsetIndex offsets, TimeIndex times);
  void drop_indexes();
  // The last entry of the time index: the latest timestamp, whatever the interval.
  void finish_time_index();
  // A position at or before the batch that holds `offset`.
  [[nodiscard]] uint64_t position_before(Offset offset) const;
  // Whether one more entry would pass segment.index.bytes.
  [[nodiscard]] bool indexes_full(uint64_t limit_bytes) const;

  // Everything but what it holds: where its twin takes its place.
  void take_state_of(const Segment& other) {
    name_durable = other.name_durable;
    sealed = other.sealed;
    snapshot_at_end = other.snapshot_at_end;
  }

  // --- damage ---
  // Bytes that are no valid batch though they were synced once; the log goes on behind them at `next`.
  // Offsets from `first` to there answer corrupt_message.
  struct Damage {
    Offset first;
    Offset next;
    uint64_t position;
    uint64_t end_position;
  };
  // `bytes` are the damaged ones, from damage.position on.
  void skip_damage(const Damage& damage, ConstBytes bytes);
  // The offset behind the damage that `offset` lies in.
  [[nodiscard]] std::optional<Offset> behind_damage(Offset offset) const;
  // Where the damage behind `position` begins; size_bytes() when there is none.
  [[nodiscard]] uint64_t readable_until(uint64_t position) const;

  // --- what the disk has of it ---
  // All bytes up to size_bytes(), as they were scanned or appended.
  [[nodiscard]] uint32_t crc() const { return crc_; }
  bool name_durable = false;   // its directory was synced since it got its name
  // Some of its bytes were in the page cache when this process found them: an earlier process's sync
  // may have failed and dropped them, so only writing them again makes them durable.
  bool in_doubt = false;
  bool sealed = false;
  bool index_frozen = false;   // a planted bug: what an index file says is not looked after any more
  bool examined = false;       // a reader met damage, and all of it was scanned
  bool used = false;           // since its indexes were last thought of dropping
  // Of a closed segment that is not sealed: the producers behind it. Empty when only a later state is
  // known, because recovery began with a newer snapshot: what there is on the disk stays.
  Buffer snapshot_at_end;

 private:
  const Offset base_;
  std::shared_ptr<File> file_;
  const uint64_t index_interval_bytes_;
  const bool misordered_times_;
  uint64_t size_bytes_ = 0;
  uint32_t crc_ = 0;
  uint64_t since_last_entry_ = 0;
  WallTime max_timestamp_{-1};
  WallTime first_timestamp_{-1};
  Offset max_timestamp_last_;  // the last offset of the batch that has it
  std::optional<OffsetIndex> offsets_;
  std::optional<TimeIndex> times_;
  std::vector<Damage> damage_;  // by position
};

}  // namespace weir
