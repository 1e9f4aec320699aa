// PowerCut: counts the I/O boundaries of a program and stops it at one of them.
//
// A boundary is the instant before an operation that changes the disk (write, sync, truncate,
// create, rename, remove, directory sync), and the instant after it, before the program hears of it:
//
//   |write|.|sync|.|sync_directory|      1..6, '|' a boundary
//
// Between two boundaries the medium stays as it is, so with a power loss at each of them no state of
// the medium is left out. BoundaryDisk stands between the program and its disk and asks the PowerCut
// to be let through; at the chosen boundary the fiber, and every other one that comes to a boundary
// after it, waits for ever. The caller then sees struck() and takes the power away.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "sim/env/env.h"
#include "sim/fiber/wait.h"

namespace weir {

class PowerCut {
 public:
  static constexpr uint64_t kNever = 0;

  // At which boundary from here on, counted from 1.
  void arm(uint64_t boundary) {
    at_ = boundary;
    passed_ = 0;
    struck_ = false;
    where_.clear();
  }
  void await_pass(Scheduler& scheduler, std::string_view when, std::string_view operation,
                  std::string_view path) {
    if (!struck_ && ++passed_ == at_) {
      struck_ = true;
      where_ = std::string(when) + " " + std::string(operation) + " " + std::string(path);
    }
    if (!struck_) return;
    WaitList nobody(scheduler);
    nobody.await({});
  }
  [[nodiscard]] bool struck() const { return struck_; }
  [[nodiscard]] uint64_t passed() const { return passed_; }
  [[nodiscard]] const std::string& where() const { return where_; }  // "before sync t-0/..."

 private:
  uint64_t at_ = kNever;
  uint64_t passed_ = 0;
  bool struck_ = false;
  std::string where_;
};

// One shard's way to its PowerCut.
class Boundary {
 public:
  Boundary(PowerCut& cut, Scheduler& scheduler) : cut_(cut), scheduler_(scheduler) {}
  template <class Operation>
  auto await(std::string_view name, std::string_view path, const Operation& operation) const {
    cut_.await_pass(scheduler_, "before", name, path);
    auto result = operation();
    cut_.await_pass(scheduler_, "after", name, path);
    return result;
  }

 private:
  PowerCut& cut_;
  Scheduler& scheduler_;
};

class BoundaryFile final : public File {
 public:
  BoundaryFile(const Boundary& boundary, std::unique_ptr<File> file, std::string_view path)
      : boundary_(boundary), file_(std::move(file)), path_(path) {}
  Result<size_t, IoError> await_read_at(uint64_t offset, MutableBytes into) override {
    return file_->await_read_at(offset, into);
  }
  Result<std::unique_ptr<FileSlice>, IoError> await_slice(uint64_t offset,
                                                          uint64_t max_bytes) override {
    return file_->await_slice(offset, max_bytes);
  }
  Result<size_t, IoError> await_write_at(uint64_t offset,
                                         std::span<const ConstBytes> pieces) override {
    return boundary_.await("write", path_, [&] { return file_->await_write_at(offset, pieces); });
  }
  Result<Done, IoError> await_sync() override {
    return boundary_.await("sync", path_, [&] { return file_->await_sync(); });
  }
  Result<Done, IoError> await_truncate(uint64_t size_bytes) override {
    return boundary_.await("truncate", path_, [&] { return file_->await_truncate(size_bytes); });
  }
  Result<uint64_t, IoError> size_bytes() override { return file_->size_bytes(); }
  Result<Done, IoError> try_lock() override { return file_->try_lock(); }

 private:
  const Boundary boundary_;
  const std::unique_ptr<File> file_;
  const std::string path_;
};

class BoundaryDisk final : public Disk {
 public:
  BoundaryDisk(Disk& disk, const Boundary& boundary) : disk_(disk), boundary_(boundary) {}
  Result<std::unique_ptr<File>, IoError> await_open(std::string_view path,
                                                    OpenMode mode) override {
    const bool creates = mode == OpenMode::create || mode == OpenMode::create_exclusive;
    const auto open = [&] { return disk_.await_open(path, mode); };
    auto file = TRY(creates ? boundary_.await("create", path, open) : open());
    return std::unique_ptr<File>(std::make_unique<BoundaryFile>(boundary_, std::move(file), path));
  }
  Result<std::vector<DirectoryEntry>, IoError> await_list(std::string_view directory) override {
    return disk_.await_list(directory);
  }
  Result<Done, IoError> await_create_directory(std::string_view path) override {
    return boundary_.await("create_directory", path,
                           [&] { return disk_.await_create_directory(path); });
  }
  Result<Done, IoError> await_remove(std::string_view path) override {
    return boundary_.await("remove", path, [&] { return disk_.await_remove(path); });
  }
  Result<Done, IoError> await_rename(std::string_view from, std::string_view to) override {
    return boundary_.await("rename", from, [&] { return disk_.await_rename(from, to); });
  }
  Result<Done, IoError> await_sync_directory(std::string_view directory) override {
    return boundary_.await("sync_directory", directory,
                           [&] { return disk_.await_sync_directory(directory); });
  }

 private:
  Disk& disk_;
  const Boundary boundary_;
};

}  // namespace weir
