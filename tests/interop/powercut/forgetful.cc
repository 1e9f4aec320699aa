// Forgetful storage, for LD_PRELOAD: it makes `kill -9` equal to a loss of power.
//
// The process works on the real directory FORGETFUL_ROOT as always. Beside it the layer keeps, in
// FORGETFUL_SHADOW, what a power loss is sure to leave behind, the worst that POSIX allows:
//
//   files/ID   content of file ID as of its last fsync or fdatasync; none: never synced, empty
//   dirs/ID    entries of directory ID as of its last fsync, one a line: "f ID NAME" or "d ID
//   NAME";
//              none: never synced, empty. The root is ID 0
//
// After the kill, powercut.py builds the directory anew from the shadow alone. Names, data and
// lengths are forgotten one by one: a synced file whose directory was not is gone, a renamed file
// is back under its old name, a file whose name alone was synced is empty.
//
// A sync takes effect when it returns, for what was written before it began. It takes at least
// FORGETFUL_SYNC_US microseconds; with FORGETFUL_IGNORE_SYNC=1 it has no effect at all. The real
// sync is never made: the machine keeps its power.
//
// The names are followed in memory (the root may not be changed by others meanwhile), so that paths
// are resolved without a look at the disk. No symbolic or hard links; a call that would change the
// root behind the layer's back ends the process with a message.
// With it, open would be another name of open64, and both are defined here.
#undef _FILE_OFFSET_BITS
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

static_assert(sizeof(off_t) == 8, "offsets are 64 bits wide");

// The next definition of a function behind this one: libc's.
template <class Function>
Function* next(const char* name, Function*) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
#define REAL(function)                                       \
  ([] {                                                      \
    static auto* const found = next(#function, &::function); \
    return found;                                            \
  }())

[[noreturn]] void give_up(const std::string& why) {
  const std::string line = "forgetful: " + why + "\n";
  (void)!REAL(write)(2, line.data(), line.size());
  std::abort();
}

// Half-open byte ranges.
class Ranges {
 public:
  void add(uint64_t from, uint64_t to) {
    if (from >= to) return;
    auto it = ranges_.upper_bound(from);
    if (it != ranges_.begin() && std::prev(it)->second >= from) --it;
    while (it != ranges_.end() && it->first <= to) {
      from = std::min(from, it->first);
      to = std::max(to, it->second);
      it = ranges_.erase(it);
    }
    ranges_[from] = to;
  }
  [[nodiscard]] const std::map<uint64_t, uint64_t>& all() const { return ranges_; }
  void clear() { ranges_.clear(); }

 private:
  std::map<uint64_t, uint64_t> ranges_;  // from -> to
};

// A file or a directory, whether or not it still has a name.
struct Inode {
  uint64_t id = 0;
  bool is_directory = false;
  std::map<std::string, std::shared_ptr<Inode>, std::less<>> entries;  // of a directory
  Ranges dirty;        // of a file: written or cut since the last sync
  std::mutex syncing;  // one sync at a time, so that an older one is never applied over a newer
};
using InodePtr = std::shared_ptr<Inode>;

// Where a path ends: the directory, the last name, and what is there, if anything.
struct Place {
  InodePtr directory;
  std::string name;
  InodePtr inode;
};

class Layer {
 public:
  Layer() {
    const char* root = std::getenv("FORGETFUL_ROOT");
    const char* shadow = std::getenv("FORGETFUL_SHADOW");
    if (root == nullptr || shadow == nullptr) return;
    root_path_ = root;
    shadow_ = shadow;
    if (root_path_.empty() || root_path_[0] != '/' || root_path_.back() == '/') {
      give_up("FORGETFUL_ROOT has to be an absolute path without a slash at its end");
    }
    const char* ignore = std::getenv("FORGETFUL_IGNORE_SYNC");
    ignore_sync_ = ignore != nullptr && std::string_view(ignore) == "1";
    if (const char* us = std::getenv("FORGETFUL_SYNC_US")) sync_us_ = std::strtoul(us, nullptr, 10);
    ::mkdir(shadow_.c_str(), 0755);
    ::mkdir((shadow_ + "/files").c_str(), 0755);
    ::mkdir((shadow_ + "/dirs").c_str(), 0755);
    root_ = std::make_shared<Inode>();
    root_->is_directory = true;
    load(*root_);
    on_ = true;
  }

  [[nodiscard]] bool on() const { return on_; }
  std::mutex& mutex() { return mutex_; }

  // --- under the mutex ---------------------------------------------------------------------------

  // Nothing: not below the root, or by way of what is no directory.
  bool resolve(int directory_fd, const char* path, Place& place) {
    std::string absolute = path;
    if (directory_fd == AT_FDCWD && absolute[0] != '/') {
      char here[PATH_MAX];
      if (::getcwd(here, sizeof here) == nullptr) return false;
      absolute = std::string(here) + "/" + absolute;
    }
    std::string_view rest = absolute;
    InodePtr at;
    if (!rest.empty() && rest[0] == '/') {
      if (!rest.starts_with(root_path_)) return false;
      rest.remove_prefix(root_path_.size());
      if (!rest.empty() && rest[0] != '/') return false;
      at = root_;
    } else {
      at = find(directory_fd);
      if (at == nullptr) return false;
    }
    place = {nullptr, "", at};
    while (!rest.empty()) {
      const size_t slash = std::min(rest.find('/'), rest.size());
      const std::string_view name = rest.substr(0, slash);
      rest.remove_prefix(std::min(slash + 1, rest.size()));
      if (name.empty() || name == ".") continue;
      if (name == "..") give_up(std::string("'..' in ") + path);
      if (place.inode == nullptr || !place.inode->is_directory) return false;
      const InodePtr directory = place.inode;
      const auto found = directory->entries.find(name);
      place = {directory, std::string(name),
               found == directory->entries.end() ? nullptr : found->second};
    }
    return true;
  }

  InodePtr find(int fd) {
    const auto it = descriptors_.find(fd);
    return it == descriptors_.end() ? nullptr : it->second;
  }
  void opened(int fd, const InodePtr& inode) { descriptors_[fd] = inode; }
  void closed(int fd) { descriptors_.erase(fd); }
  InodePtr create(const Place& place, bool is_directory) {
    auto inode = std::make_shared<Inode>();
    inode->id = next_id_++;
    inode->is_directory = is_directory;
    place.directory->entries[place.name] = inode;
    return inode;
  }

  // --- takes the mutex itself --------------------------------------------------------------------

  // Makes durable what was done before; the mutex is not held while it "lasts".
  void sync(const InodePtr& inode, int fd) {
    if (sync_us_ > 0 && ignore_sync_) ::usleep(sync_us_);
    if (ignore_sync_) return;
    const std::lock_guard one_at_a_time(inode->syncing);
    if (inode->is_directory) {
      std::string text;
      {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, entry] : inode->entries) {
          text +=
              (entry->is_directory ? "d " : "f ") + std::to_string(entry->id) + " " + name + "\n";
        }
      }
      if (sync_us_ > 0) ::usleep(sync_us_);
      replace(shadow_path("dirs", inode->id), text);
      return;
    }
    std::vector<std::pair<uint64_t, std::string>> pieces;
    uint64_t size = 0;
    {
      const std::lock_guard lock(mutex_);
      size = copy_dirty(*inode, fd, pieces);
    }
    if (sync_us_ > 0) ::usleep(sync_us_);
    const int to =
        REAL(open)(shadow_path("files", inode->id).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (to < 0) give_up("cannot open a shadow file");
    for (const auto& [at, bytes] : pieces) write_fully(to, bytes, at);
    if (REAL(ftruncate)(to, static_cast<off_t>(size)) != 0) give_up("cannot size a shadow file");
    REAL(close)(to);
  }

 private:
  std::string shadow_path(const char* kind, uint64_t id) const {
    return shadow_ + "/" + kind + "/" + std::to_string(id);
  }

  // The tree as the shadow has it, which is what the real directory was built from.
  void load(Inode& directory) {
    FILE* file = std::fopen(shadow_path("dirs", directory.id).c_str(), "re");
    if (file == nullptr) return;
    char kind = 0;
    unsigned long id = 0;
    char name[NAME_MAX + 1];
    while (std::fscanf(file, "%c %lu %255[^\n]\n", &kind, &id, name) == 3) {
      auto inode = std::make_shared<Inode>();
      inode->id = id;
      inode->is_directory = kind == 'd';
      next_id_ = std::max<uint64_t>(next_id_, id + 1);
      directory.entries[name] = inode;
      if (inode->is_directory) load(*inode);
    }
    std::fclose(file);
  }

  static uint64_t copy_dirty(Inode& inode, int fd,
                             std::vector<std::pair<uint64_t, std::string>>& pieces) {
    struct stat status{};
    const std::string self = "/proc/self/fd/" + std::to_string(fd);
    const int from = REAL(open)(self.c_str(), O_RDONLY | O_CLOEXEC);
    if (from < 0 || fstat(from, &status) != 0) give_up("cannot read what is synced");
    const auto size = static_cast<uint64_t>(status.st_size);
    for (auto [begin, end] : inode.dirty.all()) {
      end = std::min(end, size);
      if (begin >= end) continue;
      std::string bytes(end - begin, '\0');
      size_t got = 0;
      while (got < bytes.size()) {
        const ssize_t n =
            ::pread(from, bytes.data() + got, bytes.size() - got, static_cast<off_t>(begin + got));
        if (n <= 0) give_up("cannot read what is synced");
        got += static_cast<size_t>(n);
      }
      pieces.emplace_back(begin, std::move(bytes));
    }
    inode.dirty.clear();
    REAL(close)(from);
    return size;
  }

  static void write_fully(int fd, std::string_view bytes, uint64_t at) {
    while (!bytes.empty()) {
      const ssize_t n = REAL(pwrite)(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (n <= 0) give_up("cannot write to the shadow");
      bytes.remove_prefix(static_cast<size_t>(n));
      at += static_cast<uint64_t>(n);
    }
  }

  // The old content or the new, even if the process is killed meanwhile.
  static void replace(const std::string& path, const std::string& content) {
    const std::string beside = path + ".tmp";
    const int fd = REAL(open)(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) give_up("cannot open a shadow directory");
    write_fully(fd, content, 0);
    REAL(close)(fd);
    if (REAL(rename)(beside.c_str(), path.c_str()) != 0) give_up("cannot rename in the shadow");
  }

  bool on_ = false;
  bool ignore_sync_ = false;
  unsigned sync_us_ = 0;
  std::string root_path_;
  std::string shadow_;
  std::mutex mutex_;
  InodePtr root_;
  uint64_t next_id_ = 1;
  std::map<int, InodePtr> descriptors_;
};

// Made at the first call, never destroyed: threads may still write while the process ends.
Layer& layer() {
  static Layer* const made = new Layer;
  return *made;
}

// Constructing the layer calls some of these functions itself; those calls go straight to libc.
bool active() {
  static thread_local bool constructing = false;
  if (constructing) return false;
  constructing = true;
  const bool on = layer().on();
  constructing = false;
  return on;
}

bool may_write(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

template <class Call>
int open_with(int directory_fd, const char* path, int flags, Call call) {
  if (!active()) return call();
  Layer& all = layer();
  const std::lock_guard lock(all.mutex());
  Place place;
  if (!all.resolve(directory_fd, path, place)) return call();
  if ((flags & O_TMPFILE) == O_TMPFILE) give_up("O_TMPFILE is not known");
  struct stat before{};
  const bool cuts = (flags & O_TRUNC) != 0 && may_write(flags) && place.inode != nullptr &&
                    fstatat(directory_fd, path, &before, 0) == 0;
  const int fd = call();
  if (fd < 0) return fd;
  if (place.inode == nullptr) place.inode = all.create(place, false);
  if (cuts) place.inode->dirty.add(0, static_cast<uint64_t>(before.st_size));
  all.opened(fd, place.inode);
  return fd;
}

// `call` writes; `at` is where, or -1 for the position that the descriptor has.
template <class Call>
ssize_t write_with(int fd, off_t at, Call call) {
  if (!active()) return call();
  Layer& all = layer();
  std::unique_lock lock(all.mutex());
  const InodePtr inode = all.find(fd);
  if (inode == nullptr) {
    lock.unlock();  // a socket, say, which may block
    return call();
  }
  const ssize_t written = call();
  if (written <= 0) return written;
  const off_t begin = at >= 0 ? at : lseek(fd, 0, SEEK_CUR) - written;
  inode->dirty.add(static_cast<uint64_t>(begin), static_cast<uint64_t>(begin + written));
  return written;
}

template <class Call>
int truncate_with(int fd, off_t size, Call call) {
  if (!active()) return call();
  Layer& all = layer();
  const std::lock_guard lock(all.mutex());
  const InodePtr inode = all.find(fd);
  struct stat before{};
  if (inode == nullptr || fstat(fd, &before) != 0) return call();
  const int result = call();
  // What was cut off reads as zeros if the file grows again.
  if (result == 0) {
    inode->dirty.add(static_cast<uint64_t>(size), static_cast<uint64_t>(before.st_size));
  }
  return result;
}

template <class Call>
int sync_with(int fd, Call call) {
  if (!active()) return call();
  InodePtr inode;
  {
    const std::lock_guard lock(layer().mutex());
    inode = layer().find(fd);
  }
  if (inode == nullptr) return call();
  layer().sync(inode, fd);
  return 0;
}

template <class Call>
int rename_with(int from_fd, const char* from, int to_fd, const char* to, unsigned flags,
                Call call) {
  if (!active()) return call();
  Layer& all = layer();
  const std::lock_guard lock(all.mutex());
  Place old_place;
  Place new_place;
  const bool old_inside = all.resolve(from_fd, from, old_place);
  const bool new_inside = all.resolve(to_fd, to, new_place);
  if (!old_inside && !new_inside) return call();
  if (old_inside != new_inside) give_up("a rename into or out of the root is not known");
  if (flags > 1) give_up("RENAME_EXCHANGE and RENAME_WHITEOUT are not known");
  const int result = call();
  if (result != 0 || old_place.inode == nullptr || old_place.inode == new_place.inode)
    return result;
  old_place.directory->entries.erase(old_place.name);
  new_place.directory->entries[new_place.name] = old_place.inode;
  return result;
}

template <class Call>
int remove_with(int directory_fd, const char* path, Call call) {
  if (!active()) return call();
  Layer& all = layer();
  const std::lock_guard lock(all.mutex());
  Place place;
  const bool inside = all.resolve(directory_fd, path, place);
  const int result = call();
  if (inside && result == 0 && place.directory != nullptr)
    place.directory->entries.erase(place.name);
  return result;
}

template <class Call>
int mkdir_with(int directory_fd, const char* path, Call call) {
  if (!active()) return call();
  Layer& all = layer();
  const std::lock_guard lock(all.mutex());
  Place place;
  const bool inside = all.resolve(directory_fd, path, place);
  const int result = call();
  if (inside && result == 0 && place.directory != nullptr) all.create(place, true);
  return result;
}

template <class Call>
auto refuse_below_root(const char* what, const char* path, Call call) {
  if (active()) {
    const std::lock_guard lock(layer().mutex());
    Place place;
    if (layer().resolve(AT_FDCWD, path, place)) give_up(std::string(what) + " is not known");
  }
  return call();
}

template <class Call>
auto refuse_tracked(const char* what, int fd, Call call) {
  if (active()) {
    const std::lock_guard lock(layer().mutex());
    if (layer().find(fd) != nullptr) give_up(std::string(what) + " is not known");
  }
  return call();
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

// --- opening and closing -------------------------------------------------------------------------

#define DEFINE_OPEN(function)                                                                   \
  EXPORT int function(const char* path, int flags, ...) {                                       \
    va_list arguments;                                                                          \
    va_start(arguments, flags);                                                                 \
    const mode_t mode = mode_of(flags, arguments);                                              \
    va_end(arguments);                                                                          \
    return open_with(AT_FDCWD, path, flags, [&] { return REAL(function)(path, flags, mode); }); \
  }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_OPENAT(function)                                                               \
  EXPORT int function(int at, const char* path, int flags, ...) {                             \
    va_list arguments;                                                                        \
    va_start(arguments, flags);                                                               \
    const mode_t mode = mode_of(flags, arguments);                                            \
    va_end(arguments);                                                                        \
    return open_with(at, path, flags, [&] { return REAL(function)(at, path, flags, mode); }); \
  }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

EXPORT int creat(const char* path, mode_t mode) {
  return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
EXPORT int creat64(const char* path, mode_t mode) { return creat(path, mode); }
// What open becomes under _FORTIFY_SOURCE.
EXPORT int __open_2(const char* path, int flags) { return open(path, flags); }
EXPORT int __open64_2(const char* path, int flags) { return open(path, flags); }
EXPORT int __openat_2(int at, const char* path, int flags) { return openat(at, path, flags); }
EXPORT int __openat64_2(int at, const char* path, int flags) { return openat(at, path, flags); }

EXPORT int close(int fd) {
  if (!active()) return REAL(close)(fd);
  const std::lock_guard lock(layer().mutex());
  layer().closed(fd);
  return REAL(close)(fd);
}
// It closes its descriptor without calling close.
EXPORT int closedir(DIR* stream) {
  if (!active()) return REAL(closedir)(stream);
  const std::lock_guard lock(layer().mutex());
  layer().closed(dirfd(stream));
  return REAL(closedir)(stream);
}

// --- content -------------------------------------------------------------------------------------

EXPORT ssize_t write(int fd, const void* bytes, size_t size) {
  return write_with(fd, -1, [&] { return REAL(write)(fd, bytes, size); });
}
EXPORT ssize_t writev(int fd, const iovec* pieces, int count) {
  return write_with(fd, -1, [&] { return REAL(writev)(fd, pieces, count); });
}
EXPORT ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  return write_with(fd, at, [&] { return REAL(pwrite)(fd, bytes, size, at); });
}
EXPORT ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return write_with(fd, at, [&] { return REAL(pwrite64)(fd, bytes, size, at); });
}
EXPORT ssize_t pwritev(int fd, const iovec* pieces, int count, off_t at) {
  return write_with(fd, at, [&] { return REAL(pwritev)(fd, pieces, count, at); });
}
EXPORT ssize_t pwritev64(int fd, const iovec* pieces, int count, off64_t at) {
  return write_with(fd, at, [&] { return REAL(pwritev64)(fd, pieces, count, at); });
}
EXPORT ssize_t pwritev2(int fd, const iovec* pieces, int count, off_t at, int flags) {
  return write_with(fd, at, [&] { return REAL(pwritev2)(fd, pieces, count, at, flags); });
}
EXPORT ssize_t pwritev64v2(int fd, const iovec* pieces, int count, off64_t at, int flags) {
  return write_with(fd, at, [&] { return REAL(pwritev64v2)(fd, pieces, count, at, flags); });
}
EXPORT int ftruncate(int fd, off_t size) noexcept {
  return truncate_with(fd, size, [&] { return REAL(ftruncate)(fd, size); });
}
EXPORT int ftruncate64(int fd, off64_t size) noexcept {
  return truncate_with(fd, size, [&] { return REAL(ftruncate64)(fd, size); });
}
EXPORT int fsync(int fd) {
  return sync_with(fd, [&] { return REAL(fsync)(fd); });
}
EXPORT int fdatasync(int fd) {
  return sync_with(fd, [&] { return REAL(fdatasync)(fd); });
}

// --- names ---------------------------------------------------------------------------------------

EXPORT int rename(const char* from, const char* to) noexcept {
  return rename_with(AT_FDCWD, from, AT_FDCWD, to, 0, [&] { return REAL(rename)(from, to); });
}
EXPORT int renameat(int from_fd, const char* from, int to_fd, const char* to) noexcept {
  return rename_with(from_fd, from, to_fd, to, 0,
                     [&] { return REAL(renameat)(from_fd, from, to_fd, to); });
}
EXPORT int renameat2(int from_fd, const char* from, int to_fd, const char* to,
                     unsigned flags) noexcept {
  return rename_with(from_fd, from, to_fd, to, flags,
                     [&] { return REAL(renameat2)(from_fd, from, to_fd, to, flags); });
}
EXPORT int unlink(const char* path) noexcept {
  return remove_with(AT_FDCWD, path, [&] { return REAL(unlink)(path); });
}
EXPORT int unlinkat(int at, const char* path, int flags) noexcept {
  return remove_with(at, path, [&] { return REAL(unlinkat)(at, path, flags); });
}
EXPORT int rmdir(const char* path) noexcept {
  return remove_with(AT_FDCWD, path, [&] { return REAL(rmdir)(path); });
}
EXPORT int remove(const char* path) noexcept {
  return remove_with(AT_FDCWD, path, [&] { return REAL(remove)(path); });
}
EXPORT int mkdir(const char* path, mode_t mode) noexcept {
  return mkdir_with(AT_FDCWD, path, [&] { return REAL(mkdir)(path, mode); });
}
EXPORT int mkdirat(int at, const char* path, mode_t mode) noexcept {
  return mkdir_with(at, path, [&] { return REAL(mkdirat)(at, path, mode); });
}

// --- what nobody has needed yet ------------------------------------------------------------------

EXPORT int truncate(const char* path, off_t size) noexcept {
  return refuse_below_root("truncate", path, [&] { return REAL(truncate)(path, size); });
}
EXPORT int link(const char* from, const char* to) noexcept {
  return refuse_below_root("link", to, [&] { return REAL(link)(from, to); });
}
EXPORT int symlink(const char* from, const char* to) noexcept {
  return refuse_below_root("symlink", to, [&] { return REAL(symlink)(from, to); });
}
EXPORT int fallocate(int fd, int mode, off_t at, off_t size) {
  return refuse_tracked("fallocate", fd, [&] { return REAL(fallocate)(fd, mode, at, size); });
}
EXPORT int posix_fallocate(int fd, off_t at, off_t size) {
  return refuse_tracked("posix_fallocate", fd, [&] { return REAL(posix_fallocate)(fd, at, size); });
}
EXPORT int dup2(int fd, int to) noexcept {
  return refuse_tracked("dup2", fd, [&] { return REAL(dup2)(fd, to); });
}
EXPORT int dup(int fd) noexcept {
  return refuse_tracked("dup", fd, [&] { return REAL(dup)(fd); });
}
