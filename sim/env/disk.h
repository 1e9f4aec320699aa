// Disk: files and directories of one node, with the promises that POSIX really makes.
//
//  - A write is volatile until `await_sync` of its file returns; sync covers the writes that had
//    returned before it was called.
//  - A name (created, renamed, removed) is volatile until `await_sync_directory` of its directory.
//  - A killed process loses nothing that it wrote. Power loss keeps any subset of the volatile
//    sectors, any length between the synced and the written one, and any subset of volatile names.
//  - After a failed sync the state of the unsynced writes is unknown, and a later sync that succeeds
//    proves nothing about them (fsyncgate, 2018): treat the file as lost.
//
// Paths are relative to the node's root, '/'-separated, never empty, without "." and "..". Calls may
// suspend. Reads and writes may be short; sim/fiber/stream_io.h has the loops.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/result.h"

namespace weir {

enum class IoErrorKind : uint8_t {
  not_found,
  already_exists,
  not_a_directory,
  not_empty,
  no_space,
  io,  // EIO: the medium failed
  too_many_open,
  permission,
  locked,  // another process holds the lock
  other,
};
std::string_view to_text(IoErrorKind kind);

// What failed and on which path, for the operator.
struct IoError {
  IoErrorKind kind = IoErrorKind::other;
  std::string what;
};

enum class OpenMode : uint8_t {
  read,              // must exist
  read_write,        // must exist
  create,            // read_write, made when missing
  create_exclusive,  // read_write, must be missing
};

// A range of a file that stays with the kernel. A connection sends it without its bytes passing through
// the process (Connection::try_send; sendfile(2) in the real world).
//
// It outlives its File and the file's name, and holds no bytes of its own where the world can help it.
// Whoever takes one promises that the range is neither written nor cut off while it lives, as a log
// can that only appends: what it sends is else undefined. Read by the shard that took it; sent and
// destroyed by any.
class FileSlice {
 public:
  virtual ~FileSlice() = default;
  [[nodiscard]] virtual uint64_t size_bytes() const = 0;
  // As File::await_read_at, `at` counted from the slice's start.
  virtual Result<size_t, IoError> await_read_at(uint64_t at, MutableBytes into) = 0;
};

class File {
 public:
  virtual ~File() = default;  // closes; what was not synced stays volatile
  // Bytes read, fewer than asked at the end of the file or at any time; 0 only at or past the end.
  virtual Result<size_t, IoError> await_read_at(uint64_t offset, MutableBytes into) = 0;
  // What the file has of [offset, offset + max_bytes): shorter, or of no bytes, where it ends before.
  // Suspends until sending it will not wait for the medium, as far as the world can tell.
  virtual Result<std::unique_ptr<FileSlice>, IoError> await_slice(uint64_t offset,
                                                                  uint64_t max_bytes) = 0;
  // Bytes written, at least 1 unless there is nothing to write.
  virtual Result<size_t, IoError> await_write_at(uint64_t offset,
                                                 std::span<const ConstBytes> pieces) = 0;
  virtual Result<Done, IoError> await_sync() = 0;
  virtual Result<Done, IoError> await_truncate(uint64_t size_bytes) = 0;
  virtual Result<uint64_t, IoError> size_bytes() = 0;
  // Excludes other processes until closed; a dead process holds no lock.
  virtual Result<Done, IoError> try_lock() = 0;
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
  friend auto operator<=>(const DirectoryEntry&, const DirectoryEntry&) = default;
};

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<std::unique_ptr<File>, IoError> await_open(std::string_view path, OpenMode mode) = 0;
  // Sorted by name: never in the order of the medium.
  virtual Result<std::vector<DirectoryEntry>, IoError> await_list(std::string_view directory) = 0;
  virtual Result<Done, IoError> await_create_directory(std::string_view path) = 0;
  virtual Result<Done, IoError> await_remove(std::string_view path) = 0;  // file or empty directory
  // Atomic: replaces `to`.
  virtual Result<Done, IoError> await_rename(std::string_view from, std::string_view to) = 0;
  // "" is the node's root.
  virtual Result<Done, IoError> await_sync_directory(std::string_view directory) = 0;
};

}  // namespace weir
