#include "reports/page.h"

#include <fmt/core.h>

#include "reports/faults.h"
#include "reports/focus.h"
#include "reports/lanes_chart.h"
#include "reports/log_chart.h"
#include "reports/markup.h"
#include "reports/messages_chart.h"
#include "reports/script.h"
#include "reports/style.h"
#include "reports/summary.h"
#include "reports/tables.h"
#include "reports/text.h"

namespace weir::reports {
namespace {

constexpr size_t kOpenFaults = 12;
constexpr size_t kOpenLogs = 12;  // the rest is folded away

void add_section_head(Markup& html, std::string_view id, std::string_view title,
                      std::string_view lead) {
  html.open("section", {{"id", id}}).element("h2", {}, title);
  if (!lead.empty()) html.element("p", {{"class", "lead"}}, lead);
}

void add_head(Markup& html, const RunRecord& record) {
  html.add_trusted("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  // The page may ask nothing of any network, and says so to the browser.
  html.add_trusted(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n");
  html.element(
      "title", {},
      fmt::format("{}, seed {}: {}", record.plan.scenario, record.plan.seed, name(record.verdict)));
  html.add_trusted("<style>").add_trusted(kStyle).add_trusted("</style>\n</head>\n");
}

void add_figure(Markup& html, std::string_view value, std::string_view what) {
  html.open("div").element("dd", {}, value).element("dt", {}, what).close("div");
}

void add_figures(Markup& html, const RunRecord& record) {
  uint64_t planned = 0;
  uint64_t effective = 0;
  for (const FaultCount& count : record.faults) {
    if (count.planned > 0) ++planned;
    if (count.planned > 0 && count.effective > 0) ++effective;
  }
  html.open("dl", {{"class", "figures"}});
  add_figure(html, grouped(record.acked), fmt::format("{}s acknowledged", acked_thing(record.plan)));
  add_figure(html, grouped(record.read), record.plan.coordination ? "znodes read" : "records read");
  add_figure(html, grouped(record.unknown), "without an answer");
  add_figure(html, fmt::format("{} of {}", effective, planned), "kinds of faults had an effect");
  add_figure(html, span_text(record.virtual_ns), "of virtual time");
  add_figure(html, grouped(record.trace_events), "trace events");
  html.close("dl");
}

void add_verdict(Markup& html, const RunRecord& record, const PageOptions& options) {
  const bool pass = record.verdict == VerdictKind::pass;
  html.open("header", {{"id", "verdict"}}).open("p", {{"class", "eyebrow"}});
  html.element("span", {{"class", "brand"}}, "Weir");
  html.element("span", {}, fmt::format("{}, seed {}", record.plan.scenario, record.plan.seed));
  html.close("p").open("h1").element("span", {{"class", "badge"}}, pass ? "pass" : "failed");
  html.text(headline(record)).close("h1");
  if (!record.findings.empty()) {
    html.open("p", {{"class", "found"}});
    html.element("b", {}, name(record.verdict));
    html.text(" " + record.findings.front().sentence);
    if (record.findings.size() > 1) {
      html.text(" ").element(
          "a", {{"href", "#findings"}},
          fmt::format("and {}", counted(record.findings.size() - 1, "more finding")));
    }
    html.close("p");
  }
  html.element("p", {{"class", "summary"}}, summary(record));
  html.open("div", {{"class", "replay"}}).element("span", {}, "Replay it, to the bit");
  html.element("code", {{"id", "command"}}, options.replay_command);
  html.element("button", {{"type", "button"}, {"id", "copy"}, {"hidden", ""}}, "Copy").close("div");
  if (record.trace_events > 0) add_figures(html, record);
  html.close("header");
}

void add_story(Markup& html, const Focus& focus) {
  if (focus.story.empty()) return;
  add_section_head(html, "story", "What happened", {});
  html.open("ol", {{"class", "story"}});
  for (const StoryLine& line : focus.story) {
    html.open("li", {{"class", line.pivotal ? "pivotal" : ""}});
    html.element("time", {}, in_ms(line.time_ns)).element("span", {}, line.text).close("li");
  }
  html.close("ol").close("section");
}

void add_messages(Markup& html, const Timeline& timeline, const std::vector<FaultSpan>& faults,
                  const Focus& focus) {
  std::string lead = fmt::format(
      "{} to {}, {}. A line has its sender's colour; a dashed stretch waits at a cut link or a "
      "dark "
      "machine; a line that ends in a cross never arrived.",
      in_ms(focus.from_ns), in_ms(focus.to_ns), focus.reason);
  if (timeline.messages_forgotten > 0) {
    lead += fmt::format(" The first {} of the run are not kept.",
                        counted(timeline.messages_forgotten, "message"));
  }
  add_section_head(html, "messages", "Messages", lead);
  html.add(messages_chart(timeline, faults, focus));
  html.open("p", {{"class", "legend"}});
  html.element("span", {{"class", "l-append"}}, "appended to a log");
  html.element("span", {{"class", "l-sync"}}, "synced");
  html.element("span", {{"class", "l-wait"}}, "held");
  html.element("span", {{"class", "l-lost"}}, "never arrived");
  html.close("p").close("section");
}

void add_logs(Markup& html, const Timeline& timeline, const std::vector<FaultSpan>& faults,
              const Focus& focus) {
  if (timeline.logs.empty()) return;
  add_section_head(
      html, "logs", "Logs",
      "The end of each log, and how far it is synced. What lies between the two is what "
      "a power loss may take.");
  html.open("p", {{"class", "legend"}});
  html.element("span", {{"class", "l-end"}}, "log end");
  html.element("span", {{"class", "l-flushed"}}, "synced");
  html.element("span", {{"class", "l-shorter"}}, "came back shorter").close("p");
  for (size_t i = 0; i < timeline.logs.size(); ++i) {
    if (i == kOpenLogs) {
      html.open("details").element("summary", {},
                                   counted(timeline.logs.size() - kOpenLogs, "more log"));
    }
    html.add(log_chart(timeline.logs[i], i, timeline, faults, focus));
  }
  if (timeline.logs.size() > kOpenLogs) html.close("details");
  html.close("section");
}

void add_charts(Markup& html, const RunRecord& record, const Timeline& timeline,
                const std::vector<FaultSpan>& faults) {
  if (timeline.lanes.empty()) {
    html.element("p", {{"class", "lead alone"}},
                 "The process of this run ended before it could tell what happened; there is "
                 "nothing to draw. The command above repeats it.");
    return;
  }
  const Focus focus = find_focus(record, timeline);
  add_story(html, focus);
  add_section_head(html, "run", "The run",
                   "Each node's life and every fault of the plan, in virtual time. The shaded "
                   "interval is the one of the messages below.");
  html.add(lanes_chart(timeline, faults, focus)).close("section");
  add_messages(html, timeline, faults, focus);
  add_logs(html, timeline, faults, focus);
}

}  // namespace

std::string render_page(const RunRecord& record, const Timeline& timeline,
                        const PageOptions& options) {
  const std::vector<FaultSpan> faults =
      fault_spans(record.plan, record.happened.empty() ? record.plan.faults : record.happened);
  Markup html;
  add_head(html, record);
  html.open("body", {{"class", record.verdict == VerdictKind::pass ? "pass" : "fail"}})
      .open("main");
  add_verdict(html, record, options);
  add_charts(html, record, timeline, faults);
  if (!record.findings.empty()) {
    add_section_head(html, "findings", "Findings", {});
    html.add(findings_list(record)).close("section");
  }
  if (!record.plan.faults.empty()) {
    add_section_head(html, "faults", "Faults", {});
    html.add(fault_kinds_table(record, faults));
    for (const std::string& sentence : crash_sentences(record.plan)) {
      html.element("p", {{"class", "crash"}}, sentence);
    }
    if (!faults.empty()) {
      if (faults.size() <= kOpenFaults) {
        html.open("details", {{"open", ""}});
      } else {
        html.open("details");
      }
      html.element("summary", {}, fmt::format("{}, one by one", counted(faults.size(), "fault")));
      html.add(faults_table(faults)).close("details");
    }
    html.close("section");
  }
  add_section_head(html, "plan", "Plan", {});
  html.add(settings_table(record.plan)).close("section");
  html.open("footer").text("Trace hash ").element("code", {}, hex16(record.hash));
  html.element(
      "p", {},
      "Two runs are the same run if and only if their hashes are equal. Times are virtual.");
  html.close("footer").close("main");
  html.add_trusted("<script>").add_trusted(kScript).add_trusted("</script>\n");
  html.close("body").close("html");
  return html.str();
}

}  // namespace weir::reports
