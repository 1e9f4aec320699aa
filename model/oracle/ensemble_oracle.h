// The ensemble oracle: judges what the servers of a coordination service say of themselves.
//
// Every server tells, in its own order, where it began (restored), what it applied, and which part it plays.
// There is one history for all: whoever applies something first writes it down, and everybody else must apply
// the same at that place.
//
//   history      (1,2) (1,3) (1,4) (2,2)
//   server 1     restored 0      ────> (1,2) (1,3) (1,4) (2,2)
//   server 2     restored (1,3)  ──────────────────> (1,4)          behind, which is no anomaly
//   server 3     restored 0      ────> (1,2) (1,3) (2,2)            diverged: (1,4) is lost here
//
// What must hold:
//   diverged     a server applies what the history has at that place, nothing else and leaving nothing out
//   altered      one zxid stands for one transaction
//   repeated     a server's zxids ascend; so does the history, which its first appliers write
//   unknown      a server begins with nothing, or behind a transaction of the history
//   leaders      an epoch has one leader
//   epoch        no server goes back to an earlier epoch, whether it leads or follows
//   votes        a server keeps its word, through its restarts, too: in a term it votes for one candidate, and what it
//                has promised to leave behind it does not take up again; and who leads has the word of a majority
//   endangered   what is committed outlives whatever comes: if all lost their power at that moment, nobody could be
//                elected who has not got it (durable_logs.h)
//
// A server that has diverged is reported once and not judged further: what follows follows from it. A worked example
// of `votes`, among three: server 2 says "server 1, in term 5", loses its power, and says "server 3, in term 5": a second leader of
// that term may exist now, whether or not one does.
//
// Fed while the run goes on, for a run that ends early has a history too. Pure; no clock.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/oracle/durable_logs.h"
#include "model/types/zxid.h"

namespace weir {

enum class EnsembleRole : uint8_t { looking = 0, following = 1, leading = 2 };

struct EnsembleAnomaly {
  std::string kind;
  std::string sentence;
};

class EnsembleOracle {
 public:
  // Without its size nothing is endangered, and there is no majority.
  explicit EnsembleOracle(uint32_t servers = 0, DurableLogs::Order order = DurableLogs::Order::by_zxid)
      : majority_(servers == 0 ? 0 : servers / 2 + 1), durable_(servers, order) {}

  // A server's state is, from now on, that as of `zxid`; 0: nothing at all.
  void restored(uint32_t server, Zxid zxid);
  void applied(uint32_t server, Zxid zxid, uint64_t digest);
  // `leader`: whom it follows, or itself; meaningless while it looks for one. Leading means that its first
  // entry is committed.
  void role(uint32_t server, EnsembleRole role, uint32_t epoch, uint32_t leader);
  // What each has on its disk.
  DurableLogs& durable() { return durable_; }
  // A server holds everything up to `zxid` for committed.
  void committed(uint32_t server, Zxid zxid);
  // Its vote is on its way. Raft.
  void voted(uint32_t server, uint32_t term, uint32_t candidate);
  // Its promise to this leader is on its way. Zab.
  void promised(uint32_t server, uint32_t epoch, uint32_t leader);
  // It says that it has promised nothing behind `epoch`. Zab.
  void asks(uint32_t server, uint32_t epoch);
  // It begins to lead, as it thinks.
  void won(uint32_t server, uint32_t epoch);
  // Its disk is empty, and what it said is forgotten with it: others see to it that this does no harm.
  void wiped(uint32_t server);
  // Its process has ended: it plays no part and has nothing in memory.
  void down(uint32_t server);

  // The server that leads, as far as it was told: of several that believe it, the one of the latest epoch.
  // 0: none.
  [[nodiscard]] uint32_t leader() const;
  [[nodiscard]] size_t committed() const { return history_.size(); }
  [[nodiscard]] uint32_t elections() const { return static_cast<uint32_t>(leader_of_.size()); }
  // How much of the history a server has.
  [[nodiscard]] size_t position(uint32_t server) const;
  [[nodiscard]] const std::vector<EnsembleAnomaly>& anomalies() const { return anomalies_; }

 private:
  struct Transaction {
    Zxid zxid;
    uint64_t digest = 0;
    uint32_t first = 0;  // who applied it first
  };
  struct Server {
    size_t position = 0;  // transactions of the history that it has
    EnsembleRole role = EnsembleRole::looking;
    uint32_t epoch = 0;  // the latest
    bool diverged = false;
    uint32_t word = 0;      // the latest term or epoch in which it gave its word
    uint32_t voted_for = 0;
  };

  // The place of a zxid in the history; its end: it has none.
  [[nodiscard]] size_t find(Zxid zxid) const;
  void report(std::string kind, std::string sentence);
  void check_goes_on(uint32_t server, uint32_t epoch);
  void diverge(Server& server, std::string kind, std::string sentence);

  std::vector<Transaction> history_;  // by zxid
  std::map<uint32_t, Server> servers_;
  std::map<uint32_t, uint32_t> leader_of_;  // by epoch
  const uint32_t majority_;  // 0: not known
  std::map<std::pair<uint32_t, uint32_t>, std::set<uint32_t>> voices_;  // by epoch and leader
  DurableLogs durable_;
  Zxid judged_;  // everything up to here was safe when it was committed, or is reported
  std::vector<EnsembleAnomaly> anomalies_;
};

}  // namespace weir
