#include "reports/focus.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "reports/text.h"

namespace weir::reports {
namespace {

constexpr int64_t kFarthestAppendNs = 60'000'000;  // further back it is not worth a wider diagram
constexpr size_t kBusyMessages = 8;
constexpr int64_t kQuietMessages = 4;   // a run over minutes is looked at through a wider window:
constexpr int64_t kUsualMessages = 12;  // no less than what goes on in between so many messages
constexpr int64_t kBeforeToAfter = Focus::kBeforeNs / Focus::kAfterNs;
constexpr int64_t kShortestNs = 4'000'000;      // no narrower for the sake of clearness
constexpr int64_t kAfterwardsNs = 500'000'000;  // how long a restart belongs to the story
constexpr size_t kMostStoryLines = 16;
constexpr size_t kCauses = 4;

std::string_view label_of(MomentKind kind) {
  switch (kind) {
    case MomentKind::boot:
      return "boot";
    case MomentKind::stop:
      return "stop";
    case MomentKind::kill:
      return "killed";
    case MomentKind::power_loss:
      return "power lost";
    case MomentKind::cut:
      return "cut";
    case MomentKind::heal:
      return "healed";
    case MomentKind::reset:
      return "reset";
    case MomentKind::half_close:
      return "half closed";
    case MomentKind::log_opened:
      return "log opened";
    case MomentKind::damage:
      return "damage";
    case MomentKind::pause:
      return "pause";
    case MomentKind::resume:
      return "goes on";
    case MomentKind::fault:
      return "fault";
    case MomentKind::change:
      return "changed";
    case MomentKind::note:
      return "";
  }
  return "";
}

void tell_record(const RecordFate& fate, Focus& focus) {
  const std::string what = fmt::format("offset {} of {}", focus.offset, focus.partition);
  const auto tell = [&](int64_t time_ns, std::string label, std::string text) {
    if (time_ns != RecordFate::kNever) {
      focus.story.push_back({time_ns, fate.node, true, std::move(text), std::move(label)});
    }
  };
  const bool flushed = fate.flushed_ns != RecordFate::kNever;
  tell(fate.appended_ns, fmt::format("offset {} appended", focus.offset),
       fmt::format("A record is appended at {}{}.", what,
                   flushed || fate.down_ns == RecordFate::kNever
                       ? ""
                       : "; no sync that covers it ends before the process does"));
  tell(fate.flushed_ns, fmt::format("offset {} synced", focus.offset),
       fmt::format("A sync that covers {} is done.", what));
  tell(fate.gone_ns, fmt::format("offset {} gone", focus.offset),
       fmt::format("The log {} comes back with end {}: offset {} is gone.", focus.partition,
                   fate.end_after, focus.offset));
  tell(fate.reused_ns, fmt::format("offset {} reused", focus.offset),
       fmt::format("Another record is appended at {}.", what));
}

// Of all nodes that have the log, the one that lost the record; else the first that had it.
RecordFate worst_fate(const Timeline& timeline, const RecordPlace& place) {
  RecordFate worst;
  for (const LogSeries& log : timeline.logs) {
    if (log.partition != place.partition) continue;
    const RecordFate fate = record_fate(log, place.offset);
    if (fate.gone_ns != RecordFate::kNever) return fate;
    if (worst.appended_ns == RecordFate::kNever) worst = fate;
  }
  return worst;
}

// `keep_from`: where the interval has to begin at the latest.
bool find_record(const RunRecord& record, const Timeline& timeline, Focus& focus,
                 int64_t& keep_from) {
  for (const Finding& finding : record.findings) {
    const RecordPlace place = record_place(finding.sentence, timeline);
    if (place.partition.empty()) continue;
    const RecordFate fate = worst_fate(timeline, place);
    if (fate.appended_ns == RecordFate::kNever) continue;
    focus.partition = place.partition;
    focus.offset = place.offset;
    const bool lost = fate.gone_ns != RecordFate::kNever;
    focus.reason =
        lost ? fmt::format("where offset {} of {} is lost", place.offset, place.partition)
             : fmt::format("where offset {} of {} is written", place.offset, place.partition);
    focus.at_ns = lost ? fate.down_ns : fate.appended_ns;
    // What a check sees may have been done long before.
    const bool seen_at_once = finding.at_ns >= 0 && (!lost || fate.gone_ns > finding.at_ns);
    if (seen_at_once) focus.at_ns = std::min(finding.at_ns, timeline.end_ns);
    if (focus.at_ns - fate.appended_ns < kFarthestAppendNs) keep_from = fate.appended_ns;
    tell_record(fate, focus);
    return true;
  }
  return false;
}

size_t sent_inside(const Timeline& timeline, int64_t from_ns, int64_t to_ns) {
  return static_cast<size_t>(std::count_if(
      timeline.messages.begin(), timeline.messages.end(), [&](const Message& message) {
        return message.sent_ns >= from_ns && message.sent_ns <= to_ns;
      }));
}

// The time in which so many messages are sent, on the average; no less than the usual interval.
int64_t time_of_messages(const Timeline& timeline, int64_t count) {
  if (timeline.messages.empty()) return Focus::kBeforeNs;
  const auto sent = static_cast<int64_t>(timeline.messages.size());
  return std::max(Focus::kBeforeNs, timeline.end_ns / sent * count);
}

// How much there is to see around a moment; from kBusyMessages on it is enough.
size_t interest(const Timeline& timeline, const Moment& moment) {
  const int64_t before_ns = time_of_messages(timeline, kQuietMessages);
  return std::min(kBusyMessages, sent_inside(timeline, moment.time_ns - before_ns,
                                             moment.time_ns + before_ns / kBeforeToAfter));
}

// The first finding that a check saw while the run went on.
bool find_sight(const RunRecord& record, const Timeline& timeline, Focus& focus) {
  for (const Finding& finding : record.findings) {
    if (finding.at_ns < 0) continue;
    focus.at_ns = std::min(finding.at_ns, timeline.end_ns);
    focus.reason = "around the moment at which it was seen";
    focus.story.push_back({focus.at_ns, 0, true, "A check sees it: " + finding.sentence, "seen"});
    return true;
  }
  return false;
}

void find_moment(const RunRecord& record, const Timeline& timeline, Focus& focus) {
  const Moment* found = nullptr;
  const bool last = record.verdict != VerdictKind::pass;
  for (const Moment& moment : timeline.moments) {
    if (!moment.effective) continue;
    if (found == nullptr || last || interest(timeline, moment) > interest(timeline, *found)) {
      found = &moment;
    }
  }
  focus.at_ns = found != nullptr ? found->time_ns : std::min(Focus::kBeforeNs, timeline.end_ns / 2);
  focus.reason = found == nullptr ? "at the beginning"
                 : last           ? "around the last fault that had an effect"
                                  : "around a fault that had an effect";
}

// An interval around the moment, the shorter the more is going on.
void choose_interval(const Timeline& timeline, int64_t keep_from, Focus& focus) {
  const int64_t usual_ns = time_of_messages(timeline, kUsualMessages);
  for (int64_t part = 1;; part *= 2) {
    const int64_t before_ns = usual_ns / part;
    const int64_t after_ns = before_ns / kBeforeToAfter;
    focus.from_ns = std::min(focus.at_ns - before_ns, keep_from - before_ns / 4);
    focus.from_ns = std::max<int64_t>(focus.from_ns, 0);
    focus.to_ns = std::min(focus.at_ns + after_ns, timeline.end_ns);
    focus.to_ns = std::max(focus.to_ns, focus.from_ns + 1);
    const size_t count = sent_inside(timeline, focus.from_ns, focus.to_ns);
    if (count <= Focus::kClearMessages) return;
    const bool narrow = focus.to_ns - focus.from_ns < 2 * kShortestNs;
    if (narrow && count <= Focus::kMostMessages) return;
    if (after_ns < 1'000) return;
  }
}

// When the next process ended after the interval: what comes back then is another story.
int64_t next_end(const Timeline& timeline, const Focus& focus) {
  for (const Moment& moment : timeline.moments) {
    const bool end = moment.kind == MomentKind::power_loss || moment.kind == MomentKind::kill;
    if (end && moment.time_ns > focus.to_ns) return moment.time_ns;
  }
  return timeline.end_ns + 1;
}

bool belongs(const Moment& moment, const Focus& focus, int64_t next_end_ns) {
  if (moment.time_ns >= focus.from_ns && moment.time_ns <= focus.to_ns) return true;
  const bool restart = moment.kind == MomentKind::boot || moment.kind == MomentKind::log_opened ||
                       moment.kind == MomentKind::heal;
  return restart && moment.time_ns > focus.at_ns && moment.time_ns < next_end_ns &&
         moment.time_ns < focus.at_ns + kAfterwardsNs;
}

// What follows from what was told.
bool is_aftermath(MomentKind kind) {
  return kind == MomentKind::boot || kind == MomentKind::log_opened || kind == MomentKind::heal ||
         kind == MomentKind::resume;
}

// The first of the last few causes before the focus: what came to pass has a story.
size_t first_cause(const Timeline& timeline, const Focus& focus) {
  size_t causes = 0;
  size_t first = timeline.moments.size();
  for (size_t i = timeline.moments.size(); i-- > 0 && causes < kCauses;) {
    const Moment& moment = timeline.moments[i];
    if (moment.time_ns > focus.at_ns || is_aftermath(moment.kind)) continue;
    first = i;
    ++causes;
  }
  return first;
}

// Of a run without findings: everything, or if that is too much, what was done to it. Else what is
// near, what led to it, and how the node came back.
void tell_moments(const Timeline& timeline, bool everything, Focus& focus) {
  const bool too_much = timeline.moments.size() > kMostStoryLines;
  const size_t cause = first_cause(timeline, focus);
  const int64_t next_end_ns = next_end(timeline, focus);
  size_t untold = 0;
  for (size_t i = 0; i < timeline.moments.size(); ++i) {
    const Moment& moment = timeline.moments[i];
    const bool led_to_it =
        i >= cause && moment.time_ns <= focus.at_ns && !is_aftermath(moment.kind);
    if (!everything && !led_to_it && !belongs(moment, focus, next_end_ns)) continue;
    const bool aftermath = everything && too_much && is_aftermath(moment.kind);
    const bool full = focus.story.size() >= kMostStoryLines && moment.time_ns != focus.at_ns;
    if (aftermath || full) {
      ++untold;
      continue;
    }
    const bool fault = moment.kind == MomentKind::power_loss || moment.kind == MomentKind::kill ||
                       moment.kind == MomentKind::cut || moment.kind == MomentKind::reset ||
                       moment.kind == MomentKind::damage;
    const bool pivotal = fault && moment.time_ns == focus.at_ns;
    focus.story.push_back(
        {moment.time_ns, moment.node, pivotal, moment.text, std::string(label_of(moment.kind))});
  }
  if (untold == 0) return;
  focus.story.push_back(
      {timeline.end_ns,
       0,
       false,
       fmt::format("{} left out.", untold == 1 ? std::string("1 more moment is")
                                               : counted(untold, "more moment") + " are"),
       {}});
}

}  // namespace

RecordPlace record_place(std::string_view sentence, const Timeline& timeline) {
  const size_t colon = sentence.find(": ");
  if (colon == std::string_view::npos) return {};
  const std::string_view name = sentence.substr(0, colon);
  const bool known = std::any_of(timeline.logs.begin(), timeline.logs.end(),
                                 [&](const LogSeries& log) { return log.partition == name; });
  constexpr std::string_view kOffset = "offset ";
  const size_t at = sentence.find(kOffset);
  if (!known || at == std::string_view::npos) return {};
  RecordPlace place{std::string(name), -1};
  const char* const digits = sentence.data() + at + kOffset.size();
  const auto parsed = std::from_chars(digits, sentence.data() + sentence.size(), place.offset);
  if (parsed.ec != std::errc{}) return {};
  return place;
}

RecordFate record_fate(const LogSeries& log, int64_t offset) {
  RecordFate fate;
  fate.node = log.node;
  bool present = false;
  int64_t down_ns = RecordFate::kNever;
  for (const LogPoint& point : log.points) {
    const bool has_it = point.end > offset;
    if (point.kind == LogPointKind::down) {
      down_ns = point.time_ns;
    } else if (!present && has_it) {
      if (fate.gone_ns != RecordFate::kNever) {
        fate.reused_ns = point.time_ns;
        return fate;
      }
      fate.appended_ns = point.time_ns;
      present = true;
    } else if (present && !has_it) {
      present = false;
      fate.gone_ns = point.time_ns;
      fate.down_ns = down_ns;
      fate.end_after = point.end;
    }
    if (present && fate.flushed_ns == RecordFate::kNever && point.flushed_end > offset) {
      fate.flushed_ns = point.time_ns;
    }
  }
  return fate;
}

std::vector<const Message*> messages_in(const Timeline& timeline, int64_t from_ns, int64_t to_ns) {
  std::vector<const Message*> all;
  for (const Message& message : timeline.messages) {
    const int64_t last = std::max({message.sent_ns, message.held_ns, message.delivered_ns});
    if (message.sent_ns <= to_ns && last >= from_ns) all.push_back(&message);
  }
  if (all.size() <= Focus::kMostMessages) return all;
  // Long waits may reach into the interval from far away: the latest sends matter most.
  return {all.end() - static_cast<std::ptrdiff_t>(Focus::kMostMessages), all.end()};
}

Focus find_focus(const RunRecord& record, const Timeline& timeline) {
  Focus focus;
  int64_t keep_from = timeline.end_ns;
  if (!find_record(record, timeline, focus, keep_from) && !find_sight(record, timeline, focus)) {
    find_moment(record, timeline, focus);
  }
  choose_interval(timeline, keep_from, focus);
  tell_moments(timeline, record.findings.empty(), focus);
  for (size_t i = 0; i < focus.story.size(); ++i) focus.story[i].order = i;
  std::sort(focus.story.begin(), focus.story.end(), [](const StoryLine& a, const StoryLine& b) {
    return std::tie(a.time_ns, a.pivotal, a.order) < std::tie(b.time_ns, b.pivotal, b.order);
  });
  return focus;
}

}  // namespace weir::reports
