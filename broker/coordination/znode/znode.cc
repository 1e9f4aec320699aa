#include "broker/coordination/znode/znode.h"

#include <cstring>

namespace weir {

PackedData::PackedData(const ZnodeData& data) {
  if (!data) return;
  const auto size = static_cast<uint32_t>(data->size());
  bytes_ = std::make_unique_for_overwrite<uint8_t[]>(sizeof size + size);
  std::memcpy(bytes_.get(), &size, sizeof size);
  if (size > 0) std::memcpy(bytes_.get() + sizeof size, data->data(), size);
}

uint32_t PackedData::size() const {
  uint32_t size = 0;
  if (bytes_) std::memcpy(&size, bytes_.get(), sizeof size);
  return size;
}

ZnodeData PackedData::unpacked() const {
  if (!bytes_) return std::nullopt;
  const uint8_t* const first = bytes_.get() + sizeof(uint32_t);
  return Buffer(first, first + size());
}

std::unique_ptr<Znode> Znode::make(std::string_view path) {
  return std::unique_ptr<Znode>(new (PathBytes{path.size()}) Znode(path));
}

Znode::Znode(std::string_view path) noexcept : path_bytes_(static_cast<uint32_t>(path.size())) {
  std::memcpy(reinterpret_cast<char*>(this + 1), path.data(), path.size());
}

void Znode::set_history(const ZnodeChanges& history) {
  if (history == untouched()) {
    history_.reset();
  } else if (history_) {
    *history_ = history;
  } else {
    history_ = std::make_unique<ZnodeChanges>(history);
  }
}

ZnodeStat Znode::stat() const {
  const ZnodeChanges now = history();
  return {.czxid = czxid_,
          .mzxid = now.mzxid,
          .ctime_ms = ctime_ms_,
          .mtime_ms = now.mtime_ms,
          .version = now.version,
          .cversion = 2 * now.children_created - now.child_count,
          .aversion = now.aversion,
          .ephemeral_owner = now.ephemeral_owner,
          .data_length = static_cast<int32_t>(data_.size()),
          .num_children = now.child_count,
          .pzxid = now.pzxid};
}

}  // namespace weir
