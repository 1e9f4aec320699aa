#include "broker/log/segment.h"

#include <algorithm>
#include <limits>

namespace weir {

void Segment::appended(const BatchView& batch, Offset base_offset) {
  const Offset last = base_offset + batch.last_offset_delta();
  if (first_timestamp_ < WallTime{0}) first_timestamp_ = batch.max_timestamp();
  if (batch.max_timestamp() > max_timestamp_) {
    max_timestamp_ = batch.max_timestamp();
    max_timestamp_last_ = last;
  }
  if (since_last_entry_ > index_interval_bytes_ && !index_frozen) {
    offsets_->add(last, size_bytes_);
    if (misordered_times_) {
      times_->add(batch.max_timestamp(), last);
    } else {
      times_->add(max_timestamp_, max_timestamp_last_);
    }
    since_last_entry_ = 0;
  }
  since_last_entry_ += batch.bytes().size();
  if (in_doubt) {
    crc_ = size_bytes_ == 0 ? crc32c(batch.bytes()) : crc32c_extend(crc_, batch.bytes());
  }
  size_bytes_ += batch.bytes().size();
}

void Segment::found(uint64_t size_bytes, WallTime max_timestamp, WallTime first_timestamp) {
  size_bytes_ = size_bytes;
  max_timestamp_ = max_timestamp;
  first_timestamp_ = first_timestamp;
  since_last_entry_ = index_interval_bytes_ + 1;
}

void Segment::set_indexes(OffsetIndex offsets, TimeIndex times) {
  max_timestamp_last_ = times.search_from(WallTime{std::numeric_limits<int64_t>::max()});
  offsets_ = std::move(offsets);
  times_ = std::move(times);
}

void Segment::drop_indexes() {
  offsets_.reset();
  times_.reset();
}

void Segment::finish_time_index() {
  if (times_ && max_timestamp_ >= WallTime{0}) times_->add(max_timestamp_, max_timestamp_last_);
}

uint64_t Segment::position_before(Offset offset) const {
  uint64_t position = offsets_->position_before(offset);
  for (const Damage& damage : damage_) {
    if (damage.next <= offset) position = std::max(position, damage.end_position);
  }
  return position;
}

bool Segment::indexes_full(uint64_t limit_bytes) const {
  return offsets_->size_bytes() + OffsetIndex::kEntryBytes > limit_bytes ||
         // One place is kept for the entry that closing adds.
         times_->size_bytes() + 2 * TimeIndex::kEntryBytes > limit_bytes;
}

void Segment::skip_damage(const Damage& damage, ConstBytes bytes) {
  CHECK(damage.position == size_bytes_ && damage.end_position >= damage.position);
  CHECK(bytes.size() == damage.end_position - damage.position);
  damage_.push_back(damage);
  if (in_doubt) crc_ = size_bytes_ == 0 ? crc32c(bytes) : crc32c_extend(crc_, bytes);
  size_bytes_ = damage.end_position;
  since_last_entry_ = index_interval_bytes_ + 1;  // the next batch gets an entry: readers start behind
}

std::optional<Offset> Segment::behind_damage(Offset offset) const {
  for (const Damage& damage : damage_) {
    if (damage.first <= offset && offset < damage.next) return damage.next;
  }
  return std::nullopt;
}

uint64_t Segment::readable_until(uint64_t position) const {
  for (const Damage& damage : damage_) {
    if (damage.position >= position && damage.end_position > damage.position) return damage.position;
  }
  return size_bytes_;
}

}  // namespace weir
