// Frames and their headers: what stands around every message body.
//
//   frame            = size:int32 ( request | response )          ; size counts what follows
//   request          = request_header body
//   request_header   = key:int16 version:int16 correlation_id:int32 client_id:nullable-string
//                      [ tags ]                                   ; v1, and v2 with the tags
//   response         = correlation_id:int32 [ tags ] body         ; v0, and v1 with the tags
//
// Flexible versions of an API (api_info.h) use the headers with tags. Two exceptions: client_id
// keeps its int16 length in v2, and an ApiVersions response always has header v0, because a client
// that does not yet know the broker must be able to read it.
//
// An ApiVersions request of a version above the range is answered, not refused: header v0, body v0,
// error unsupported_version (35) and the one row of ApiVersions. Its own body is not looked at.
//
// A broker:
//   const RequestFrame frame = TRY(open_request(bytes));           // bytes: without the size
//   const auto request = TRY(decode_body<ProduceRequest>(frame));
//   Buffer reply = encode_response(frame.header, response);        // with the size, ready to send
// A client:
//   Buffer bytes = encode_request(version, correlation_id, client_id, request);
//   const auto response = TRY(decode_response<ProduceResponse>(bytes, version));
//   response.correlation_id, response.body
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "model/protocol/codec.h"
#include "model/protocol/fields.h"
#include "sim/base/check.h"

namespace weir {

struct RequestHeader {
  ApiKey key{};
  int16_t version = 0;
  int32_t correlation_id = 0;
  std::optional<std::string> client_id;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("key", m.key);
    v.field("version", m.version);
    v.field("correlation_id", m.correlation_id);
    v.field("client_id", m.client_id, Versions{}.never_compact());
  }
};

// The first eight bytes, which have the same form in every version of every API.
struct RequestPeek {
  ApiKey key{};
  int16_t version = 0;
  int32_t correlation_id = 0;
};

struct RequestFrame {
  RequestHeader header;
  ConstBytes body;  // borrows from the frame
};

template <class R>
struct DecodedResponse {
  int32_t correlation_id = 0;
  R body;
};

// The header versions of one version of an API; any version may be asked for.
int16_t request_header_version(const ApiInfo& api, int16_t version);
int16_t response_header_version(const ApiInfo& api, int16_t version);

// All of these take a frame without its size field.
Result<RequestPeek, ProtocolError> peek_request(ConstBytes frame);
Result<int32_t, ProtocolError> peek_correlation_id(ConstBytes frame);
// Reads the header and finds the body. Errors: unknown_api, or a malformed header. A version
// outside the range is no error here: the caller may want to answer it.
Result<RequestFrame, ProtocolError> open_request(ConstBytes frame);
Result<DecodedResponse<ConstBytes>, ProtocolError> open_response(ConstBytes frame,
                                                                 const ApiInfo& api,
                                                                 int16_t version);

// A frame with room for `body_size` bytes after the header; the caller appends exactly that many.
Buffer begin_request(const RequestHeader& header, size_t body_size);
// `gap_bytes` of the body are somebody else's to send.
Buffer begin_response(const ApiInfo& api, int16_t version, int32_t correlation_id, size_t body_size,
                      uint64_t gap_bytes = 0);

template <class R>
Result<R, ProtocolError> decode_body(const RequestFrame& frame) {
  CHECK(frame.header.key == R::kKey);
  return Codec<R>::decode_front(frame.body, frame.header.version);
}

template <class R>
Buffer encode_request(int16_t version, int32_t correlation_id,
                      const std::optional<std::string>& client_id, const R& request) {
  Buffer frame = begin_request({R::kKey, version, correlation_id, client_id},
                               Codec<R>::size(request, version));
  Codec<R>::append(frame, request, version);
  return frame;
}

// `version` is that of the request, or 0 to refuse an ApiVersions request that is too new.
template <class R>
Buffer encode_response(int16_t version, int32_t correlation_id, const R& response) {
  Buffer frame = begin_response(api_info(R::kKey), version, correlation_id,
                                Codec<R>::size(response, version));
  Codec<R>::append(frame, response, version);
  return frame;
}
// A frame that its sender completes: the bytes of each gap go where it says. Sizes count them.
struct FrameWithGaps {
  Buffer bytes;
  std::vector<Gap> gaps;
};
template <class R>
FrameWithGaps encode_response_with_gaps(const RequestHeader& request, const R& response,
                                        uint64_t gap_bytes) {
  CHECK(request.key == R::kKey);
  FrameWithGaps frame;
  frame.bytes = begin_response(api_info(R::kKey), request.version, request.correlation_id,
                               Codec<R>::size(response, request.version), gap_bytes);
  Codec<R>::append_with_gaps(frame.bytes, response, request.version, frame.gaps);
  return frame;
}
template <class R>
Buffer encode_response(const RequestHeader& request, const R& response) {
  CHECK(request.key == R::kKey);
  return encode_response(request.version, request.correlation_id, response);
}

template <class R>
Result<DecodedResponse<R>, ProtocolError> decode_response(ConstBytes frame, int16_t version) {
  const auto opened = TRY(open_response(frame, api_info(R::kKey), version));
  return DecodedResponse<R>{opened.correlation_id, TRY(Codec<R>::decode(opened.body, version))};
}

}  // namespace weir
