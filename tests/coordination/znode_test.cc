#include "tests/support/test_pch.h"

#include "broker/coordination/znode/acl.h"
#include "broker/coordination/znode/session_table.h"
#include "broker/coordination/znode/watch_table.h"
#include "model/jute/znode_path.h"

namespace weir {
namespace {

TEST_CASE("what ZooKeeper calls a path is a path") {
  for (const std::string path : {"/", "/a", "/a/b", "/a.b", "/...", "/\xc3\xa4", "/\xf0\x9f\x98\x80"}) {
    INFO(path);
    REQUIRE(is_znode_path(path));
  }
}

TEST_CASE("what ZooKeeper refuses as a path is refused") {
  const std::string nul("/a\0b", 4);
  for (const std::string& path :
       {std::string(), std::string("a"), std::string("/a/"), std::string("//a"), std::string("/a//b"),
        std::string("/."), std::string("/a/.."), std::string("/../a"), nul, std::string("/\x01"),
        std::string("/\x7f"), std::string("/\xc2\x80"), std::string("/\xee\x80\x80"),
        std::string("/\xef\xbf\xbd"), std::string("/\xff"), std::string("/\xc3"),
        std::string("/\xc0\x80"), std::string("/\xed\xa0\x80")}) {
    INFO(path);
    REQUIRE_FALSE(is_znode_path(path));
  }
}

TEST_CASE("parents and names") {
  REQUIRE(parent_of("/a/b") == "/a");
  REQUIRE(parent_of("/a") == "/");
  REQUIRE(parent_of("/").empty());
  REQUIRE(name_of("/a/b") == "b");
  REQUIRE(child_path("/", "a") == "/a");
  REQUIRE(child_path("/a", "b") == "/a/b");
}

TEST_CASE("a digest is the base64 of the SHA-1 of user and password") {
  REQUIRE(digest_identity("super:superpw")->id == "super:g9oN2HttPfn8MMWJZ2r45Np/LIA=");
  REQUIRE(digest_identity("no colon").error() == ZkError::auth_failed);
}

TEST_CASE("an ACL permits what an identity of the connection matches") {
  const Identities ann{{"ip", "10.1.2.3"}, {"digest", "ann:x"}};
  REQUIRE(permits({}, perms::kWrite, {}));
  REQUIRE(permits(open_acl(), perms::kDelete, {}));
  REQUIRE(permits({{perms::kRead, "digest", "ann:x"}}, perms::kRead, ann));
  REQUIRE_FALSE(permits({{perms::kRead, "digest", "ann:x"}}, perms::kWrite, ann));
  REQUIRE_FALSE(permits({{perms::kRead, "digest", "bob:x"}}, perms::kRead, ann));
  REQUIRE(permits({{perms::kRead, "ip", "10.1.0.0/16"}}, perms::kRead, ann));
  REQUIRE_FALSE(permits({{perms::kRead, "ip", "10.2.0.0/16"}}, perms::kRead, ann));
  REQUIRE(permits({{perms::kRead, "ip", "0.0.0.0/0"}}, perms::kRead, ann));
}

TEST_CASE("auth stands for all that the connection authenticated as") {
  const Identities ann{{"ip", "10.1.2.3"}, {"digest", "ann:x"}};
  const auto stored = store_acl({{perms::kAll, "auth", ""}, {perms::kAll, "digest", "ann:x"}}, ann);
  REQUIRE(*stored == AclList{{perms::kAll, "digest", "ann:x"}});
  REQUIRE(store_acl({{perms::kAll, "auth", ""}}, {{"ip", "10.1.2.3"}}).error() == ZkError::invalid_acl);
}

TEST_CASE("an ACL without entries, of an unknown scheme or with an id that is none is refused") {
  REQUIRE(store_acl({}, {}).error() == ZkError::invalid_acl);
  REQUIRE(store_acl({{perms::kAll, "sasl", "ann"}}, {}).error() == ZkError::invalid_acl);
  REQUIRE(store_acl({{perms::kAll, "world", "ann"}}, {}).error() == ZkError::invalid_acl);
  REQUIRE(store_acl({{perms::kAll, "ip", "10.1.2.3/33"}}, {}).error() == ZkError::invalid_acl);
  REQUIRE(store_acl({{perms::kAll, "digest", "ann"}}, {}).error() == ZkError::invalid_acl);
}

TEST_CASE("a data watch fires once") {
  WatchTable watches;
  watches.add(WatchKind::data, "/a", 1);
  REQUIRE(watches.trigger(ZkEvent::data_changed, "/a") == std::vector<WatcherId>{1});
  REQUIRE(watches.trigger(ZkEvent::data_changed, "/a").empty());
  REQUIRE(watches.watch_count() == 0);
}

TEST_CASE("a removal fires data and child watches, and a watcher of both is told once") {
  WatchTable watches;
  watches.add(WatchKind::data, "/a", 1);
  watches.add(WatchKind::child, "/a", 1);
  watches.add(WatchKind::child, "/a", 2);
  REQUIRE(watches.trigger(ZkEvent::removed, "/a") == std::vector<WatcherId>{1, 2});
  REQUIRE(watches.watch_count() == 0);
}

TEST_CASE("a change of children fires no data watch") {
  WatchTable watches;
  watches.add(WatchKind::data, "/a", 1);
  watches.add(WatchKind::child, "/a", 2);
  REQUIRE(watches.trigger(ZkEvent::children_changed, "/a") == std::vector<WatcherId>{2});
}

TEST_CASE("persistent watches stay, and recursive ones see everything below but children_changed") {
  WatchTable watches;
  watches.add(WatchKind::persistent, "/a", 1);
  watches.add(WatchKind::persistent_recursive, "/a", 2);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(watches.trigger(ZkEvent::children_changed, "/a") == std::vector<WatcherId>{1});
    REQUIRE(watches.trigger(ZkEvent::created, "/a/b/c") == std::vector<WatcherId>{2});
    REQUIRE(watches.trigger(ZkEvent::data_changed, "/a") == std::vector<WatcherId>{1, 2});
  }
  REQUIRE(watches.trigger(ZkEvent::created, "/ab").empty());
}

TEST_CASE("a watcher that is forgotten leaves nothing behind") {
  WatchTable watches;
  for (const char* path : {"/a", "/b"}) {
    watches.add(WatchKind::data, path, 1);
    watches.add(WatchKind::persistent_recursive, path, 1);
  }
  watches.add(WatchKind::data, "/a", 2);
  watches.forget(1);
  REQUIRE(watches.watch_count() == 1);
  REQUIRE(watches.watcher_count() == 1);
  REQUIRE(watches.path_count() == 1);
}

TEST_CASE("a session expires at the first whole tick behind its timeout") {
  SessionTable sessions(seconds(2));
  sessions.open(SessionId{1}, 5000, {});
  sessions.touch(SessionId{1}, TimePoint{} + milliseconds(10'300));
  REQUIRE(sessions.next_deadline() == TimePoint{} + seconds(16));
  REQUIRE(sessions.take_expired(TimePoint{} + milliseconds(15'999)).empty());
  REQUIRE(sessions.take_expired(TimePoint{} + seconds(16)) == std::vector<SessionId>{SessionId{1}});
  REQUIRE(sessions.find(SessionId{1})->closing);
}

TEST_CASE("a session that is closing is not kept alive any more") {
  SessionTable sessions(seconds(2));
  sessions.open(SessionId{1}, 5000, {});
  sessions.touch(SessionId{1}, TimePoint{});
  sessions.mark_closing(SessionId{1});
  sessions.touch(SessionId{1}, TimePoint{} + seconds(1));
  REQUIRE(sessions.next_deadline() == TimePoint::never());
  sessions.close(SessionId{1});
  REQUIRE(sessions.find(SessionId{1}) == nullptr);
}

}  // namespace
}  // namespace weir
