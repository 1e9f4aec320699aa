#include "broker/metadata/producer_ids.h"

#include <charconv>
#include <string>

#include "sim/fiber/atomic_file.h"

namespace weir {
namespace {
constexpr std::string_view kFile = "weir-producer-ids";
constexpr Site kBugReused{"bug.producer-id-reused"};
constexpr Site kSkipId{"buggify.producer_ids.skip"};
constexpr Site kBlockSize{"buggify.producer_ids.block"};
}  // namespace

Result<Done, IoError> ProducerIds::await_load() {
  const auto content = await_read_file(env_.disk, kFile, 64);
  if (!content) {
    if (content.error().kind == IoErrorKind::not_found) return Done{};
    return content.error();
  }
  const std::string_view text = as_text(*content);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), reserved_end_);
  if (parsed.ec != std::errc{} || reserved_end_ < 0) {
    return IoError{IoErrorKind::other, std::string(kFile) + " is corrupt"};
  }
  next_ = planted(env_.buggify, kBugReused) ? 0 : reserved_end_;
  return Done{};
}

Result<ProducerId, IoError> ProducerIds::await_next() {
  const Mutex::Lock lock = reserving_.await_lock();
  if (next_ == reserved_end_) {
    const int64_t block = limit<int64_t>(env_.buggify, kBlockSize, kBlock, 1);
    TRY(await_replace_file(env_, kFile, as_bytes(std::to_string(reserved_end_ + block))));
    reserved_end_ += block;
  }
  // Ids need not be dense: a reserved block may be lost with the process.
  if (next_ + 1 < reserved_end_ && maybe(env_.buggify, kSkipId)) ++next_;
  return ProducerId{next_++};
}

}  // namespace weir
