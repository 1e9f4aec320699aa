#include "broker/coordination/storage/hard_state.h"

#include <fmt/format.h>

#include "sim/fiber/atomic_file.h"

namespace weir {
namespace {

constexpr int kReads = 4;  // a read may come from the wrong place

std::string path_in(std::string_view directory) {
  return fmt::format("{}/{}", directory, store_file_name(StoreFile::hard_state, kNoZxid));
}

}  // namespace

Result<std::optional<HardState>, StorageError> await_load_hard_state(Env& env,
                                                                     std::string_view directory,
                                                                     std::string_view engine) {
  const std::string path = path_in(directory);
  for (int read = 1;; ++read) {
    const auto bytes = await_read_file(env.disk, path, 4096);
    if (!bytes) {
      if (bytes.error().kind == IoErrorKind::not_found) return std::optional<HardState>();
      return StorageError(bytes.error());
    }
    const auto header = decode_store_header(*bytes, StoreFile::hard_state, engine, directory, path);
    if (!header && header.error().kind == StorageErrorKind::corrupt && read < kReads) continue;
    if (!header) return header.error();
    const Zxid epochs{header->a};
    return std::optional(
        HardState{epoch_of(epochs), counter_of(epochs), header->b, header->lineage != 0});
  }
}

Result<Done, StorageError> await_save_hard_state(Env& env, std::string_view directory,
                                                 std::string_view engine, const HardState& state) {
  const int64_t epochs = make_zxid(state.accepted_epoch, state.current_epoch).value();
  TRY(await_replace_file(
      env, path_in(directory),
      encode_store_header(StoreFile::hard_state, engine,
                          {state.reinitialised ? 1U : 0U, epochs, state.voted_for})));
  return Done{};
}

}  // namespace weir
