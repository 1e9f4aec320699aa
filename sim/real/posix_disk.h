// PosixDisk: sim/env/disk.h over a directory of the machine, for one shard.
//
// Paths are taken relative to a directory descriptor and may not be absolute, empty, or hold "." or
// ".." (IoErrorKind::permission): a name made from what a client sent cannot leave the root.
//
// What runs where:
//  - Writes run inline: they go to the page cache. (Under heavy write-back the kernel may hold the
//    writer for a while; bounding that is what flush settings are for.)
//  - Reads, and what a slice needs to be cached, are tried inline with RWF_NOWAIT, which answers from the page cache only; what the cache
//    lacks, or a file system without that flag, is read on a pool thread.
//  - All that waits for the medium or walks directories (open, sync, truncate, rename, list, ...)
//    runs on a pool thread.
//
// await_sync is fdatasync: it flushes the data and the metadata needed to read it back, which
// includes a changed size, and leaves out timestamps. await_sync_directory is fsync of the
// directory. Locks are flock(2): they go with the descriptor, so that a dead process holds none.
//
// A File belongs to the shard that opened it. Its destructor closes without waiting for anything
// but the kernel's close(2).
#pragma once

#include "sim/env/disk.h"
#include "sim/real/blocking_pool.h"
#include "sim/real/fd.h"

namespace weir {

class PosixDisk final : public Disk {
 public:
  // `root` is a directory descriptor, shared by the shards; it outlives the disk.
  PosixDisk(BlockingCalls& calls, int root) : calls_(calls), root_(root) {}

  Result<std::unique_ptr<File>, IoError> await_open(std::string_view path, OpenMode mode) override;
  Result<std::vector<DirectoryEntry>, IoError> await_list(std::string_view directory) override;
  Result<Done, IoError> await_create_directory(std::string_view path) override;
  Result<Done, IoError> await_remove(std::string_view path) override;
  Result<Done, IoError> await_rename(std::string_view from, std::string_view to) override;
  Result<Done, IoError> await_sync_directory(std::string_view directory) override;

 private:
  // Runs `call`, which gives a system call's result, on a pool thread.
  template <class Call>
  Result<Done, IoError> await_call(std::string_view what, std::string_view path, Call call);

  BlockingCalls& calls_;
  const int root_;
};

// An open descriptor that a file and its slices share.
class OpenFile {
 public:
  OpenFile(BlockingCalls& calls, Fd fd, std::string path)
      : calls_(calls), fd_(std::move(fd)), path_(std::move(path)) {}

  Result<size_t, IoError> await_read_at(uint64_t offset, MutableBytes into);
  // Brings [offset, offset + bytes) into the page cache unless its end is there already.
  Result<Done, IoError> await_cached(uint64_t offset, uint64_t bytes);
  Result<uint64_t, IoError> size_bytes() const;

  [[nodiscard]] BlockingCalls& calls() const { return calls_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  // Nothing when the page cache cannot answer at once.
  Result<std::optional<size_t>, IoError> read_cached(uint64_t offset, MutableBytes into);
  Result<size_t, IoError> await_read_on_pool(uint64_t offset, MutableBytes into);

  BlockingCalls& calls_;
  const Fd fd_;
  const std::string path_;  // for error texts
  bool nowait_works_ = true;
};

// What TcpConnection hands to sendfile. The kernel may have dropped pages of it again: then the loop
// waits for the disk once, which is the price of asking only about the last one.
class PosixSlice final : public FileSlice {
 public:
  PosixSlice(std::shared_ptr<OpenFile> file, uint64_t offset, uint64_t size_bytes)
      : file_(std::move(file)), offset_(offset), size_bytes_(size_bytes) {}
  [[nodiscard]] uint64_t size_bytes() const override { return size_bytes_; }
  Result<size_t, IoError> await_read_at(uint64_t at, MutableBytes into) override;
  [[nodiscard]] int fd() const { return file_->fd(); }
  [[nodiscard]] uint64_t offset() const { return offset_; }

 private:
  const std::shared_ptr<OpenFile> file_;
  const uint64_t offset_;
  const uint64_t size_bytes_;
};

class PosixFile final : public File {
 public:
  PosixFile(BlockingCalls& calls, Fd fd, std::string path)
      : open_(std::make_shared<OpenFile>(calls, std::move(fd), std::move(path))) {}

  Result<size_t, IoError> await_read_at(uint64_t offset, MutableBytes into) override {
    return open_->await_read_at(offset, into);
  }
  Result<std::unique_ptr<FileSlice>, IoError> await_slice(uint64_t offset,
                                                          uint64_t max_bytes) override;
  Result<size_t, IoError> await_write_at(uint64_t offset,
                                         std::span<const ConstBytes> pieces) override;
  Result<Done, IoError> await_sync() override;
  Result<Done, IoError> await_truncate(uint64_t size_bytes) override;
  Result<uint64_t, IoError> size_bytes() override { return open_->size_bytes(); }
  Result<Done, IoError> try_lock() override;

 private:
  const std::shared_ptr<OpenFile> open_;
};

// The kind of an errno, with a text that names the operation and the path.
IoError to_io_error(int error_number, std::string_view operation, std::string_view path);
// What may be asked of the disk: see the head of this file.
bool is_inside_root(std::string_view path);

}  // namespace weir
