#include "reports/log_chart.h"

#include <fmt/core.h>

#include <algorithm>

#include "reports/frame.h"
#include "reports/text.h"

namespace weir::reports {
namespace {

constexpr int64_t kTop = 30;
constexpr int64_t kHeight = 130;

struct Corner {
  int64_t x = 0;
  int64_t end = 0;  // heights in the box
  int64_t flushed = 0;
  bool breaks = false;  // nothing is drawn from here to the next
};

// One corner a column of the box: what is closer together than that cannot be seen.
std::vector<Corner> corners_of(const LogSeries& log, int64_t run_end_ns, int64_t highest) {
  std::vector<Corner> corners;
  const auto height = [&](int64_t offset) {
    return kPathHeight - offset * kPathHeight / std::max<int64_t>(highest, 1);
  };
  for (const LogPoint& point : log.points) {
    const Corner corner{.x = point.time_ns * kPathWidth / std::max<int64_t>(run_end_ns, 1),
                        .end = height(point.end),
                        .flushed = height(point.flushed_end),
                        .breaks = point.kind == LogPointKind::down};
    const bool same_column = !corners.empty() && corners.back().x == corner.x &&
                             !corners.back().breaks && point.kind != LogPointKind::opened;
    if (same_column) {
      corners.back() = corner;
    } else {
      corners.push_back(corner);
    }
  }
  return corners;
}

void close_area(std::string& area, const std::vector<Corner>& corners, size_t first, size_t last,
                int64_t x) {
  for (size_t i = last + 1; i-- > first;) {
    area += fmt::format("H{}V{}", x, corners[i].flushed);
    x = corners[i].x;
  }
  area += fmt::format("H{}Z", x);
}

// What a fault of the network does to a log is seen above, and would hide what disks do.
bool concerns(const FaultSpan& fault, const LogSeries& log) {
  const FaultFamily family = traits(fault.kind).family;
  return fault.touches(log.node) && (family == FaultFamily::disk || family == FaultFamily::process);
}

void draw_fault_strips(Markup& svg, const std::vector<FaultSpan>& faults, const LogSeries& log,
                       const Scale& scale) {
  for (const FaultSpan& fault : faults) {
    if (!concerns(fault, log)) continue;
    svg.open("rect", {{"class", fmt::format("strip c{}", fault.colour)},
                      {"x", scale.percent(fault.begin_ns)},
                      {"y", kTop},
                      {"width", scale.percent_between(fault.begin_ns, fault.end_ns)},
                      {"height", kHeight}});
    svg.element(
        "title", {},
        fmt::format("{} from {} to {}", fault.name, in_ms(fault.begin_ns), in_ms(fault.end_ns)));
    svg.close("rect");
  }
}

void draw_offsets(Markup& svg, int64_t highest) {
  svg.open("g", {{"class", "axis offsets"}, {"aria-hidden", "true"}});
  for (const int64_t tick : Scale(0, highest).ticks(3)) {
    const int64_t y = kTop + kHeight - tick * kHeight / highest;
    svg.element("line", {{"x1", "0%"}, {"x2", "100%"}, {"y1", y}, {"y2", y}});
    // A number that would reach into the times above is left out.
    if (tick > 0 && y > kTop + 14)
      svg.element("text", {{"x", "0.4%"}, {"y", y - 4}}, grouped(tick));
  }
  svg.close("g");
}

// Where the log came back shorter than it had been.
void draw_cuts(Markup& svg, const LogSeries& log, const Scale& scale, int64_t highest,
               const Focus& focus) {
  int64_t before = 0;
  for (const LogPoint& point : log.points) {
    if (point.kind == LogPointKind::opened && point.end < before) {
      const bool finding =
          log.partition == focus.partition && focus.offset >= point.end && focus.offset < before;
      const std::string x = scale.percent(point.time_ns);
      const int64_t y = kTop + kHeight - before * kHeight / highest;
      svg.open("g", {{"class", finding ? "shorter finding" : "shorter"}});
      svg.element(
          "title", {},
          fmt::format("{} came back with end {} instead of {}", log.partition, point.end, before));
      svg.element("line", {{"x1", x},
                           {"x2", x},
                           {"y1", y},
                           {"y2", kTop + kHeight - point.end * kHeight / highest}});
      svg.open("svg", {{"class", "mark"}, {"x", x}, {"y", y}});
      svg.element("text", {{"x", -5}, {"y", 4}, {"text-anchor", "end"}},
                  fmt::format("\xe2\x88\x92{}", before - point.end));
      svg.close("svg").close("g");
    }
    before = point.end;
  }
}

void draw_path(Markup& svg, const std::string& kind, const std::string& path) {
  svg.element("path", {{"class", kind}, {"d", path}, {"vector-effect", "non-scaling-stroke"}});
}

}  // namespace

LogPaths log_paths(const LogSeries& log, int64_t run_end_ns, int64_t highest) {
  const std::vector<Corner> corners = corners_of(log, run_end_ns, highest);
  LogPaths paths;
  size_t first = 0;
  bool drawing = false;
  for (size_t i = 0; i < corners.size(); ++i) {
    const Corner& corner = corners[i];
    if (drawing) {
      paths.end += fmt::format("H{}V{}", corner.x, corner.end);
      paths.flushed += fmt::format("H{}V{}", corner.x, corner.flushed);
      paths.at_risk += fmt::format("H{}V{}", corner.x, corner.end);
    } else {
      first = i;
      paths.end += fmt::format("M{} {}", corner.x, corner.end);
      paths.flushed += fmt::format("M{} {}V{}", corner.x, kPathHeight, corner.flushed);
      paths.at_risk += fmt::format("M{} {}", corner.x, corner.end);
    }
    drawing = !corner.breaks;
    const bool over = i + 1 == corners.size();
    if (!corner.breaks && !over) continue;
    const int64_t x = corner.breaks ? corner.x : kPathWidth;
    if (!corner.breaks) paths.end += fmt::format("H{}", x);
    paths.flushed += fmt::format("H{}V{}Z", x, kPathHeight);
    close_area(paths.at_risk, corners, first, i, x);
  }
  return paths;
}

Markup log_chart(const LogSeries& log, size_t index, const Timeline& timeline,
                 const std::vector<FaultSpan>& faults, const Focus& focus) {
  int64_t highest = 1;
  for (const LogPoint& point : log.points) highest = std::max(highest, point.end);
  const int64_t end = log.points.empty() ? 0 : log.points.back().end;
  const int64_t flushed = log.points.empty() ? 0 : log.points.back().flushed_end;
  int64_t last = timeline.end_ns;
  for (const FaultSpan& fault : faults) last = std::max(last, fault.end_ns);
  const Scale scale(0, last);
  const int64_t top = highest + std::max<int64_t>(highest / 8, 1);
  Frame frame{.id = fmt::format("log-{}", index),
              .title = fmt::format("The log {} over the run", log.partition),
              .description = fmt::format("Its end reaches {}; at the end of the run it is {}, "
                                         "synced up to {}.",
                                         highest, end, flushed),
              .height = kTop + kHeight + 6};
  std::string note = fmt::format("end {}, synced {}", end, flushed);
  for (const Lane& lane : timeline.lanes) {
    if (lane.node == log.node) note = fmt::format("{}: {}", lane.name, note);
  }
  frame.labels.push_back({kTop + kHeight / 2, log.partition, note});
  draw_fault_strips(frame.drawing, faults, log, scale);
  draw_offsets(frame.drawing, top);
  frame.drawing.add(time_axis(scale, kTop, kTop + kHeight, 10));
  const LogPaths paths = log_paths(log, scale.to(), top);
  frame.drawing.open("svg", {{"y", kTop},
                             {"width", "100%"},
                             {"height", kHeight},
                             {"viewBox", fmt::format("0 0 {} {}", kPathWidth, kPathHeight)},
                             {"preserveAspectRatio", "none"}});
  draw_path(frame.drawing, "flushed-end", paths.flushed);
  draw_path(frame.drawing, "at-risk", paths.at_risk);
  draw_path(frame.drawing, "log-end", paths.end);
  frame.drawing.close("svg");
  draw_cuts(frame.drawing, log, scale, top, focus);
  return framed(frame, false);
}

}  // namespace weir::reports
