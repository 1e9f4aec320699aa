#include "scenarios/checks/medium.h"

#include <algorithm>

#include "model/record/batch_records.h"
#include "scenarios/checks/segment_rows.h"
#include "scenarios/workloads/values.h"

namespace weir {
namespace {

constexpr std::string_view kSegment = ".log";
constexpr std::string_view kCopy = ".log.recovering";

constexpr std::string_view kSnapshot = ".snapshot";
constexpr std::string_view kRecoveryPoints = "recovery-point-offset-checkpoint";

Offset base_of(std::string_view name) {
  int64_t base = 0;
  for (const char c : name.substr(0, name.find('.'))) {
    if (c >= '0' && c <= '9') base = base * 10 + (c - '0');
  }
  return Offset{base};
}

}  // namespace

namespace {

std::optional<Offset> recovery_point(ConstBytes file, const TopicPartition& tp) {
  const std::string line =
      "\n" + tp.topic + " " + std::to_string(tp.partition.value()) + " ";
  const std::string_view text = as_text(file);
  const size_t at = text.find(line);
  if (at == std::string_view::npos) return std::nullopt;
  int64_t offset = 0;
  for (const char c : text.substr(at + line.size())) {
    if (c < '0' || c > '9') break;
    offset = offset * 10 + (c - '0');
  }
  return Offset{offset};
}

std::string snapshot_name(Offset at) {
  const std::string digits = std::to_string(at.value());
  return std::string(20 - digits.size(), '0') + digits + std::string(kSnapshot);
}

}  // namespace

Offset durable_floor(DiskImage& disk, const TopicPartition& tp, MediumView view) {
  const auto names_of = [view](const DiskDirectory& directory) -> const DiskDirectory::Names& {
    return view == MediumView::seen ? directory.names() : directory.durable_names();
  };
  const auto content_of = [view](const DiskFile& file) -> const Buffer& {
    return view == MediumView::seen ? file.content() : file.durable();
  };
  Offset floor{0};
  const auto root = disk.directory("");
  if (root) {
    const auto file = names_of(**root).find(kRecoveryPoints);
    if (file != names_of(**root).end() && file->second.file) {
      floor = recovery_point(content_of(*file->second.file), tp).value_or(floor);
    }
  }
  const auto directory = disk.directory(to_string(tp));
  if (!directory) return floor;
  for (const auto& [name, node] : names_of(**directory)) {
    if (node.file && name.ends_with(kSnapshot)) floor = std::max(floor, base_of(name));
  }
  return floor;
}

namespace {

std::string other_ending(std::string_view segment_name, std::string_view ending) {
  return std::string(segment_name.substr(0, segment_name.find('.'))) + std::string(ending);
}

// The batch that begins at `position`, if one does.
std::optional<BatchView> batch_at_position(ConstBytes segment, int64_t position) {
  if (position < 0 || position >= static_cast<int64_t>(segment.size())) return std::nullopt;
  const auto batch = parse_batch(segment.subspan(static_cast<size_t>(position)));
  return batch ? std::optional(*batch) : std::nullopt;
}

bool offsets_agree(ConstBytes index, ConstBytes segment, Offset base) {
  for (size_t at = 0; at + 8 <= index.size(); at += 8) {
    const Offset last = base + load_big_endian<int32_t>(index.data() + at);
    const auto batch = batch_at_position(segment, load_big_endian<int32_t>(index.data() + at + 4));
    if (!batch || batch->last_offset() != last) return false;
  }
  return true;
}

bool times_agree(ConstBytes index, ConstBytes segment, Offset base) {
  for (size_t at = 0; at + 12 <= index.size(); at += 12) {
    const WallTime time{load_big_endian<int64_t>(index.data() + at)};
    const Offset last = base + load_big_endian<int32_t>(index.data() + at + 8);
    bool found = false;
    for (size_t from = 0; from + kBatchHeaderBytes <= segment.size();) {
      const auto batch = parse_batch(segment.subspan(from));
      if (!batch) break;  // a tail that no index speaks of
      if (batch->last_offset() <= last && batch->max_timestamp() > time) return false;
      found = found || (batch->last_offset() == last && batch->max_timestamp() == time);
      from += batch->bytes().size();
    }
    if (!found) return false;
  }
  return true;
}

}  // namespace

std::string index_disagreement(DiskImage& disk, const TopicPartition& tp) {
  const auto directory = disk.directory(to_string(tp));
  if (!directory) return {};
  const auto& names = (*directory)->names();
  const auto content_of = [&](const std::string& name) {
    const auto at = names.find(name);
    return at != names.end() && at->second.file ? ConstBytes(at->second.file->content())
                                                : ConstBytes{};
  };
  for (const auto& [name, node] : names) {
    if (!node.file || !name.ends_with(kSegment)) continue;
    const ConstBytes segment(node.file->content());
    const std::string index = other_ending(name, ".index");
    if (!offsets_agree(content_of(index), segment, base_of(name))) return index;
    const std::string times = other_ending(name, ".timeindex");
    if (!times_agree(content_of(times), segment, base_of(name))) return times;
  }
  return {};
}

uint64_t segment_bytes_on_medium(DiskImage& disk, const TopicPartition& tp, Offset from) {
  uint64_t bytes = 0;
  const auto directory = disk.directory(to_string(tp));
  if (!directory) return bytes;
  for (const auto& [name, node] : (*directory)->names()) {
    if (!node.file || !name.ends_with(kSegment) || base_of(name) < from) continue;
    bytes += node.file->content().size();
  }
  return bytes;
}

MediumLog log_on_medium(DiskImage& disk, const TopicPartition& tp, MediumView view) {
  MediumLog log;
  const auto directory = disk.directory(to_string(tp));
  if (!directory) return log;
  const auto names =
      view == MediumView::seen ? &(*directory)->names() : &(*directory)->durable_names();
  const Offset floor = durable_floor(disk, tp, view);
  struct Segment {
    Offset base;
    const DiskFile* file;
  };
  std::vector<Segment> segments;
  for (const auto& [name, node] : *names) {
    if (node.file && name.ends_with(kSegment)) segments.push_back({base_of(name), node.file.get()});
  }
  if (segments.empty()) return log;
  log.start = log.end = segments.front().base;
  if (const auto at = names->find(snapshot_name(log.start)); at != names->end() && at->second.file) {
    const DiskFile& file = *at->second.file;
    log.producers_at_start = view == MediumView::seen ? file.content() : file.durable();
  }
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool is_last = i + 1 == segments.size();
    const DiskFile& file = *segments[i].file;
    // A segment behind a torn tail was never promised.
    if (segments[i].base > log.end && segments[i].base > floor) return log;
    log.end = std::max(log.end, segments[i].base);
    scan_file(view == MediumView::seen ? file.content() : file.durable(),
              is_last ? std::nullopt : std::optional(segments[i + 1].base), floor, log.batches,
              log.end);
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

namespace {

// The batches that continue at `next` in the new bytes of a file; gives how many bytes they have.
size_t follow(ConstBytes fresh, Offset& next) {
  size_t at = 0;
  while (at + kBatchHeaderBytes <= fresh.size()) {
    const auto batch = parse_batch(fresh.subspan(at));
    if (!batch || batch->base_offset() != next) break;
    next = batch->last_offset() + 1;
    at += batch->bytes().size();
  }
  return at;
}

}  // namespace

Offset DurableEnds::of(DiskImage& disk, const TopicPartition& tp) {
  Known& known = known_[tp];
  const auto directory = disk.directory(to_string(tp));
  if (!directory) return known.next;
  const auto& names = (*directory)->durable_names();
  std::vector<std::pair<Offset, const DiskFile*>> segments;
  for (const auto& [name, node] : names) {
    if (node.file && name.ends_with(kSegment)) segments.emplace_back(base_of(name), node.file.get());
  }
  const Offset floor = durable_floor(disk, tp, MediumView::durable);
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto [base, file] = segments[i];
    if (base < known.base) continue;  // looked at before, and gone on from
    const ConstBytes durable(file->durable());
    if (known.file_id == file->id() && durable.size() >= known.bytes) {
      known.bytes += follow(durable.subspan(known.bytes), known.next);
      if (known.bytes == durable.size()) continue;
    }
    // Another file, or not the bytes that it had: from its start.
    if (base > known.next && base > floor && known.file_id != 0) break;
    std::vector<BatchView> batches;
    known = {file->id(), durable.size(), base, std::max(base, Offset{0})};
    scan_file(durable, i + 1 < segments.size() ? std::optional(segments[i + 1].first) : std::nullopt,
              floor, batches, known.next);
    const ConstBytes last = batches.empty() ? ConstBytes{} : batches.back().bytes();
    known.bytes = last.empty() ? 0 : static_cast<size_t>(last.data() + last.size() - durable.data());
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
  disk.for_each_file([&](const std::string& path, DiskFile& file) {
    if (&file != damage.file) return;
    tp = partition_of_segment(path);
    damaged_path = path;
  });
  if (!tp) return tp;
  // A copy is read back before it takes a segment's place: what goes astray until then excuses nothing.
  if (damage.cause == DamageCause::misdirected_write && damaged_path.ends_with(kCopy)) {
    return std::nullopt;
  }
  std::optional<Offset> next_base;
  disk.for_each_file([&](const std::string& path, DiskFile&) {
    if (!path.ends_with(kSegment) || partition_of_segment(path) != tp) return;
    if (path > damaged_path && !next_base) next_base = base_of(path.substr(path.rfind('/') + 1));
  });
  // From the floor on the end of a log is what a scan finds. A lie of a sync is not seen at all until
  // the power is gone.
  const Offset floor = damage.cause == DamageCause::lying_sync
                           ? Offset{0}
                           : durable_floor(disk, *tp, MediumView::durable);
  std::vector<BatchView> batches;
  Offset next = base_of(std::string_view(damaged_path).substr(damaged_path.rfind('/') + 1));
  scan_file(damage.intact, next_base, Offset{INT64_MAX}, batches, next);
  for (const BatchView& batch : batches) {
    const auto from = static_cast<uint64_t>(batch.bytes().data() - damage.intact.data());
    if (from + batch.bytes().size() <= damage.from || from >= damage.to) continue;
    if (batch.last_offset() >= floor) {
      budget.tail_destroyed(*tp, batch.base_offset());
      break;
    }
    budget.destroyed(*tp, batch.base_offset(), batch.last_offset());
  }
  // What was to be written may be a part of a batch: the one that comes next.
  const ConstBytes last = batches.empty() ? ConstBytes{} : batches.back().bytes();
  const auto whole_until =
      last.empty() ? 0 : static_cast<uint64_t>(last.data() + last.size() - damage.intact.data());
  if (damage.to > whole_until) budget.tail_destroyed(*tp, next);
  return tp;
}

}  // namespace weir
