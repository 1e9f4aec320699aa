// The reading side of PartitionLog: by offset, by timestamp.
#include <algorithm>

#include "broker/log/batch_walk.h"
#include "broker/log/log.h"
#include "broker/log/log_bugs.h"
#include "model/record/batch_records.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr uint64_t kSearchChunkBytes = 256 * 1024;
constexpr uint64_t kMaxIndexBytes = 64 << 20;
constexpr Site kExamined{"sometimes.log.segment_examined"};
constexpr Site kSliced{"sometimes.log.sliced"};
constexpr Site kSliceFrom{"buggify.log.slice_from"};
// Fewer bytes are copied: a system call costs more.
constexpr uint64_t kSliceFromBytes = 32 * 1024;

}  // namespace

// The indexes of a segment that nobody has looked into lately are on the disk.
ErrorCode PartitionLog::await_need_indexes(const SegmentPtr& segment) {
  segment->used = true;
  if (segment->has_indexes()) return ErrorCode::none;
  const auto read = [&](LogFileKind kind) {
    return await_read_file(env_.disk, path_of(segment->base(), kind), kMaxIndexBytes);
  };
  const auto offsets = read(LogFileKind::offset_index);
  const auto times = read(LogFileKind::time_index);
  for (const auto* file : {&offsets, &times}) {
    // Without one the search begins at the segment's start: slow, and right.
    if (!*file && file->error().kind != IoErrorKind::not_found) {
      return fail("reading an index", file->error());
    }
  }
  if (segment->has_indexes()) return ErrorCode::none;  // another reader was as fast
  segment->set_indexes(OffsetIndex::decode(segment->base(), offsets ? ConstBytes(*offsets) : ConstBytes{},
                                           segment->size_bytes()),
                       TimeIndex::decode(segment->base(), times ? ConstBytes(*times) : ConstBytes{}));
  return ErrorCode::none;
}

PartitionLog::Read PartitionLog::await_read(Offset offset, uint64_t max_bytes) {
  Slice found = await_slice(offset, max_bytes);
  Read read{.error = found.error, .records = std::move(found.records.bytes)};
  if (found.records.file == nullptr) return read;
  auto copy =
      BatchWalk(*found.records.file).await_copy(found.records.from, found.records.file_bytes);
  if (!copy) return {.error = fail("reading", copy.error()), .records = {}};
  env_.scheduler.charge(Work::copy_bytes, copy->size());
  return {.error = ErrorCode::none, .records = std::move(*copy)};
}

PartitionLog::Slice PartitionLog::await_slice(Offset offset, uint64_t max_bytes) {
  for (;;) {
    if (offline_) return {.error = ErrorCode::kafka_storage_error, .records = {}};
    const Offset visible = visible_end();
    if (offset < log_start_ || offset > visible) {
      return {.error = ErrorCode::offset_out_of_range, .records = {}};
    }
    if (offset == visible) return {};
    const SegmentPtr segment = segment_of(offset);
    if (const auto behind = segment->behind_damage(offset)) {
      if (!bug(log_bug::kCorruptionSkipped)) {
        return {.error = ErrorCode::corrupt_message, .records = {}};
      }
      offset = *behind;
      continue;
    }
    Slice found = await_slice_in(segment, offset, visible, max_bytes);
    if (found.error != ErrorCode::corrupt_message || is_active(*segment) || segment->examined) {
      return found;
    }
    // What recovery believed without looking, or what has rotted since.
    if (const ErrorCode error = await_examine(segment); error != ErrorCode::none) {
      return {.error = error, .records = {}};
    }
  }
}

PartitionLog::Slice PartitionLog::await_slice_in(const SegmentPtr& segment, Offset offset,
                                                 Offset visible, uint64_t max_bytes) {
  if (const ErrorCode error = await_need_indexes(segment); error != ErrorCode::none) {
    return {.error = error, .records = {}};
  }
  const std::shared_ptr<File> file = segment->file();
  uint64_t position = segment->position_before(offset);
  uint64_t wanted = max_bytes + settings_.index_interval_bytes + kBatchHeaderBytes;
  for (;;) {
    const uint64_t end = segment->readable_until(position);
    auto slice = file->await_slice(position, std::min(wanted, end - std::min(end, position)));
    if (!slice) return {.error = fail("reading", slice.error()), .records = {}};
    const auto place = await_find_in(**slice, offset, visible, max_bytes);
    if (!place) return {.error = fail("reading", place.error()), .records = {}};
    if (place->corrupt) return {.error = ErrorCode::corrupt_message, .records = {}};
    if (place->bytes > 0) return await_give(std::move(*slice), *place);
    // The first batch does not fit: at least one is always given, however large.
    if ((*slice)->size_bytes() < wanted)
      return {.error = ErrorCode::corrupt_message, .records = {}};
    position += place->from;
    wanted = std::max(place->needed.value_or(wanted), wanted * 2);
  }
}

Result<PartitionLog::Place, IoError> PartitionLog::await_find_in(FileSlice& slice, Offset offset,
                                                                 Offset visible,
                                                                 uint64_t max_bytes) {
  BatchWalk walk(slice);
  const uint64_t size = slice.size_bytes();
  uint64_t from = 0;  // behind the batches before the asked offset
  auto batch = TRY(walk.await_peek(0));
  while (batch && batch->last < offset && from + batch->length < size) {
    from += batch->length;
    batch = TRY(walk.await_peek(from));
  }
  if (!batch || batch->last < offset) return Place{.from = from};
  if (from + batch->length > size) return Place{.from = from, .needed = batch->length};
  // The base offset stands outside of the checksum: that batches continue each other is what shows
  // that it is whole.
  if (batch->first > offset) return Place{.corrupt = true};
  uint64_t end = from + batch->length;
  Offset last = batch->last;
  for (;;) {
    const auto next = TRY(walk.await_peek(end));
    if (!next || next->first != last + 1 || next->last >= visible ||
        end + next->length - from > max_bytes || end + next->length > size) {
      break;
    }
    end += next->length;
    last = next->last;
  }
  return Place{.from = from, .bytes = end - from};
}

PartitionLog::Slice PartitionLog::await_give(std::unique_ptr<FileSlice> slice, const Place& place) {
  if (place.bytes >= limit<uint64_t>(env_.buggify, kSliceFrom, kSliceFromBytes, 1)) {
    sometimes(env_.buggify, kSliced);
    return {
        .error = ErrorCode::none,
        .records = {
            .bytes = {}, .file = std::move(slice), .from = place.from, .file_bytes = place.bytes}};
  }
  auto copy = BatchWalk(*slice).await_copy(place.from, place.bytes);
  if (!copy) return {.error = fail("reading", copy.error()), .records = {}};
  env_.scheduler.charge(Work::copy_bytes, copy->size());
  return {.error = ErrorCode::none,
          .records = {.bytes = std::move(*copy), .file = nullptr, .from = 0, .file_bytes = 0}};
}

ErrorCode PartitionLog::await_examine(const SegmentPtr& segment) {
  const Offset end = end_of(*segment);
  auto twin = std::make_shared<Segment>(segment->base(), segment->file(),
                                        settings_.index_interval_bytes,
                                        bug(log_bug::kTimeIndexMisordered));
  std::vector<Segment::Damage> damages;
  SegmentScan scan(env_, path_of(segment->base(), LogFileKind::segment), *twin,
                   [](const BatchView&) {},
                   [&](const Segment::Damage& damage) { damages.push_back(damage); });
  const auto scanned = scan.await_run({segment->base(), end, end});
  if (!scanned) return fail("reading", scanned.error());
  sometimes(env_.buggify, kExamined);
  const auto at = std::find(segments_.begin(), segments_.end(), segment);
  // Deleted meanwhile, or another reader was as fast, or it has grown out of doubt.
  if (at == segments_.end() || segment->examined || segment->file() != twin->file()) {
    return ErrorCode::none;
  }
  for (const Segment::Damage& damage : damages) note_damage(*twin, damage);
  twin->finish_time_index();
  twin->take_state_of(*segment);
  twin->examined = twin->used = true;
  *at = std::move(twin);
  return ErrorCode::none;
}

PartitionLog::TimeIndexAnswer PartitionLog::await_search_segment(const SegmentPtr& segment,
                                                                 WallTime timestamp) {
  if (const ErrorCode error = await_need_indexes(segment); error != ErrorCode::none) {
    return {.error = error};
  }
  const Offset end = std::min(end_of(*segment), visible_end());
  Offset at = std::max(segment->times().search_from(timestamp), log_start_);
  while (at < end) {
    const Read read = await_read(at, kSearchChunkBytes);
    if (read.error != ErrorCode::none) return {.error = read.error};
    const BatchScan scan = scan_batches(read.records, CrcCheck::skip);
    if (scan.batches.empty()) break;
    for (const BatchView& batch : scan.batches) {
      at = batch.last_offset() + 1;
      if (batch.max_timestamp() < timestamp) continue;
      const auto records = BatchRecords::open(batch);
      if (records) env_.scheduler.charge(Work::compress_bytes, records->decompressed_bytes());
      const auto found = records ? find_timestamp(batch, *records, timestamp) : records.error();
      // Too early is right enough, too late would hide records.
      if (!found || !*found) {
        return {.offset = batch.base_offset(), .timestamp = batch.base_timestamp()};
      }
      return {.offset = (*found)->offset, .timestamp = (*found)->timestamp};
    }
  }
  return {};
}

PartitionLog::TimeIndexAnswer PartitionLog::await_find_timestamp(WallTime timestamp) {
  // By base, because segments come and go while this waits.
  for (Offset from = log_start_;;) {
    const SegmentPtr segment = segment_of(std::max(from, log_start_));
    const Offset end = end_of(*segment);
    if (segment->max_timestamp() >= timestamp) {
      const TimeIndexAnswer answer = await_search_segment(segment, timestamp);
      if (answer.error != ErrorCode::none || answer.offset != kNoOffset) return answer;
    }
    if (is_active(*segment) || end >= log_end_) return {};
    from = end;
  }
}

PartitionLog::TimeIndexAnswer PartitionLog::await_find_max_timestamp() {
  WallTime greatest{-1};
  for (const SegmentPtr& segment : segments_) {
    greatest = std::max(greatest, segment->max_timestamp());
  }
  if (greatest < WallTime{0}) return {};
  return await_find_timestamp(greatest);
}

}  // namespace weir
