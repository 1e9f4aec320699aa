#include "broker/log/segment_index.h"

#include <algorithm>
#include <limits>

#include "sim/base/check.h"

namespace weir {
namespace {

int32_t relative_to(Offset base, Offset offset) {
  const int64_t relative = offset - base;
  CHECK_MSG(relative >= 0 && relative <= std::numeric_limits<int32_t>::max(),
            "a segment spans more offsets than its index can name");
  return static_cast<int32_t>(relative);
}

}  // namespace

OffsetIndex OffsetIndex::decode(Offset base, ConstBytes file, uint64_t segment_bytes) {
  OffsetIndex index(base);
  for (size_t at = 0; at + kEntryBytes <= file.size(); at += kEntryBytes) {
    const Entry entry{load_big_endian<int32_t>(file.data() + at),
                      load_big_endian<int32_t>(file.data() + at + 4)};
    // No entry names the first batch, which is found without one.
    const Entry before = index.entries_.empty() ? Entry{-1, 0} : index.entries_.back();
    if (entry.relative <= before.relative || entry.position <= before.position) break;
    if (static_cast<uint64_t>(entry.position) >= segment_bytes) break;
    index.entries_.push_back(entry);
  }
  return index;
}

Buffer OffsetIndex::encode() const {
  Buffer file(size_bytes());
  uint8_t* to = file.data();
  for (const Entry& entry : entries_) {
    store_big_endian(to, entry.relative);
    store_big_endian(to + 4, entry.position);
    to += kEntryBytes;
  }
  return file;
}

void OffsetIndex::add(Offset last, uint64_t position) {
  CHECK(position <= static_cast<uint64_t>(std::numeric_limits<int32_t>::max()));
  const Entry entry{relative_to(base_, last), static_cast<int32_t>(position)};
  CHECK(entries_.empty() || (entry.relative > entries_.back().relative &&
                             entry.position > entries_.back().position));
  entries_.push_back(entry);
}

uint64_t OffsetIndex::position_before(Offset offset) const {
  const int64_t wanted = offset - base_;
  const auto after =
      std::upper_bound(entries_.begin(), entries_.end(), wanted,
                       [](int64_t relative, const Entry& entry) { return relative < entry.relative; });
  return after == entries_.begin() ? 0 : static_cast<uint64_t>(std::prev(after)->position);
}

uint64_t OffsetIndex::last_position() const {
  return entries_.empty() ? 0 : static_cast<uint64_t>(entries_.back().position);
}

TimeIndex TimeIndex::decode(Offset base, ConstBytes file) {
  TimeIndex index(base);
  for (size_t at = 0; at + kEntryBytes <= file.size(); at += kEntryBytes) {
    const Entry entry{load_big_endian<int64_t>(file.data() + at),
                      load_big_endian<int32_t>(file.data() + at + 8)};
    if (entry.relative < 0 || entry.timestamp < 0) break;
    // The last entry stands twice when a segment ends right behind one; preallocated zeros go back.
    if (!index.entries_.empty() && (entry.timestamp <= index.entries_.back().timestamp ||
                                    entry.relative <= index.entries_.back().relative)) {
      break;
    }
    index.entries_.push_back(entry);
  }
  return index;
}

Buffer TimeIndex::encode() const {
  Buffer file(size_bytes());
  uint8_t* to = file.data();
  for (const Entry& entry : entries_) {
    store_big_endian(to, entry.timestamp);
    store_big_endian(to + 8, entry.relative);
    to += kEntryBytes;
  }
  return file;
}

void TimeIndex::add(WallTime timestamp, Offset last) {
  if (timestamp < WallTime{0}) return;  // records from before timestamps (magic 0) have none
  const int32_t relative = relative_to(base_, last);
  if (!entries_.empty() && (timestamp.value() <= entries_.back().timestamp ||
                            relative <= entries_.back().relative)) {
    return;
  }
  entries_.push_back({timestamp.value(), relative});
}

Offset TimeIndex::search_from(WallTime timestamp) const {
  const auto not_before =
      std::lower_bound(entries_.begin(), entries_.end(), timestamp.value(),
                       [](const Entry& entry, int64_t wanted) { return entry.timestamp < wanted; });
  return not_before == entries_.begin() ? base_ : base_ + std::prev(not_before)->relative;
}

}  // namespace weir
