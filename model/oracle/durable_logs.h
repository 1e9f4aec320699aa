// DurableLogs: what the servers of an ensemble would have left if all of them lost their power now, and who of
// them could then be elected.
//
// Fed with what each server says when it has come true: what its log had when it began, what it appended, how far
// that is synced, what it cut off, which snapshot took the log's place, and what it saved.
//
//   server 1   (2,1)s                 s: synced
//   server 2   (2,1)s (4,1)s          last (4,1)
//   server 3   (1,1)s (3,1)s          last (3,1); at least as late as server 1's: the two could elect it
//
// So (2,1), though synced on a majority, is not safe: server 3 could lead without it. Raft's figure 8 is this, and
// so is whatever was acked before it was synced, or counted by a minority.
//
// Histories compare by the last zxid, under Zab by the current epoch before that. A server that lost its disk has no
// voice before it has saved that it has one again, so what it acked before it lost it is neither counted nor missed.
// Pure; no clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "model/types/zxid.h"

namespace weir {

class DurableLogs {
 public:
  enum class Order : uint8_t { by_zxid, by_epoch };  // Raft, Zab

  // Servers 1 to `servers`, none of which has anything yet. Of 0 servers nobody can be elected.
  DurableLogs(uint32_t servers, Order order) : servers_(servers), order_(order) {}

  // Its log begins behind `base`, and is what `held` says.
  void opened(uint32_t server, Zxid base, uint32_t current_epoch, bool reinitialised);
  // From `first` to `last`, which are of one epoch.
  void held(uint32_t server, Zxid first, Zxid last);
  void appended(uint32_t server, Zxid first, Zxid last);
  void synced(uint32_t server, Zxid zxid);
  void truncated(uint32_t server, Zxid after);
  void installed(uint32_t server, Zxid snapshot);
  void saved(uint32_t server, uint32_t current_epoch, bool reinitialised);
  void wiped(uint32_t server);

  // A server that a majority would elect and that has not got `zxid`.
  [[nodiscard]] std::optional<uint32_t> could_lead_without(Zxid zxid) const;

 private:
  struct Run {
    Zxid first;
    Zxid last;
  };
  struct Server {
    Zxid base;
    std::vector<Run> runs;  // ascending; of one epoch each
    Zxid durable;           // what it has up to here
    uint32_t current_epoch = 0;
    bool reinitialised = false;

    [[nodiscard]] bool has(Zxid zxid) const;
    [[nodiscard]] Zxid last() const;  // that is durable
    void cut_after(Zxid zxid);
  };
  [[nodiscard]] std::pair<uint32_t, Zxid> rank(const Server& server) const;
  [[nodiscard]] Server of(uint32_t server) const;

  const uint32_t servers_;
  const Order order_;
  std::map<uint32_t, Server> logs_;
};

}  // namespace weir
