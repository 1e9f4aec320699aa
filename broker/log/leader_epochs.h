// LeaderEpochs: which leader epoch began at which offset of one log (KIP-101). Pure.
//
// Owned by the log, a fold over its batches: whoever reads offsets after a change of leader learns
// from it how far an old leader's records are common. The file is Kafka's:
//
//   leader-epoch-checkpoint = "0" LF count LF *( epoch SP start-offset LF )
//
// Entries grow strictly in both columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/types/ids.h"

namespace weir {

class LeaderEpochs {
 public:
  struct Entry {
    LeaderEpoch epoch;
    Offset start;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  // Nothing when the text is not such a file.
  static std::optional<LeaderEpochs> decode(std::string_view file);
  [[nodiscard]] std::string encode() const;

  // A batch of this epoch begins at `offset`. True when that is a new entry. An epoch older than the
  // latest changes nothing.
  bool assigned(LeaderEpoch epoch, Offset offset);
  // Epochs that begin at or behind `end` have never been; those that end before `start` are over.
  void truncate_to(Offset end);
  void drop_before(Offset start);

  [[nodiscard]] std::optional<LeaderEpoch> latest() const;
  struct End {
    LeaderEpoch epoch = kNoLeaderEpoch;
    Offset end = kNoOffset;
  };
  // Where the greatest epoch that is not above `epoch` ends; nothing known: kNoLeaderEpoch and
  // kNoOffset. Example: epochs 1 from 0 and 4 from 10, log end 20: asked for 2, 1 ends at 10.
  [[nodiscard]] End end_of(LeaderEpoch epoch, Offset log_end) const;
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace weir
