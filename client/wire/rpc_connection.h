// RpcConnection: requests and answers of the Kafka protocol over one connection.
//
// One request is under way at a time; further callers wait their turn in order. An error breaks the
// connection for good (an answer that comes too late would be taken for the next one): whoever
// holds it throws it away and connects anew. After an error it is unknown whether the request was
// carried out.
#pragma once

#include <memory>
#include <string>

#include "model/protocol/header.h"
#include "sim/env/env.h"
#include "sim/fiber/semaphore.h"
#include "sim/fiber/stream_io.h"

namespace weir {

struct RpcError {
  enum class Kind : uint8_t {
    network,   // refused, reset, closed
    timeout,   // the deadline passed
    protocol,  // the answer is not what was asked for
  };
  Kind kind = Kind::network;
  std::string message;
};

class RpcConnection {
 public:
  static constexpr uint32_t kMaxResponseBytes = 256 << 20;

  static Result<std::unique_ptr<RpcConnection>, RpcError> await_connect(Env& env,
                                                                        const Endpoint& to,
                                                                        std::string client_id,
                                                                        TimePoint deadline);

  template <class Response, class RequestBody>
  Result<Response, RpcError> await_call(int16_t version, const RequestBody& request,
                                        TimePoint deadline) {
    const Mutex::Lock lock = turn_.await_lock();
    const int32_t correlation_id = next_correlation_id_++;
    const Buffer frame = encode_request(version, correlation_id, client_id_, request);
    const Buffer answer = TRY(await_exchange(frame, deadline));
    auto decoded = decode_response<Response>(answer, version);
    if (!decoded) return broken({RpcError::Kind::protocol, decoded.error().message});
    if (decoded->correlation_id != correlation_id) {
      return broken({RpcError::Kind::protocol, "an answer to another request"});
    }
    return std::move(decoded->body);
  }

  // For Produce with acks=0, which is never answered.
  template <class RequestBody>
  Result<Done, RpcError> await_send(int16_t version, const RequestBody& request,
                                    TimePoint deadline) {
    const Mutex::Lock lock = turn_.await_lock();
    return await_write(encode_request(version, next_correlation_id_++, client_id_, request),
                       deadline);
  }

  [[nodiscard]] bool is_broken() const { return broken_; }

 private:
  RpcConnection(Env& env, std::unique_ptr<Connection> connection, std::string client_id)
      : stream_(env.scheduler, std::move(connection)),
        turn_(env.scheduler),
        client_id_(std::move(client_id)) {}
  Result<Buffer, RpcError> await_exchange(ConstBytes frame, TimePoint deadline);
  Result<Done, RpcError> await_write(ConstBytes frame, TimePoint deadline);
  RpcError broken(RpcError error) {
    broken_ = true;
    return error;
  }

  FiberStream stream_;
  Mutex turn_;
  const std::string client_id_;
  int32_t next_correlation_id_ = 1;
  bool broken_ = false;
};

}  // namespace weir
