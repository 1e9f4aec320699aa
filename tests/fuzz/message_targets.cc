#include "model/protocol/header.h"
#include "sim/base/check.h"
#include "tests/fuzz/targets.h"
#include "tests/model/random_message.h"

namespace weir {
namespace {

constexpr int kVariants = 4;

template <class M>
constexpr bool is_request() {
  const std::string_view name = __PRETTY_FUNCTION__;  // gcc ends it with ';', clang with ']'
  return name.find("Request;") != std::string_view::npos ||
         name.find("Request]") != std::string_view::npos;
}
template <class M>
constexpr bool kIsRequest = is_request<M>();
static_assert(kIsRequest<FetchRequest> && !kIsRequest<FetchResponse>);

// What decodes is a message like any other: it goes out and comes back the same.
template <class M>
void check_round_trip(const M& message, int16_t version) {
  Buffer once;
  Codec<M>::append(once, message, version);
  const auto again = Codec<M>::decode(once, version);
  CHECK(again.ok());
  Buffer twice;
  Codec<M>::append(twice, *again, version);
  CHECK(once == twice);
}

// As the server reads it: the header says which API and version.
template <class M>
bool open_request_of(ConstBytes frame, bool round_trip) {
  const auto opened = open_request(frame);
  if (!opened) {
    CHECK(!opened.error().message.empty());
    return false;
  }
  if (opened->header.key != M::kKey) return false;
  const auto decoded = decode_body<M>(*opened);
  if (!decoded) {
    CHECK(!decoded.error().message.empty());
    return false;
  }
  if (round_trip) check_round_trip(*decoded, opened->header.version);
  return true;
}

template <class M>
bool open_response_of(ConstBytes frame, int16_t version, bool round_trip) {
  const auto decoded = decode_response<M>(frame, version);
  if (!decoded) {
    CHECK(!decoded.error().message.empty());
    return false;
  }
  if (round_trip) check_round_trip(decoded->body, version);
  return true;
}

// An item of an array takes a byte at least on the wire, and some hundred in memory.
size_t message_limit(size_t bytes) { return 64 * 1024 + 512 * bytes; }

}  // namespace

std::vector<FuzzTarget> message_targets(Stream& stream) {
  std::vector<FuzzTarget> targets;
  for_each_message([&]<class M>(int16_t version) {
    FuzzTarget target{.name = std::string(kIsRequest<M> ? "request " : "response ") +
                              std::string(api_info(M::kKey).name) + " v" + std::to_string(version),
                      .weight = kIsRequest<M> ? 3U : 2U,
                      .corpus = {},
                      .run = {},
                      .limit_bytes = message_limit};
    for (int i = 0; i < kVariants; ++i) {
      RandomMessage random{stream, version};
      const M message = random.make<M>();
      const Buffer frame = kIsRequest<M> ? encode_request(version, 7, "client", message)
                                         : encode_response(version, 7, message);
      target.corpus.emplace_back(frame.begin() + 4, frame.end());
    }
    target.run = [version](MutableBytes bytes, Stream& draws) {
      const bool round_trip = draws.below(16) == 0;
      if constexpr (kIsRequest<M>) return open_request_of<M>(bytes, round_trip);
      return open_response_of<M>(bytes, version, round_trip);
    };
    targets.push_back(std::move(target));
  });
  return targets;
}

}  // namespace weir
