// The sparse indexes of one segment, as values; the files are Kafka's, byte for byte.
//
//   .index     = *( relative-offset:int32  position:int32 )       ; 8 bytes an entry
//   .timeindex = *( timestamp:int64  relative-offset:int32 )      ; 12 bytes an entry
//
// Integers are big-endian, offsets relative to the segment's base. An offset entry names the last
// offset of a batch and where that batch begins; there is one for at least every
// index.interval.bytes of log. A time entry (T, O) says: no record up to O is later than T, and the
// batch that ends at O holds T. Both grow strictly in both columns (time entries: in the timestamp).
//
// An index is a hint, never the truth: whoever reads at a position looks whether the batch there is
// the right one. Decoding therefore keeps what is in order and stops at the first entry that is not;
// zeros that Kafka has preallocated end an index in just this way.
//
// Example: batches with last offsets 4, 9, 14 at 0, 3000, 6000 and an interval of 4096 bytes give one
// entry, (14, 6000). Offset 9 is then looked for from position 0, offset 14 from 6000.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/types/ids.h"
#include "sim/base/bytes.h"
#include "sim/base/time.h"

namespace weir {

class OffsetIndex {
 public:
  static constexpr size_t kEntryBytes = 8;
  explicit OffsetIndex(Offset base) : base_(base) {}
  // What is in order of `file`; nothing that points at or behind `segment_bytes`.
  static OffsetIndex decode(Offset base, ConstBytes file, uint64_t segment_bytes);
  [[nodiscard]] Buffer encode() const;

  // The batch that ends at `last` begins at `position`.
  void add(Offset last, uint64_t position);
  // A position at or before the batch that holds `offset`; 0 when no entry is as early.
  [[nodiscard]] uint64_t position_before(Offset offset) const;
  // The batch of the last entry begins here; 0 when there is none.
  [[nodiscard]] uint64_t last_position() const;
  [[nodiscard]] size_t size() const { return entries_.size(); }
  // As its file: for the limit segment.index.bytes.
  [[nodiscard]] uint64_t size_bytes() const { return entries_.size() * kEntryBytes; }

 private:
  struct Entry {
    int32_t relative;
    int32_t position;
  };
  Offset base_;
  std::vector<Entry> entries_;
};

class TimeIndex {
 public:
  static constexpr size_t kEntryBytes = 12;
  explicit TimeIndex(Offset base) : base_(base) {}
  static TimeIndex decode(Offset base, ConstBytes file);
  [[nodiscard]] Buffer encode() const;

  // Ignored when it is not later than the last entry.
  void add(WallTime timestamp, Offset last);
  // The last entry's timestamp; -1 without one.
  [[nodiscard]] WallTime latest() const {
    return entries_.empty() ? WallTime{-1} : WallTime{entries_.back().timestamp};
  }
  // Where to begin to look for the first record at or after `timestamp`.
  [[nodiscard]] Offset search_from(WallTime timestamp) const;
  [[nodiscard]] size_t size() const { return entries_.size(); }
  [[nodiscard]] uint64_t size_bytes() const { return entries_.size() * kEntryBytes; }

 private:
  struct Entry {
    int64_t timestamp;
    int32_t relative;
  };
  Offset base_;
  std::vector<Entry> entries_;
};

}  // namespace weir
