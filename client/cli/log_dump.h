// What the files of a log hold, told line by line (dump-log). Formats: model/record/batch.h for
// .log; the others are Kafka's, big-endian:
//
//   .index     = *( relative-offset:int32  position:int32 )
//   .timeindex = *( timestamp:int64  relative-offset:int32 )
//   .snapshot  = version:int16  crc:uint32  count:int32  count*entry  ; CRC-32C of what follows it
//   entry      = producer_id:int64  epoch:int16  last_sequence:int32  last_offset:int64
//                offset_delta:int32  timestamp:int64  coordinator_epoch:int32
//                txn_first_offset:int64
//
// Offsets of indexes are relative to the segment's base, which is the file's name. An index that is
// written to may end in zeros, which were allocated and are not entries.
//
// Nothing in a file is believed: no length is followed beyond the file's end, nothing is written. A
// damaged batch whose length may be right is told and stepped over; where the next one would begin
// is a guess then, and the walk stops at the first place where no batch can be.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "client/cli/json_line.h"
#include "model/record/batch.h"
#include "sim/env/disk.h"

namespace weir {

struct LogDumpOptions {
  bool records = false;  // keys and values, too
  bool json = false;
};

using PrintLine = std::function<void(std::string_view)>;

// Whether the file is sound. What is not is printed as a line of its own, beginning with "DAMAGE",
// with --json an object with "damage" and "position".
Result<bool, IoError> await_dump_segment(File& file, const LogDumpOptions& options,
                                         const PrintLine& print);
bool dump_offset_index(ConstBytes file, Offset base, const LogDumpOptions& options,
                       const PrintLine& print);
bool dump_time_index(ConstBytes file, Offset base, const LogDumpOptions& options,
                     const PrintLine& print);
bool dump_snapshot(ConstBytes file, const LogDumpOptions& options, const PrintLine& print);

}  // namespace weir
