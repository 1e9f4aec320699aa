// What is on a machine's medium: a partition's records, read straight from the files.
//
// Knows Kafka's file format and nothing of the broker: whole, valid batches whose offsets continue,
// from the first segment on. In the last segment the first thing that is none ends the log; in an
// earlier one, which was synced before the next began, it is damage, and the log goes on behind it.
// That is all that any recovery could honestly serve.
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
  Offset end{0};
};
MediumLog log_on_medium(DiskImage& disk, const TopicPartition& tp, MediumView view);
std::vector<StoredRecord> records_on_medium(DiskImage& disk, const TopicPartition& tp);

// Where a partition's log would end after a power loss that takes all it can. Looks only at what is
// new since it was last asked, in the last segment whose name is durable.
class DurableEnds {
 public:
  Offset of(DiskImage& disk, const TopicPartition& tp);

 private:
  struct Known {
    uint64_t file_id = 0;
    size_t bytes = 0;
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
