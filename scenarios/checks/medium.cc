#include "scenarios/checks/medium.h"

#include <algorithm>

#include "model/record/batch_records.h"
#include "scenarios/workloads/values.h"

namespace weir {
namespace {

constexpr std::string_view kSegment = ".log";
constexpr std::string_view kCopy = ".log.recovering";

// Batches of one file from its start; `next` is the offset that continues the log. In a file that is
// not the last one damage is passed over, up to a batch that may well follow: the base offset stands
// outside of the checksum, so one that does not continue what it touches is damage, too.
void scan_file(ConstBytes content, std::optional<Offset> next_segment,
               std::vector<BatchView>& batches, Offset& next) {
  size_t at = 0;
  bool behind_damage = batches.empty();
  while (at + kBatchHeaderBytes <= content.size()) {
    const auto batch = parse_batch(content.subspan(at));
    const bool follows =
        batch.ok() && (batch->base_offset() == next ||
                       (behind_damage && batch->base_offset() > next &&
                        (!next_segment || batch->base_offset() < *next_segment)));
    if (follows) {
      batches.push_back(*batch);
      next = batch->last_offset() + 1;
      at += batch->bytes().size();
      behind_damage = false;
    } else if (!next_segment) {
      return;
    } else {
      behind_damage = true;
      ++at;
    }
  }
}

Offset base_of(std::string_view segment_name) {
  int64_t base = 0;
  for (const char c : segment_name.substr(0, segment_name.size() - kSegment.size())) {
    if (c >= '0' && c <= '9') base = base * 10 + (c - '0');
  }
  return Offset{base};
}

}  // namespace

MediumLog log_on_medium(DiskImage& disk, const TopicPartition& tp, MediumView view) {
  MediumLog log;
  const auto directory = disk.directory(to_string(tp));
  if (!directory) return log;
  const auto names =
      view == MediumView::seen ? &(*directory)->names() : &(*directory)->durable_names();
  struct Segment {
    Offset base;
    const DiskFile* file;
  };
  std::vector<Segment> segments;
  for (const auto& [name, node] : *names) {
    if (node.file && name.ends_with(kSegment)) segments.push_back({base_of(name), node.file.get()});
  }
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool is_last = i + 1 == segments.size();
    const DiskFile& file = *segments[i].file;
    log.end = std::max(log.end, segments[i].base);
    scan_file(view == MediumView::seen ? file.content() : file.durable(),
              is_last ? std::nullopt : std::optional(segments[i + 1].base), log.batches, log.end);
  }
  return log;
}

std::vector<StoredRecord> records_on_medium(DiskImage& disk, const TopicPartition& tp) {
  std::vector<StoredRecord> records;
  for (const BatchView& batch : log_on_medium(disk, tp, MediumView::seen).batches) {
    const auto opened = BatchRecords::open(batch);
    if (!opened) continue;
    BatchIterator iterator = opened->iterator(RecordHeaders::skip);
    for (;;) {
      const auto record = iterator.next();
      if (!record || !*record) break;
      records.push_back({batch.base_offset() + (*record)->offset_delta,
                         value_id((*record)->value.value_or(ConstBytes{}))});
    }
  }
  return records;
}

Offset DurableEnds::of(DiskImage& disk, const TopicPartition& tp) {
  Known& known = known_[tp];
  const auto directory = disk.directory(to_string(tp));
  const DiskFile* last = nullptr;
  std::string_view last_name;
  if (directory) {
    for (const auto& [name, node] : (*directory)->durable_names()) {
      if (node.file && name.ends_with(kSegment)) last = node.file.get(), last_name = name;
    }
  }
  if (last == nullptr) return Offset{0};
  if (known.file_id != last->id() || last->durable().size() < known.bytes) {
    known = {last->id(), 0, base_of(last_name)};
  }
  const ConstBytes fresh = ConstBytes(last->durable()).subspan(known.bytes);
  for (size_t at = 0; at + kBatchHeaderBytes <= fresh.size();) {
    const auto batch = parse_batch(fresh.subspan(at));
    if (!batch || batch->base_offset() != known.next) break;
    known.next = batch->last_offset() + 1;
    at += batch->bytes().size();
    known.bytes += batch->bytes().size();
  }
  return known.next;
}

std::optional<TopicPartition> partition_of_segment(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  if (!path.ends_with(kSegment) && !path.ends_with(kCopy)) return std::nullopt;
  const std::string_view directory = path.substr(0, slash);
  const size_t dash = directory.rfind('-');
  if (dash == std::string_view::npos || dash + 1 == directory.size()) return std::nullopt;
  int32_t index = 0;
  for (const char c : directory.substr(dash + 1)) {
    if (c < '0' || c > '9' || index > 100'000) return std::nullopt;
    index = index * 10 + (c - '0');
  }
  return TopicPartition{std::string(directory.substr(0, dash)), PartitionIndex{index}};
}

std::optional<TopicPartition> charge_damage(DiskImage& disk, const DiskDamage& damage,
                                            LossBudget& budget) {
  std::optional<TopicPartition> tp;
  std::string damaged_path;
  std::string last_path;
  disk.for_each_file([&](const std::string& path, DiskFile& file) {
    if (&file != damage.file) return;
    tp = partition_of_segment(path);
    damaged_path = path;
  });
  if (!tp) return tp;
  disk.for_each_file([&](const std::string& path, DiskFile&) {
    if (path.ends_with(kSegment) && partition_of_segment(path) == tp) {
      last_path = std::max(last_path, path);
    }
  });
  // A copy that recovery makes, and whatever will be the last segment, has an end that only a scan
  // finds. A lie of a sync is not seen at all until the power is gone.
  const bool is_tail = damaged_path >= last_path || damaged_path.ends_with(kCopy) ||
                       damage.cause == DamageCause::lying_sync;
  std::vector<BatchView> batches;
  Offset next{0};
  scan_file(damage.intact, Offset{INT64_MAX}, batches, next);
  for (const BatchView& batch : batches) {
    const auto from = static_cast<uint64_t>(batch.bytes().data() - damage.intact.data());
    if (from + batch.bytes().size() <= damage.from || from >= damage.to) continue;
    if (is_tail) {
      budget.tail_destroyed(*tp, batch.base_offset());
      break;
    }
    budget.destroyed(*tp, batch.base_offset(), batch.last_offset());
  }
  return tp;
}

}  // namespace weir
