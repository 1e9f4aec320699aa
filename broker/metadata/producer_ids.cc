#include "broker/metadata/producer_ids.h"

#include <charconv>
#include <string>

#include "broker/metadata/atomic_file.h"

namespace weir {
namespace {
constexpr std::string_view kFile = "weir-producer-ids";
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
  next_ = reserved_end_;
  return Done{};
}

Result<ProducerId, IoError> ProducerIds::await_next() {
  const Mutex::Lock lock = reserving_.await_lock();
  if (next_ == reserved_end_) {
    TRY(await_replace_file(env_.disk, kFile, as_bytes(std::to_string(reserved_end_ + kBlock))));
    reserved_end_ += kBlock;
  }
  return ProducerId{next_++};
}

}  // namespace weir
