// The znode oracle by example: a small history for each kind of anomaly, and beside it a sound one that
// differs in one thing.
#include "tests/support/test_pch.h"

#include "model/oracle/znode_oracle.h"

namespace weir {
namespace {

constexpr SessionId kAnn{1};
constexpr SessionId kBob{2};

struct Span {
  int64_t from;
  int64_t to;
};

ZnodeOperation create(Span at, uint64_t value, int64_t zxid) {
  return {.action = ZnodeAction::create,
          .outcome = ZnodeOutcome::ok,
          .path = "/n",
          .value = value,
          .session = kAnn,
          .zxid = Zxid{zxid},
          .invoked = at.from,
          .completed = at.to};
}
ZnodeOperation set(Span at, uint64_t value, int64_t zxid) {
  ZnodeOperation op = create(at, value, zxid);
  op.action = ZnodeAction::set;
  return op;
}
ZnodeOperation ephemeral(ZnodeOperation op) {
  op.ephemeral = true;
  return op;
}
ZnodeOperation remove(Span at) {
  return {.action = ZnodeAction::remove,
          .outcome = ZnodeOutcome::ok,
          .path = "/n",
          .session = kAnn,
          .invoked = at.from,
          .completed = at.to};
}
ZnodeOperation read(Span at, uint64_t value, int64_t mzxid, SessionId owner = kNoSession) {
  return {.action = ZnodeAction::read,
          .outcome = ZnodeOutcome::ok,
          .path = "/n",
          .value = value,
          .session = owner,
          .zxid = Zxid{mzxid},
          .invoked = at.from,
          .completed = at.to};
}
ZnodeOperation read_none(Span at) { return read(at, 0, 0, kBob); }
ZnodeOperation touch(Span at, SessionId session) {
  return {.action = ZnodeAction::touch,
          .outcome = ZnodeOutcome::ok,
          .session = session,
          .invoked = at.from,
          .completed = at.to};
}
ZnodeOperation with(ZnodeOutcome outcome, ZnodeOperation op) {
  op.outcome = outcome;
  op.zxid = kNoZxid;
  if (outcome == ZnodeOutcome::unknown) op.completed = INT64_MAX;
  return op;
}

using Kinds = std::vector<std::string>;
Kinds kinds_of(std::vector<ZnodeOperation> operations, std::vector<SessionEnd> ends = {}) {
  Kinds kinds;
  for (const auto& anomaly : check_znode_history({std::move(operations), std::move(ends)})) {
    REQUIRE_FALSE(anomaly.sentence.empty());
    kinds.push_back(anomaly.kind);
  }
  return kinds;
}
const Kinds kSound;

TEST_CASE("the znode oracle finds nothing in an empty history") { REQUIRE(kinds_of({}) == kSound); }

TEST_CASE("a write after another has a greater zxid") {
  REQUIRE(kinds_of({create({1, 2}, 10, 5), set({3, 4}, 11, 6)}) == kSound);
  REQUIRE(kinds_of({create({1, 2}, 10, 6), set({3, 4}, 11, 5)}) == Kinds{"order"});
}

TEST_CASE("writes that overlap may have their zxids in any order") {
  REQUIRE(kinds_of({create({1, 4}, 10, 6), set({3, 5}, 11, 5)}) == kSound);
}

TEST_CASE("two writes that overlap share no zxid") {
  REQUIRE(kinds_of({create({1, 4}, 10, 5), set({3, 5}, 11, 5)}) == Kinds{"order"});
}

TEST_CASE("a znode whose value nobody wrote is a phantom") {
  REQUIRE(kinds_of({create({1, 2}, 10, 5), read({3, 4}, 10, 5)}) == kSound);
  REQUIRE(kinds_of({read({3, 4}, 10, 5)}) == Kinds{"phantom"});
}

TEST_CASE("a value whose write was refused is a phantom, one of an unknown outcome is none") {
  const auto write = create({1, 2}, 10, 5);
  REQUIRE(kinds_of({with(ZnodeOutcome::failed, write), read({3, 4}, 10, 5)}) == Kinds{"phantom"});
  REQUIRE(kinds_of({with(ZnodeOutcome::unknown, write), read({3, 4}, 10, 5)}) == kSound);
}

TEST_CASE("a value that was read before it was written is a phantom") {
  REQUIRE(kinds_of({create({3, 6}, 10, 5), read({4, 5}, 10, 5)}) == kSound);
  REQUIRE(kinds_of({create({3, 6}, 10, 5), read({1, 2}, 10, 5)}) == Kinds{"phantom"});
}

TEST_CASE("a value that was written to another path is a phantom") {
  auto elsewhere = create({1, 2}, 10, 5);
  elsewhere.path = "/m";
  REQUIRE(kinds_of({elsewhere, read({3, 4}, 10, 5)}) == Kinds{"phantom"});
}

TEST_CASE("a read behind a later write that was acked is stale") {
  const auto first = create({1, 2}, 10, 5);
  REQUIRE(kinds_of({first, set({3, 4}, 11, 6), read({5, 6}, 10, 5)}) == Kinds{"stale"});
  REQUIRE(kinds_of({first, set({3, 6}, 11, 6), read({5, 7}, 10, 5)}) == kSound);
}

TEST_CASE("what a deletion has taken does not come back") {
  const auto first = create({1, 2}, 10, 5);
  REQUIRE(kinds_of({first, remove({3, 4}), read({5, 6}, 10, 5)}) == Kinds{"resurrected"});
  REQUIRE(kinds_of({first, remove({3, 6}), read({5, 7}, 10, 5)}) == kSound);
  REQUIRE(kinds_of({first, with(ZnodeOutcome::unknown, remove({3, 4})), read({5, 6}, 10, 5)}) ==
          kSound);
}

TEST_CASE("a node that was created again after its deletion is not resurrected") {
  REQUIRE(kinds_of({create({1, 2}, 10, 5), remove({3, 4}), create({5, 6}, 11, 7),
                    read({7, 8}, 11, 7)}) == kSound);
}

TEST_CASE("one mzxid stands for one value") {
  const auto other = with(ZnodeOutcome::unknown, set({1, 4}, 11, 0));
  REQUIRE(kinds_of({create({1, 2}, 10, 5), other, read({3, 4}, 11, 5)}) == Kinds{"altered"});
  REQUIRE(kinds_of({create({1, 2}, 10, 5), other, read({3, 4}, 11, 6)}) == kSound);
}

TEST_CASE("two reads of one mzxid see one value") {
  const auto one = with(ZnodeOutcome::unknown, create({1, 2}, 10, 0));
  const auto other = with(ZnodeOutcome::unknown, create({1, 2}, 11, 0));
  REQUIRE(kinds_of({one, other, read({3, 4}, 10, 5), read({5, 6}, 11, 5)}) == Kinds{"altered"});
}

TEST_CASE("a node that was created is there") {
  const auto first = create({1, 2}, 10, 5);
  REQUIRE(kinds_of({first, read_none({3, 4})}) == Kinds{"missing"});
  REQUIRE(kinds_of({create({1, 4}, 10, 5), read_none({3, 5})}) == kSound);
}

TEST_CASE("a node that was deleted, or may have been, need not be there") {
  const auto first = create({1, 2}, 10, 5);
  REQUIRE(kinds_of({first, remove({3, 4}), read_none({5, 6})}) == kSound);
  REQUIRE(kinds_of({first, with(ZnodeOutcome::unknown, remove({3, 4})), read_none({5, 6})}) ==
          kSound);
  REQUIRE(kinds_of({first, with(ZnodeOutcome::failed, remove({3, 4})), read_none({5, 6})}) ==
          Kinds{"missing"});
}

TEST_CASE("a deletion that was over before the creation explains nothing") {
  REQUIRE(kinds_of({remove({1, 2}), create({3, 4}, 10, 5), read_none({5, 6})}) == Kinds{"missing"});
}

TEST_CASE("an ephemeral node is there as long as its session lives") {
  const auto first = ephemeral(create({1, 2}, 10, 5));
  REQUIRE(kinds_of({first, read_none({3, 4})}) == kSound);
  REQUIRE(kinds_of({first, read_none({3, 4}), touch({5, 6}, kAnn)}) == Kinds{"missing"});
  REQUIRE(kinds_of({first, read_none({3, 4}), touch({5, 6}, kBob)}) == kSound);
}

TEST_CASE("an ephemeral node is gone once its client knew that the session has ended") {
  const auto first = ephemeral(create({1, 2}, 10, 5));
  const auto seen = read({6, 7}, 10, 5, kAnn);
  REQUIRE(kinds_of({first, seen}, {{kAnn, 5}}) == Kinds{"outlived"});
  REQUIRE(kinds_of({first, seen}, {{kAnn, 6}}) == kSound);
  REQUIRE(kinds_of({first, seen}, {{kBob, 5}}) == kSound);
}

// --- servers of an ensemble -------------------------------------------------------------------

ZnodeOperation behind(ZnodeOperation op, int64_t known) {
  op.behind = true;
  op.known = Zxid{known};
  return op;
}
ZnodeOperation known_by(ZnodeOperation op, int64_t known) {
  op.known = Zxid{known};
  return op;
}

TEST_CASE("a server may be behind, but not behind what its client has seen") {
  const auto first = create({1, 2}, 10, 5);
  const auto second = set({3, 4}, 11, 6);
  REQUIRE(kinds_of({first, second, behind(read({5, 6}, 10, 5), 5)}) == kSound);
  REQUIRE(kinds_of({first, second, behind(read({5, 6}, 10, 5), 6)}) == Kinds{"stale"});
  REQUIRE(kinds_of({first, second, read({5, 6}, 10, 5)}) == Kinds{"stale"});
}

TEST_CASE("a client that has seen a deletion does not see the node again, another may") {
  const auto first = create({1, 2}, 10, 5);
  const auto gone = known_by(remove({3, 4}), 6);
  REQUIRE(kinds_of({first, gone, behind(read({5, 6}, 10, 5), 5)}) == kSound);
  REQUIRE(kinds_of({first, gone, behind(read({5, 6}, 10, 5), 6)}) == Kinds{"resurrected"});
}

TEST_CASE("a node that its client has seen is there on every server") {
  const auto first = create({1, 2}, 10, 5);
  REQUIRE(kinds_of({first, behind(read_none({3, 4}), 4)}) == kSound);
  REQUIRE(kinds_of({first, behind(read_none({3, 4}), 5)}) == Kinds{"missing"});
}

TEST_CASE("an ephemeral node is gone for whoever has seen its session end") {
  const auto first = ephemeral(create({1, 2}, 10, 5));
  const auto seen = read({6, 7}, 10, 5, kAnn);
  const SessionEnd closed{.session = kAnn, .told_at = 5, .zxid = Zxid{8}};
  REQUIRE(kinds_of({first, behind(seen, 7)}, {closed}) == kSound);
  REQUIRE(kinds_of({first, behind(seen, 8)}, {closed}) == Kinds{"outlived"});
  REQUIRE(kinds_of({first, behind(seen, 8)}, {{kAnn, 5}}) == kSound);
}

TEST_CASE("a write that nobody answered and somebody read is there from then on") {
  const auto first = create({1, 2}, 10, 5);
  const auto unknown = with(ZnodeOutcome::unknown, set({3, 4}, 11, 0));
  REQUIRE(kinds_of({first, unknown, read({5, 6}, 10, 5)}) == kSound);
  REQUIRE(kinds_of({first, unknown, read({5, 6}, 11, 6), read({7, 8}, 10, 5)}) == Kinds{"stale"});
  REQUIRE(kinds_of({first, unknown, read({5, 8}, 11, 6), read({6, 7}, 10, 5)}) == kSound);
}

ZnodeOperation in_multi(ZnodeOperation op, std::string path) {
  op.multi = 1;
  op.path = std::move(path);
  return op;
}

TEST_CASE("the writes of one multi share a zxid, and nobody else's") {
  const auto a = in_multi(set({1, 2}, 10, 5), "/a");
  REQUIRE(kinds_of({a, in_multi(set({1, 2}, 11, 5), "/b")}) == kSound);
  REQUIRE(kinds_of({a, in_multi(set({1, 2}, 11, 6), "/b")}) == Kinds{"order"});
  REQUIRE(kinds_of({a, set({1, 2}, 11, 5)}) == Kinds{"order"});
}

TEST_CASE("a multi of which one part was read was done whole") {
  const auto before = in_multi(create({1, 2}, 9, 4), "/b");
  const auto a = in_multi(with(ZnodeOutcome::unknown, set({3, 4}, 10, 0)), "/a");
  const auto b = in_multi(with(ZnodeOutcome::unknown, set({3, 4}, 11, 0)), "/b");
  auto first = before;
  first.multi = 0;
  auto seen = read({5, 6}, 10, 7);
  seen.path = "/a";
  auto old = read({7, 8}, 9, 4);
  old.path = "/b";
  REQUIRE(kinds_of({first, a, b, seen, old}) == Kinds{"stale"});
  old.invoked = 4;
  REQUIRE(kinds_of({first, a, b, seen, old}) == kSound);
}

ZnodeOperation numbered(ZnodeOperation op, std::string path, int64_t sequence) {
  op.path = std::move(path);
  op.sequence = sequence;
  return op;
}

TEST_CASE("of sequential nodes the later one has the greater number") {
  const auto first = numbered(create({1, 2}, 10, 5), "/q-0000000001", 1);
  REQUIRE(kinds_of({first, numbered(create({3, 4}, 11, 6), "/q-0000000002", 2)}) == kSound);
  REQUIRE(kinds_of({first, numbered(create({3, 4}, 11, 6), "/q-0000000000", 0)}) == Kinds{"sequence"});
  REQUIRE(kinds_of({first, numbered(create({3, 4}, 11, 6), "/r-0000000000", 0)}) == kSound);
}

TEST_CASE("while no majority is there nothing that was asked is decided") {
  const auto decided = [](const ZnodeOperation& op) {
    return check_nothing_decided({{op}, {}}, 10, 20).size();
  };
  REQUIRE(decided(create({11, 12}, 10, 5)) == 1);
  REQUIRE(decided(remove({11, 12})) == 1);
  REQUIRE(decided(read({11, 12}, 10, 5)) == 1);
  REQUIRE(decided(create({9, 12}, 10, 5)) == 0);   // may have been on its way
  REQUIRE(decided(create({11, 21}, 10, 5)) == 0);  // answered when they were back
  REQUIRE(decided(behind(read({11, 12}, 10, 5), 5)) == 0);
  REQUIRE(decided(with(ZnodeOutcome::unknown, create({11, 12}, 10, 5))) == 0);
}

}  // namespace
}  // namespace weir
