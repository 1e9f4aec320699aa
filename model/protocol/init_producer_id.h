// InitProducerId (key 22, versions 0-5): gives a producer the identity that makes retries harmless.
//
// Without a transactional id the answer is a fresh producer id with epoch 0 (KIP-98); Java clients
// ask for one by default. From version 3 on a producer may name the identity it had (KIP-360).
// Versions: 2 flexible, 4 adds producer_fenced, 5 transaction_abortable as possible errors.
#pragma once

#include <optional>
#include <string>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"

namespace weir {

struct InitProducerIdRequest {
  static constexpr ApiKey kKey = ApiKey::init_producer_id;

  std::optional<std::string> transactional_id;
  int32_t transaction_timeout_ms = 0;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("transactional_id", m.transactional_id);
    v.field("transaction_timeout_ms", m.transaction_timeout_ms);
    v.field("producer_id", m.producer_id, since(3));
    v.field("producer_epoch", m.producer_epoch, since(3));
  }
};

struct InitProducerIdResponse {
  static constexpr ApiKey kKey = ApiKey::init_producer_id;

  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::none;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms);
    v.field("error", m.error);
    v.field("producer_id", m.producer_id);
    v.field("producer_epoch", m.producer_epoch);
  }
};

}  // namespace weir
