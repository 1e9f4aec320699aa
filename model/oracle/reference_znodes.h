// ReferenceZnodes: what a tree of znodes must look like, told one request after the other.
//
// The plainest reading of ZooKeeper's documents: no pipeline, no transactions, no log; every node a row in one
// table, and children found by looking through all of them. Slow, and meant to be read. World-open ACLs only.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "model/jute/multi.h"
#include "model/jute/records.h"

namespace weir {

class ReferenceZnodes {
 public:
  struct Answer {
    ZkError error = ZkError::ok;
    std::string path;                  // of a creation
    std::vector<MultiResult> results;  // of a multi, without stats
  };
  struct Node {
    ZnodeData data;
    ZnodeStat stat;  // data_length, num_children and cversion are made when asked for
    int32_t created = 0;
    int32_t removed = 0;
  };

  ReferenceZnodes();

  Answer create(Zxid zxid, int64_t time_ms, SessionId session, const CreateRequest& request);
  Answer remove(Zxid zxid, const PathVersionRequest& request);
  Answer check(const PathVersionRequest& request) const;
  Answer set(Zxid zxid, int64_t time_ms, const SetDataRequest& request);
  Answer multi(Zxid zxid, int64_t time_ms, SessionId session, const std::vector<MultiOp>& ops);
  void close(Zxid zxid, SessionId session);

  [[nodiscard]] bool exists(const std::string& path) const { return nodes_.contains(path); }
  [[nodiscard]] ZnodeData data(const std::string& path) const { return nodes_.at(path).data; }
  [[nodiscard]] ZnodeStat stat(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> children(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> paths() const;

 private:
  std::map<std::string, Node> nodes_;
};

}  // namespace weir
