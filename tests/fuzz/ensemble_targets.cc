// What the servers of an ensemble say to each other.
#include "broker/coordination/consensus/peer_wire.h"
#include "broker/coordination/consensus/raft_wire.h"
#include "broker/coordination/consensus/zab_wire.h"
#include "broker/coordination/server/forwarding.h"
#include "sim/base/check.h"
#include "tests/fuzz/targets.h"
#include "tests/model/jute_messages.h"

namespace weir {
namespace {

constexpr int kVariants = 4;

size_t message_limit(size_t bytes) { return 8 * 1024 + 256 * bytes; }

// What decodes goes out and comes back the same; what does not says why.
template <class Decode, class Encode>
FuzzTarget round_trip(std::string name, Decode decode, Encode encode) {
  return {.name = std::move(name),
          .weight = 3,
          .corpus = {},
          .run =
              [decode, encode](MutableBytes bytes, Stream&) {
                const auto decoded = decode(bytes);
                if (!decoded) {
                  CHECK(!decoded.error().message.empty());
                  return false;
                }
                const Buffer once = encode(*decoded);
                const auto again = decode(once);
                CHECK(again.ok() && encode(*again) == once);
                return true;
              },
          .limit_bytes = message_limit};
}

template <class M>
FuzzTarget record(std::string name, Stream& stream) {
  const auto encode = [](const M& message) {
    Buffer bytes;
    append_jute(bytes, message);
    return bytes;
  };
  FuzzTarget target = round_trip(std::move(name), decode_jute<M>, encode);
  RandomMessage random{stream, 0};
  for (int i = 0; i < kVariants; ++i) target.corpus.push_back(encode(random.make<M>()));
  return target;
}

// Every kind of the message's variant.
template <class Message, class Encode, class... Bodies>
void add_kinds(FuzzTarget& target, Stream& stream, Message message, Encode encode,
               const std::variant<Bodies...>& /*kinds*/) {
  RandomMessage random{stream, 0};
  const auto add = [&](auto body) {
    if constexpr (requires { body.state; }) body.state = ZabState::following;  // not any number
    if constexpr (requires { body.way; }) body.way = SyncWay::trunc;
    message.body = std::move(body);
    target.corpus.push_back(encode(message));
  };
  for (int i = 0; i < kVariants; ++i) (add(random.make<Bodies>()), ...);
}

}  // namespace

std::vector<FuzzTarget> ensemble_targets(Stream& stream) {
  std::vector<FuzzTarget> targets;
  targets.push_back(round_trip("raft message", decode_raft_message, encode_raft_message));
  add_kinds(targets.back(), stream, RaftMessage{.term = 7}, encode_raft_message, RaftMessage{}.body);
  targets.push_back(round_trip("zab message", decode_zab_message, encode_zab_message));
  add_kinds(targets.back(), stream, ZabMessage{.epoch = 7, .link = 9, .number = 3}, encode_zab_message,
            ZabMessage{}.body);
  targets.push_back(record<PeerHello>("hello of a server", stream));
  targets.push_back(record<ConsensusFrame>("frame of consensus", stream));
  targets.push_back(record<SnapshotHead>("head of a snapshot", stream));
  targets.push_back(record<Forward>("forward", stream));
  targets.push_back(record<ForwardAnswer>("answer to a forward", stream));
  return targets;
}

}  // namespace weir
