#include "broker/coordination/storage/snapshot_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/base/crc32c.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {
constexpr Site kGather{"buggify.snapshot.gather"};

// The checksum covers the length, too.
Buffer footer_of(uint32_t crc, uint64_t payload_bytes) {
  Buffer footer(kSnapshotFooterBytes);
  store_big_endian(footer.data(), payload_bytes);
  store_big_endian(footer.data() + 8, crc32c_extend(crc, ConstBytes(footer).first(8)));
  return footer;
}

}  // namespace

void SnapshotWriter::begin(ConstBytes header) {
  crc_ = crc32c(header);
  append_bytes(gathered_, header);
}

Result<Done, StorageError> SnapshotWriter::await_write(ConstBytes piece) {
  env_.scheduler.charge(Work::checksum_bytes, piece.size());
  crc_ = crc32c_extend(crc_, piece);
  payload_bytes_ += piece.size();
  append_bytes(gathered_, piece);
  if (gathered_.size() < limit<size_t>(env_.buggify, kGather, 256 << 10, 1)) return Done{};
  return await_flush();
}

Result<Done, StorageError> SnapshotWriter::await_flush() {
  TRY(await_write_fully(*file_, file_bytes_, gathered_));
  file_bytes_ += gathered_.size();
  gathered_.clear();
  return Done{};
}

Result<Done, StorageError> SnapshotWriter::await_close() {
  append_bytes(gathered_, footer_of(crc_, payload_bytes_));
  TRY(await_flush());
  TRY(file_->await_sync());
  return Done{};
}

StorageError SnapshotReader::damaged(std::string_view why) const {
  return {StorageErrorKind::corrupt, fmt::format("{}: {}", path_, why)};
}

Result<std::unique_ptr<SnapshotReader>, StorageError> SnapshotReader::await_open(
    Env& env, std::string_view directory, std::string_view engine, Zxid zxid) {
  std::unique_ptr<SnapshotReader> reader(new SnapshotReader(
      env, fmt::format("{}/{}", directory, store_file_name(StoreFile::snapshot, zxid))));
  reader->zxid_ = zxid;
  TRY(reader->await_start(directory, engine));
  return reader;
}

Result<Done, StorageError> SnapshotReader::await_start(std::string_view directory,
                                                       std::string_view engine) {
  file_ = TRY(env_.disk.await_open(path_, OpenMode::read));
  const uint64_t file_bytes = TRY(file_->size_bytes());
  Buffer header(kStoreHeaderBytes);
  header.resize(TRY(await_read_fully(*file_, 0, header)));
  const StoreFileHeader decoded =
      TRY(decode_store_header(header, StoreFile::snapshot, engine, directory, path_));
  if (Zxid{decoded.a} != zxid_) return damaged("the header is another snapshot's");
  if (file_bytes < kStoreHeaderBytes + kSnapshotFooterBytes) return damaged("it has no end");
  lineage_ = decoded.lineage;
  payload_bytes_ = file_bytes - kStoreHeaderBytes - kSnapshotFooterBytes;
  crc_ = crc32c(header);
  return Done{};
}

Result<size_t, StorageError> SnapshotReader::await_read(MutableBytes into) {
  const uint64_t left = payload_bytes_ - read_bytes_;
  const MutableBytes wanted = into.first(std::min<uint64_t>(into.size(), left));
  if (left == 0) {
    TRY(await_check_footer());
    return size_t{0};
  }
  const size_t got = TRY(file_->await_read_at(kStoreHeaderBytes + read_bytes_, wanted));
  if (got == 0 && !wanted.empty()) return damaged("it ends early");
  env_.scheduler.charge(Work::checksum_bytes, got);
  crc_ = crc32c_extend(crc_, wanted.first(got));
  read_bytes_ += got;
  return got;
}

Result<Done, StorageError> SnapshotReader::await_check_footer() {
  Buffer footer(kSnapshotFooterBytes);
  footer.resize(TRY(await_read_fully(*file_, kStoreHeaderBytes + payload_bytes_, footer)));
  if (footer != footer_of(crc_, payload_bytes_)) return damaged("the checksum is wrong");
  return Done{};
}

}  // namespace weir
