// BrokerSession: a lasting relation to one broker, over as many connections as it takes.
//
// A call connects when there is no connection or the last one broke, waiting between attempts for a
// growing time with jitter (so that the clients of a broker that comes back do not arrive together).
// A failed call is NOT repeated here: only the caller knows whether that is safe.
#pragma once

#include <memory>
#include <string>

#include "client/wire/rpc_connection.h"

namespace weir {

struct SessionOptions {
  Endpoint broker;
  std::string client_id;
  Duration connect_timeout = seconds(3);
  Duration backoff_min = milliseconds(20);
  Duration backoff_max = seconds(1);
};

class BrokerSession {
 public:
  BrokerSession(Env& env, SessionOptions options)
      : env_(env), options_(std::move(options)), connecting_(env.scheduler) {}

  template <class Response, class RequestBody>
  Result<Response, RpcError> await_call(int16_t version, const RequestBody& request,
                                        TimePoint deadline) {
    const std::shared_ptr<RpcConnection> connection = TRY(await_connection(deadline));
    return connection->await_call<Response>(version, request, deadline);
  }
  template <class RequestBody>
  Result<Done, RpcError> await_send(int16_t version, const RequestBody& request,
                                    TimePoint deadline) {
    const std::shared_ptr<RpcConnection> connection = TRY(await_connection(deadline));
    return connection->await_send(version, request, deadline);
  }

 private:
  // Shared, because a caller may still use a connection that another has already given up.
  Result<std::shared_ptr<RpcConnection>, RpcError> await_connection(TimePoint deadline);

  Duration draw_backoff();

  Env& env_;
  const SessionOptions options_;
  Mutex connecting_;
  std::shared_ptr<RpcConnection> connection_;
  int failures_ = 0;
  // Kept between calls: one whose deadline comes first must not make the next one wait anew (found
  // by mixed-single: with a backoff above the request timeout nobody ever connected again).
  TimePoint next_attempt_{0};
};

}  // namespace weir
