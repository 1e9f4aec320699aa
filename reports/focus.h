// Focus: where in the run to look, and what happened there.
//
// A finding leads to the moment at which it was seen. One that names a record ("events-0: the record
// at offset 46 ...") to the moment at which that record left its log, if that was before; one that
// only the end showed to the last fault that took something away; a passing run to the first around
// which there was something going on. The story is told in
// sentences: it is the page for who cannot see the charts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/timeline.h"
#include "scenarios/run_record.h"

namespace weir::reports {

struct StoryLine {
  int64_t time_ns = 0;
  uint32_t node = 0;
  bool pivotal = false;
  std::string text;
  std::string label;  // the same in two or three words
  size_t order = 0;   // among those of the same time
};

struct Focus {
  static constexpr int64_t kBeforeNs = 24'000'000;  // of the interval where enough is going on, and
  static constexpr int64_t kAfterNs = 12'000'000;   // after a fault there is less to see
  static constexpr size_t kClearMessages = 80;      // how many can be told from each other
  static constexpr size_t kMostMessages = 400;      // the diagram shows no more

  int64_t at_ns = 0;
  int64_t from_ns = 0;
  int64_t to_ns = 0;
  std::string reason;     // "offset 46 of events-0 is lost"
  std::string partition;  // of the record that the finding is about, or empty
  int64_t offset = -1;
  std::vector<StoryLine> story;  // by time
};

Focus find_focus(const RunRecord& record, const Timeline& timeline);

// The record that a sentence speaks of: a partition of the timeline, and its first "offset N".
struct RecordPlace {
  std::string partition;  // empty: none
  int64_t offset = -1;
};
RecordPlace record_place(std::string_view sentence, const Timeline& timeline);

// What became of one record in one log; kNever for what did not happen.
struct RecordFate {
  static constexpr int64_t kNever = -1;
  uint32_t node = 0;
  int64_t appended_ns = kNever;
  int64_t flushed_ns = kNever;
  int64_t down_ns = kNever;    // the process ended, and
  int64_t gone_ns = kNever;    // this came back without the record
  int64_t end_after = 0;       // the log's end then
  int64_t reused_ns = kNever;  // its offset was given to another record
};
RecordFate record_fate(const LogSeries& log, int64_t offset);

// Those that the diagram of the focus shows: no more than kMostMessages, around its middle.
std::vector<const Message*> messages_in(const Timeline& timeline, int64_t from_ns, int64_t to_ns);

}  // namespace weir::reports
