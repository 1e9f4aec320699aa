// DiskImage: what is on one node's medium, synced or not; pure state, no waiting.
//
// A file keeps its content as the running system sees it, its durable content, and the journal of
// changes that lie between: the writes and truncations since the last sync, in order. A directory
// keeps the same for names. Power loss plays with the journals:
//
//   file       each write keeps all, none, a prefix, a suffix or any subset of its sectors (disk_faults.h
//              has the rates); applied in order, so any unsynced version of a sector may be the one
//              that stays; the length ends anywhere between the synced and the written one; a hole
//              reads as zeros
//   directory  each change of a name (create, rename, remove) stays or not; a rename is one change;
//              a subtree hangs from its name, so a synced file below a lost name is lost
//
// Example: content "aaaa" synced, "bb" written at 2 and "cc" at 4, power lost. Possible: aaaa, aabb,
// aabbcc, aaaa + two zero bytes, ...; impossible: a loss of "aaaa" beyond the overwritten part.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/base/site.h"
#include "sim/env/disk.h"
#include "sim/world/disk_faults.h"

namespace weir {

// Draws a number in [0, n) for the fate of something volatile.
using CrashChoice = std::function<uint64_t(const Site& site, uint64_t n)>;

struct CrashLosses {
  uint64_t volatile_sectors = 0;  // that a power loss could have taken
  uint64_t lost_sectors = 0;
  uint64_t volatile_names = 0;
  uint64_t lost_names = 0;
};

class DiskFile {
 public:
  // `id` is never given twice on one image: unlike an address it can be remembered.
  explicit DiskFile(uint64_t id) : id_(id) {}
  [[nodiscard]] uint64_t id() const { return id_; }
  [[nodiscard]] const Buffer& content() const { return content_; }
  [[nodiscard]] const Buffer& durable() const { return durable_; }
  void write(uint64_t offset, ConstBytes bytes);
  void truncate(uint64_t size_bytes);
  // Everything up to this mark becomes durable when `make_durable(mark)` is called.
  [[nodiscard]] uint64_t journal_mark() const { return journal_start_ + journal_.size(); }
  void make_durable(uint64_t mark);
  // A sync that failed: the pages of the changes up to the mark look clean and were never written.
  void drop_dirty(uint64_t mark);
  // A sync that lied: what a power loss takes of these is damage.
  void note_lie(uint64_t mark);
  // Changes what is durable and what is seen. Bytes with unsynced changes stay. Returns how many
  // bytes have changed.
  uint64_t flip_bits(uint64_t offset, uint64_t bytes, uint8_t mask);
  void lose_power(const CrashChoice& choose, DiskFaults& faults, CrashLosses& losses);

  bool locked = false;

 private:
  struct Change {
    uint64_t offset = 0;  // of a write; new size of a truncation
    Buffer bytes;
    bool is_truncation = false;
    bool was_promised = false;  // a sync lied about it
  };
  [[nodiscard]] bool is_volatile(uint64_t offset) const;
  void lose_length(Buffer& survivor, const CrashChoice& choose, CrashLaw& law) const;
  static void apply(Buffer& to, const Change& change);
  bool lose_write(Buffer& survivor, const Change& change, const CrashChoice& choose, CrashLaw& law,
                  CrashLosses& losses);

  const uint64_t id_;
  Buffer content_;
  Buffer durable_;
  std::vector<Change> journal_;
  uint64_t journal_start_ = 0;  // changes that have become durable so far
};

class DiskDirectory;

// A name's meaning: exactly one of the two.
struct DiskNode {
  std::shared_ptr<DiskFile> file;
  std::shared_ptr<DiskDirectory> directory;
  friend bool operator==(const DiskNode&, const DiskNode&) = default;
};

class DiskDirectory {
 public:
  using Names = std::map<std::string, DiskNode, std::less<>>;
  [[nodiscard]] const Names& names() const { return names_; }
  [[nodiscard]] const Names& durable_names() const { return durable_; }
  void put(std::string name, DiskNode node);
  void remove(std::string_view name);
  void rename(std::string_view from, std::string to);
  [[nodiscard]] uint64_t journal_mark() const { return journal_start_ + journal_.size(); }
  void make_durable(uint64_t mark);
  // Also decides over everything below.
  void lose_power(const CrashChoice& choose, DiskFaults& faults, CrashLosses& losses);
  void unlock_all();

 private:
  struct Change {
    std::string removed;  // empty: nothing
    std::string added;    // empty: nothing
    DiskNode node;
  };
  static void apply(Names& to, const Change& change);
  void change(Change change);

  Names names_;
  Names durable_;
  std::vector<Change> journal_;
  uint64_t journal_start_ = 0;
};

class DiskImage {
 public:
  DiskImage() : root_(std::make_shared<DiskDirectory>()) {}

  Result<std::shared_ptr<DiskFile>, IoError> open(std::string_view path, OpenMode mode);
  Result<std::shared_ptr<DiskDirectory>, IoError> directory(std::string_view path);
  Result<Done, IoError> create_directory(std::string_view path);
  Result<Done, IoError> remove(std::string_view path);
  Result<Done, IoError> rename(std::string_view from, std::string_view to);

  CrashLosses lose_power(const CrashChoice& choose, DiskFaults& faults);
  // Every file, in the order of their paths.
  using FileVisitor = std::function<void(const std::string& path, DiskFile& file)>;
  void for_each_file(const FileVisitor& visit) const;
  // Nothing is left; open handles point into nowhere.
  void wipe() { root_ = std::make_shared<DiskDirectory>(); }
  void swap_with(DiskImage& other) { std::swap(root_, other.root_); }
  // The locks of a process that has died.
  void unlock_all() { root_->unlock_all(); }

 private:
  struct Place {
    std::shared_ptr<DiskDirectory> parent;
    std::string name;
  };
  Result<Place, IoError> locate(std::string_view path);

  std::shared_ptr<DiskDirectory> root_;
  uint64_t next_file_id_ = 1;
};

}  // namespace weir
