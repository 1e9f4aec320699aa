// Segment: one file of a partition's log, and a sparse index over it in memory.
//
//   00000000000000000042.log = *batch      ; record batches back to back, the first at offset 42
//
// The file name is the base offset in 20 digits, as Kafka writes it. The index has one entry for at
// least every `index_interval_bytes`, and is rebuilt by the scan that recovery makes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/record/batch.h"
#include "sim/base/crc32c.h"
#include "sim/env/disk.h"

namespace weir {

std::string segment_file_name(Offset base);
// Nothing for a name that is not a segment's.
std::optional<Offset> parse_segment_file_name(std::string_view name);

class Segment {
 public:
  Segment(Offset base, std::unique_ptr<File> file, uint64_t index_interval_bytes)
      : base_(base), file_(std::move(file)), index_interval_bytes_(index_interval_bytes) {}

  [[nodiscard]] Offset base() const { return base_; }
  [[nodiscard]] uint64_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] WallTime max_timestamp() const { return max_timestamp_; }
  File& file() { return *file_; }
  // Recovery keeps the checksum of what it has looked at and found good.
  void scanned(ConstBytes batch) {
    scanned_crc_ = size_bytes_ == 0 ? crc32c(batch) : crc32c_extend(scanned_crc_, batch);
  }
  [[nodiscard]] uint32_t scanned_crc() const { return scanned_crc_; }
  // The same bytes, in another file.
  void use(std::unique_ptr<File> file) { file_ = std::move(file); }

  // The batch now stands at the end of the file.
  void appended(const BatchView& batch, Offset base_offset);
  // A position at or before the batch that holds `offset`.
  [[nodiscard]] uint64_t position_before(Offset offset) const;

  // Bytes at the end of what is known that are no valid batch, though the log goes on behind them at
  // `next`: offsets from `first` to there are damaged.
  struct Damage {
    Offset first;
    Offset next;
    uint64_t position;
    uint64_t end_position;
  };
  void skip_damage(const Damage& damage);
  // The offset behind the damage that `offset` lies in.
  [[nodiscard]] std::optional<Offset> behind_damage(Offset offset) const;
  // Where the damage behind `position` begins; size_bytes() when there is none.
  [[nodiscard]] uint64_t readable_until(uint64_t position) const;

 private:
  struct IndexEntry {
    Offset offset;
    uint64_t position;
  };
  const Offset base_;
  std::unique_ptr<File> file_;
  const uint64_t index_interval_bytes_;
  uint64_t size_bytes_ = 0;
  uint32_t scanned_crc_ = 0;
  uint64_t since_last_entry_ = 0;
  WallTime max_timestamp_{-1};
  std::vector<IndexEntry> index_;
  std::vector<Damage> damage_;  // by position
};

}  // namespace weir
