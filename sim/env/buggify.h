// Buggify: rare things on purpose, in the code where they belong.
//
// Product code names three kinds of points; a simulated world decides about them, and a production
// build contains none of them:
//
//   maybe(b, site)      true now and then: a legal but rare event (give up early, take the slow
//                       way). A run switches each site on or off as a whole and lets it fire at a
//                       rate (FoundationDB's buggify: 25 % and 25 %).
//   limit(b, site, usual, extreme)
//                       `extreme` in the runs that switch the site on: a buffer of 1, a window of 64.
//                       Not random inside a run.
//   planted(b, bug)     true when the run plants that bug, to prove that the oracles find it.
//   sometimes(b, probe) this point was reached: a sweep fails when nobody ever gets here.
//
// The functions are `static inline` on purpose: the same header compiled with and without
// WEIR_BUGGIFY may meet in one program, and each translation unit keeps its own.
#pragma once

#include "sim/base/site.h"

namespace weir {

class Buggify {
 public:
  virtual ~Buggify() = default;
  virtual bool fires(const Site& site) = 0;
  virtual bool switched_on(const Site& site) = 0;
  virtual bool is_planted(const Site& bug) = 0;
  virtual void reached(const Site& probe) = 0;
};

// Of a world that steers nothing.
class NoBuggify final : public Buggify {
 public:
  bool fires(const Site& /*site*/) override { return false; }
  bool switched_on(const Site& /*site*/) override { return false; }
  bool is_planted(const Site& /*bug*/) override { return false; }
  void reached(const Site& /*probe*/) override {}
};

#ifdef WEIR_BUGGIFY
static inline bool maybe(Buggify& b, const Site& site) { return b.fires(site); }
template <class T>
static inline T limit(Buggify& b, const Site& site, T usual, T extreme) {
  return b.switched_on(site) ? extreme : usual;
}
static inline bool planted(Buggify& b, const Site& bug) { return b.is_planted(bug); }
static inline void sometimes(Buggify& b, const Site& probe) { b.reached(probe); }
#else
static inline bool maybe(Buggify& /*b*/, const Site& /*site*/) { return false; }
template <class T>
static inline T limit(Buggify& /*b*/, const Site& /*site*/, T usual, T /*extreme*/) {
  return usual;
}
static inline bool planted(Buggify& /*b*/, const Site& /*bug*/) { return false; }
static inline void sometimes(Buggify& /*b*/, const Site& /*probe*/) {}
#endif

}  // namespace weir
