#include "tests/support/test_pch.h"

#include "broker/coordination/consensus/raft_log.h"

namespace weir {
namespace {

// A log as a plain list.
struct ListLog {
  Zxid base;
  std::vector<Zxid> entries;
  [[nodiscard]] Zxid last() const { return entries.empty() ? base : entries.back(); }
};

void expect_same(const RaftLog& log, const ListLog& list) {
  RC_ASSERT(log.base() == list.base);
  RC_ASSERT(log.last() == list.last());
  RC_ASSERT(log.after(list.base, 1000) == list.entries);
  std::vector<Zxid> ends{list.base};
  for (size_t i = 0; i < list.entries.size(); ++i) {
    const bool ends_term = i + 1 == list.entries.size() ||
                           epoch_of(list.entries[i + 1]) != epoch_of(list.entries[i]);
    if (ends_term) ends.push_back(list.entries[i]);
  }
  RC_ASSERT(log.ends(1000) == ends);
  if (ends.size() > 2) ends.erase(ends.begin(), ends.end() - 2);
  RC_ASSERT(log.ends(2) == ends);
  for (uint32_t term = 0; term < 8; ++term) {
    for (uint32_t counter = 0; counter < 6; ++counter) {
      const Zxid zxid = make_zxid(term, counter);
      Zxid before = list.base;
      bool held = zxid == list.base;
      uint64_t behind = 0;
      for (const Zxid entry : list.entries) {
        if (entry <= zxid) before = entry;
        if (entry > zxid) ++behind;
        held = held || entry == zxid;
      }
      RC_ASSERT(log.contains(zxid) == held);
      RC_ASSERT(log.last_at_or_before(zxid) == before);
      RC_ASSERT(log.count(zxid, list.last()) == behind);
      if (!held) continue;
      const std::vector<Zxid> two = log.after(zxid, 2);
      RC_ASSERT(two.size() == std::min<uint64_t>(2, behind));
      RC_ASSERT(
          std::equal(two.begin(), two.end(), list.entries.end() - static_cast<int64_t>(behind)));
    }
  }
}

}  // namespace

TEST_CASE("a log of runs is a log of entries") {
  REQUIRE(rc::check("any steps", [](const std::vector<std::pair<uint8_t, uint8_t>>& steps) {
    RaftLog log;
    ListLog list;
    for (const auto& [step, amount] : steps) {
      if (step % 8 < 5) {  // appends, now and then in a later term
        const Zxid last = list.last();
        const uint32_t term = epoch_of(last) + (last == kNoZxid || amount % 3 == 0 ? 1 : 0);
        if (term > 7 || (term == epoch_of(last) && counter_of(last) > 4)) continue;
        list.entries.push_back(make_zxid(term, term == epoch_of(last) ? counter_of(last) + 1 : 1));
        log.append(list.entries.back());
      } else if (step % 8 == 5) {
        const size_t keep = amount % (list.entries.size() + 1);
        list.entries.resize(keep);
        log.truncate_after(list.last());
      } else if (step % 8 == 6 && !list.entries.empty()) {
        const size_t gone = amount % list.entries.size();
        list.base = list.entries[gone];
        list.entries.erase(list.entries.begin(),
                           list.entries.begin() + static_cast<int64_t>(gone) + 1);
        log.compact_to(list.base);
      } else if (step % 8 == 7 && amount % 8 == 0) {
        list = {make_zxid(amount % 4, 2), {}};
        log.restart_at(list.base);
      }
      expect_same(log, list);
    }
  }));
}

}  // namespace weir
