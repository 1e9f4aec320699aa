// The reading side of PartitionLog: by offset, by timestamp.
#include <algorithm>

#include "broker/log/log.h"
#include "broker/log/log_bugs.h"
#include "model/record/batch_records.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr uint64_t kSearchChunkBytes = 256 * 1024;
constexpr uint64_t kMaxIndexBytes = 64 << 20;
constexpr Site kExamined{"sometimes.log.segment_examined"};

struct BatchSpan {
  Offset first;
  Offset last;
  size_t length = 0;
};

// Nothing when the header is not whole, or is no header: the medium may have rotted since recovery.
std::optional<BatchSpan> peek_batch(ConstBytes bytes) {
  if (bytes.size() < kBatchHeaderBytes) return std::nullopt;
  const int64_t length =
      int64_t{load_big_endian<int32_t>(bytes.data() + batch_at::length)} + kBatchPrefixBytes;
  if (length < static_cast<int64_t>(kBatchHeaderBytes)) return std::nullopt;
  const Offset first{load_big_endian<int64_t>(bytes.data() + batch_at::base_offset)};
  const int32_t delta = load_big_endian<int32_t>(bytes.data() + batch_at::last_offset_delta);
  return BatchSpan{first, first + delta, static_cast<size_t>(length)};
}

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

PartitionLog::Found PartitionLog::await_read_chunk(const Segment& segment, uint64_t position,
                                                   uint64_t max_bytes) {
  const uint64_t end = segment.readable_until(position);
  const uint64_t available = end - std::min(end, position);
  Found found;
  found.chunk.resize(std::min(max_bytes, available));
  const std::shared_ptr<File> file = segment.file();
  const auto read = await_read_fully(*file, position, found.chunk);
  if (!read) {
    found.error = fail("reading", read.error());
    return found;
  }
  found.chunk.resize(*read);
  return found;
}

PartitionLog::Read PartitionLog::await_read(Offset offset, uint64_t max_bytes) {
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
    Read read = await_read_in(segment, offset, visible, max_bytes);
    if (read.error != ErrorCode::corrupt_message || is_active(*segment) || segment->examined) {
      return read;
    }
    // What recovery believed without looking, or what has rotted since.
    if (const ErrorCode error = await_examine(segment); error != ErrorCode::none) {
      return {.error = error, .records = {}};
    }
  }
}

PartitionLog::Read PartitionLog::await_read_in(const SegmentPtr& segment, Offset offset,
                                               Offset visible, uint64_t max_bytes) {
  if (const ErrorCode error = await_need_indexes(segment); error != ErrorCode::none) {
    return {.error = error, .records = {}};
  }
  uint64_t position = segment->position_before(offset);
  uint64_t wanted = max_bytes + settings_.index_interval_bytes + kBatchHeaderBytes;
  for (;;) {
    Found found = await_read_chunk(*segment, position, wanted);
    if (found.error != ErrorCode::none) return {.error = found.error, .records = {}};
    const ConstBytes chunk = found.chunk;
    size_t skip = 0;  // batches before the asked offset
    auto batch = peek_batch(chunk);
    while (batch && batch->last < offset && skip + batch->length < chunk.size()) {
      skip += batch->length;
      batch = peek_batch(chunk.subspan(skip));
    }
    if (!batch || batch->last < offset || skip + batch->length > chunk.size()) {
      // The first batch does not fit: at least one is always given, however large.
      const uint64_t needed = skip + (batch && batch->last >= offset ? batch->length : wanted);
      if (chunk.size() < wanted) return {.error = ErrorCode::corrupt_message, .records = {}};
      position += skip;
      wanted = std::max(needed - skip, wanted * 2);
      continue;
    }
    // The base offset stands outside of the checksum: that batches continue each other is what shows
    // that it is whole.
    if (batch->first > offset) return {.error = ErrorCode::corrupt_message, .records = {}};
    size_t end = skip + batch->length;
    Offset last = batch->last;
    for (auto next = peek_batch(chunk.subspan(end));
         next && next->first == last + 1 && next->last < visible &&
         end + next->length - skip <= max_bytes && end + next->length <= chunk.size();
         next = peek_batch(chunk.subspan(end))) {
      end += next->length;
      last = next->last;
    }
    found.chunk.resize(end);
    found.chunk.erase(found.chunk.begin(), found.chunk.begin() + static_cast<std::ptrdiff_t>(skip));
    env_.scheduler.charge(Work::copy_bytes, found.chunk.size());
    return {.error = ErrorCode::none, .records = std::move(found.chunk)};
  }
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
