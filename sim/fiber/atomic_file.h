// Replacing a small file so that a crash leaves the old content or the new, never a mixture:
// written beside, synced, renamed, and the directory synced.
#pragma once

#include <string>
#include <string_view>

#include "sim/env/env.h"
#include "sim/fiber/stream_io.h"

namespace weir {

inline constexpr Site kBugReplacedInPlace{"bug.replaced-in-place"};

// As below, but the new name is as volatile as any other until somebody syncs the directory: for what
// may be missing after a crash, but never half there.
inline Result<Done, IoError> await_replace_file_unnamed(Env& env, std::string_view path,
                                                        ConstBytes content) {
  Disk& disk = env.disk;
  const bool in_place = planted(env.buggify, kBugReplacedInPlace);
  const std::string beside = std::string(path) + (in_place ? "" : ".tmp");
  {
    const auto file = TRY(disk.await_open(beside, OpenMode::create));
    TRY(file->await_truncate(0));
    TRY(await_write_fully(*file, 0, content));
    TRY(file->await_sync());
  }
  if (in_place) return Done{};
  return disk.await_rename(beside, path);
}

inline Result<Done, IoError> await_replace_file(Env& env, std::string_view path,
                                                ConstBytes content) {
  TRY(await_replace_file_unnamed(env, path, content));
  const size_t slash = path.rfind('/');
  return env.disk.await_sync_directory(slash == std::string_view::npos ? "" : path.substr(0, slash));
}

}  // namespace weir
