// Frame: what all charts share. Labels in a column that stays, beside a drawing that scrolls and
// stretches sideways; a time axis with its grid; labels that do not lie on each other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/markup.h"
#include "reports/scale.h"

namespace weir::reports {

// Drawings are laid out for this width and never get narrower; see style.h.
inline constexpr int64_t kLayoutWidth = 940;

struct FrameLabel {
  int64_t y = 0;  // of its middle
  std::string text;
  std::string note;  // below it, smaller; may be empty
};

struct Frame {
  std::string id;
  std::string title;  // read aloud instead of the drawing
  std::string description;
  int64_t height = 0;
  std::vector<FrameLabel> labels;
  Markup drawing;  // the inside of the <svg>
};

// `zoomable`: with buttons, where the page's script runs.
Markup framed(const Frame& frame, bool zoomable);

// Grid lines from `top` to `bottom` with their times above.
Markup time_axis(const Scale& scale, int64_t top, int64_t bottom, int64_t wanted_ticks);
// "100 ms", "100.5 ms": as many digits as the step needs.
std::string tick_text(int64_t ns, int64_t step_ns);

// Puts spans that must not touch into rows. Places are those of a Scale.
class Rows {
 public:
  // The row for something from `place` on, `width` places wide.
  size_t put(int64_t place, int64_t width);
  [[nodiscard]] size_t count() const { return ends_.size(); }

 private:
  std::vector<int64_t> ends_;
};

// How wide a label is, in places, at the layout's width.
int64_t text_width(std::string_view text);

}  // namespace weir::reports
