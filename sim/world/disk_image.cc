#include "sim/world/disk_image.h"

#include <algorithm>

namespace weir {
namespace {

constexpr Site kWriteFate{"disk.crash.write"};
constexpr Site kWritePrefix{"disk.crash.prefix"};
constexpr Site kSectorFate{"disk.crash.sector"};
constexpr Site kTruncateFate{"disk.crash.truncate"};
constexpr Site kLengthFate{"disk.crash.length"};
constexpr Site kGarbage{"disk.crash.garbage"};
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
  journal_.push_back({offset, Buffer(bytes.begin(), bytes.end()), false, false});
  apply(content_, journal_.back());
}

void DiskFile::truncate(uint64_t size_bytes) {
  journal_.push_back({size_bytes, {}, true, false});
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

void DiskFile::drop_dirty(uint64_t mark) {
  if (mark <= journal_start_) return;
  const uint64_t count = std::min<uint64_t>(mark - journal_start_, journal_.size());
  journal_.erase(journal_.begin(), journal_.begin() + static_cast<std::ptrdiff_t>(count));
  journal_start_ += count;
}

void DiskFile::note_lie(uint64_t mark) {
  for (uint64_t i = 0; i < journal_.size() && journal_start_ + i < mark; ++i) {
    journal_[i].was_promised = true;
  }
}

bool DiskFile::is_volatile(uint64_t offset) const {
  return std::any_of(journal_.begin(), journal_.end(), [offset](const Change& change) {
    return change.is_truncation ||
           (change.offset <= offset && offset < change.offset + change.bytes.size());
  });
}

uint64_t DiskFile::flip_bits(uint64_t offset, uint64_t bytes, uint8_t mask) {
  uint64_t changed = 0;
  for (uint64_t at = offset; at < offset + bytes; ++at) {
    if (at >= durable_.size() || at >= content_.size() || is_volatile(at)) continue;
    durable_[at] ^= mask;
    content_[at] ^= mask;
    ++changed;
  }
  return changed;
}

// What the write leaves behind, sector by sector of the file (not of the write). True when all of it
// stays.
bool DiskFile::lose_write(Buffer& survivor, const Change& change, const CrashChoice& choose,
                          CrashLaw& law, CrashLosses& losses) {
  const uint64_t first = change.offset / law.sector_bytes;
  const uint64_t end =
      (change.offset + change.bytes.size() + law.sector_bytes - 1) / law.sector_bytes;
  const uint64_t count = end - first;
  losses.volatile_sectors += count;
  FaultPoint everything;
  FaultPoint* fate = &everything;
  uint64_t drawn = choose(kWriteFate, 1'000'000);
  for (FaultPoint* point : {&law.lost, &law.prefix, &law.suffix, &law.subset, &law.garbage}) {
    if (point->per_million > 0) ++point->asked;
    if (fate != &everything) continue;
    if (drawn < point->per_million) fate = point;
    drawn -= std::min<uint64_t>(drawn, point->per_million);
  }
  ++fate->fired;
  const bool tears = fate == &law.prefix || fate == &law.suffix || fate == &law.garbage;
  const uint64_t tear = tears ? choose(kWritePrefix, count + 1) : 0;
  uint64_t lost = 0;
  for (uint64_t sector = first; sector < end; ++sector) {
    const uint64_t at = sector - first;
    const bool kept = fate == &everything || ((fate == &law.prefix || fate == &law.garbage) && at < tear) ||
                      (fate == &law.suffix && at >= tear) ||
                      (fate == &law.subset && choose(kSectorFate, 2) == 1);
    lost += kept ? 0 : 1;
    const bool torn = fate == &law.garbage && at == tear;
    if (!kept && !torn) continue;
    const uint64_t from = std::max(sector * law.sector_bytes, change.offset);
    const uint64_t to =
        std::min((sector + 1) * law.sector_bytes, change.offset + change.bytes.size());
    const auto* source = change.bytes.data() + (from - change.offset);
    Buffer bytes(source, source + (to - from));
    if (torn) {
      const uint64_t noise = choose(kGarbage, 1'000'000);
      for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(mix64(noise + i));
    }
    apply(survivor, {from, std::move(bytes), false, false});
  }
  losses.lost_sectors += lost;
  if (lost > 0) ++fate->effective;
  return lost == 0;
}

// The length is metadata of its own: it may run ahead of the data (zeros) or behind it.
void DiskFile::lose_length(Buffer& survivor, const CrashChoice& choose, CrashLaw& law) const {
  if (law.wrong_length.per_million == 0) return;
  ++law.wrong_length.asked;
  if (choose(kLengthFate, 1'000'000) >= law.wrong_length.per_million) return;
  const uint64_t shortest = std::min<uint64_t>(durable_.size(), content_.size());
  const uint64_t longest = std::max<uint64_t>(survivor.size(), content_.size());
  const uint64_t before = survivor.size();
  switch (choose(kLength, 3)) {
    case 0: survivor.resize(shortest); break;
    case 1: survivor.resize(longest); break;
    default: survivor.resize(shortest + choose(kLength, longest - shortest + 1)); break;
  }
  ++law.wrong_length.fired;
  if (survivor.size() != before) ++law.wrong_length.effective;
}

void DiskFile::lose_power(const CrashChoice& choose, DiskFaults& faults, CrashLosses& losses) {
  locked = false;
  if (!journal_.empty()) {
    Buffer survivor = durable_;
    std::vector<DiskDamage> broken_promises;
    for (const Change& change : journal_) {
      if (change.is_truncation) {
        if (choose(kTruncateFate, 2) == 1) apply(survivor, change);
      } else if (!lose_write(survivor, change, choose, faults.crash, losses) &&
                 change.was_promised) {
        broken_promises.push_back({this, change.offset, change.offset + change.bytes.size(),
                                   content_, DamageCause::lying_sync});
      }
    }
    const bool lied = std::any_of(journal_.begin(), journal_.end(),
                                  [](const Change& change) { return change.was_promised; });
    const uint64_t kept = survivor.size();
    lose_length(survivor, choose, faults.crash);
    if (survivor.size() < kept) {
      losses.lost_sectors += (kept - survivor.size() + faults.crash.sector_bytes - 1) /
                             faults.crash.sector_bytes;
    }
    // A length that falls behind what a sync promised takes those bytes with it, too.
    if (lied && survivor.size() < content_.size()) {
      broken_promises.push_back(
          {this, survivor.size(), content_.size(), content_, DamageCause::lying_sync});
    }
    journal_start_ += journal_.size();
    journal_.clear();
    durable_ = std::move(survivor);
    if (faults.on_damage) {
      for (const DiskDamage& damage : broken_promises) faults.on_damage(damage);
    }
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

void DiskDirectory::lose_power(const CrashChoice& choose, DiskFaults& faults,
                               CrashLosses& losses) {
  for (const Change& change : journal_) {
    ++losses.volatile_names;
    const bool renamed = !change.removed.empty() && !change.added.empty();
    FaultPoint& point = renamed ? faults.crash.undone_rename : faults.crash.lost_name;
    if (point.per_million > 0) ++point.asked;
    // A rename whose file's creation was lost has nothing to rename.
    const bool orphan = renamed && durable_.find(change.removed) == durable_.end();
    if (choose(kNameFate, 1'000'000) >= point.per_million) {
      if (!orphan) {
        apply(durable_, change);
        continue;
      }
    } else {
      ++point.fired;
      ++point.effective;
    }
    ++losses.lost_names;
  }
  journal_start_ += journal_.size();
  journal_.clear();
  names_ = durable_;
  for (auto& [name, node] : names_) {
    if (node.file) node.file->lose_power(choose, faults, losses);
    if (node.directory) node.directory->lose_power(choose, faults, losses);
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
  auto file = std::make_shared<DiskFile>(next_file_id_++);
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

CrashLosses DiskImage::lose_power(const CrashChoice& choose, DiskFaults& faults) {
  CrashLosses losses;
  root_->lose_power(choose, faults, losses);
  return losses;
}

namespace {
void visit_files(const DiskDirectory& directory, const std::string& prefix,
                 const DiskImage::FileVisitor& visit) {
  for (const auto& [name, node] : directory.names()) {
    if (node.file) visit(prefix + name, *node.file);
    if (node.directory) visit_files(*node.directory, prefix + name + "/", visit);
  }
}
}  // namespace

void DiskImage::for_each_file(const FileVisitor& visit) const { visit_files(*root_, "", visit); }

}  // namespace weir
