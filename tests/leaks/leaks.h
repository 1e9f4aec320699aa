// Ten ways in which a world leaks into product code, and one piece of code that is clean.
//
// Each function is what a part of a broker might do in good faith: it takes Env, decides something,
// and traces what it decided. The decision hangs from what Env did not give.
#pragma once

#include "sim/env/env.h"

namespace weir {

void wake_sessions_in_order_of_ids(Env& env);  // the control: clean

void wake_sessions_in_order_of_addresses(Env& env);
void wake_in_order_of_stack_addresses(Env& env);
void fetch_in_order_of_a_pointer_hash(Env& env);
void copy_epoch_from_unset_heap(Env& env);
void read_short_header_on_the_stack(Env& env);
void expire_by_the_real_clock(Env& env);
void jitter_from_random_device(Env& env);
void compact_on_a_thread(Env& env);
void number_sessions_statically(Env& env);
void recover_in_readdir_order(Env& env);
void measure_names_by_locale(Env& env);
void configure_from_environment(Env& env);

}  // namespace weir
