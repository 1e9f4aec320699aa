#include "reports/lanes_chart.h"

#include <fmt/core.h>

#include <algorithm>

#include "reports/frame.h"
#include "reports/text.h"

namespace weir::reports {
namespace {

constexpr int64_t kTop = 30;
constexpr int64_t kLifeHeight = 16;
constexpr int64_t kRowHeight = 29;
constexpr int64_t kGap = 26;
constexpr int64_t kFaultHeight = 8;

std::string_view ended(LifeEnd end) {
  switch (end) {
    case LifeEnd::run_over:
      return "until the run is over";
    case LifeEnd::stopped:
      return "until it is asked to stop";
    case LifeEnd::killed:
      return "until it is killed";
    case LifeEnd::power_lost:
      return "until its power is lost";
    case LifeEnd::started_anew:
      return "until it is started anew";
  }
  return "";
}

// A cross where a process was killed, a bolt where the power went.
void draw_end(Markup& svg, const std::string& x, int64_t y, LifeEnd end) {
  if (end != LifeEnd::killed && end != LifeEnd::power_lost) return;
  svg.open("svg", {{"x", x}, {"y", y}, {"class", "mark"}});
  svg.element("path", {{"class", "death"},
                       {"d", end == LifeEnd::killed ? "M-4 -4L4 4M4 -4L-4 4"
                                                    : "M2 -8L-4 1L0 1L-2 8L4 -1L0 -1Z"}});
  svg.close("svg");
}

void draw_lives(Markup& svg, const Lane& lane, const Scale& scale, int64_t y) {
  const int64_t top = y - kLifeHeight / 2;
  int64_t up_to = 0;
  for (const Life& life : lane.lives) {
    if (life.begin_ns > up_to && up_to > 0) {
      svg.open("rect", {{"class", "down"},
                        {"x", scale.percent(up_to)},
                        {"y", top},
                        {"width", scale.percent_between(up_to, life.begin_ns)},
                        {"height", kLifeHeight}});
      svg.element("title", {},
                  fmt::format("{} is down for {}", lane.name, span_text(life.begin_ns - up_to)));
      svg.close("rect");
    }
    svg.open("rect", {{"class", "life"},
                      {"x", scale.percent(life.begin_ns)},
                      {"y", top},
                      {"width", scale.percent_between(life.begin_ns, life.end_ns)},
                      {"height", kLifeHeight},
                      {"rx", 3}});
    svg.element("title", {},
                fmt::format("{} runs from {} {} ({})", lane.name, in_ms(life.begin_ns),
                            ended(life.end), in_ms(life.end_ns)));
    svg.close("rect");
    up_to = life.end_ns;
  }
  for (const Pause& pause : lane.pauses) {
    svg.open("rect", {{"class", "pause"},
                      {"x", scale.percent(pause.begin_ns)},
                      {"y", top + 3},
                      {"width", scale.percent_between(pause.begin_ns, pause.end_ns)},
                      {"height", kLifeHeight - 6}});
    svg.element("title", {},
                fmt::format("{} stands still from {} for {}", lane.name, in_ms(pause.begin_ns),
                            span_text(pause.end_ns - pause.begin_ns)));
    svg.close("rect");
  }
  for (const Life& life : lane.lives) draw_end(svg, scale.percent(life.end_ns), y, life.end);
}

// Of few faults the label says everything, of many what they are.
class FaultLabels {
 public:
  explicit FaultLabels(const std::vector<FaultSpan>& faults) : terse_(faults.size() > kMany) {}
  [[nodiscard]] std::string of(const FaultSpan& fault, bool is_peer) const {
    return terse_ || is_peer ? fault.name : whole(fault);
  }
  static std::string whole(const FaultSpan& fault) {
    std::string text = fault.name;
    if (!fault.detail.empty()) text += ", " + fault.detail;
    if (fault.end_ns > fault.begin_ns) text += ", " + span_text(fault.end_ns - fault.begin_ns);
    return text;
  }

 private:
  static constexpr size_t kMany = 8;
  bool terse_;
};

void draw_fault(Markup& svg, const FaultSpan& fault, bool is_peer, const std::string& text,
                const Scale& scale, int64_t y) {
  svg.open("g", {{"class", fmt::format("{} c{}", is_peer ? "touched" : "fault", fault.colour)}});
  svg.element(
      "title", {},
      fmt::format("{}: {} at {}", fault.where, FaultLabels::whole(fault), in_ms(fault.begin_ns)));
  const std::string x = scale.percent(fault.begin_ns);
  svg.element("rect", {{"x", x},
                       {"y", y},
                       {"width", scale.percent_between(fault.begin_ns, fault.end_ns)},
                       {"height", kFaultHeight},
                       {"rx", 2}});
  // What takes no time is to be seen all the same.
  svg.element("line", {{"x1", x}, {"x2", x}, {"y1", y - 2}, {"y2", y + kFaultHeight + 2}});
  const bool late = scale.place(fault.begin_ns) + text_width(text) > Scale::kFull;
  svg.element("text",
              {{"x", scale.percent(late ? fault.end_ns : fault.begin_ns)},
               {"y", y + kFaultHeight + 14},
               {"text-anchor", late ? "end" : "start"}},
              text);
  svg.close("g");
}

// Those of one machine, or (node 0) of all. Gives how far down it went.
int64_t draw_faults(Markup& svg, const std::vector<FaultSpan>& faults, uint32_t node,
                    const Scale& scale, int64_t y) {
  Rows rows;
  const FaultLabels labels(faults);
  for (const FaultSpan& fault : faults) {
    if (fault.node != node && (node == 0 || fault.peer != node)) continue;
    const bool is_peer = fault.node != node;
    const std::string label = labels.of(fault, is_peer);
    const int64_t begin = scale.place(fault.begin_ns);
    const int64_t text = text_width(label);
    const int64_t from = begin + text > Scale::kFull ? scale.place(fault.end_ns) - text : begin;
    const int64_t length = std::max(scale.place(fault.end_ns) - from, text);
    const auto row = static_cast<int64_t>(rows.put(std::min(from, begin), length + 600));
    draw_fault(svg, fault, is_peer, label, scale, y + row * kRowHeight);
  }
  return y + static_cast<int64_t>(rows.count()) * kRowHeight;
}

// What happens to all machines goes through all lanes.
void draw_shared(Markup& svg, const std::vector<FaultSpan>& faults, const Scale& scale,
                 int64_t bottom) {
  for (const FaultSpan& fault : faults) {
    if (fault.node != 0) continue;
    svg.element("rect", {{"class", fmt::format("shared c{}", fault.colour)},
                         {"x", scale.percent(fault.begin_ns)},
                         {"y", kTop},
                         {"width", scale.percent_between(fault.begin_ns, fault.end_ns)},
                         {"height", bottom - kTop}});
  }
}

std::string description(const Timeline& timeline, const std::vector<FaultSpan>& faults) {
  std::string text;
  for (const Lane& lane : timeline.lanes) {
    text += fmt::format("{}: {}. ", lane.name, counted(lane.lives.size(), "life", "lives"));
  }
  for (const FaultSpan& fault : faults) {
    text += fmt::format("{}: {} at {}. ", fault.where, FaultLabels::whole(fault),
                        in_ms(fault.begin_ns));
  }
  return text;
}

}  // namespace

Markup lanes_chart(const Timeline& timeline, const std::vector<FaultSpan>& faults,
                   const Focus& focus) {
  int64_t last = timeline.end_ns;
  for (const FaultSpan& fault : faults) last = std::max(last, fault.end_ns);
  const Scale scale(0, last);
  Frame frame{.id = "lanes",
              .title = "Nodes and faults over the whole run",
              .description = description(timeline, faults)};
  Markup lanes;
  int64_t y = kTop + 24;
  for (const Lane& lane : timeline.lanes) {
    frame.labels.push_back({y, lane.name, fmt::format("node {}", lane.node)});
    lanes.open("g", {{"class", "lane"}});
    draw_lives(lanes, lane, scale, y);
    y = draw_faults(lanes, faults, lane.node, scale, y + kLifeHeight / 2 + 5);
    lanes.close("g");
    y += kGap;
  }
  const bool shared = std::any_of(faults.begin(), faults.end(),
                                  [](const FaultSpan& fault) { return fault.node == 0; });
  if (shared) {
    frame.labels.push_back({y, "everywhere", {}});
    lanes.open("g", {{"class", "links"}});
    lanes.element("line", {{"x1", "0%"}, {"x2", "100%"}, {"y1", y}, {"y2", y}, {"class", "link"}});
    y = draw_faults(lanes, faults, 0, scale, y - kFaultHeight / 2) + kGap / 2;
    lanes.close("g");
  }
  frame.height = y;
  frame.drawing.add(time_axis(scale, kTop, y, 10));
  draw_shared(frame.drawing, faults, scale, y);
  frame.drawing.open("a", {{"href", "#messages"}, {"class", "window"}});
  frame.drawing.element("title", {}, "The interval of the diagram of messages below");
  frame.drawing.element("rect", {{"x", scale.percent(focus.from_ns)},
                                 {"y", kTop},
                                 {"width", scale.percent_between(focus.from_ns, focus.to_ns)},
                                 {"height", y - kTop}});
  frame.drawing.close("a").add(lanes);
  return framed(frame, true);
}

}  // namespace weir::reports
