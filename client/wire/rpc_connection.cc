#include "client/wire/rpc_connection.h"

namespace weir {
namespace {

RpcError from(NetError error, std::string_view doing) {
  return {error == NetError::timed_out ? RpcError::Kind::timeout : RpcError::Kind::network,
          std::string(doing) + ": " + std::string(to_text(error))};
}

}  // namespace

Result<std::unique_ptr<RpcConnection>, RpcError> RpcConnection::await_connect(
    Env& env, const Endpoint& to, std::string client_id, TimePoint deadline) {
  auto connection = env.network.await_connect(to, deadline);
  if (!connection) return from(connection.error(), "connecting");
  return std::unique_ptr<RpcConnection>(
      new RpcConnection(env, std::move(*connection), std::move(client_id)));
}

Result<Done, RpcError> RpcConnection::await_write(ConstBytes frame, TimePoint deadline) {
  if (broken_) return RpcError{RpcError::Kind::network, "the connection is broken"};
  const auto written = stream_.await_write_all(frame, {.deadline = deadline});
  if (!written) return broken(from(written.error(), "writing"));
  return Done{};
}

Result<Buffer, RpcError> RpcConnection::await_exchange(ConstBytes frame, TimePoint deadline) {
  TRY(await_write(frame, deadline));
  uint8_t size_field[4];
  auto read = stream_.await_read_exact(size_field, {.deadline = deadline});
  if (!read) return broken(from(read.error(), "reading"));
  const auto size = load_big_endian<int32_t>(size_field);
  if (size < 4 || static_cast<uint32_t>(size) > kMaxResponseBytes) {
    return broken({RpcError::Kind::protocol, "an answer of impossible size"});
  }
  Buffer answer(static_cast<size_t>(size));
  read = stream_.await_read_exact(answer, {.deadline = deadline});
  if (!read) return broken(from(read.error(), "reading"));
  return answer;
}

}  // namespace weir
