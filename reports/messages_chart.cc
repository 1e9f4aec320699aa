#include "reports/messages_chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

#include "reports/frame.h"
#include "reports/text.h"

namespace weir::reports {
namespace {

constexpr int64_t kTop = 30;
constexpr int64_t kLabelRow = 17;
constexpr int64_t kDoor = 16;  // where held messages wait, before the receiver's line
constexpr uint32_t kSenderColours = 6;

int64_t spacing_of(size_t lanes) { return lanes <= 2 ? 220 : lanes <= 4 ? 150 : 110; }

// Where things are; fixed before anything is drawn.
struct Layout {
  Scale scale;
  std::map<uint32_t, int64_t> y;       // of each node's line
  std::map<uint32_t, uint32_t> order;  // of the nodes, from 0
  int64_t first = 0;
  int64_t last = 0;
};

std::string name_of(const Timeline& timeline, uint32_t node) {
  for (const Lane& lane : timeline.lanes) {
    if (lane.node == node) return lane.name;
  }
  return fmt::format("node {}", node);
}

std::string message_text(const Message& message, const Timeline& timeline) {
  std::string text =
      fmt::format("{} to {}, {}, connection {}\nsent {}", name_of(timeline, message.from),
                  name_of(timeline, message.to), counted(message.bytes, "byte"), message.channel,
                  in_ms(message.sent_ns));
  if (message.held_ns != Message::kNever) text += "\nheld from " + in_ms(message.held_ns);
  if (message.delivered_ns != Message::kNever) {
    text += fmt::format("\narrived {} ({} later)", in_ms(message.delivered_ns),
                        span_text(message.delivered_ns - message.sent_ns));
  } else {
    text += "\nnever arrived";
  }
  return text;
}

void draw_line(Markup& svg, const Scale& scale, std::string_view kind, int64_t from_ns,
               int64_t from_y, int64_t to_ns, int64_t to_y) {
  svg.element("line", {{"class", kind},
                       {"x1", scale.percent(from_ns)},
                       {"y1", from_y},
                       {"x2", scale.percent(to_ns)},
                       {"y2", to_y}});
}

void draw_message(Markup& svg, const Message& message, const Timeline& timeline,
                  const Layout& layout) {
  const auto from = layout.y.find(message.from);
  const auto to = layout.y.find(message.to);
  if (from == layout.y.end()) return;
  const int64_t y1 = from->second;
  const int64_t y2 = to == layout.y.end() ? y1 - 40 : to->second;
  const Scale& scale = layout.scale;
  const bool held = message.held_ns != Message::kNever;
  const bool arrived = message.delivered_ns != Message::kNever;
  svg.open("g",
           {{"class", fmt::format("message s{}{}{}", layout.order.at(message.from) % kSenderColours,
                                  held ? " held" : "", arrived ? "" : " lost")}});
  svg.element("title", {}, message_text(message, timeline));
  const int64_t door = y2 > y1 ? y2 - kDoor : y2 + kDoor;
  if (held) {
    const int64_t until = arrived ? message.delivered_ns : scale.to();
    draw_line(svg, scale, "way", message.sent_ns, y1, message.held_ns, door);
    draw_line(svg, scale, "wait", message.held_ns, door, until, door);
    if (arrived) draw_line(svg, scale, "way", until, door, until, y2);
  } else if (arrived) {
    draw_line(svg, scale, "hit", message.sent_ns, y1, message.delivered_ns, y2);
    draw_line(svg, scale, "way", message.sent_ns, y1, message.delivered_ns, y2);
  } else {
    const int64_t end_ns = message.sent_ns + (scale.to() - scale.from()) / 200;
    const int64_t end_y = y1 + (y2 - y1) * 2 / 5;
    draw_line(svg, scale, "way", message.sent_ns, y1, end_ns, end_y);
    svg.open("svg", {{"class", "mark"}, {"x", scale.percent(end_ns)}, {"y", end_y}});
    svg.element("path", {{"class", "lostmark"}, {"d", "M-3.5 -3.5L3.5 3.5M3.5 -3.5L-3.5 3.5"}});
    svg.close("svg");
  }
  if (arrived) {
    svg.element("circle", {{"cx", scale.percent(message.delivered_ns)}, {"cy", y2}, {"r", "2.6"}});
  }
  svg.close("g");
}

void draw_lane(Markup& svg, const Lane& lane, const Layout& layout) {
  const int64_t y = layout.y.at(lane.node);
  const Scale& scale = layout.scale;
  svg.element("line", {{"class", "deadline"}, {"x1", "0%"}, {"x2", "100%"}, {"y1", y}, {"y2", y}});
  for (const Life& life : lane.lives) {
    const int64_t begin = std::max(life.begin_ns, scale.from());
    const int64_t end = std::min(life.end_ns, scale.to());
    if (begin >= end) continue;
    svg.element("line", {{"class",
                          fmt::format("lifeline s{}", layout.order.at(lane.node) % kSenderColours)},
                         {"x1", scale.percent(begin)},
                         {"x2", scale.percent(end)},
                         {"y1", y},
                         {"y2", y}});
  }
  for (const Pause& pause : lane.pauses) {
    const int64_t begin = std::max(pause.begin_ns, scale.from());
    const int64_t end = std::min(pause.end_ns, scale.to());
    if (begin < end) draw_line(svg, scale, "pauseline", begin, y, end, y);
  }
}

// Appends beside the line, syncs on it.
void draw_log_events(Markup& svg, const LogSeries& log, const Layout& layout) {
  const auto lane = layout.y.find(log.node);
  if (lane == layout.y.end()) return;
  const Scale& scale = layout.scale;
  for (const LogPoint& point : log.points) {
    if (point.time_ns < scale.from() || point.time_ns > scale.to()) continue;
    const bool synced = point.kind == LogPointKind::flushed;
    if (!synced && point.kind != LogPointKind::appended) continue;
    svg.open("svg", {{"class", "mark"}, {"x", scale.percent(point.time_ns)}, {"y", lane->second}});
    svg.open("path",
             {{"class", synced ? "synced" : "appended"},
              {"d", synced ? "M0 -6L6 0L0 6L-6 0Z" : "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z"}});
    svg.element("title", {},
                synced ? fmt::format("{} synced up to {} at {}", log.partition, point.flushed_end,
                                     in_ms(point.time_ns))
                       : fmt::format("{} appended, end {} at {}", log.partition, point.end,
                                     in_ms(point.time_ns)));
    svg.close("path").close("svg");
  }
}

// Around the line of a machine, between the lines of two, or between all of them.
using Stretch = std::pair<int64_t, int64_t>;
Stretch stretch_of(const FaultSpan& fault, const Layout& layout) {
  constexpr int64_t kHalf = 13;
  const auto node = layout.y.find(fault.node);
  const auto peer = layout.y.find(fault.peer);
  if (node == layout.y.end()) return {layout.first + kHalf, layout.last - kHalf};
  if (peer == layout.y.end()) return {node->second - kHalf, node->second + kHalf};
  return {std::min(node->second, peer->second) + kHalf,
          std::max(node->second, peer->second) - kHalf};
}

void draw_faults(Markup& svg, const std::vector<FaultSpan>& faults, const Layout& layout) {
  for (const FaultSpan& fault : faults) {
    if (fault.end_ns < layout.scale.from() || fault.begin_ns > layout.scale.to()) continue;
    const int64_t begin = std::max(fault.begin_ns, layout.scale.from());
    const int64_t end = std::min(fault.end_ns, layout.scale.to());
    const Stretch where = stretch_of(fault, layout);
    const int64_t top = where.first;
    const int64_t bottom = where.second;
    svg.open("rect", {{"class", fmt::format("band c{}", fault.colour)},
                      {"x", layout.scale.percent(begin)},
                      {"y", top},
                      {"width", layout.scale.percent_between(begin, end)},
                      {"height", std::max<int64_t>(bottom - top, 0)}});
    svg.element("title", {},
                fmt::format("{}: {} from {} to {}", fault.where, fault.name, in_ms(fault.begin_ns),
                            in_ms(fault.end_ns)));
    svg.close("rect");
  }
}

// What is told about the interval, above its place; gives the number of rows.
int64_t draw_story(Markup& svg, const Focus& focus, const Scale& scale, int64_t bottom) {
  Rows rows;
  int64_t previous_ns = -1;
  std::string previous;
  for (const StoryLine& line : focus.story) {
    if (line.label.empty() || line.time_ns < scale.from() || line.time_ns > scale.to()) continue;
    if (line.time_ns == previous_ns && line.label == previous) continue;
    previous_ns = line.time_ns;
    previous = line.label;
    const int64_t place = scale.place(line.time_ns);
    const int64_t width = text_width(line.label) + 1'500;
    const bool late = place + width > Scale::kFull;
    const auto row = static_cast<int64_t>(rows.put(late ? place - width : place, width));
    const int64_t y = kTop + 14 + row * kLabelRow;
    const std::string x = scale.percent(line.time_ns);
    svg.open("g", {{"class", line.pivotal ? "told pivotal" : "told"}});
    svg.element("title", {}, line.text);
    svg.element("line", {{"x1", x}, {"x2", x}, {"y1", y - 9}, {"y2", bottom}});
    svg.open("svg", {{"class", "mark"}, {"x", x}, {"y", y}});
    svg.element("text", {{"x", late ? -5 : 5}, {"text-anchor", late ? "end" : "start"}},
                line.label);
    svg.close("svg").close("g");
  }
  return static_cast<int64_t>(rows.count());
}

}  // namespace

Markup messages_chart(const Timeline& timeline, const std::vector<FaultSpan>& faults,
                      const Focus& focus) {
  Layout layout{.scale = Scale(focus.from_ns, focus.to_ns)};
  Markup ignored;
  const int64_t rows = draw_story(ignored, focus, layout.scale, 0);
  int64_t y = kTop + 14 + rows * kLabelRow + 14;
  layout.first = y;
  Frame frame{.id = "space-time", .title = "Messages between the nodes, " + focus.reason};
  for (const Lane& lane : timeline.lanes) {
    layout.order[lane.node] = static_cast<uint32_t>(layout.y.size());
    layout.y[lane.node] = y;
    layout.last = y;
    frame.labels.push_back({y, lane.name, fmt::format("node {}", lane.node)});
    y += spacing_of(timeline.lanes.size());
  }
  frame.height = layout.last + 34;
  const std::vector<const Message*> shown = messages_in(timeline, focus.from_ns, focus.to_ns);
  Markup messages;
  size_t held = 0;
  size_t lost = 0;
  for (const Message* message : shown) {
    draw_message(messages, *message, timeline, layout);
    if (message->held_ns != Message::kNever) ++held;
    if (message->delivered_ns == Message::kNever) ++lost;
  }
  frame.description = fmt::format(
      "{} between {} and {}; {} had to wait at a cut link or a dark machine, {} never arrived.",
      counted(shown.size(), "message"), in_ms(focus.from_ns), in_ms(focus.to_ns), held, lost);
  frame.drawing.add(time_axis(layout.scale, kTop, frame.height, 9));
  draw_faults(frame.drawing, faults, layout);
  for (const Lane& lane : timeline.lanes) draw_lane(frame.drawing, lane, layout);
  draw_story(frame.drawing, focus, layout.scale, layout.last + 14);
  frame.drawing.add(messages);
  for (const LogSeries& log : timeline.logs) draw_log_events(frame.drawing, log, layout);
  return framed(frame, true);
}

}  // namespace weir::reports
