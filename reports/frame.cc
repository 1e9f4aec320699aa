#include "reports/frame.h"

#include <fmt/core.h>

#include "reports/text.h"

namespace weir::reports {
namespace {
constexpr int64_t kLetterWidth = 7;
}  // namespace

Markup framed(const Frame& frame, bool zoomable) {
  Markup html;
  html.open("div", {{"class", zoomable ? "frame zoomable" : "frame"}});
  html.open("div", {{"class", "labels"},
                    {"style", fmt::format("height:{}px", frame.height)},
                    {"aria-hidden", "true"}});
  for (const FrameLabel& label : frame.labels) {
    html.open("div", {{"style", fmt::format("top:{}px", label.y)}});
    html.element("b", {}, label.text);
    if (!label.note.empty()) html.element("i", {}, label.note);
    html.close("div");
  }
  html.close("div");
  html.open(
      "div",
      {{"class", "scroll"}, {"tabindex", "0"}, {"role", "group"}, {"aria-label", frame.title}});
  html.open("svg", {{"id", frame.id},
                    {"role", "img"},
                    {"aria-labelledby", frame.id + "-title " + frame.id + "-desc"},
                    {"height", frame.height}});
  html.element("title", {{"id", frame.id + "-title"}}, frame.title);
  html.element("desc", {{"id", frame.id + "-desc"}}, frame.description);
  html.add(frame.drawing);
  html.close("svg").close("div").close("div");
  return html;
}

std::string tick_text(int64_t ns, int64_t step_ns) {
  if (step_ns % 1'000'000'000 == 0) return fmt::format("{} s", ns / 1'000'000'000);
  if (step_ns % 1'000'000 == 0) return fmt::format("{} ms", ns / 1'000'000);
  if (step_ns % 100'000 == 0) {
    return fmt::format("{}.{} ms", ns / 1'000'000, ns / 100'000 % 10);
  }
  return in_ms(ns);
}

Markup time_axis(const Scale& scale, int64_t top, int64_t bottom, int64_t wanted_ticks) {
  Markup svg;
  svg.open("g", {{"class", "axis"}, {"aria-hidden", "true"}});
  const int64_t step = tick_step(scale.to() - scale.from(), wanted_ticks);
  for (const int64_t tick : scale.ticks(wanted_ticks)) {
    const std::string x = scale.percent(tick);
    svg.element("line", {{"x1", x}, {"x2", x}, {"y1", top}, {"y2", bottom}});
    // At the edges a label leans inwards.
    const int64_t place = scale.place(tick);
    const char* const anchor = place < 2'000                  ? "start"
                               : place > Scale::kFull - 3'000 ? "end"
                                                              : "middle";
    svg.element("text", {{"x", x}, {"y", top - 7}, {"text-anchor", anchor}}, tick_text(tick, step));
  }
  svg.close("g");
  return svg;
}

size_t Rows::put(int64_t place, int64_t width) {
  size_t row = 0;
  while (row < ends_.size() && ends_[row] > place) ++row;
  if (row == ends_.size()) ends_.push_back(0);
  ends_[row] = place + width;
  return row;
}

int64_t text_width(std::string_view text) {
  return static_cast<int64_t>(text.size()) * kLetterWidth * Scale::kFull / kLayoutWidth;
}

}  // namespace weir::reports
