// CoreCluster: some cores of one engine, their disks, and a network that does what the test says;
// and the checks of safety (figure 3 of Raft's paper; Zab promises the same), made at every step:
//
//   election safety       a term, or epoch, has one leader
//   log matching          logs that share an entry share all before it
//   leader completeness   a new leader has all that was ever committed
//   state machine safety  nobody commits anything else at a place, or cuts off what is committed
//   durability            what is committed is durable at a majority, or was until a disk was wiped
//   reads                 a read is answered at a state with all that was committed when it was asked
//
// A server's disk is the durable state and the writes that are not synced yet: a crash keeps any
// number of these, in order. Hard states are durable at once. Everything here knows of the cores
// only what they put out.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "broker/coordination/consensus/raft_core.h"
#include "broker/coordination/consensus/zab_core.h"
#include "sim/base/site.h"
#include "sim/base/stream.h"

namespace weir {

struct RaftParts {
  static constexpr Site kDraw{"test.raft"};
  using Core = RaftCore;
  using Options = RaftOptions;
  using Rules = RaftRules;
  using HardState = RaftHardState;
  using Saved = RaftSaved;
  using Effects = RaftEffects;
  using Message = RaftMessage;
  // To a server that was reinitialised.
  using LifeReply = TermReply;
};
struct ZabParts {
  static constexpr Site kDraw{"test.zab"};
  using Core = ZabCore;
  using Options = ZabOptions;
  using Rules = ZabRules;
  using HardState = ZabHardState;
  using Saved = ZabSaved;
  using Effects = ZabEffects;
  using Message = ZabMessage;
  using LifeReply = ZabEpochReply;
};

template <class Engine>
class CoreCluster {
 public:
  using Core = typename Engine::Core;
  using Options = typename Engine::Options;
  using Rules = typename Engine::Rules;
  using Effects = typename Engine::Effects;
  using Message = typename Engine::Message;

  // `seed` of the election timeouts.
  explicit CoreCluster(size_t servers, Rules rules = {}, Options options = {}, uint64_t seed = 0);

  [[nodiscard]] size_t size() const { return servers_.size(); }
  [[nodiscard]] Core& core(size_t server) { return *servers_.at(server).core; }
  [[nodiscard]] bool is_up(size_t server) const { return servers_.at(server).core != nullptr; }
  [[nodiscard]] const std::vector<Zxid>& log_of(size_t server) const {
    return servers_.at(server).log;
  }
  [[nodiscard]] const std::vector<Zxid>& committed() const { return committed_; }
  [[nodiscard]] const std::vector<ReadAnswer>& reads() const { return reads_; }
  // Zab: those that `server` has gone through.
  [[nodiscard]] const std::vector<PhaseChange>& phases(size_t server) const {
    return servers_.at(server).phases;
  }
  [[nodiscard]] size_t unsynced(size_t server) const { return servers_.at(server).writes.size(); }
  [[nodiscard]] std::optional<size_t> leader() const;  // of the latest term
  [[nodiscard]] TimePoint now() const { return now_; }

  // What happens.
  void pass(Duration time) { now_ = now_ + time; }
  void tick(size_t server);
  // Everybody whose deadline has come.
  void tick_all();
  // Waits for its deadline: an election, or a leader's heartbeat.
  void time_out(size_t server);
  void propose(size_t server, size_t count = 1, Sending sending = Sending::now);
  void flush(size_t server);
  void read(size_t server);
  // Makes the first `writes` of what is not synced durable, and says so.
  void sync(size_t server, size_t writes = SIZE_MAX);
  // The machine dies; of what is not synced the first `writes` are on its disk all the same.
  void crash(size_t server, size_t writes = 0);
  void restart(size_t server);
  // It dies, and its disk is empty when it is started again.
  void wipe(size_t server);
  // Whether it was wiped and, as far as it durably knows, not yet brought up.
  [[nodiscard]] bool is_reinitialised(size_t server) const {
    return servers_.at(server).hard_state.reinitialised;
  }
  // The log up to `fraction` percent of what is committed and durable goes into a snapshot.
  void compact(size_t server, uint64_t percent);

  // Messages under way, oldest first.
  [[nodiscard]] const std::vector<Message>& network() const { return network_; }
  void deliver(size_t message, bool keep = false);
  void drop(size_t message);
  // Answers to what a life has asked of others, here once more, the oldest first: perhaps to another life.
  void repeat_life_replies(size_t server, uint64_t percent);
  // Of its entries only the first go along, as when the driver finds the payloads too large.
  void shorten(size_t message);
  // A message that nobody sent.
  void forge(const Message& message);
  void drop_all() { network_.clear(); }
  // Messages between servers that are cut off from one another are lost when they would arrive.
  void cut_off(size_t server, bool cut) { servers_.at(server).cut_off = cut; }
  // Everybody syncs and hears everything, until there is nothing left to hear.
  void settle();
  // The same among these servers alone; all else is lost.
  void settle_among(const std::vector<size_t>& servers);

  // The first violation; empty: none.
  [[nodiscard]] const std::string& violation() const { return violation_; }

 private:
  struct Write {
    uint64_t number = 0;
    std::optional<Zxid> install;
    std::optional<Zxid> truncate_after;
    std::vector<Zxid> append;
  };
  struct Server {
    Options options;
    std::unique_ptr<Core> core;  // none: down
    typename Engine::HardState hard_state;
    std::set<Zxid> wiped;       // was durable here
    std::deque<Message> life_replies;
    std::vector<Zxid> durable;  // the whole history: what a snapshot stands for, too
    Zxid base;                  // of the log; snapshot == base
    std::vector<Write> writes;
    std::vector<Zxid> log;  // as the core has it, the whole history
    size_t committed = 0;   // how many of `log`
    bool cut_off = false;
    std::vector<PhaseChange> phases;
  };

  void apply(size_t server, Effects effects);
  void apply_write(std::vector<Zxid>& log, const Write& write) const;
  void make_durable(Server& server, size_t writes);
  void check_role(size_t server, const RoleChange& change);
  void check_log(const Server& server);
  void check_commit(size_t server, Zxid zxid);
  void violated(const std::string& what);
  Moment moment() { return {now_, draw_.next()}; }
  [[nodiscard]] bool is_open(const Message& message) const;
  static size_t place(ServerId id) { return static_cast<size_t>(id.value() - 1); }

  const Rules rules_;
  Stream draw_;
  TimePoint now_{1};
  std::vector<Server> servers_;
  std::vector<Message> network_;
  std::map<uint32_t, size_t> leaders_;  // by term
  std::map<Zxid, Zxid> previous_;       // of each entry, the one before it
  std::vector<Zxid> committed_;         // ever, anywhere
  std::map<uint64_t, size_t> asked_;    // reads: how much was committed when it was asked
  std::vector<ReadAnswer> reads_;
  uint64_t next_read_ = 1;
  std::string violation_;
};

extern template class CoreCluster<RaftParts>;
extern template class CoreCluster<ZabParts>;
using RaftCluster = CoreCluster<RaftParts>;
using ZabCluster = CoreCluster<ZabParts>;

}  // namespace weir
