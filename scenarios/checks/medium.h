// What is on a machine's medium: a partition's records, read straight from the files.
//
// Knows Kafka's file formats and nothing of the broker: whole, valid batches whose offsets continue,
// from the first segment on. Below the floor (the recovery point, or the newest producer snapshot, which
// both say that what is below them was synced) something that is none is damage, and the log goes on
// behind it; from the floor on it is the log's end. That is all that any recovery could honestly serve.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "model/oracle/durability.h"
#include "model/record/batch.h"
#include "sim/world/disk_image.h"

namespace weir {

enum class MediumView : uint8_t {
  seen,     // as a running process reads it, page cache included
  durable,  // as it would be after a power loss that takes all it can
};

struct MediumLog {
  std::vector<BatchView> batches;  // borrow from the files: look at them at once
  Offset start{0};                 // of the first segment
  Offset end{0};
  ConstBytes producers_at_start;   // the snapshot there; empty without one
};
// Where an index file of the partition says something that its segment does not hold: an entry that leads
// to no batch, or to another one, or a time that is not the batch's. Empty when all agree. Looked at as a
// running process sees them; damaged segments are the caller's to leave out.
std::string index_disagreement(DiskImage& disk, const TopicPartition& tp);
// Of the segments of a partition from `from` on, as a running process sees them.
uint64_t segment_bytes_on_medium(DiskImage& disk, const TopicPartition& tp, Offset from);
Offset durable_floor(DiskImage& disk, const TopicPartition& tp, MediumView view);
MediumLog log_on_medium(DiskImage& disk, const TopicPartition& tp, MediumView view);
std::vector<StoredRecord> records_on_medium(DiskImage& disk, const TopicPartition& tp);

// Where a partition's log would end after a power loss that takes all it can. Looks only at what is
// new since it was last asked, in the segments whose names are durable.
class DurableEnds {
 public:
  Offset of(DiskImage& disk, const TopicPartition& tp);

 private:
  struct Known {
    uint64_t file_id = 0;
    size_t bytes = 0;
    Offset base{0};
    Offset next{0};
  };
  std::map<TopicPartition, Known> known_;
};

// Whether `path` is a segment's, or a copy of one that recovery is making; and of which partition.
std::optional<TopicPartition> partition_of_segment(std::string_view path);
// Notes in `budget` which records `damage` has destroyed on `disk`.
// Gives the partition that the damage hit.
std::optional<TopicPartition> charge_damage(DiskImage& disk, const DiskDamage& damage,
                                            LossBudget& budget);

}  // namespace weir
