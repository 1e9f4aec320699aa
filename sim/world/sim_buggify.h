// SimBuggify: who decides, in a simulated world, about the points of sim/env/buggify.h.
//
// A run switches each site on or off as a whole; a site that is on fires at a rate. Both are choices
// of the oracle, from a stream of the site's own, so that a new site shifts nothing elsewhere. What
// was asked and what fired is counted.
#pragma once

#include <map>

#include "sim/env/buggify.h"
#include "sim/world/simulator.h"

namespace weir {

// Chances per million. With on_per_million = 0 nothing ever fires.
struct BuggifyOptions {
  uint32_t on_per_million = 0;
  uint32_t fires_per_million = 250'000;
  uint64_t planted_id = 0;  // Site::id of the bug that this run plants; 0: none
};

class SimBuggify final : public Buggify {
 public:
  struct Count {
    const Site* site = nullptr;
    uint64_t asked = 0;
    uint64_t fired = 0;
  };

  explicit SimBuggify(Simulator& simulator) : simulator_(simulator) {}
  void configure(const BuggifyOptions& options) { options_ = options; }

  bool fires(const Site& site) override {
    Point& point = at(site);
    ++point.count.asked;
    if (!point.on || !simulator_.chance(site, point.stream, options_.fires_per_million)) {
      return false;
    }
    ++point.count.fired;
    return true;
  }
  bool switched_on(const Site& site) override {
    Point& point = at(site);
    ++point.count.asked;
    point.count.fired += point.on ? 1 : 0;
    return point.on;
  }
  bool is_planted(const Site& bug) override { return bug.id == options_.planted_id; }
  void reached(const Site& probe) override {
    Count& count = probes_[probe.id];
    count.site = &probe;
    ++count.asked;
  }

  // By id of the site.
  [[nodiscard]] std::map<uint64_t, Count> points() const {
    std::map<uint64_t, Count> all;
    for (const auto& [id, point] : points_) all.emplace(id, point.count);
    return all;
  }
  [[nodiscard]] const std::map<uint64_t, Count>& probes() const { return probes_; }

 private:
  struct Point {
    Count count;
    Stream stream;
    bool on = false;
  };
  Point& at(const Site& site) {
    const auto [it, is_new] = points_.try_emplace(site.id);
    if (is_new) {
      it->second.count.site = &site;
      it->second.stream = simulator_.stream(kComponent, 0, site);
      it->second.on = simulator_.chance(kSwitch, it->second.stream, options_.on_per_million);
    }
    return it->second;
  }

  static constexpr Site kComponent{"buggify"};
  static constexpr Site kSwitch{"buggify.switch"};
  Simulator& simulator_;
  BuggifyOptions options_;
  std::map<uint64_t, Point> points_;
  std::map<uint64_t, Count> probes_;
};

}  // namespace weir
