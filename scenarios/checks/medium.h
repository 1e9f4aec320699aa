// What is on a machine's medium: a partition's records, read straight from the files.
//
// Knows Kafka's file format and nothing of the broker: the longest run of whole, valid batches whose
// offsets continue, from the first segment on. That is all that any recovery could honestly serve.
#pragma once

#include <vector>

#include "model/oracle/durability.h"
#include "sim/world/disk_image.h"

namespace weir {

std::vector<StoredRecord> records_on_medium(DiskImage& disk, const TopicPartition& tp);

}  // namespace weir
