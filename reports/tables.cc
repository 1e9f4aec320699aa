#include "reports/tables.h"

#include <fmt/core.h>

#include <algorithm>

#include "reports/text.h"
#include "scenarios/plan_fields.h"

namespace weir::reports {
namespace {

constexpr size_t kOpenFindings = 6;  // the rest is folded away

void add_finding(Markup& html, const Finding& finding) {
  html.open("li", {{"class", "finding"}});
  html.element("span", {{"class", "kind"}},
               fmt::format("{} \xc2\xb7 {}", name(finding.kind), finding.what));
  html.element("p", {}, finding.sentence).close("li");
}

void add_row(Markup& html, std::string_view name, std::string_view value) {
  html.open("div").element("dt", {}, name).element("dd", {}, value).close("div");
}

// Writes each field of a plan as a row, each section as a group.
class Settings {
 public:
  explicit Settings(Markup& html) : html_(html) {}
  ~Settings() { end_group(); }
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;

  void section(std::string_view title) {
    end_group();
    open_ = true;
    html_.open("div", {{"class", "group"}}).element("h3", {}, title).open("dl");
  }
  template <class T>
  void number(std::string_view key, const T& value, int64_t /*low*/, int64_t /*high*/) {
    constexpr std::string_view kChance = "_per_million";
    if (key.ends_with(kChance)) {
      key.remove_suffix(kChance.size());
      return row(key, chance_text(static_cast<uint32_t>(value)));
    }
    row(key, value < 0 ? fmt::format("{}", value) : grouped(static_cast<uint64_t>(value)));
  }
  void duration(std::string_view key, const Duration& value) {
    if (key.ends_with("_us")) key.remove_suffix(3);
    row(key, span_text(value.ns()));
  }
  void flag(std::string_view key, const bool& value) { row(key, value ? "yes" : "no"); }
  void text(std::string_view key, const std::string& value) {
    row(key, value.empty() ? "none" : value);
  }
  void row(std::string_view key, std::string_view value) { add_row(html_, spaced(key), value); }

 private:
  void end_group() {
    if (open_) html_.close("dl").close("div");
  }
  Markup& html_;
  bool open_ = false;
};

void add_heads(Markup& html, std::initializer_list<const char*> heads, std::string_view kind) {
  html.open("div", {{"class", "wide"}}).open("table", {{"class", kind}}).open("thead").open("tr");
  for (const char* head : heads) html.element("th", {}, head);
  html.close("tr").close("thead").open("tbody");
}

void add_number(Markup& html, uint64_t number) {
  html.element("td", {{"class", "number"}}, grouped(number));
}

}  // namespace

Markup findings_list(const RunRecord& record) {
  Markup html;
  html.open("ol", {{"class", "findings"}});
  for (size_t i = 0; i < record.findings.size() && i < kOpenFindings; ++i) {
    add_finding(html, record.findings[i]);
  }
  html.close("ol");
  if (record.findings.size() <= kOpenFindings) return html;
  html.open("details").element("summary", {},
                               counted(record.findings.size() - kOpenFindings, "more finding"));
  html.open("ol", {{"class", "findings"}, {"start", static_cast<int64_t>(kOpenFindings) + 1}});
  for (size_t i = kOpenFindings; i < record.findings.size(); ++i) {
    add_finding(html, record.findings[i]);
  }
  html.close("ol").close("details");
  return html;
}

Markup fault_kinds_table(const RunRecord& record, const std::vector<FaultSpan>& faults) {
  Markup html;
  add_heads(html, {"fault", "what it does", "planned", "fired", "had an effect"}, "kinds");
  for (const FaultTraits& kind : fault_kinds()) {
    const FaultCount& count = record.faults[static_cast<size_t>(kind.kind)];
    uint64_t planned = 0;
    for (const Fault& fault : record.plan.faults) planned += fault.kind == kind.kind ? 1 : 0;
    if (planned == 0) continue;
    const auto drawn = std::find_if(faults.begin(), faults.end(), [&](const FaultSpan& fault) {
      return fault.kind == kind.kind;
    });
    html.open("tr").open("td");
    html.element("i",
                 {{"class", drawn == faults.end() ? std::string("swatch none")
                                                  : fmt::format("swatch c{}", drawn->colour)}});
    html.text(kind.name).close("td").element("td", {{"class", "long"}}, kind.summary);
    add_number(html, planned);
    add_number(html, count.fired);
    add_number(html, count.effective);
    html.close("tr");
  }
  html.close("tbody").close("table").close("div");
  return html;
}

Markup faults_table(const std::vector<FaultSpan>& faults) {
  Markup html;
  add_heads(html, {"fault", "where", "begins", "lasts"}, "each");
  for (const FaultSpan& fault : faults) {
    html.open("tr").open("td").element("i", {{"class", fmt::format("swatch c{}", fault.colour)}});
    html.text(fault.detail.empty() ? fault.name : fault.name + ", " + fault.detail).close("td");
    html.element("td", {}, fault.where);
    html.element("td", {{"class", "number"}}, in_ms(fault.begin_ns));
    html.element("td", {{"class", "number"}},
                 fault.end_ns > fault.begin_ns ? in_ms(fault.end_ns - fault.begin_ns) : "");
    html.close("tr");
  }
  html.close("tbody").close("table").close("div");
  return html;
}

Markup settings_table(const Plan& plan) {
  Markup html;
  html.open("div", {{"class", "settings"}});
  {
    Settings settings(html);
    settings.section("run");
    settings.row("scenario", plan.scenario);
    settings.row("seed", fmt::format("{}", plan.seed));
    settings.row("choices key", "0x" + hex16(plan.choices_key));
    plan_fields(plan, settings);
  }
  html.close("div");
  return html;
}

}  // namespace weir::reports
