// RecentEntries: the payloads of a log's newest entries, in memory, by their zxids.
//
// What is not yet applied has to stay; of what is, the newest stay up to a limit of bytes, for followers that
// are a little behind.
#pragma once

#include <map>
#include <memory>

#include "model/types/zxid.h"
#include "sim/base/bytes.h"

namespace weir {

class RecentEntries {
 public:
  using Entry = std::shared_ptr<const Buffer>;
  explicit RecentEntries(size_t most_bytes) : most_bytes_(most_bytes) {}

  void put(Zxid zxid, Entry entry) {
    bytes_ += entry->size() + kEach;
    Entry& at = entries_[zxid];
    if (at != nullptr) bytes_ -= at->size() + kEach;
    at = std::move(entry);
  }
  // Nothing when it is not here.
  [[nodiscard]] Entry find(Zxid zxid) const {
    const auto at = entries_.find(zxid);
    return at == entries_.end() ? nullptr : at->second;
  }
  void truncate_after(Zxid zxid) {
    while (!entries_.empty() && entries_.rbegin()->first > zxid) {
      bytes_ -= entries_.rbegin()->second->size() + kEach;
      entries_.erase(std::prev(entries_.end()));
    }
  }
  void applied(Zxid zxid) {
    while (bytes_ > most_bytes_ && !entries_.empty() && entries_.begin()->first <= zxid) {
      bytes_ -= entries_.begin()->second->size() + kEach;
      entries_.erase(entries_.begin());
    }
  }
  void clear() {
    entries_.clear();
    bytes_ = 0;
  }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kEach = 128;  // what holding one costs beside its bytes
  const size_t most_bytes_;
  size_t bytes_ = 0;
  std::map<Zxid, Entry> entries_;
};

}  // namespace weir
