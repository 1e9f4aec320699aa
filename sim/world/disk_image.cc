#include "sim/world/disk_image.h"

#include <algorithm>


namespace weir {
namespace {

constexpr Site kWriteFate{"disk.crash.write"};
constexpr Site kWritePrefix{"disk.crash.prefix"};
constexpr Site kSectorFate{"disk.crash.sector"};
constexpr Site kTruncateFate{"disk.crash.truncate"};
constexpr Site kLengthFate{"disk.crash.length"};
constexpr Site kLength{"disk.crash.length_at"};
constexpr Site kNameFate{"disk.crash.name"};

IoError error_at(IoErrorKind kind, std::string_view path) { return {kind, std::string(path)}; }

}  // namespace

// --- DiskFile ---------------------------------------------------------------------------------------

void DiskFile::apply(Buffer& to, const Change& change) {
  if (change.is_truncation) {
    to.resize(change.offset);
    return;
  }
  const uint64_t end = change.offset + change.bytes.size();
  if (to.size() < end) to.resize(end);
  std::copy(change.bytes.begin(), change.bytes.end(),
            to.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

void DiskFile::write(uint64_t offset, ConstBytes bytes) {
  journal_.push_back({offset, Buffer(bytes.begin(), bytes.end()), false});
  apply(content_, journal_.back());
}

void DiskFile::truncate(uint64_t size_bytes) {
  journal_.push_back({size_bytes, {}, true});
  apply(content_, journal_.back());
}

void DiskFile::make_durable(uint64_t mark) {
  if (mark <= journal_start_) return;
  const uint64_t count = mark - journal_start_;
  CHECK(count <= journal_.size());
  for (uint64_t i = 0; i < count; ++i) apply(durable_, journal_[i]);
  journal_.erase(journal_.begin(), journal_.begin() + static_cast<std::ptrdiff_t>(count));
  journal_start_ = mark;
}

// What the write leaves behind, sector by sector of the file (not of the write).
void DiskFile::lose_write(Buffer& survivor, const Change& change, const CrashChoice& choose,
                          CrashLosses& losses) {
  const uint64_t first = change.offset / kSectorBytes;
  const uint64_t end = (change.offset + change.bytes.size() + kSectorBytes - 1) / kSectorBytes;
  const uint64_t count = end - first;
  losses.volatile_sectors += count;
  enum Fate : uint64_t { nothing, everything, prefix, subset, fates };
  const uint64_t fate = choose(kWriteFate, fates);
  const uint64_t kept_prefix = fate == prefix ? choose(kWritePrefix, count + 1) : 0;
  for (uint64_t sector = first; sector < end; ++sector) {
    const bool kept = fate == everything || (fate == prefix && sector - first < kept_prefix) ||
                      (fate == subset && choose(kSectorFate, 2) == 1);
    if (!kept) {
      ++losses.lost_sectors;
      continue;
    }
    const uint64_t from = std::max(sector * kSectorBytes, change.offset);
    const uint64_t to = std::min((sector + 1) * kSectorBytes, change.offset + change.bytes.size());
    const auto* source = change.bytes.data() + (from - change.offset);
    apply(survivor, {from, Buffer(source, source + (to - from)), false});
  }
}

void DiskFile::lose_power(const CrashChoice& choose, CrashLosses& losses) {
  locked = false;
  if (!journal_.empty()) {
    const uint64_t written_length = content_.size();
    Buffer survivor = durable_;
    for (const Change& change : journal_) {
      if (!change.is_truncation) {
        lose_write(survivor, change, choose, losses);
      } else if (choose(kTruncateFate, 2) == 1) {
        apply(survivor, change);
      }
    }
    // The length is metadata of its own: it may run ahead of the data (zeros) or behind it.
    const uint64_t shortest = std::min<uint64_t>(durable_.size(), written_length);
    const uint64_t longest = std::max<uint64_t>(survivor.size(), written_length);
    switch (choose(kLengthFate, 4)) {
      case 0: survivor.resize(shortest); break;
      case 1: survivor.resize(longest); break;
      case 2: survivor.resize(shortest + choose(kLength, longest - shortest + 1)); break;
      default: break;
    }
    journal_start_ += journal_.size();
    journal_.clear();
    durable_ = std::move(survivor);
  }
  content_ = durable_;
}

// --- DiskDirectory ----------------------------------------------------------------------------------

void DiskDirectory::apply(Names& to, const Change& change) {
  if (!change.removed.empty()) to.erase(change.removed);
  if (!change.added.empty()) to[change.added] = change.node;
}

void DiskDirectory::change(Change change) {
  apply(names_, change);
  journal_.push_back(std::move(change));
}

void DiskDirectory::put(std::string name, DiskNode node) {
  change({.removed = {}, .added = std::move(name), .node = std::move(node)});
}

void DiskDirectory::remove(std::string_view name) {
  change({.removed = std::string(name), .added = {}, .node = {}});
}

void DiskDirectory::rename(std::string_view from, std::string to) {
  const auto it = names_.find(from);
  CHECK(it != names_.end());
  DiskNode node = it->second;
  change({.removed = std::string(from), .added = std::move(to), .node = std::move(node)});
}

void DiskDirectory::make_durable(uint64_t mark) {
  if (mark <= journal_start_) return;
  const uint64_t count = mark - journal_start_;
  CHECK(count <= journal_.size());
  for (uint64_t i = 0; i < count; ++i) apply(durable_, journal_[i]);
  journal_.erase(journal_.begin(), journal_.begin() + static_cast<std::ptrdiff_t>(count));
  journal_start_ = mark;
}

void DiskDirectory::lose_power(const CrashChoice& choose, CrashLosses& losses) {
  for (const Change& change : journal_) {
    ++losses.volatile_names;
    if (choose(kNameFate, 2) == 1) {
      // A rename whose file's creation was lost has nothing to rename.
      const bool orphan = !change.removed.empty() && !change.added.empty() &&
                          durable_.find(change.removed) == durable_.end();
      if (!orphan) {
        apply(durable_, change);
        continue;
      }
    }
    ++losses.lost_names;
  }
  journal_start_ += journal_.size();
  journal_.clear();
  names_ = durable_;
  for (auto& [name, node] : names_) {
    if (node.file) node.file->lose_power(choose, losses);
    if (node.directory) node.directory->lose_power(choose, losses);
  }
}

void DiskDirectory::unlock_all() {
  for (auto& [name, node] : names_) {
    if (node.file) node.file->locked = false;
    if (node.directory) node.directory->unlock_all();
  }
}

// --- DiskImage --------------------------------------------------------------------------------------

Result<std::shared_ptr<DiskDirectory>, IoError> DiskImage::directory(std::string_view path) {
  std::shared_ptr<DiskDirectory> at = root_;
  std::string_view rest = path;
  while (!rest.empty()) {
    const size_t slash = std::min(rest.find('/'), rest.size());
    const auto it = at->names().find(rest.substr(0, slash));
    if (it == at->names().end()) return error_at(IoErrorKind::not_found, path);
    if (!it->second.directory) return error_at(IoErrorKind::not_a_directory, path);
    at = it->second.directory;
    rest = rest.substr(std::min(slash + 1, rest.size()));
  }
  return at;
}

Result<DiskImage::Place, IoError> DiskImage::locate(std::string_view path) {
  CHECK_MSG(!path.empty() && path.front() != '/', "paths are relative and not empty");
  const size_t slash = path.rfind('/');
  const bool nested = slash != std::string_view::npos;
  auto parent = TRY(directory(nested ? path.substr(0, slash) : std::string_view{}));
  return Place{std::move(parent), std::string(nested ? path.substr(slash + 1) : path)};
}

Result<std::shared_ptr<DiskFile>, IoError> DiskImage::open(std::string_view path, OpenMode mode) {
  const Place place = TRY(locate(path));
  const auto it = place.parent->names().find(place.name);
  if (it != place.parent->names().end()) {
    if (mode == OpenMode::create_exclusive) return error_at(IoErrorKind::already_exists, path);
    if (!it->second.file) return error_at(IoErrorKind::other, path);
    return it->second.file;
  }
  if (mode == OpenMode::read || mode == OpenMode::read_write) {
    return error_at(IoErrorKind::not_found, path);
  }
  auto file = std::make_shared<DiskFile>();
  place.parent->put(place.name, {.file = file, .directory = nullptr});
  return file;
}

Result<Done, IoError> DiskImage::create_directory(std::string_view path) {
  const Place place = TRY(locate(path));
  if (place.parent->names().contains(place.name)) {
    return error_at(IoErrorKind::already_exists, path);
  }
  place.parent->put(place.name, {.file = nullptr, .directory = std::make_shared<DiskDirectory>()});
  return Done{};
}

Result<Done, IoError> DiskImage::remove(std::string_view path) {
  const Place place = TRY(locate(path));
  const auto it = place.parent->names().find(place.name);
  if (it == place.parent->names().end()) return error_at(IoErrorKind::not_found, path);
  if (it->second.directory && !it->second.directory->names().empty()) {
    return error_at(IoErrorKind::not_empty, path);
  }
  place.parent->remove(place.name);
  return Done{};
}

Result<Done, IoError> DiskImage::rename(std::string_view from, std::string_view to) {
  const Place source = TRY(locate(from));
  const Place target = TRY(locate(to));
  const auto it = source.parent->names().find(source.name);
  if (it == source.parent->names().end()) return error_at(IoErrorKind::not_found, from);
  if (source.parent == target.parent) {
    source.parent->rename(source.name, target.name);
    return Done{};
  }
  // Across directories the two halves are journalled apart, as most file systems do.
  DiskNode node = it->second;
  target.parent->put(target.name, std::move(node));
  source.parent->remove(source.name);
  return Done{};
}

CrashLosses DiskImage::lose_power(const CrashChoice& choose) {
  CrashLosses losses;
  root_->lose_power(choose, losses);
  return losses;
}

}  // namespace weir
