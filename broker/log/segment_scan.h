// SegmentScan: reads a segment's file batch by batch and says what of it is the log.
//
// What is not a whole, valid batch that continues the log is, at offset N,
//
//   below the durable floor   damage to what was synced: given up to the next batch that fits in,
//                             reported, and all behind it stays
//   at or above it            a torn tail: nothing behind it was ever promised
//
// The base offset of a batch stands outside of its checksum, and a write may have gone to the wrong
// place. So of the batches behind damage those are believed that most others agree with.
//
// Example: floor 8, next segment at 8, batches 0-2, (rot), 5-7: offsets 3 and 4 are damage, 5 to 7 are
// there. The same with floor 3: the tail is torn at 3, and 5 to 7 go with it.
//
// A read may come from the wrong place (misdirected reads happen): where something is to be cut or
// given up on the word of a read, it is repeated until three in a row agree.
#pragma once

#include <functional>
#include <string>

#include "broker/log/segment.h"
#include "sim/env/env.h"

namespace weir {

struct ScanGoal {
  Offset next;                         // expected where the segment's known bytes end
  std::optional<Offset> next_segment;  // where the log goes on in another file
  Offset durable_floor;                // everything below it was synced once
};

struct ScanEnd {
  Offset next;             // the offset behind the last batch
  bool torn = false;       // something stands behind it that is no part of the log
  uint64_t file_bytes = 0;
  std::string_view why;    // of a torn end
};

class SegmentScan {
 public:
  using BatchVisitor = std::function<void(const BatchView& batch)>;
  using DamageVisitor = std::function<void(const Segment::Damage& damage)>;

  // `path` for messages. Batches and damage become part of `segment`.
  SegmentScan(Env& env, std::string path, Segment& segment, BatchVisitor on_batch,
              DamageVisitor on_damage)
      : env_(env),
        path_(std::move(path)),
        segment_(segment),
        file_(segment.file()),
        on_batch_(std::move(on_batch)),
        on_damage_(std::move(on_damage)) {}

  // From the end of what is known of the segment to the end of its file.
  Result<ScanEnd, IoError> await_run(const ScanGoal& goal);

 private:
  Result<Buffer, IoError> await_read_part(uint64_t offset, uint64_t bytes, bool surely);
  size_t take_in(const BatchScan& scan);
  // True when damage was passed and the scan can go on.
  Result<bool, IoError> await_pass_damage(const ScanGoal& goal, uint64_t file_bytes);

  Env& env_;
  const std::string path_;
  Segment& segment_;
  const std::shared_ptr<File> file_;
  const BatchVisitor on_batch_;
  const DamageVisitor on_damage_;
  Offset next_;
};

}  // namespace weir
