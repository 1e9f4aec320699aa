#include "broker/coordination/storage/file_format.h"

#include <fmt/format.h>

#include <array>

#include "sim/base/crc32c.h"

namespace weir {
namespace {

constexpr uint32_t kVersion = 1;
constexpr uint32_t kReinitialisedVersion = 2;
constexpr size_t kCrcAt = kStoreHeaderBytes - 4;
// "WTXL", "WSNP", "WHST", in the order of StoreFile.
constexpr std::array<uint32_t, 3> kMagic{0x5754584c, 0x57534e50, 0x57485354};
constexpr std::array<std::string_view, 3> kPrefix{"log.", "snapshot.", "hard_state"};

size_t place(StoreFile kind) { return static_cast<size_t>(kind); }

std::string_view engine_of(ConstBytes header) {
  const std::string_view padded = as_text(header.subspan(8, kEngineNameBytes));
  return padded.substr(0, padded.find('\0'));
}

uint32_t header_crc(ConstBytes header_after_crc, const RecordHome& home, uint64_t position) {
  std::array<uint8_t, 20> where{};
  store_big_endian(where.data(), position);
  store_big_endian(where.data() + 8, home.first.value());
  store_big_endian(where.data() + 16, home.lineage);
  return crc32c_extend(crc32c(header_after_crc), where);
}

}  // namespace

Buffer encode_store_header(StoreFile kind, std::string_view engine, const StoreFileHeader& header) {
  CHECK_MSG(!engine.empty() && engine.size() <= kEngineNameBytes,
            "an engine's name is 1 to 8 bytes");
  Buffer bytes(kStoreHeaderBytes);
  store_big_endian(bytes.data(), kMagic.at(place(kind)));
  const bool reinitialised = kind == StoreFile::hard_state && header.lineage != 0;
  store_big_endian(bytes.data() + 4, reinitialised ? kReinitialisedVersion : kVersion);
  std::memcpy(bytes.data() + 8, engine.data(), engine.size());
  store_big_endian(bytes.data() + 16, header.lineage);
  store_big_endian(bytes.data() + 20, header.a);
  store_big_endian(bytes.data() + 28, header.b);
  store_big_endian(bytes.data() + kCrcAt, crc32c(ConstBytes(bytes).first(kCrcAt)));
  return bytes;
}

Result<StoreFileHeader, StorageError> decode_store_header(ConstBytes bytes, StoreFile kind,
                                                          std::string_view engine,
                                                          std::string_view directory,
                                                          std::string_view path) {
  using enum StorageErrorKind;
  if (bytes.size() < kStoreHeaderBytes ||
      load_big_endian<uint32_t>(bytes.data()) != kMagic.at(place(kind)) ||
      load_big_endian<uint32_t>(bytes.data() + kCrcAt) != crc32c(bytes.first(kCrcAt))) {
    return StorageError(corrupt, fmt::format("{}: the header is damaged", path));
  }
  const auto version = load_big_endian<uint32_t>(bytes.data() + 4);
  const bool known =
      version == kVersion || (kind == StoreFile::hard_state && version == kReinitialisedVersion);
  if (!known) {
    return StorageError(
        unsupported_version,
        fmt::format(
            "{} has format version {}, this program reads {}: use the version that wrote it", path,
            version, kVersion));
  }
  if (engine_of(bytes) != engine) {
    return StorageError(
        wrong_engine,
        fmt::format("the directory {} was written by the engine '{}' and is opened with '{}': "
                    "set the engine to '{}', or give this server an empty directory",
                    directory, engine_of(bytes), engine, engine_of(bytes)));
  }
  return StoreFileHeader{load_big_endian<uint32_t>(bytes.data() + 16),
                         load_big_endian<int64_t>(bytes.data() + 20),
                         load_big_endian<int64_t>(bytes.data() + 28)};
}

std::string store_file_name(StoreFile kind, Zxid zxid) {
  if (kind == StoreFile::hard_state) return std::string(kPrefix.at(place(kind)));
  return fmt::format("{}{:x}", kPrefix.at(place(kind)), static_cast<uint64_t>(zxid.value()));
}

std::optional<Zxid> parse_store_file_name(StoreFile kind, std::string_view name) {
  const std::string_view prefix = kPrefix.at(place(kind));
  if (!name.starts_with(prefix) || name.size() > prefix.size() + 16) return std::nullopt;
  uint64_t value = 0;
  for (const char c : name.substr(prefix.size())) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    value = value << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  const Zxid zxid{static_cast<int64_t>(value)};
  if (store_file_name(kind, zxid) != name) return std::nullopt;  // leading zeros, no digits
  return zxid;
}

void encode_record(Buffer& to, const RecordHome& home, uint64_t position, Zxid zxid,
                   uint64_t synced, ConstBytes payload) {
  std::array<uint8_t, kRecordHeaderBytes> header{};
  store_big_endian(header.data() + 4, crc32c(payload));
  store_big_endian(header.data() + 8, static_cast<uint32_t>(payload.size()));
  store_big_endian(header.data() + 12, zxid.value());
  store_big_endian(header.data() + 20, synced);
  store_big_endian(header.data(), header_crc(ConstBytes(header).subspan(4), home, position));
  append_bytes(to, header);
  append_bytes(to, payload);
}

std::optional<RecordHeader> decode_record_header(ConstBytes bytes, const RecordHome& home,
                                                 uint64_t position) {
  CHECK(bytes.size() >= kRecordHeaderBytes);
  const RecordHeader header{load_big_endian<uint32_t>(bytes.data() + 4),
                            load_big_endian<uint32_t>(bytes.data() + 8),
                            Zxid{load_big_endian<int64_t>(bytes.data() + 12)},
                            load_big_endian<uint64_t>(bytes.data() + 20)};
  // Cheap first: whole files are searched for headers, byte by byte.
  if (header.synced > position || header.zxid < home.first) return std::nullopt;
  const uint32_t crc = header_crc(bytes.subspan(4, kRecordHeaderBytes - 4), home, position);
  if (load_big_endian<uint32_t>(bytes.data()) != crc) return std::nullopt;
  return header;
}

}  // namespace weir
