// The definitions of Codec<M>: included by the .cc of each API and by nothing else.
#pragma once

#include "model/protocol/codec.h"
#include "model/protocol/printer.h"
#include "model/protocol/reader.h"
#include "model/protocol/writer.h"
#include "sim/base/check.h"

namespace weir {

namespace codec_detail {

template <class M>
Result<M, ProtocolError> decode(ConstBytes body, int16_t version, bool may_be_followed) {
  constexpr const ApiInfo& kApi = api_info(M::kKey);
  if (!kApi.has(version)) {
    return ProtocolError{ProtocolError::Kind::unsupported_version,
                         std::string{kApi.name} + " v" + std::to_string(version)};
  }
  M message;
  Reader reader{body, version, kApi.is_flexible(version)};
  reader.structure(message);
  if (!may_be_followed) reader.expect_end();
  if (const ProtocolError* const error = reader.error()) return *error;
  return message;
}

}  // namespace codec_detail

template <class M>
Result<M, ProtocolError> Codec<M>::decode(ConstBytes body, int16_t version) {
  return codec_detail::decode<M>(body, version, false);
}

template <class M>
Result<M, ProtocolError> Codec<M>::decode_front(ConstBytes body, int16_t version) {
  return codec_detail::decode<M>(body, version, true);
}

template <class M>
size_t Codec<M>::size(const M& message, int16_t version) {
  constexpr const ApiInfo& kApi = api_info(M::kKey);
  CHECK(kApi.has(version));
  Sizer sizer{{}, version, kApi.is_flexible(version)};
  sizer.structure(message);
  return sizer.sink().size;
}

namespace codec_detail {

template <class M>
void append(const BufferSink& to, const M& message, int16_t version) {
  constexpr const ApiInfo& kApi = api_info(M::kKey);
  CHECK(kApi.has(version));
  Writer writer{to, version, kApi.is_flexible(version)};
  writer.structure(message);
}

}  // namespace codec_detail

template <class M>
void Codec<M>::append(Buffer& to, const M& message, int16_t version) {
  codec_detail::append(BufferSink{to}, message, version);
}

template <class M>
void Codec<M>::append_with_gaps(Buffer& to, const M& message, int16_t version,
                                std::vector<Gap>& gaps) {
  codec_detail::append(BufferSink{to, &gaps}, message, version);
}

template <class M>
std::string Codec<M>::print(const M& message, int16_t version) {
  CHECK(api_info(M::kKey).has(version));
  Printer printer{version};
  printer.structure(message);
  return printer.take();
}

}  // namespace weir
