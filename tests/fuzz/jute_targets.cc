// What clients and servers of the coordination service say to each other.
#include "broker/coordination/client/connect_string.h"
#include "broker/coordination/znode/acl.h"
#include "broker/coordination/znode/write_request.h"
#include "model/jute/znode_path.h"
#include "sim/base/check.h"
#include "tests/fuzz/targets.h"
#include "tests/model/jute_messages.h"

namespace weir {
namespace {

constexpr int kVariants = 4;

// An item of an array takes four bytes at least on the wire, an operation nine, and some hundred in memory.
size_t jute_limit(size_t bytes) { return 8 * 1024 + 256 * bytes; }

FuzzTarget target_of(std::string name, std::function<bool(MutableBytes, Stream&)> run) {
  return {.name = std::move(name),
          .weight = 3,
          .corpus = {},
          .run = std::move(run),
          .limit_bytes = jute_limit};
}

// What decodes goes out and comes back the same; what does not says why.
template <class Decode, class Append>
bool round_trips(ConstBytes bytes, Decode&& decode, Append&& append) {
  const auto decoded = decode(bytes);
  if (!decoded) {
    CHECK(!decoded.error().message.empty());
    return false;
  }
  Buffer once;
  append(once, *decoded);
  const auto again = decode(once);
  CHECK(again.ok());
  Buffer twice;
  append(twice, *again);
  CHECK(once == twice);
  return true;
}

constexpr auto kAppend = [](Buffer& to, const auto& record) { append_jute(to, record); };

void add_records(std::vector<FuzzTarget>& targets, Stream& stream) {
  for_each_jute_record([&]<class M>(std::string_view name) {
    FuzzTarget target = target_of("jute " + std::string(name), [](MutableBytes bytes, Stream&) {
      return round_trips(bytes, decode_jute<M>, kAppend);
    });
    for (int i = 0; i < kVariants; ++i) {
      RandomMessage random{stream, 0};
      append_jute(target.corpus.emplace_back(), random.make<M>());
    }
    targets.push_back(std::move(target));
  });
}

FuzzTarget connect_requests(Stream& stream) {
  FuzzTarget target = target_of("connect request", [](MutableBytes bytes, Stream&) {
    return round_trips(bytes, decode_connect_request, kAppend);
  });
  for (int i = 0; i < kVariants; ++i) {
    auto request = RandomMessage{stream, 0}.make<ConnectRequest>();
    request.has_read_only = i % 2 == 0;
    append_jute(target.corpus.emplace_back(), request);
  }
  return target;
}

FuzzTarget set_watches(Stream& stream, bool has_persistent) {
  FuzzTarget target = target_of(has_persistent ? "setWatches2" : "setWatches",
                                [has_persistent](MutableBytes bytes, Stream&) {
                                  const auto decode = [&](ConstBytes body) {
                                    return decode_set_watches(body, has_persistent);
                                  };
                                  return round_trips(bytes, decode, kAppend);
                                });
  for (int i = 0; i < kVariants; ++i) {
    auto request = RandomMessage{stream, 0}.make<SetWatchesRequest>();
    request.has_persistent = has_persistent;
    append_jute(target.corpus.emplace_back(), request);
  }
  return target;
}

FuzzTarget multis(Stream& stream) {
  FuzzTarget target = target_of("multi", [](MutableBytes bytes, Stream&) {
    return round_trips(bytes, decode_multi, append_multi);
  });
  for (int i = 0; i < 2 * kVariants; ++i) {
    append_multi(target.corpus.emplace_back(), random_multi(stream));
  }
  return target;
}

FuzzTarget multi_results(Stream& stream) {
  FuzzTarget target = target_of("answer of multi", [](MutableBytes bytes, Stream&) {
    return round_trips(bytes, decode_multi_results, append_multi_results);
  });
  for (int i = 0; i < 2 * kVariants; ++i) {
    append_multi_results(target.corpus.emplace_back(), random_multi_results(stream));
  }
  return target;
}

// The ops that decode_write knows, their numbers in front of the body.
FuzzTarget writes(Stream& stream) {
  FuzzTarget target = target_of("write", [](MutableBytes bytes, Stream&) {
    ZkRequestHeader header;
    JuteReader reader(bytes);
    reader.structure(header);
    if (reader.error() != nullptr || !is_write(header.op)) return false;
    const auto write = decode_write(header.op, reader.rest());
    if (!write) CHECK(!write.error().message.empty());
    return write.ok();
  });
  target.weight = 12;
  const auto add = [&](ZkOp op, const auto& request) {
    Buffer& bytes = target.corpus.emplace_back();
    append_jute(bytes, ZkRequestHeader{1, op});
    append_jute(bytes, request);
  };
  RandomMessage random{stream, 0};
  for (int i = 0; i < kVariants; ++i) {
    add(ZkOp::create, random.make<CreateRequest>());
    add(ZkOp::create2, random.make<CreateRequest>());
    add(ZkOp::remove, random.make<PathVersionRequest>());
    add(ZkOp::check, random.make<PathVersionRequest>());
    add(ZkOp::set_data, random.make<SetDataRequest>());
    add(ZkOp::set_acl, random.make<SetAclRequest>());
    add(ZkOp::close_session, ErrorResponse{});  // whatever stands behind it is ignored
    Buffer& multi = target.corpus.emplace_back();
    append_jute(multi, ZkRequestHeader{1, ZkOp::multi});
    append_multi(multi, random_multi(stream));
  }
  return target;
}

// An accepted list is what is stored: stored again it stays as it is, and it lets somebody in or nobody.
FuzzTarget acls() {
  FuzzTarget target = target_of("ACL as it is stored", [](MutableBytes bytes, Stream& draws) {
    const auto asked = decode_jute<SetAclRequest>(bytes);
    if (!asked) return false;
    const Identities who = {{"ip", "10.0.0.1"}, {"digest", "ann:secret"}};
    const auto stored = store_acl(asked->acl, who);
    if (!stored) return false;
    const auto again = store_acl(*stored, {});
    CHECK(again.ok() && *again == *stored);
    (void)permits(*stored, static_cast<int32_t>(draws.below(32)), who);
    return true;
  });
  const std::vector<AclList> lists = {
      open_acl(),
      {{perms::kAll, "auth", ""}},
      {{perms::kRead, "ip", "10.1.0.0/16"}, {perms::kAll, "ip", "127.0.0.1"}},
      {{perms::kWrite, "digest", "ann:secret"}, {perms::kWrite, "digest", "ann:secret"}}};
  for (const AclList& list : lists) {
    append_jute(target.corpus.emplace_back(), SetAclRequest{"/a", list, -1});
  }
  return target;
}

FuzzTarget text_target(std::string name, const std::vector<std::string_view>& corpus,
                       std::function<bool(std::string_view)> accepts) {
  FuzzTarget target =
      target_of(std::move(name), [accepts = std::move(accepts)](MutableBytes bytes, Stream&) {
        return accepts(as_text(bytes));
      });
  for (const std::string_view text : corpus) {
    const ConstBytes bytes = as_bytes(text);
    target.corpus.emplace_back(bytes.begin(), bytes.end());
  }
  return target;
}

bool accepts_connect_string(std::string_view text) {
  const auto parsed = parse_connect_string(text);
  if (!parsed) {
    CHECK(!parsed.error().empty());
    return false;
  }
  CHECK(!parsed->servers.empty());
  for (const Endpoint& server : parsed->servers) CHECK(!server.host.empty() && server.port != 0);
  CHECK(parsed->chroot.empty() || is_znode_path(parsed->chroot));
  return true;
}

bool accepts_path(std::string_view path) {
  if (!is_znode_path(path)) return false;
  if (path == "/") return true;
  CHECK(is_znode_path(parent_of(path)));
  CHECK(child_path(parent_of(path), name_of(path)) == path);
  return true;
}

// The password must not be in what is stored and shown.
bool accepts_digest(std::string_view text) {
  const auto identity = digest_identity(text);
  if (!identity) return false;
  const std::string_view user = text.substr(0, text.find(':'));
  constexpr size_t kSha1InBase64 = 28;
  CHECK(identity->id.size() == user.size() + 1 + kSha1InBase64);
  return true;
}

}  // namespace

std::vector<FuzzTarget> jute_targets(Stream& stream) {
  std::vector<FuzzTarget> targets;
  add_records(targets, stream);
  targets.push_back(connect_requests(stream));
  targets.push_back(set_watches(stream, false));
  targets.push_back(set_watches(stream, true));
  targets.push_back(multis(stream));
  targets.push_back(multi_results(stream));
  targets.push_back(writes(stream));
  targets.push_back(acls());
  targets.push_back(text_target("zookeeper.connect",
                                {"a:1,b:2181/kafka", "localhost", "h:65535/a/b"},
                                accepts_connect_string));
  targets.push_back(
      text_target("path of a znode",
                  {"/", "/brokers/ids/1", "/\xc3\xa9t\xc3\xa9/\xe2\x82\xac", "/a/\xf0\x9f\x98\x80"},
                  accepts_path));
  targets.push_back(text_target("digest", {"ann:secret", ":", "a:b:c"}, accepts_digest));
  return targets;
}

}  // namespace weir
