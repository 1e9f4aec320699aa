// The page as a text: complete, balanced, escaped, the same every time.
#include "tests/support/test_pch.h"

#include "reports/faults.h"
#include "reports/log_chart.h"
#include "reports/page.h"
#include "reports/text.h"
#include "scenarios/plan_fields.h"
#include "tests/reports/sample_run.h"

namespace weir::reports {
namespace {

const PageOptions kOptions{.replay_command = "weir-sim replay out/power-loss-9.toml"};

size_t count(std::string_view text, std::string_view words) {
  size_t found = 0;
  for (size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
    ++found;
  }
  return found;
}

// The text without style and script, whose signs are not HTML's.
std::string body_of(const std::string& page) {
  const size_t begin = page.find("<body");
  return page.substr(begin, page.rfind("<script>") - begin);
}

}  // namespace

TEST_CASE("a page has a lane a node, a span a fault, a line a message, a drawing a log") {
  const std::string page = render_page(sample_record(true), sample_timeline(), kOptions);
  REQUIRE(count(page, "class=\"lane\"") == 2);
  REQUIRE(count(page, "class=\"fault c") == 2);
  REQUIRE(count(page, "class=\"touched c") == 1);  // the other end of the reset
  REQUIRE(count(page, "class=\"message ") > 2);
  REQUIRE(count(page, "id=\"log-") == 3 * 1);  // the drawing, its title, its description
  REQUIRE(page.find("weir-sim replay out/power-loss-9.toml") != std::string::npos);
  REQUIRE(page.find("offset 46 was acked, and is gone") != std::string::npos);
  REQUIRE(page.find("0000000000abcdef") != std::string::npos);
}

TEST_CASE("what waited lies before a door, what never arrived ends in a cross") {
  Timeline timeline = sample_timeline();
  timeline.messages = {
      {.sent_ns = 51 * kMs, .held_ns = 53 * kMs, .delivered_ns = 71 * kMs, .from = 2, .to = 1},
      {.sent_ns = 52 * kMs, .held_ns = 54 * kMs, .from = 2, .to = 1},
      {.sent_ns = 53 * kMs, .from = 2, .to = 1},
      {.sent_ns = 54 * kMs, .delivered_ns = 55 * kMs, .from = 9, .to = 1}};  // of no known node
  const std::string page = render_page(sample_record(true), timeline, kOptions);
  REQUIRE(count(page, "class=\"message s1 held\"") == 1);
  REQUIRE(count(page, "class=\"message s1 held lost\"") == 1);
  REQUIRE(count(page, "class=\"message s1 lost\"") == 1);
  REQUIRE(count(page, "class=\"wait\"") == 2);
  REQUIRE(count(page, "class=\"lostmark\"") == 1);
  REQUIRE(count(page, "<circle") == 1);
  REQUIRE(page.find("2 had to wait") != std::string::npos);
}

TEST_CASE("every element that a page opens it closes, in order") {
  for (const bool failing : {true, false}) {
    const std::string body =
        body_of(render_page(sample_record(failing), sample_timeline(), kOptions));
    std::vector<std::string> open;
    for (size_t at = body.find('<'); at != std::string::npos; at = body.find('<', at + 1)) {
      const bool closes = body[at + 1] == '/';
      const size_t begin = at + (closes ? 2 : 1);
      const std::string name = body.substr(begin, body.find_first_of(" >", begin) - begin);
      if (!closes) {
        open.push_back(name);
      } else {
        REQUIRE_FALSE(open.empty());
        REQUIRE(open.back() == name);
        open.pop_back();
      }
    }
    // The script, which is not looked at, is the last thing in the body.
    REQUIRE(open == std::vector<std::string>{"body"});
  }
}

TEST_CASE("the same run gives the same bytes") {
  REQUIRE(render_page(sample_record(true), sample_timeline(), kOptions) ==
          render_page(sample_record(true), sample_timeline(), kOptions));
}

TEST_CASE("names, sentences and commands cannot become markup") {
  const std::string evil = "</code><script>alert('x')</script>\"&";
  RunRecord record = sample_record(true);
  record.plan.scenario = evil;
  record.plan.planted_bug = evil;
  record.findings.push_back({VerdictKind::history, evil, evil});
  Timeline timeline = sample_timeline();
  timeline.lanes[0].name = evil;
  timeline.logs[0].partition = evil;
  timeline.moments[1].text = evil;
  const std::string page = render_page(record, timeline, {.replay_command = evil});
  REQUIRE(count(page, "<script>") == 1);  // its own
  REQUIRE(count(page, "alert('x')") == 0);
}

TEST_CASE("a page asks nothing of any network") {
  const std::string page = render_page(sample_record(true), sample_timeline(), kOptions);
  REQUIRE(count(page, "http:") + count(page, "https:") + count(page, "url(") +
              count(page, "@import") ==
          0);
  REQUIRE(page.find("default-src 'none'") != std::string::npos);
}

TEST_CASE("of a run whose process died there is a page without drawings") {
  RunRecord record = sample_record(false);
  record.trace_events = 0;
  record.verdict = VerdictKind::crash;
  record.findings = {{VerdictKind::crash, "crash", "the process died by signal 6"}};
  const std::string page = render_page(record, {}, kOptions);
  REQUIRE(count(page, "<svg") == 0);
  REQUIRE(page.find("the process died by signal 6") != std::string::npos);
  REQUIRE(
      page.find("Faults planned: 1 reset and 1 power-loss, and 1 law of what a power loss does.") !=
      std::string::npos);
}

TEST_CASE("a log is drawn in steps and not while its process is down") {
  const LogSeries log = sample_timeline().logs[0];
  const LogPaths paths = log_paths(log, 200 * kMs, 100);
  REQUIRE(paths.end == "M50 1000H200V540H250V540H500V530H520V530M800 540H900V500H950V500H2000");
  REQUIRE(count(paths.flushed, "M") == 2);
  REQUIRE(count(paths.at_risk, "Z") == 2);
}

TEST_CASE("however many points a log has, its drawing is no finer than what can be seen") {
  LogSeries log{1, "events-0", {{0, LogPointKind::opened, 0, 0}}};
  for (int64_t i = 1; i <= 200'000; ++i) {
    log.points.push_back({i, LogPointKind::appended, i, i / 2});
  }
  REQUIRE(log_paths(log, 200'000, 200'000).end.size() < 80'000);
}

TEST_CASE("faults of one kind have one colour") {
  Plan plan = sample_record(false).plan;
  plan.faults.push_back(plan.faults[1]);
  const std::vector<FaultSpan> spans = fault_spans(plan);
  REQUIRE(spans.size() == 3);
  REQUIRE(spans[0].colour == spans[2].colour);
  REQUIRE(spans[0].colour != spans[1].colour);
  REQUIRE(spans[0].end_ns - spans[0].begin_ns == 18 * kMs);
}

TEST_CASE("a fault says what it is, of how much, and where") {
  Plan plan;
  plan.client_nodes = 2;
  plan.faults = {
      {.kind = FaultKind::slow_fixed,
       .lasts = milliseconds(9),
       .node = 1,
       .peer = 3,
       .amount = 12'400},
      {.kind = FaultKind::clock_step, .at = milliseconds(5), .node = 2, .amount = -1'500},
      {.kind = FaultKind::api_stall, .node = 2, .peer = 1, .per_million = 25'000, .amount = 1},
      {.kind = FaultKind::bandwidth, .node = 1, .peer = 2, .amount = 20'000},
      {.kind = FaultKind::partition_ring, .at = milliseconds(7), .lasts = milliseconds(9)}};
  plan.heal_at = milliseconds(10);
  const std::vector<FaultSpan> spans = fault_spans(plan);
  REQUIRE(spans[0].detail == "latency 12.4 ms");
  REQUIRE(spans[0].where == "broker and clients 2");
  REQUIRE(spans[0].touches(3));
  REQUIRE_FALSE(spans[0].touches(2));
  REQUIRE(spans[1].detail ==
          "\xe2\x88\x92"
          "1.50 s");
  REQUIRE(spans[1].end_ns == spans[1].begin_ns);
  REQUIRE(spans[2].detail == "API 1, 2.5 %");
  REQUIRE(spans[2].where == "clients 1 to broker");
  REQUIRE(spans[3].detail ==
          "20\xe2\x80\xaf"
          "000 bytes per second");
  REQUIRE(spans[4].where == "everywhere");
  REQUIRE(spans[4].touches(2));
  REQUIRE(spans[4].end_ns == 10 * kMs);  // healed before it was over
}

TEST_CASE("every kind of fault can be drawn, and only what was planned is in the table") {
  for (const FaultTraits& kind : fault_kinds()) {
    RunRecord record = sample_record(false);
    const bool two = kind.target == FaultTarget::pair || kind.target == FaultTarget::direction;
    record.plan.faults = {{.kind = kind.kind,
                           .node = kind.target == FaultTarget::all ? 0U : 1U,
                           .peer = two ? 2U : 0U,
                           .per_million = 1'000,
                           .amount = kind.amount_low}};
    const std::string page = render_page(record, sample_timeline(), kOptions);
    const size_t drawn = kind.shape == FaultShape::crash ? 0 : 1;
    REQUIRE(count(page, "class=\"fault c") == drawn);
    REQUIRE(count(page, "class=\"touched c") == (two ? 1 : 0));
    REQUIRE(count(page, "class=\"crash\"") == 1 - drawn);
    REQUIRE(count(page, escaped(kind.summary)) == 1);
  }
}

TEST_CASE("a pause lies in a life") {
  Timeline timeline = sample_timeline();
  timeline.lanes[0].pauses = {{10 * kMs, 49 * kMs}};
  const std::string page = render_page(sample_record(true), timeline, kOptions);
  REQUIRE(count(page, "class=\"pause\"") == 1);
  REQUIRE(count(page, "class=\"pauseline\"") == 1);
}

TEST_CASE("the plan on the page has every field") {
  struct Keys {
    std::vector<std::string> all;
    void section(std::string_view key) { all.emplace_back(key); }
    void number(std::string_view key, int64_t, int64_t, int64_t) { all.emplace_back(key); }
    void duration(std::string_view key, Duration) { all.emplace_back(key); }
    void flag(std::string_view key, bool) { all.emplace_back(key); }
    void text(std::string_view key, const std::string&) { all.emplace_back(key); }
  } keys;
  const RunRecord record = sample_record(false);
  plan_fields(record.plan, keys);
  const std::string page = render_page(record, sample_timeline(), kOptions);
  for (const std::string& key : keys.all) {
    const std::string words = spaced(key);
    const bool unit = words.ends_with(" us") || words.ends_with(" per million");
    REQUIRE(page.find(
                unit ? words.substr(0, words.find(words.ends_with(" us") ? " us" : " per million"))
                     : words) != std::string::npos);
  }
}

}  // namespace weir::reports
