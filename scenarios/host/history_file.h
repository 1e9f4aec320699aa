// Histories as JSON lines: what a driver of real clients recorded, for the same checker that judges
// the simulated ones (model/oracle/history.h says what the words mean).
//
// One operation a line, one object a line, no other keys, no empty lines. The order is the history's:
// operations of one process stand in the order in which it invoked them.
//
//   {"process": P, "op": "produce", "topic": T, "partition": N, "value": V, "outcome": O, "offset": F}
//       O is "ok", "failed" (certainly not written) or "unknown"; "offset" only with "ok", and even
//       there it may be missing (acks=0)
//   {"process": P, "op": "assign", "topic": T, "partition": N, "offset": F}
//       "offset" may be missing: the span then starts at the first record that is read
//   {"process": P, "op": "poll", "topic": T, "partition": N, "records": [[F, V], ...], "final": B}
//       "final" may be missing and is then false
//
// P and V are whole numbers from 0 to 2^64-1, N from 0 to 2^31-1, F from 0 to 2^63-1. T is no empty
// string.
#pragma once

#include <istream>
#include <string>
#include <string_view>

#include "model/oracle/history.h"
#include "sim/base/result.h"

namespace weir {

// The reason, for a person: "\"offset\" has to be ...".
Result<Operation, std::string> operation_from_json(std::string_view line);

// All lines; the error names the first line that is no operation: "line 3: ...".
Result<History, std::string> read_history(std::istream& lines);

}  // namespace weir
