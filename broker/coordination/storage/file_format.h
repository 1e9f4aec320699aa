// The bytes of the files of a TxnStore. Pure: no waiting. All integers are big-endian.
//
//   file      := header content
//   header    := magic:u32 version:u32 engine:8 bytes, zero-padded  lineage:u32 a:i64 b:i64 crc:u32
//                log.<hex zxid>       a = its first zxid, b = the zxid before   content: records
//                snapshot.<hex zxid>  a = its zxid                              content: bytes, footer
//                hard_state           a = accepted epoch << 32 | current epoch, b = vote;
//                                     lineage = 1 while the server is reinitialised. Its version is 2
//                                     then, so that no program which does not know of that reads it
//   record    := header_crc:u32 payload_crc:u32 length:u32 zxid:i64 synced:u64 payload
//   footer    := length:u64 crc:u32          crc over the header, all bytes and the length
//
// Names are ZooKeeper's (lower-case hex without leading zeros). Checksums are CRC-32C. That of a
// record's header also covers where it stands: its position and its file's first zxid and lineage,
// so that a record which was written to, or read from, the wrong place is not sound there.
//
// `synced` is how much of this file was known to be durable when the record was written. It tells
// damage from a torn tail: with damage at position p, a sound record behind it with synced > p
// proves that p was durable once.
//
//   |A B| synced |C . E|     C.synced = E.synced = end of B: D was never promised, a torn tail
//   |A . C| D                D.synced = end of C > B: B was promised, this is corruption
#pragma once

#include <optional>
#include <string>

#include "broker/coordination/storage/storage_error.h"
#include "model/types/zxid.h"
#include "sim/base/bytes.h"

namespace weir {

enum class StoreFile : uint8_t { log, snapshot, hard_state };

struct StoreFileHeader {
  uint32_t lineage = 0;  // how often the history was replaced by a snapshot of somebody else's
  int64_t a = 0;
  int64_t b = 0;
};
inline constexpr size_t kStoreHeaderBytes = 40;
inline constexpr size_t kEngineNameBytes = 8;

Buffer encode_store_header(StoreFile kind, std::string_view engine, const StoreFileHeader& header);
// corrupt, wrong_engine or unsupported_version; `directory` and `path` for the text.
Result<StoreFileHeader, StorageError> decode_store_header(ConstBytes bytes, StoreFile kind,
                                                          std::string_view engine,
                                                          std::string_view directory,
                                                          std::string_view path);

std::string store_file_name(StoreFile kind, Zxid zxid);
// Of a log or a snapshot; nothing for any other name.
std::optional<Zxid> parse_store_file_name(StoreFile kind, std::string_view name);

// Which file a record stands in.
struct RecordHome {
  Zxid first;
  uint32_t lineage = 0;
};
struct RecordHeader {
  uint32_t payload_crc = 0;
  uint32_t length = 0;
  Zxid zxid;
  uint64_t synced = 0;
};
inline constexpr size_t kRecordHeaderBytes = 28;

void encode_record(Buffer& to, const RecordHome& home, uint64_t position, Zxid zxid,
                   uint64_t synced, ConstBytes payload);
// Nothing unless a record's header was written here. `bytes` has kRecordHeaderBytes at least.
std::optional<RecordHeader> decode_record_header(ConstBytes bytes, const RecordHome& home,
                                                 uint64_t position);

inline constexpr size_t kSnapshotFooterBytes = 12;

}  // namespace weir
