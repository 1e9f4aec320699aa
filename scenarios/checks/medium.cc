#include "scenarios/checks/medium.h"

#include "model/record/batch.h"
#include "model/record/batch_iterator.h"
#include "scenarios/workloads/values.h"

namespace weir {

std::vector<StoredRecord> records_on_medium(DiskImage& disk, const TopicPartition& tp) {
  std::vector<StoredRecord> records;
  const auto directory = disk.directory(to_string(tp));
  if (!directory) return records;
  Offset next{0};
  for (const auto& [name, node] : (*directory)->names()) {
    if (!node.file || !name.ends_with(".log")) continue;
    const BatchScan scan = scan_batches(node.file->content());
    for (const BatchView& batch : scan.batches) {
      if (batch.base_offset() != next) return records;
      BatchIterator iterator{batch};
      for (;;) {
        const auto record = iterator.next();
        if (!record || !*record) break;
        records.push_back({batch.base_offset() + (*record)->offset_delta,
                           value_id((*record)->value.value_or(ConstBytes{}))});
      }
      next = batch.last_offset() + 1;
    }
    if (scan.valid_bytes != node.file->content().size()) return records;
  }
  return records;
}

}  // namespace weir
