#include "model/protocol/header.h"

#include <limits>

#include "model/protocol/reader.h"
#include "model/protocol/writer.h"

namespace weir {
namespace {

struct ResponseHeader {
  int32_t correlation_id = 0;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("correlation_id", m.correlation_id);
  }
};

template <class Header>
Buffer begin_frame(const Header& header, bool with_tags, size_t body_size, uint64_t gap_bytes) {
  CHECK(gap_bytes <= body_size);
  Sizer sizer{{}, 0, with_tags};
  sizer.structure(header);
  const size_t size = sizer.sink().size + body_size;
  CHECK(size <= std::numeric_limits<int32_t>::max());
  Buffer frame;
  frame.reserve(sizeof(int32_t) + size - gap_bytes);
  frame.resize(sizeof(int32_t));
  store_big_endian(frame.data(), static_cast<int32_t>(size));
  Writer{{frame}, 0, with_tags}.structure(header);
  return frame;
}

ProtocolError too_short(std::string_view what, size_t size) {
  return {ProtocolError::Kind::truncated,
          std::string{what} + " of " + std::to_string(size) + " bytes has no whole header"};
}

}  // namespace

int16_t request_header_version(const ApiInfo& api, int16_t version) {
  return api.is_flexible(version) ? 2 : 1;
}

int16_t response_header_version(const ApiInfo& api, int16_t version) {
  if (api.key == ApiKey::api_versions) return 0;
  return api.is_flexible(version) ? 1 : 0;
}

Result<RequestPeek, ProtocolError> peek_request(ConstBytes frame) {
  if (frame.size() < 8) return too_short("request", frame.size());
  const uint8_t* const at = frame.data();
  return RequestPeek{ApiKey{load_big_endian<int16_t>(at)}, load_big_endian<int16_t>(at + 2),
                     load_big_endian<int32_t>(at + 4)};
}

Result<int32_t, ProtocolError> peek_correlation_id(ConstBytes frame) {
  if (frame.size() < 4) return too_short("response", frame.size());
  return load_big_endian<int32_t>(frame.data());
}

Result<RequestFrame, ProtocolError> open_request(ConstBytes frame) {
  const RequestPeek peek = TRY(peek_request(frame));
  const ApiInfo* const api = find_api(peek.key);
  if (api == nullptr) {
    return ProtocolError{ProtocolError::Kind::unknown_api,
                         "API key " + std::to_string(static_cast<int>(peek.key))};
  }
  RequestFrame opened;
  Reader reader{frame, 0, request_header_version(*api, peek.version) == 2};
  reader.structure(opened.header);
  if (const ProtocolError* const error = reader.error()) return *error;
  opened.body = frame.subspan(reader.position());
  return opened;
}

Result<DecodedResponse<ConstBytes>, ProtocolError> open_response(ConstBytes frame,
                                                                 const ApiInfo& api,
                                                                 int16_t version) {
  ResponseHeader header;
  Reader reader{frame, 0, response_header_version(api, version) == 1};
  reader.structure(header);
  if (const ProtocolError* const error = reader.error()) return *error;
  return DecodedResponse<ConstBytes>{header.correlation_id, frame.subspan(reader.position())};
}

Buffer begin_request(const RequestHeader& header, size_t body_size) {
  const ApiInfo& api = api_info(header.key);
  return begin_frame(header, request_header_version(api, header.version) == 2, body_size, 0);
}

Buffer begin_response(const ApiInfo& api, int16_t version, int32_t correlation_id, size_t body_size,
                      uint64_t gap_bytes) {
  return begin_frame(ResponseHeader{correlation_id}, response_header_version(api, version) == 1,
                     body_size, gap_bytes);
}

}  // namespace weir
