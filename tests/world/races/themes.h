// The twelve races by theme: waiting.cc about wake-ups, state.cc about shared state.
#pragma once

#include "tests/world/races/race.h"

namespace weir::races {

// waiting.cc
void lost_wake_up(Stage& stage);
void missed_broadcast(Stage& stage);
void closed_after_check(Stage& stage);
void stolen_item(Stage& stage);
void missed_second_wake_up(Stage& stage);

// state.cc
void lost_update(Stage& stage);
void lock_order(Stage& stage);
void aba(Stage& stage);
void double_initialisation(Stage& stage);
void publish_before_fill(Stage& stage);
void stale_index(Stage& stage);
void two_owners(Stage& stage);

}  // namespace weir::races
