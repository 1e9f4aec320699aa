// The readable trace: one line an event, a column a node.
//
//        virtual ms  node 1                                    node 2
//          12.004512                                           net.send conn=3 bytes=97 payload=5f..
//          12.211040  net.deliver conn=3 bytes=97
//
// Sites whose values have names print them; others print their numbers. A line with nothing but a
// fiber's name and number ("server.handler f5") is a turn of that fiber; f5 behind an event says who
// caused it.
#pragma once

#include <string>

#include "sim/world/trace_log.h"

namespace weir {

// The event without its column: what the divergence finder compares and prints.
std::string describe_event(const TraceEvent& event);
// A whole line, in columns.
std::string trace_line(const TraceEvent& event);
std::string trace_legend(uint32_t nodes);

}  // namespace weir
