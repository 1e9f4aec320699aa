#include "broker/log/segment.h"

#include <algorithm>

namespace weir {
namespace {
constexpr std::string_view kSuffix = ".log";
constexpr size_t kDigits = 20;
}  // namespace

std::string segment_file_name(Offset base) {
  const std::string digits = std::to_string(base.value());
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits +
         std::string(kSuffix);
}

std::optional<Offset> parse_segment_file_name(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  int64_t value = 0;
  for (const char c : name.substr(0, kDigits)) {
    if (c < '0' || c > '9') return std::nullopt;
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value)) {
      return std::nullopt;
    }
  }
  return Offset{value};
}

void Segment::appended(const BatchView& batch, Offset base_offset) {
  if (index_.empty() || since_last_entry_ >= index_interval_bytes_) {
    index_.push_back({base_offset, size_bytes_});
    since_last_entry_ = 0;
  }
  since_last_entry_ += batch.bytes().size();
  size_bytes_ += batch.bytes().size();
  max_timestamp_ = std::max(max_timestamp_, batch.max_timestamp());
}

void Segment::skip_damage(const Damage& damage) {
  CHECK(damage.position == size_bytes_ && damage.end_position >= damage.position);
  damage_.push_back(damage);
  size_bytes_ = damage.end_position;
  since_last_entry_ = index_interval_bytes_;  // the next batch gets an entry: readers start behind
}

std::optional<Offset> Segment::behind_damage(Offset offset) const {
  for (const Damage& damage : damage_) {
    if (damage.first <= offset && offset < damage.next) return damage.next;
  }
  return std::nullopt;
}

uint64_t Segment::readable_until(uint64_t position) const {
  for (const Damage& damage : damage_) {
    if (damage.position >= position) return damage.position;
  }
  return size_bytes_;
}

uint64_t Segment::position_before(Offset offset) const {
  const auto after = std::upper_bound(
      index_.begin(), index_.end(), offset,
      [](Offset wanted, const IndexEntry& entry) { return wanted < entry.offset; });
  return after == index_.begin() ? 0 : std::prev(after)->position;
}

}  // namespace weir
