// Admin: changes to the cluster. So far: topics.
#pragma once

#include <string>

#include "client/wire/broker_session.h"
#include "model/types/error_code.h"

namespace weir {

class Admin {
 public:
  Admin(Env& env, SessionOptions session) : env_(env), session_(env, std::move(session)) {}
  // `topic_already_exists` may also mean that an earlier attempt, whose answer was lost, made it.
  Result<ErrorCode, RpcError> await_create_topic(const std::string& name, int32_t partitions,
                                                 TimePoint deadline);

 private:
  Env& env_;
  BrokerSession session_;
};

}  // namespace weir
