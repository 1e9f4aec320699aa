// RaftLog: which entries a server's log has. Their payloads are the store's.
//
// The entries of one term are numbered from 1 without a gap, so a log is a base and, for each term,
// how far its run goes:
//
//   base (2,3)   (2,4) (2,5)   (4,1)   (5,1) (5,2) (5,3)       runs: 2: 4..5   4: 1..1   5: 1..3
//
// Everything up to the base is in a snapshot; the base itself counts as contained.
#pragma once

#include <vector>

#include "model/types/zxid.h"
#include "sim/base/check.h"

namespace weir {

class RaftLog {
 public:
  RaftLog() = default;
  // `entries` ascending behind `base`, as the store has them.
  RaftLog(Zxid base, const std::vector<Zxid>& entries);

  [[nodiscard]] Zxid base() const { return base_; }
  [[nodiscard]] Zxid last() const;
  [[nodiscard]] bool contains(Zxid zxid) const;
  // The last of those that are held and not behind `zxid`; the base when there is none.
  [[nodiscard]] Zxid last_at_or_before(Zxid zxid) const;
  // Up to `max` entries behind `zxid`, which is contained.
  [[nodiscard]] std::vector<Zxid> after(Zxid zxid, size_t max) const;
  // The base, and the last entry of each term: at most `max` of these, the newest. Where another log
  // parts from this one can be told from them.
  [[nodiscard]] std::vector<Zxid> ends(size_t max) const;
  // How many entries stand in (from, to]; both are contained.
  [[nodiscard]] uint64_t count(Zxid from, Zxid to) const;

  // The next of its term, or the first of a later one.
  [[nodiscard]] static bool can_follow(Zxid previous, Zxid zxid);
  // What can follow the last one.
  void append(Zxid zxid);
  void truncate_after(Zxid zxid);
  void compact_to(Zxid base);
  void restart_at(Zxid base);

 private:
  struct Run {
    uint32_t term = 0;
    uint32_t first = 0;
    uint32_t last = 0;
  };
  Zxid base_;
  std::vector<Run> runs_;  // ascending, none empty
};

}  // namespace weir
