#include "sim/world/schedule/schedule_oracle.h"

#include "sim/world/schedule/delay_bounding.h"
#include "sim/world/schedule/fifo.h"
#include "sim/world/schedule/pct.h"

namespace weir {
namespace {

// A schedule together with the RandomOracle that it asks everything else.
template <class Schedule>
class OverRandom final : public ChoiceOracle {
 public:
  template <class... Arguments>
  explicit OverRandom(Arguments... arguments) : schedule_(arguments..., random_) {}
  uint64_t choose(const Site& site, Stream& stream, uint64_t n) override {
    return schedule_.choose(site, stream, n);
  }
  uint64_t choose_fiber(const Site& site, Stream& stream, std::span<const FiberId> ready) override {
    return schedule_.choose_fiber(site, stream, ready);
  }

 private:
  RandomOracle random_;
  Schedule schedule_;
};

}  // namespace

std::unique_ptr<ChoiceOracle> make_schedule_oracle(const ScheduleChoice& choice, Stream stream) {
  switch (choice.kind) {
    case ScheduleKind::random:
      return std::make_unique<RandomOracle>();
    case ScheduleKind::fifo:
      return std::make_unique<OverRandom<FifoOracle>>();
    case ScheduleKind::pct:
      return std::make_unique<OverRandom<PctOracle>>(
          PctOptions{choice.depth, choice.expected_decisions}, stream);
    case ScheduleKind::delay:
      return std::make_unique<OverRandom<DelayBoundingOracle>>(
          DelayOptions{choice.depth, choice.expected_decisions}, stream);
  }
  CHECK_MSG(false, "no such schedule");
  return nullptr;
}

}  // namespace weir
