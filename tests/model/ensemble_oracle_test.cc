// The ensemble oracle by example, a small run for each kind of anomaly; and over drawn runs of a sound
// ensemble, in each of which one event is then changed.
#include "tests/support/test_pch.h"

#include "model/oracle/ensemble_oracle.h"
#include "sim/base/stream.h"

namespace weir {
namespace {

using Kinds = std::vector<std::string>;
const Kinds kSound;
constexpr auto kLeading = EnsembleRole::leading;
constexpr auto kFollowing = EnsembleRole::following;

struct Applied {
  Zxid zxid;
  uint64_t digest = 0;
};

Applied at(uint32_t epoch, uint32_t counter, uint64_t digest = 7) {
  return {make_zxid(epoch, counter), digest};
}
void apply(EnsembleOracle& oracle, uint32_t server, std::initializer_list<Applied> all) {
  for (const Applied& one : all) oracle.applied(server, one.zxid, one.digest);
}
Kinds kinds_of(const EnsembleOracle& oracle) {
  Kinds kinds;
  for (const EnsembleAnomaly& anomaly : oracle.anomalies()) {
    REQUIRE_FALSE(anomaly.sentence.empty());
    kinds.push_back(anomaly.kind);
  }
  return kinds;
}

TEST_CASE("servers that apply the same in one order are sound, however far each has come") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 3), at(2, 2)});
  apply(oracle, 2, {at(1, 2)});
  apply(oracle, 3, {at(1, 2), at(1, 3)});
  REQUIRE(kinds_of(oracle) == kSound);
  REQUIRE(oracle.committed() == 3);
  REQUIRE(oracle.position(1) == 3);
  REQUIRE(oracle.position(2) == 1);
}

TEST_CASE("a server that leaves out what another applied has diverged") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 3), at(2, 2)});
  apply(oracle, 2, {at(1, 2), at(2, 2)});
  REQUIRE(kinds_of(oracle) == Kinds{"diverged"});
}

TEST_CASE(
    "a leader without what was committed before it is found by the first that applies its entry") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 3)});
  apply(oracle, 2, {at(1, 2), at(2, 1)});
  REQUIRE(kinds_of(oracle) == Kinds{"diverged"});
}

TEST_CASE("a server that has diverged is reported once") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 3)});
  apply(oracle, 2, {at(1, 3), at(1, 4), at(1, 1)});
  oracle.restored(2, make_zxid(9, 9));
  REQUIRE(kinds_of(oracle) == Kinds{"diverged"});
}

TEST_CASE("one zxid stands for one transaction") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2, 7)});
  apply(oracle, 2, {at(1, 2, 8)});
  REQUIRE(kinds_of(oracle) == Kinds{"altered"});
}

TEST_CASE("no server applies a transaction twice") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 2)});
  REQUIRE(kinds_of(oracle) == Kinds{"repeated"});
}

TEST_CASE("a server's zxids ascend, also behind a snapshot") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(2, 2)});
  oracle.restored(2, make_zxid(2, 2));
  apply(oracle, 2, {at(1, 9)});
  REQUIRE(kinds_of(oracle) == Kinds{"repeated"});
}

TEST_CASE("a server goes on behind the snapshot that it was restored from") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 3), at(1, 4)});
  oracle.restored(2, make_zxid(1, 3));
  apply(oracle, 2, {at(1, 4)});
  REQUIRE(kinds_of(oracle) == kSound);
  REQUIRE(oracle.position(2) == 3);
}

TEST_CASE("a server that was restored behind others leaves nothing out") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 3), at(1, 4)});
  oracle.restored(1, make_zxid(1, 2));
  apply(oracle, 1, {at(1, 4)});
  REQUIRE(kinds_of(oracle) == Kinds{"diverged"});
}

TEST_CASE("a restart applies again what it has no snapshot of") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 3)});
  oracle.restored(1, kNoZxid);
  apply(oracle, 1, {at(1, 2), at(1, 3)});
  REQUIRE(kinds_of(oracle) == kSound);
}

TEST_CASE("a restart that applies something else than before has diverged") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 3)});
  oracle.restored(1, kNoZxid);
  apply(oracle, 1, {at(1, 2), at(2, 2)});
  REQUIRE(kinds_of(oracle) == Kinds{"diverged"});
}

TEST_CASE("a snapshot of what nobody applied is unknown") {
  EnsembleOracle oracle;
  apply(oracle, 1, {at(1, 2), at(1, 4)});
  oracle.restored(2, make_zxid(1, 3));
  REQUIRE(kinds_of(oracle) == Kinds{"unknown"});
}

TEST_CASE("an epoch has one leader, by what it says and by what its followers say") {
  EnsembleOracle oracle;
  oracle.role(1, kLeading, 3, 1);
  oracle.role(2, kFollowing, 3, 1);
  oracle.role(3, kLeading, 4, 3);
  REQUIRE(kinds_of(oracle) == kSound);
  REQUIRE(oracle.elections() == 2);
  oracle.role(2, kLeading, 3, 2);
  REQUIRE(kinds_of(oracle) == Kinds{"leaders"});
  oracle.role(4, kFollowing, 4, 2);
  REQUIRE(kinds_of(oracle) == Kinds{"leaders", "leaders"});
}

TEST_CASE("no server goes back to an earlier epoch, not through a restart either") {
  EnsembleOracle oracle;
  oracle.role(1, kLeading, 3, 1);
  oracle.role(1, EnsembleRole::looking, 0, 0);
  oracle.down(1);
  oracle.restored(1, kNoZxid);
  oracle.role(1, kLeading, 4, 1);
  REQUIRE(kinds_of(oracle) == kSound);
  oracle.role(1, kFollowing, 3, 1);
  REQUIRE(kinds_of(oracle) == Kinds{"epoch"});
}

TEST_CASE("of two that believe they lead, the one of the later epoch does, until it is down") {
  EnsembleOracle oracle;
  REQUIRE(oracle.leader() == 0);
  oracle.role(2, kLeading, 3, 2);
  oracle.role(1, kLeading, 4, 1);
  REQUIRE(oracle.leader() == 1);
  oracle.down(1);
  REQUIRE(oracle.leader() == 2);
  oracle.role(2, EnsembleRole::looking, 4, 0);
  REQUIRE(oracle.leader() == 0);
}

// --- drawn runs -------------------------------------------------------------------------------

struct Event {
  uint32_t server = 0;
  bool restores = false;
  Zxid zxid;
  uint64_t digest = 0;
};

// Servers that catch up, and restart from what they have, in a drawn order.
std::vector<Event> drawn_run() {
  constexpr Site kRun{"test.ensemble_run"};
  Stream draw(*rc::gen::arbitrary<uint64_t>(), kRun, 0, kRun);
  std::vector<Applied> history;
  uint32_t epoch = 1;
  uint32_t counter = 1;
  const uint64_t length = 2 + draw.below(28);
  for (uint64_t i = 0; i < length; ++i) {
    if (draw.below(5) == 0) ++epoch, counter = 1;
    history.push_back(at(epoch, counter, draw.below(3)));
    counter += 1 + static_cast<uint32_t>(draw.below(2));
  }
  std::vector<Event> run;
  std::map<uint32_t, size_t> has;
  for (int step = 0; step < 100; ++step) {
    const auto server = 1 + static_cast<uint32_t>(draw.below(3));
    size_t& position = has[server];
    if (draw.below(8) == 0) {
      position = draw.below(position + 1);
      run.push_back({server, true, position == 0 ? kNoZxid : history[position - 1].zxid, 0});
    } else if (position < history.size()) {
      run.push_back({server, false, history[position].zxid, history[position].digest});
      ++position;
    }
  }
  return run;
}

std::vector<EnsembleAnomaly> anomalies_of(const std::vector<Event>& run) {
  EnsembleOracle oracle;
  for (const Event& event : run) {
    if (event.restores) {
      oracle.restored(event.server, event.zxid);
    } else {
      oracle.applied(event.server, event.zxid, event.digest);
    }
  }
  return oracle.anomalies();
}

TEST_CASE("no run of a sound ensemble is an anomaly") {
  REQUIRE(rc::check([] { RC_ASSERT(anomalies_of(drawn_run()).empty()); }));
}

TEST_CASE("a transaction that one server applies otherwise than the others is found") {
  REQUIRE(rc::check([] {
    std::vector<Event> run = drawn_run();
    const auto at = *rc::gen::inRange<size_t>(0, run.size());
    RC_PRE(!run[at].restores);
    const bool first =
        std::none_of(run.begin(), run.begin() + static_cast<ptrdiff_t>(at),
                     [&](auto& one) { return !one.restores && one.zxid == run[at].zxid; });
    RC_PRE(!first);
    run[at].digest += 1;
    RC_ASSERT(anomalies_of(run).at(0).kind == "altered");
  }));
}

TEST_CASE("a transaction that one server leaves out is found with the next that it applies") {
  REQUIRE(rc::check([] {
    std::vector<Event> run = drawn_run();
    const auto at = *rc::gen::inRange<size_t>(0, run.size());
    const Event left_out = run[at];
    RC_PRE(!left_out.restores);
    const auto is_of_server = [&](const Event& one) { return one.server == left_out.server; };
    const auto known = [&](auto from, auto to) {
      return std::any_of(from, to, [&](const Event& one) {
        return one.server != left_out.server && !one.restores && one.zxid == left_out.zxid;
      });
    };
    const auto here = run.begin() + static_cast<ptrdiff_t>(at);
    const auto next = std::find_if(here + 1, run.end(), is_of_server);
    RC_PRE(next != run.end() && !next->restores && known(run.begin(), next));
    run.erase(here);
    RC_ASSERT(!anomalies_of(run).empty());
  }));
}

// --- words ---------------------------------------------------------------------------------------

TEST_CASE("a server may repeat its vote, and vote for others in later terms") {
  EnsembleOracle oracle(3);
  oracle.voted(2, 5, 1);
  oracle.voted(2, 5, 1);
  oracle.voted(2, 6, 3);
  REQUIRE(kinds_of(oracle) == kSound);
}

TEST_CASE("a server that votes for two candidates of one term is found, also across its restart") {
  EnsembleOracle oracle(3);
  oracle.voted(2, 5, 1);
  oracle.down(2);
  oracle.voted(2, 5, 3);
  REQUIRE(kinds_of(oracle) == Kinds{"votes"});
}

TEST_CASE("a vote in a term that the server has left behind is found") {
  EnsembleOracle oracle(3);
  oracle.voted(2, 6, 1);
  oracle.voted(2, 5, 1);
  REQUIRE(kinds_of(oracle) == Kinds{"votes"});
}

TEST_CASE("a server that has promised an epoch and then knows of none is found") {
  EnsembleOracle oracle(3, DurableLogs::Order::by_epoch);
  oracle.promised(2, 5, 1);
  oracle.asks(2, 5);
  REQUIRE(kinds_of(oracle) == kSound);
  oracle.asks(2, 4);
  REQUIRE(kinds_of(oracle) == Kinds{"votes"});
}

TEST_CASE("what a server said before it lost its disk is forgotten with it") {
  EnsembleOracle oracle(3);
  oracle.voted(2, 5, 1);
  oracle.wiped(2);
  oracle.voted(2, 5, 3);
  REQUIRE(kinds_of(oracle) == kSound);
}

TEST_CASE("a leader without the voices of a majority is found, and its own is one of them") {
  EnsembleOracle oracle(3);
  oracle.voted(2, 5, 1);
  oracle.won(1, 5);
  REQUIRE(kinds_of(oracle) == kSound);
  oracle.won(3, 6);
  REQUIRE(kinds_of(oracle) == Kinds{"votes"});
}

TEST_CASE("a promise of an epoch that was given to another leader makes none") {
  EnsembleOracle oracle(3, DurableLogs::Order::by_epoch);
  oracle.promised(2, 5, 1);
  oracle.promised(2, 5, 3);
  oracle.won(1, 5);
  REQUIRE(kinds_of(oracle) == kSound);
  oracle.won(3, 5);
  REQUIRE(kinds_of(oracle) == Kinds{"votes"});
}

// --- durable -------------------------------------------------------------------------------------

void write(EnsembleOracle& oracle, uint32_t server, Zxid first, Zxid last) {
  oracle.durable().appended(server, first, last);
  oracle.durable().synced(server, last);
}

TEST_CASE("what is synced on a majority may be committed") {
  EnsembleOracle oracle(3);
  write(oracle, 1, make_zxid(1, 1), make_zxid(1, 3));
  write(oracle, 2, make_zxid(1, 1), make_zxid(1, 2));
  oracle.committed(1, make_zxid(1, 2));
  REQUIRE(kinds_of(oracle) == kSound);
  oracle.committed(1, make_zxid(1, 3));
  REQUIRE(kinds_of(oracle) == Kinds{"endangered"});
}

TEST_CASE("what is written and not synced does not count") {
  EnsembleOracle oracle(3);
  write(oracle, 1, make_zxid(1, 1), make_zxid(1, 1));
  oracle.durable().appended(2, make_zxid(1, 1), make_zxid(1, 1));
  oracle.committed(1, make_zxid(1, 1));
  REQUIRE(kinds_of(oracle) == Kinds{"endangered"});
}

TEST_CASE("what was cut off does not count, and a snapshot in the log's place does") {
  EnsembleOracle oracle(3);
  for (const uint32_t server : {1, 2}) write(oracle, server, make_zxid(1, 1), make_zxid(1, 2));
  oracle.durable().truncated(2, make_zxid(1, 1));
  oracle.durable().installed(3, make_zxid(1, 2));
  oracle.committed(1, make_zxid(1, 2));
  REQUIRE(kinds_of(oracle) == kSound);
  write(oracle, 1, make_zxid(1, 3), make_zxid(1, 3));
  write(oracle, 3, make_zxid(1, 3), make_zxid(1, 3));
  oracle.durable().truncated(3, make_zxid(1, 2));
  oracle.committed(1, make_zxid(1, 3));
  REQUIRE(kinds_of(oracle) == Kinds{"endangered"});
}

TEST_CASE("an entry of an earlier term on a majority is endangered as long as another could lead: figure 8") {
  EnsembleOracle oracle(3);
  for (const uint32_t server : {1, 2}) write(oracle, server, make_zxid(2, 1), make_zxid(2, 1));
  write(oracle, 3, make_zxid(3, 1), make_zxid(3, 1));
  oracle.committed(1, make_zxid(2, 1));
  REQUIRE(kinds_of(oracle) == Kinds{"endangered"});
}

TEST_CASE("with an entry of the leader's own term on a majority nobody else could lead") {
  EnsembleOracle oracle(3);
  for (const uint32_t server : {1, 2}) {
    write(oracle, server, make_zxid(2, 1), make_zxid(2, 1));
    write(oracle, server, make_zxid(4, 1), make_zxid(4, 1));
  }
  write(oracle, 3, make_zxid(3, 1), make_zxid(3, 1));
  oracle.committed(1, make_zxid(4, 1));
  REQUIRE(kinds_of(oracle) == kSound);
}

TEST_CASE("under Zab a history under a later epoch beats a longer one") {
  for (const bool joined : {false, true}) {
    EnsembleOracle oracle(3, DurableLogs::Order::by_epoch);
    for (const uint32_t server : {1, 2}) {
      write(oracle, server, make_zxid(1, 1), make_zxid(1, 5));
      oracle.durable().saved(server, joined ? 4 : 1, false);
    }
    write(oracle, 3, make_zxid(1, 1), make_zxid(1, 4));
    oracle.durable().saved(3, 3, false);
    oracle.committed(1, make_zxid(1, 5));
    REQUIRE(kinds_of(oracle) == (joined ? kSound : Kinds{"endangered"}));
  }
}

TEST_CASE("a server that lost its disk is no danger before it has a voice again") {
  EnsembleOracle oracle(3);
  for (const uint32_t server : {1, 2}) write(oracle, server, make_zxid(1, 1), make_zxid(1, 1));
  oracle.wiped(2);
  oracle.durable().opened(2, kNoZxid, 0, true);
  oracle.committed(1, make_zxid(1, 1));
  REQUIRE(kinds_of(oracle) == kSound);
  write(oracle, 1, make_zxid(1, 2), make_zxid(1, 2));
  oracle.durable().saved(2, 1, false);
  oracle.committed(1, make_zxid(1, 2));
  REQUIRE(kinds_of(oracle) == Kinds{"endangered"});
}

TEST_CASE("a log that is opened is what the server says of it, and no more") {
  EnsembleOracle oracle(3);
  for (const uint32_t server : {1, 2}) write(oracle, server, make_zxid(1, 1), make_zxid(1, 9));
  oracle.durable().opened(2, make_zxid(1, 3), 1, false);
  oracle.durable().held(2, make_zxid(1, 4), make_zxid(1, 6));
  oracle.committed(1, make_zxid(1, 6));
  REQUIRE(kinds_of(oracle) == kSound);
  oracle.committed(1, make_zxid(1, 7));
  REQUIRE(kinds_of(oracle) == Kinds{"endangered"});
}

}  // namespace
}  // namespace weir
