#include "broker/coordination/consensus/raft_log.h"

#include <algorithm>

namespace weir {

RaftLog::RaftLog(Zxid base, const std::vector<Zxid>& entries) : base_(base) {
  for (const Zxid zxid : entries) append(zxid);
}

Zxid RaftLog::last() const {
  return runs_.empty() ? base_ : make_zxid(runs_.back().term, runs_.back().last);
}

bool RaftLog::contains(Zxid zxid) const {
  return zxid == base_ || (zxid > base_ && last_at_or_before(zxid) == zxid);
}

Zxid RaftLog::last_at_or_before(Zxid zxid) const {
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if (make_zxid(run->term, run->first) > zxid) continue;
    return std::min(zxid, make_zxid(run->term, run->last));
  }
  return base_;
}

std::vector<Zxid> RaftLog::after(Zxid zxid, size_t max) const {
  std::vector<Zxid> entries;
  for (const Run& run : runs_) {
    if (make_zxid(run.term, run.last) <= zxid) continue;
    const uint32_t from = run.term == epoch_of(zxid) ? counter_of(zxid) + 1 : run.first;
    for (uint64_t counter = std::max(from, run.first); counter <= run.last; ++counter) {
      if (entries.size() == max) return entries;
      entries.push_back(make_zxid(run.term, static_cast<uint32_t>(counter)));
    }
  }
  return entries;
}

std::vector<Zxid> RaftLog::ends(size_t max) const {
  std::vector<Zxid> ends{base_};
  for (const Run& run : runs_) ends.push_back(make_zxid(run.term, run.last));
  if (ends.size() > max) ends.erase(ends.begin(), ends.end() - static_cast<int64_t>(max));
  return ends;
}

uint64_t RaftLog::count(Zxid from, Zxid to) const {
  uint64_t entries = 0;
  for (const Run& run : runs_) {
    const Zxid first = std::max(make_zxid(run.term, run.first), Zxid{from.value() + 1});
    const Zxid last = std::min(make_zxid(run.term, run.last), to);
    if (first <= last) entries += counter_of(last) - counter_of(first) + 1;
  }
  return entries;
}

bool RaftLog::can_follow(Zxid previous, Zxid zxid) {
  if (epoch_of(zxid) > epoch_of(previous)) return counter_of(zxid) == 1;
  return epoch_of(zxid) == epoch_of(previous) &&
         uint64_t{counter_of(zxid)} == uint64_t{counter_of(previous)} + 1;
}

void RaftLog::append(Zxid zxid) {
  CHECK_MSG(can_follow(last(), zxid), "an entry continues its term or is the first of a later one");
  if (epoch_of(zxid) == epoch_of(last()) && !runs_.empty()) {
    runs_.back().last = counter_of(zxid);
  } else {
    runs_.push_back({epoch_of(zxid), counter_of(zxid), counter_of(zxid)});
  }
}

void RaftLog::truncate_after(Zxid zxid) {
  CHECK(contains(zxid));
  while (!runs_.empty() && make_zxid(runs_.back().term, runs_.back().first) > zxid) {
    runs_.pop_back();
  }
  if (!runs_.empty()) runs_.back().last = counter_of(zxid);
}

void RaftLog::compact_to(Zxid base) {
  CHECK(contains(base));
  base_ = base;
  std::erase_if(runs_, [base](const Run& run) { return make_zxid(run.term, run.last) <= base; });
  if (!runs_.empty() && runs_.front().term == epoch_of(base)) {
    runs_.front().first = counter_of(base) + 1;
  }
}

void RaftLog::restart_at(Zxid base) {
  base_ = base;
  runs_.clear();
}

}  // namespace weir
