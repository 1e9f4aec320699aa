// The parts that a tree of znodes is made of: the index against a set, and what is kept once or not at all.
#include "tests/support/test_pch.h"

#include <fmt/format.h>

#include <random>
#include <set>

#include "broker/coordination/znode/tree.h"
#include "broker/coordination/znode/znode_index.h"

namespace weir {
namespace {

std::vector<std::string> paths_of(const ZnodeIndex& index) {
  std::vector<std::string> paths;
  for (const Znode& node : index) paths.emplace_back(node.path());
  return paths;
}

void require_same(const ZnodeIndex& index, const std::set<std::string>& expected) {
  REQUIRE(index.size() == expected.size());
  REQUIRE(paths_of(index) == std::vector<std::string>(expected.begin(), expected.end()));
}

void require_bounds(const ZnodeIndex& index, const std::set<std::string>& expected,
                    const std::string& path) {
  const auto as_text = [&](ZnodeIndex::Iterator at) {
    return at == index.end() ? std::string() : std::string(at->path());
  };
  const auto expected_text = [&](auto at) { return at == expected.end() ? std::string() : *at; };
  REQUIRE(as_text(index.lower_bound(path)) == expected_text(expected.lower_bound(path)));
  REQUIRE(as_text(index.upper_bound(path)) == expected_text(expected.upper_bound(path)));
  REQUIRE((index.find(path) != nullptr) == expected.contains(path));
}

TEST_CASE("the index holds what a set of the same paths holds, whatever order they come and go in") {
  std::mt19937 draws(7);
  ZnodeIndex index;
  std::set<std::string> expected;
  // It grows to some twenty runs, then loses most of them again.
  for (const uint32_t keeps_of_ten : {7, 7, 2, 5}) {
    for (int i = 0; i < 2'000; ++i) {
      const std::string path = fmt::format("/{}", draws() % 6'000);
      require_bounds(index, expected, path);
      if (draws() % 10 >= keeps_of_ten) {
        index.erase(path);
        expected.erase(path);
      } else if (expected.insert(path).second) {
        REQUIRE(index.insert(Znode::make(path)).path() == path);
      }
    }
    require_same(index, expected);
  }
  for (const std::string& path : std::set<std::string>(expected)) {
    index.erase(path);
    expected.erase(path);
  }
  require_same(index, expected);
}

TEST_CASE("paths that ascend before the last one, or descend, keep their order") {
  ZnodeIndex index;
  std::set<std::string> expected;
  const auto add = [&](const std::string& path) {
    index.insert(Znode::make(path));
    expected.insert(path);
  };
  add("/z");
  for (int i = 0; i < 1'000; ++i) add(fmt::format("/m{:04}", i));
  for (int i = 1'000; i-- > 0;) add(fmt::format("/a{:04}", i));
  require_same(index, expected);
}

TEST_CASE("a node stays where it is while others come and go") {
  ZnodeIndex index;
  const Znode* const node = &index.insert(Znode::make("/m"));
  for (int i = 0; i < 500; ++i) index.insert(Znode::make(fmt::format("/{}{}", i % 2 ? 'a' : 'z', i)));
  for (int i = 0; i < 400; ++i) index.erase(fmt::format("/{}{}", i % 2 ? 'a' : 'z', i));
  REQUIRE(index.find("/m") == node);
}

TEST_CASE("a history that is not kept is that of a node as it was made") {
  const auto node = Znode::make("/a");
  node->set_creation(Zxid{5}, 70);
  const ZnodeChanges untouched{.mzxid = Zxid{5}, .pzxid = Zxid{5}, .mtime_ms = 70};
  REQUIRE(node->history() == untouched);
  ZnodeChanges later = untouched;
  later.version = 1;
  node->set_history(later);
  REQUIRE(node->history() == later);
  later.ephemeral_owner = SessionId{3};
  node->set_history(later);
  REQUIRE(node->history() == later);
  node->set_history(untouched);
  REQUIRE(node->history() == untouched);
}

TEST_CASE("null, empty and other data come back as they were") {
  const auto node = Znode::make("/a");
  for (const ZnodeData& data : {ZnodeData{Buffer{1, 2, 3}}, ZnodeData{}, ZnodeData{Buffer{}}}) {
    node->set_data(data);
    REQUIRE(node->data() == data);
    REQUIRE(node->data_bytes() == (data ? data->size() : 0));
  }
}

TEST_CASE("an ACL is there once, as long as a node has it, and longer for who was given it") {
  const AclList open = open_acl();
  const AclList closed{{perms::kRead, "world", "anyone"}};
  AclTable table;
  const AclId first = table.hold(open);
  REQUIRE(table.hold(open) == first);
  const AclId second = table.hold(closed);
  REQUIRE(second != first);
  REQUIRE(table.size() == 2);
  const auto given = table.of(first);
  table.release(first);
  REQUIRE(*table.of(first) == open);
  table.release(first);
  REQUIRE(table.size() == 1);
  REQUIRE(*given == open);
  REQUIRE(*table.of(table.hold(open)) == open);
  REQUIRE(*table.of(second) == closed);
}

Txn creation(const std::string& path, int32_t parent_cversion) {
  TxnHeader header{.time_ms = 5, .op = ZkOp::create};
  return {header, ChangeTxn{CreateTxn{.path = path,
                                      .data = Buffer{1},
                                      .acl = open_acl(),
                                      .parent_cversion = parent_cversion}}};
}

TEST_CASE("children are told from grandchildren, and from siblings that stand among these") {
  ZnodeTree tree;
  int64_t zxid = 0;
  for (const std::string path : {"/a", "/a/b", "/a/b-1", "/a/b/c", "/a/b/c/d", "/a/b0", "/a-1", "/a0"}) {
    tree.apply(Zxid{++zxid}, creation(path, 1));
  }
  REQUIRE(tree.children(*tree.find("/a")) == std::vector<std::string>{"b", "b-1", "b0"});
  REQUIRE(tree.children(*tree.find("/a/b")) == std::vector<std::string>{"c"});
  REQUIRE(tree.children(*tree.find("/a0")).empty());
  REQUIRE(tree.children(*tree.find("/")) == std::vector<std::string>{"a", "a-1", "a0", "zookeeper"});
  REQUIRE(tree.find("/")->stat().num_children == 4);
  REQUIRE(tree.find("/a")->stat().num_children == 3);
}

Txn deletion(const std::string& path) {
  return {TxnHeader{.time_ms = 6, .op = ZkOp::remove}, ChangeTxn{DeleteTxn{path}}};
}

TEST_CASE("a deletion that is told twice takes one child") {
  ZnodeTree tree;
  tree.apply(Zxid{1}, creation("/a", 1));
  tree.apply(Zxid{2}, creation("/b", 2));
  for (int i = 0; i < 2; ++i) tree.apply(Zxid{3}, deletion("/a"));
  REQUIRE(tree.find("/")->stat().num_children == 2);  // "/b", "/zookeeper"
}

TEST_CASE("an ACL goes with the last node that has it") {
  ZnodeTree tree;
  const size_t at_first = tree.acl_count();
  const auto set_acl = [&](const std::string& path, AclList acl) {
    tree.apply(Zxid{9}, {TxnHeader{.op = ZkOp::set_acl}, ChangeTxn{SetAclTxn{path, std::move(acl), 1}}});
  };
  const AclList own{{perms::kAll, "digest", "somebody:x"}};
  tree.apply(Zxid{1}, creation("/a", 1));
  tree.apply(Zxid{2}, creation("/b", 2));
  set_acl("/a", own);
  set_acl("/b", own);
  REQUIRE(tree.acl_count() == at_first + 1);
  set_acl("/a", open_acl());
  tree.apply(Zxid{10}, deletion("/b"));
  REQUIRE(tree.acl_count() == at_first);
}

// As a fuzzy snapshot may have it: the parent was made behind the pieces that it would have stood in.
TEST_CASE("a node that was restored without its parent counts once the parent is there, and only once") {
  ZnodeTree tree;
  tree.restore("/a/b", {.data = {}, .acl = open_acl(), .stat = {.czxid = Zxid{2}}});
  REQUIRE(tree.find("/a") == nullptr);
  tree.apply(Zxid{1}, creation("/a", 1));
  tree.apply(Zxid{2}, creation("/a/b", 1));
  REQUIRE(tree.find("/a")->stat().num_children == 1);
  REQUIRE(tree.find("/a")->stat().cversion == 1);
  REQUIRE(tree.children(*tree.find("/a")) == std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace weir
