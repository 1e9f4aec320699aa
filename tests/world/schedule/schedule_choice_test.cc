// Schedules as text.
#include "tests/support/test_pch.h"

#include "sim/world/schedule/schedule_choice.h"

namespace weir {

TEST_CASE("schedule text: each kind is read and printed") {
  REQUIRE(*parse_schedule("random") == ScheduleChoice{});
  REQUIRE(*parse_schedule("fifo") == ScheduleChoice{ScheduleKind::fifo});
  REQUIRE(*parse_schedule("pct:3") == ScheduleChoice{ScheduleKind::pct, 3});
  REQUIRE(*parse_schedule("delay:5:20000") == ScheduleChoice{ScheduleKind::delay, 5, 20'000});
  for (const char* text : {"random", "fifo", "pct:1", "pct:5:77", "delay:100", "delay:5:20000"}) {
    REQUIRE(print(*parse_schedule(text)) == text);
  }
}

TEST_CASE("schedule text: what is not a schedule is refused, with the reason") {
  const std::vector<std::pair<std::string, ScheduleError>> refused = {
      {"", ScheduleError::unknown_kind},
      {"Random", ScheduleError::unknown_kind},
      {"pct3", ScheduleError::unknown_kind},
      {"fifo ", ScheduleError::unknown_kind},
      {"pct", ScheduleError::missing_number},
      {"delay", ScheduleError::missing_number},
      {"fifo:1", ScheduleError::extra_number},
      {"random:", ScheduleError::extra_number},
      {"pct:1:2:3", ScheduleError::extra_number},
      {"pct:", ScheduleError::not_a_number},
      {"pct:x", ScheduleError::not_a_number},
      {"pct:3x", ScheduleError::not_a_number},
      {"pct:-1", ScheduleError::not_a_number},
      {"delay:2:", ScheduleError::not_a_number},
      {"pct:0", ScheduleError::out_of_range},
      {"pct:6", ScheduleError::out_of_range},
      {"delay:101", ScheduleError::out_of_range},
      {"pct:3:0", ScheduleError::out_of_range},
      {"pct:3:99999999999999999999", ScheduleError::out_of_range},
  };
  for (const auto& [text, error] : refused) {
    INFO(text);
    REQUIRE_FALSE(parse_schedule(text).ok());
    REQUIRE(parse_schedule(text).error() == error);
    REQUIRE(name(error) != "?");
  }
}

TEST_CASE("schedule text: whatever is printed is read again as the same") {
  rc::check([](bool pct, uint8_t number, uint64_t decisions) {
    ScheduleChoice choice{pct ? ScheduleKind::pct : ScheduleKind::delay, 1U + number % 5U,
                          decisions};
    if (decisions == 0) choice.expected_decisions = ScheduleChoice::kDefaultDecisions;
    RC_ASSERT(*parse_schedule(print(choice)) == choice);
  });
}

}  // namespace weir
