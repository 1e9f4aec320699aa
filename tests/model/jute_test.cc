// ZooKeeper's records: bytes written down by hand from its field lists, and what holds for all of them.
#include "tests/support/test_pch.h"

#include "tests/model/hex.h"
#include "tests/model/jute_messages.h"

namespace weir {
namespace {

template <class M>
Buffer encoded(const M& message) {
  Buffer bytes;
  append_jute(bytes, message);
  return bytes;
}
Buffer operator+(Buffer a, const Buffer& b) {
  append_bytes(a, b);
  return a;
}

template <class M>
ProtocolError::Kind refusal_of(const Buffer& bytes) {
  const auto decoded = decode_jute<M>(bytes);
  REQUIRE_FALSE(decoded.ok());
  return decoded.error().kind;
}

const ZnodeStat kStat{.czxid = Zxid{1},
                      .mzxid = Zxid{2},
                      .ctime_ms = 3,
                      .mtime_ms = 4,
                      .version = 5,
                      .cversion = 6,
                      .aversion = 7,
                      .ephemeral_owner = SessionId{8},
                      .data_length = 2,
                      .num_children = 9,
                      .pzxid = Zxid{10}};
const Buffer kStatBytes =
    hex("0000000000000001 0000000000000002 0000000000000003 0000000000000004"
        "00000005 00000006 00000007 0000000000000008 00000002 00000009 000000000000000a");

TEST_CASE("decoding a record that was encoded gives the same record") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for_each_jute_record([&]<class M>(std::string_view) {
      RandomMessage random{stream, 0};
      const Buffer bytes = encoded(random.make<M>());
      const auto decoded = decode_jute<M>(bytes);
      RC_ASSERT(decoded.ok());
      RC_ASSERT(encoded(*decoded) == bytes);
    });
  }));
}

TEST_CASE("a record that ends early is refused wherever it ends") {
  Stream stream{1};
  for_each_jute_record([&]<class M>(std::string_view) {
    RandomMessage random{stream, 0};
    Buffer bytes = encoded(random.make<M>());
    while (!bytes.empty()) {
      bytes.pop_back();
      REQUIRE_FALSE(decode_jute<M>(bytes).ok());
    }
  });
}

TEST_CASE("a byte behind a record is refused") {
  Stream stream{2};
  for_each_jute_record([&]<class M>(std::string_view) {
    RandomMessage random{stream, 0};
    REQUIRE(refusal_of<M>(encoded(random.make<M>()) + Buffer{0}) ==
            ProtocolError::Kind::trailing_bytes);
  });
}

TEST_CASE("decoding a multi that was encoded gives the same operations") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    Buffer bytes;
    append_multi(bytes, random_multi(stream));
    const auto decoded = decode_multi(bytes);
    RC_ASSERT(decoded.ok());
    Buffer again;
    append_multi(again, *decoded);
    RC_ASSERT(again == bytes);
  }));
}

TEST_CASE("decoding the results of a multi gives the same results") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    Buffer bytes;
    append_multi_results(bytes, random_multi_results(stream));
    const auto decoded = decode_multi_results(bytes);
    RC_ASSERT(decoded.ok());
    Buffer again;
    append_multi_results(again, *decoded);
    RC_ASSERT(again == bytes);
  }));
}

TEST_CASE("a ConnectRequest is read with and without its last field") {
  const Buffer without = hex("00000000 0000000100000002 00007530 1122334455667788 00000002 abcd");
  const auto old = decode_connect_request(without);
  REQUIRE(old.ok());
  REQUIRE_FALSE(old->has_read_only);
  REQUIRE(old->last_zxid_seen == make_zxid(1, 2));
  REQUIRE(old->timeout_ms == 30'000);
  REQUIRE(old->session == SessionId{0x1122334455667788});
  REQUIRE(old->password == hex("abcd"));
  const auto today = decode_connect_request(without + hex("01"));
  REQUIRE(today.ok());
  REQUIRE((today->has_read_only && today->read_only));
  REQUIRE(encoded(*old) == without);
  REQUIRE(encoded(*today) == without + hex("01"));
  REQUIRE_FALSE(decode_connect_request(without + hex("01 00")).ok());
}

TEST_CASE("a ConnectResponse stands on the wire as ZooKeeper writes it") {
  const ConnectResponse response{
      .timeout_ms = 30'000, .session = SessionId{0x1122334455667788}, .password = hex("abcd")};
  REQUIRE(to_hex(encoded(response)) ==
          to_hex(hex("00000000 00007530 1122334455667788 00000002 abcd 00")));
}

TEST_CASE("a create stands on the wire as ZooKeeper writes it") {
  const CreateRequest create{"/a", hex("78"), open_acl(),
                             static_cast<int32_t>(CreateMode::ephemeral_sequential)};
  REQUIRE(to_hex(encoded(ZkRequestHeader{1, ZkOp::create}) + encoded(create)) ==
          to_hex(hex("00000001 00000001  00000002 2f61  00000001 78"
                     "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65  00000003")));
}

TEST_CASE("the answer of getData stands on the wire as ZooKeeper writes it") {
  const Buffer bytes =
      encoded(ZkReplyHeader{2, Zxid{5}, ZkError::ok}) + encoded(GetDataResponse{hex("6869"), kStat});
  REQUIRE(to_hex(bytes) ==
          to_hex(hex("00000002 0000000000000005 00000000  00000002 6869") + kStatBytes));
}

TEST_CASE("an event stands on the wire as ZooKeeper writes it") {
  REQUIRE(to_hex(encoded(WatcherEvent{ZkEvent::data_changed, ZkState::sync_connected, "/a"})) ==
          to_hex(hex("00000003 00000003 00000002 2f61")));
}

TEST_CASE("a multi stands on the wire as ZooKeeper writes it") {
  Buffer bytes;
  append_multi(bytes, {{ZkOp::check, PathVersionRequest{"/a", 7}},
                       {ZkOp::set_data, SetDataRequest{"/b", hex("78"), -1}}});
  REQUIRE(to_hex(bytes) == to_hex(hex("0000000d 00 ffffffff  00000002 2f61 00000007"
                                      "00000005 00 ffffffff  00000002 2f62 00000001 78 ffffffff"
                                      "ffffffff 01 ffffffff")));
}

TEST_CASE("the answer of a multi stands on the wire as ZooKeeper writes it") {
  Buffer bytes;
  append_multi_results(bytes, {{.op = ZkOp::create, .path = "/a"},
                               {.op = ZkOp::set_data, .stat = kStat},
                               {.op = ZkOp::remove}});
  REQUIRE(to_hex(bytes) == to_hex(hex("00000001 00 00000000  00000002 2f61"
                                      "00000005 00 00000000") +
                                  kStatBytes + hex("00000002 00 00000000  ffffffff 01 ffffffff")));
}

TEST_CASE("in the answer of a multi that failed each operation has its error") {
  Buffer bytes;
  append_multi_results(bytes, {{.op = ZkOp::error, .error = ZkError::ok},
                               {.op = ZkOp::error, .error = ZkError::no_node},
                               {.op = ZkOp::error, .error = ZkError::runtime_inconsistency}});
  REQUIRE(to_hex(bytes) == to_hex(hex("ffffffff 00 00000000 00000000"
                                      "ffffffff 00 ffffff9b ffffff9b"
                                      "ffffffff 00 fffffffe fffffffe"
                                      "ffffffff 01 ffffffff")));
}

TEST_CASE("a multi holds 10000 operations and not one more") {
  std::vector<MultiOp> ops(kMaxMultiOps, {ZkOp::check, PathVersionRequest{"/a", 0}});
  Buffer bytes;
  append_multi(bytes, ops);
  REQUIRE(decode_multi(bytes)->size() == kMaxMultiOps);
  ops.push_back(ops.front());
  bytes.clear();
  append_multi(bytes, ops);
  REQUIRE_FALSE(decode_multi(bytes).ok());
}

TEST_CASE("a multi refuses an operation that it cannot hold") {
  REQUIRE_FALSE(decode_multi(hex("0000000e 00 ffffffff  ffffffff 01 ffffffff")).ok());
}

TEST_CASE("a multi without its end is refused") {
  REQUIRE_FALSE(decode_multi(hex("0000000d 00 ffffffff  00000002 2f61 00000007")).ok());
}

TEST_CASE("a length below -1 is refused") {
  REQUIRE(refusal_of<PathRecord>(hex("fffffffe")) == ProtocolError::Kind::bad_length);
  REQUIRE(refusal_of<NamesResponse>(hex("80000000")) == ProtocolError::Kind::bad_length);
}

TEST_CASE("a length beyond the bytes is refused by name") {
  const auto refused = decode_jute<PathRecord>(hex("00000003 2f61"));
  REQUIRE(refused.error().kind == ProtocolError::Kind::bad_length);
  REQUIRE(refused.error().message == "path: length 3 is more than the 2 bytes left");
  REQUIRE(refusal_of<NamesResponse>(hex("7fffffff 00000000")) == ProtocolError::Kind::bad_length);
}

TEST_CASE("null data and empty data are different data") {
  const Buffer null = hex("00000002 2f61 ffffffff ffffffff");
  const Buffer empty = hex("00000002 2f61 00000000 ffffffff");
  REQUIRE_FALSE(decode_jute<SetDataRequest>(null)->data.has_value());
  REQUIRE(decode_jute<SetDataRequest>(empty)->data == Buffer{});
  REQUIRE(encoded(SetDataRequest{"/a", std::nullopt, -1}) == null);
  REQUIRE(encoded(SetDataRequest{"/a", Buffer{}, -1}) == empty);
}

TEST_CASE("a null text, buffer or list is read as an empty one") {
  REQUIRE(decode_jute<PathRecord>(hex("ffffffff"))->path.empty());
  REQUIRE(decode_jute<NamesResponse>(hex("ffffffff"))->names.empty());
  REQUIRE(decode_jute<AuthPacket>(hex("00000000 ffffffff ffffffff"))->auth.empty());
}

TEST_CASE("setWatches has three lists and setWatches2 five") {
  const Buffer three = hex("0000000000000009 00000001 00000002 2f61 00000000 00000000");
  const Buffer five = three + hex("00000001 00000002 2f62 00000000");
  REQUIRE(decode_set_watches(three, false)->data_watches == std::vector<std::string>{"/a"});
  REQUIRE(decode_set_watches(five, true)->persistent_watches == std::vector<std::string>{"/b"});
  REQUIRE_FALSE(decode_set_watches(three, true).ok());
  REQUIRE_FALSE(decode_set_watches(five, false).ok());
}

}  // namespace
}  // namespace weir
