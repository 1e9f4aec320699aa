// Znode: one node of the tree, in as few bytes as it can be told in. There may be a million of them.
//
//   one block     czxid, ctime, the ACL's number, two pointers; then the path's bytes
//   its data      the length and the bytes; none for null
//   its history   only once something has happened to it: most nodes are leaves that nobody has changed
//
//   100 bytes of data, a path of 25: 80 + 112 bytes of the heap, and 64 for one with a history
//
// Whoever wants a history gets one from every node; that it is not kept shows nowhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "broker/coordination/znode/acl_table.h"
#include "model/jute/records.h"
#include "sim/base/bytes.h"

namespace weir {

// What has become of a node since its creation, and whose it is. Of one that is as it was made: its own
// zxid and time, and zeros.
struct ZnodeChanges {
  Zxid mzxid;
  Zxid pzxid;
  int64_t mtime_ms = 0;
  int32_t version = 0;
  int32_t aversion = 0;
  int32_t children_created = 0;
  int32_t child_count = 0;
  SessionId ephemeral_owner;
  friend bool operator==(const ZnodeChanges&, const ZnodeChanges&) = default;
};

// A node's data without the slack of a vector.
class PackedData {
 public:
  PackedData() = default;  // null
  explicit PackedData(const ZnodeData& data);
  [[nodiscard]] ZnodeData unpacked() const;
  [[nodiscard]] uint32_t size() const;  // 0 of null

 private:
  std::unique_ptr<uint8_t[]> bytes_;  // of the length, then of the data
};

class Znode {
 public:
  // Its path is the one thing that stays as it is.
  static std::unique_ptr<Znode> make(std::string_view path);
  static void operator delete(void* block) { ::operator delete(block); }
  Znode(const Znode&) = delete;
  Znode& operator=(const Znode&) = delete;

  [[nodiscard]] std::string_view path() const {
    return {reinterpret_cast<const char*>(this + 1), path_bytes_};
  }
  [[nodiscard]] ZnodeData data() const { return data_.unpacked(); }
  [[nodiscard]] uint32_t data_bytes() const { return data_.size(); }
  [[nodiscard]] AclId acl() const { return acl_; }
  [[nodiscard]] ZnodeChanges history() const {
    return history_ ? *history_ : untouched();
  }
  [[nodiscard]] ZnodeStat stat() const;

  void set_data(const ZnodeData& data) { data_ = PackedData(data); }
  void set_acl(AclId acl) { acl_ = acl; }
  // What its history begins with.
  void set_creation(Zxid czxid, int64_t ctime_ms) {
    czxid_ = czxid;
    ctime_ms_ = ctime_ms;
  }
  void set_history(const ZnodeChanges& history);

 private:
  struct PathBytes {
    size_t count;
  };
  static void* operator new(size_t bytes, PathBytes path) { return ::operator new(bytes + path.count); }
  explicit Znode(std::string_view path) noexcept;
  [[nodiscard]] ZnodeChanges untouched() const {
    return {.mzxid = czxid_, .pzxid = czxid_, .mtime_ms = ctime_ms_};
  }

  Zxid czxid_;
  int64_t ctime_ms_ = 0;
  PackedData data_;
  std::unique_ptr<ZnodeChanges> history_;  // none: untouched
  AclId acl_;
  uint32_t path_bytes_;
};

}  // namespace weir
