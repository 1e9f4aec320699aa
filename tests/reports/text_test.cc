// Text, markup and scales: what every chart is made of.
#include "tests/support/test_pch.h"

#include "reports/frame.h"
#include "reports/markup.h"
#include "reports/scale.h"
#include "reports/text.h"

namespace weir::reports {

TEST_CASE("whatever the text, escaped it has nothing that HTML would take for its own") {
  REQUIRE(escaped("<a href=\"x\">'&'</a>") ==
          "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  rc::check([](const std::string& text) {
    const std::string safe = escaped(text);
    RC_ASSERT(safe.find_first_of("<>\"'") == std::string::npos);
    for (const char c : safe) RC_ASSERT(c == '\n' || c == '\t' || c < 0 || c >= ' ');
  });
}

TEST_CASE("an ampersand in escaped text begins an entity") {
  rc::check([](const std::string& text) {
    const std::string safe = escaped(text);
    for (size_t at = safe.find('&'); at != std::string::npos; at = safe.find('&', at + 1)) {
      const std::string entity = safe.substr(at, safe.find(';', at) - at + 1);
      RC_ASSERT(entity == "&amp;" || entity == "&lt;" || entity == "&gt;" || entity == "&quot;" ||
                entity == "&#39;");
    }
  });
}

TEST_CASE("attributes and contents of elements are escaped") {
  Markup svg;
  svg.element("text", {{"class", "a\" onload=\"b"}, {"y", 3}}, "<script>");
  REQUIRE(svg.str() == "<text class=\"a&quot; onload=&quot;b\" y=\"3\">&lt;script&gt;</text>\n");
}

TEST_CASE("numbers read as people write them") {
  const std::string gap = "\xe2\x80\xaf";
  REQUIRE(grouped(0) == "0");
  REQUIRE(grouped(999) == "999");
  REQUIRE(grouped(1234567) == "1" + gap + "234" + gap + "567");
  REQUIRE(counted(1, "life", "lives") == "1 life");
  REQUIRE(counted(0, "record") == "0 records");
  REQUIRE(enumerated({}) == "");
  REQUIRE(enumerated({"a", "b", "c"}) == "a, b and c");
  REQUIRE(in_ms(100'789'000) == "100.789 ms");
  REQUIRE(in_ms(-1'500) == "-0.001 ms");
  REQUIRE(span_text(999) == "999 ns");
  REQUIRE(span_text(12'400) == "12.4 \xc2\xb5s");
  REQUIRE(span_text(149'019'000) == "149 ms");
  REQUIRE(span_text(1'029'000'000) == "1.03 s");
  REQUIRE(span_text(305'000'000'000) == "305 s");
  REQUIRE(span_text(900'000'000'000) == "15.0 min");
  REQUIRE(span_text(9'999'999) == "10.00 ms");
}

TEST_CASE("the ends of a scale are at 0 and 100 percent, and what lies outside stays near") {
  const Scale scale(1'000, 3'000);
  REQUIRE(scale.percent(1'000) == "0.000%");
  REQUIRE(scale.percent(2'000) == "50.000%");
  REQUIRE(scale.percent(3'000) == "100.000%");
  REQUIRE(scale.percent(900) == "-5.000%");
  REQUIRE(scale.percent_between(1'000, 1'020) == "1.000%");
  REQUIRE(scale.percent_between(3'000, 1'000) == "0.000%");
  REQUIRE(scale.place(std::numeric_limits<int64_t>::max() / 4) == 200'000);
  REQUIRE(Scale(5, 5).to() == 6);
}

TEST_CASE("ticks lie on round numbers inside the scale, and there are not more than wanted") {
  REQUIRE(Scale(0, 1'000).ticks(10) ==
          std::vector<int64_t>{0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1'000});
  REQUIRE(Scale(95, 210).ticks(4) == std::vector<int64_t>{100, 150, 200});
  rc::check([] {
    const int64_t from = *rc::gen::inRange<int64_t>(0, int64_t{1} << 50);
    const int64_t length = *rc::gen::inRange<int64_t>(1, int64_t{1} << 50);
    const int64_t wanted = *rc::gen::inRange<int64_t>(1, 30);
    const Scale scale(from, from + length);
    const std::vector<int64_t> ticks = scale.ticks(wanted);
    RC_ASSERT(ticks.size() <= static_cast<size_t>(wanted) + 1);
    int64_t unit = tick_step(length, wanted);
    for (const int64_t tick : ticks) {
      RC_ASSERT(tick >= from && tick <= from + length && tick % unit == 0);
    }
    while (unit % 10 == 0) unit /= 10;
    RC_ASSERT(unit == 1 || unit == 2 || unit == 5);
  });
}

TEST_CASE("a tick says as many digits as the step between ticks needs") {
  REQUIRE(tick_text(100'000'000, 50'000'000) == "100 ms");
  REQUIRE(tick_text(100'500'000, 500'000) == "100.5 ms");
  REQUIRE(tick_text(100'050'000, 50'000) == "100.050 ms");
}

TEST_CASE("labels that would lie on each other go into different rows") {
  Rows rows;
  REQUIRE(rows.put(0, 100) == 0);
  REQUIRE(rows.put(50, 100) == 1);
  REQUIRE(rows.put(100, 20) == 0);
  REQUIRE(rows.put(110, 20) == 2);
  REQUIRE(rows.count() == 3);
}

TEST_CASE("chances in percent, keys in words") {
  REQUIRE(chance_text(1'000'000) == "100 %");
  REQUIRE(chance_text(25'000) == "2.5 %");
  REQUIRE(chance_text(43'386) == "4.34 %");
  REQUIRE(chance_text(8'627) == "0.8627 %");
  REQUIRE(chance_text(1) == "0.0001 %");
  REQUIRE(chance_text(0) == "0 %");
  REQUIRE(spaced("bytes_per_second") == "bytes per second");
}

}  // namespace weir::reports
