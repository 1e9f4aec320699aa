// One snapshot: bytes that mean something to whoever wrote them, in a file with a checksum.
//
//   snapshot.<hex zxid> := header bytes footer        (file_format.h)
//
// The writer writes beside; the store gives the file its name when it is whole and synced
// (TxnStore::await_finish_snapshot). A snapshot may be fuzzy: written while the tree changes, it
// then holds effects of transactions behind its zxid, and replaying these must be idempotent.
#pragma once

#include <memory>

#include "broker/coordination/storage/file_format.h"
#include "sim/env/env.h"

namespace weir {

enum class SnapshotKind : uint8_t {
  taken,      // of this server's own state: the log goes on beside it
  installed,  // sent by the leader: replaces the whole history of this server
};

class SnapshotWriter {
 public:
  // Of any size; what the file gets is gathered.
  Result<Done, StorageError> await_write(ConstBytes piece);

  [[nodiscard]] Zxid zxid() const { return zxid_; }
  [[nodiscard]] SnapshotKind kind() const { return kind_; }

 private:
  friend class TxnStore;
  SnapshotWriter(Env& env, std::unique_ptr<File> file, Zxid zxid, SnapshotKind kind)
      : env_(env), file_(std::move(file)), zxid_(zxid), kind_(kind) {}
  void begin(ConstBytes header);
  Result<Done, StorageError> await_flush();
  // Footer and sync.
  Result<Done, StorageError> await_close();

  Env& env_;
  const std::unique_ptr<File> file_;
  const Zxid zxid_;
  const SnapshotKind kind_;
  uint64_t history_ = 0;  // of the store when it began
  uint32_t lineage_ = 0;
  uint32_t crc_ = 0;
  uint64_t payload_bytes_ = 0;
  uint64_t file_bytes_ = 0;
  Buffer gathered_;
};

// Reads a snapshot from its first byte to its last. What was read is to be believed only once the
// end came without an error.
class SnapshotReader {
 public:
  static Result<std::unique_ptr<SnapshotReader>, StorageError> await_open(
      Env& env, std::string_view directory, std::string_view engine, Zxid zxid);

  // Fewer bytes than asked at any time; 0 at the end, when the checksum was right.
  Result<size_t, StorageError> await_read(MutableBytes into);

  [[nodiscard]] Zxid zxid() const { return zxid_; }
  [[nodiscard]] uint32_t lineage() const { return lineage_; }
  [[nodiscard]] uint64_t size_bytes() const { return payload_bytes_; }

 private:
  SnapshotReader(Env& env, std::string path) : env_(env), path_(std::move(path)) {}
  Result<Done, StorageError> await_start(std::string_view directory, std::string_view engine);
  Result<Done, StorageError> await_check_footer();
  [[nodiscard]] StorageError damaged(std::string_view why) const;

  Env& env_;
  const std::string path_;
  std::unique_ptr<File> file_;
  Zxid zxid_;
  uint32_t lineage_ = 0;
  uint64_t payload_bytes_ = 0;
  uint64_t read_bytes_ = 0;
  uint32_t crc_ = 0;
};

}  // namespace weir
