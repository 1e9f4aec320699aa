// TCP: see conformance.h.
#include <algorithm>
#include <memory>

#include "sim/fiber/gate.h"
#include "tests/sim/conformance_files.h"
#include "tests/sim/conformance_net.h"

namespace weir {
namespace {

constexpr Site kServer{"test.server"};
constexpr Site kClient{"test.client"};

void echo_until_end(Env& env, std::unique_ptr<Connection> connection, CaseReport& report) {
  FiberStream stream(env.scheduler, std::move(connection));
  Buffer chunk(4096);
  for (;;) {
    const auto read = stream.await_read(chunk);
    if (!report.expect(read.ok(), "the echo server reads") || *read == 0) return;
    report.expect(stream.await_write_all(ConstBytes(chunk).first(*read)).ok(),
                  "the echo server writes");
  }
}

void echo(Env& env, Event&, CaseReport& report) {
  Gate gate(env.scheduler);
  Pair pair = make_pair(env, report);
  if (!pair) return;
  spawn_in(gate, env.scheduler, kServer, [&, server = std::move(pair.server)]() mutable {
    echo_until_end(env, std::move(server), report);
  });
  {
    FiberStream stream(env.scheduler, std::move(pair.client));
    for (const std::string_view text : {"hello", "a", "and a longer line of text"}) {
      report.expect(stream.await_write_all(as_bytes(text)).ok(), "the client writes");
      Buffer answer(text.size());
      report.expect(stream.await_read_exact(answer).ok(), "the client reads its echo");
      report.expect(as_text(answer) == text, "the echo is what was sent");
    }
  }
  gate.await_close();
}

void large_both_ways(Env& env, Event&, CaseReport& report) {
  constexpr size_t kBytes = 3'000'000;
  const Buffer up = pattern(kBytes, 1);
  const Buffer down = pattern(kBytes, 2);
  Pair pair = make_pair(env, report);
  if (!pair) return;
  FiberStream client(env.scheduler, std::move(pair.client));
  FiberStream server(env.scheduler, std::move(pair.server));
  Gate gate(env.scheduler);
  const auto write = [&](FiberStream& to, const Buffer& what) {
    spawn_in(gate, env.scheduler, kClient, [&] {
      report.expect(to.await_write_all(what).ok(), "a large write");
      to.shutdown_write();
    });
  };
  const auto read = [&](FiberStream& from, const Buffer& what) {
    spawn_in(gate, env.scheduler, kServer, [&] {
      const auto all = await_read_all(from);
      if (report.expect(all.ok(), "a large read")) {
        report.expect(*all == what, "a large transfer arrives as it was sent");
      }
    });
  };
  write(client, up);
  write(server, down);
  read(server, up);
  read(client, down);
  gate.await_close();
}

void many_pieces(Env& env, Event&, CaseReport& report) {
  Pair pair = make_pair(env, report);
  if (!pair) return;
  const Buffer bytes = pattern(700, 3);
  std::vector<ConstBytes> pieces;
  for (size_t i = 0; i < bytes.size(); ++i) {
    pieces.push_back(ConstBytes(bytes).subspan(i, 1));
    pieces.emplace_back();  // empty pieces are allowed
  }
  const auto written = pair.client->try_write(pieces);
  if (!report.expect(written.ok() && *written >= 1, "a write of many pieces takes bytes")) return;
  FiberStream server(env.scheduler, std::move(pair.server));
  Buffer arrived(*written);
  report.expect(server.await_read_exact(arrived).ok(), "the pieces arrive");
  report.expect(std::equal(arrived.begin(), arrived.end(), bytes.begin()), "in order");
}

// What a write says of the next one is no part of what arrives.
void more_that_follows(Env& env, Event&, CaseReport& report) {
  Pair pair = make_pair(env, report);
  if (!pair) return;
  FiberStream server(env.scheduler, std::move(pair.server));
  const Buffer bytes = pattern(9, 7);
  const auto write = [&](size_t from, size_t count, More more) {
    const ConstBytes piece = ConstBytes(bytes).subspan(from, count);
    size_t sent = 0;
    while (sent < count) {  // a world may take less than there is room for
      const ConstBytes rest = piece.subspan(sent);
      const auto written = pair.client->try_write({&rest, 1}, more);
      if (!report.expect(written.ok(), "there is room")) return;
      sent += *written;
    }
  };
  const auto arrives = [&](size_t from, size_t count) {
    Buffer arrived(count);
    if (!report.expect(server.await_read_exact(arrived).ok(), "it arrives")) return;
    report.expect(std::equal(arrived.begin(), arrived.end(), bytes.begin() + from), "in order");
  };
  write(0, 2, More::follows);
  write(2, 3, More::follows);
  write(5, 2, More::none);
  arrives(0, 7);
  write(7, 1, More::follows);  // and nothing follows
  arrives(7, 1);
  write(8, 1, More::follows);
  pair.client->shutdown_write();
  arrives(8, 1);
  const auto end = await_read_all(server);
  report.expect(end.ok() && end->empty(), "then the end");
}

void send_slices(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "send-slices");
  const Buffer content = pattern(2'000'000, 4);
  std::vector<std::unique_ptr<FileSlice>> slices;
  Buffer expected;
  {
    const auto file = env.disk.await_open(directory / "a", OpenMode::create);
    if (!report.expect(file.ok() && await_write_fully(**file, 0, content).ok(), "a file")) return;
    const auto take = [&](uint64_t from, uint64_t bytes) {
      auto slice = (*file)->await_slice(from, bytes);
      if (report.expect(slice.ok(), "a slice")) slices.push_back(std::move(*slice));
    };
    take(0, 1'000'000);
    take(1'999'999, 500);  // all that is there
    take(4'000, 1);
    append_bytes(expected, ConstBytes(content).first(1'000'000));
    expected.push_back(content.back());
    expected.push_back(content[4'000]);
  }
  report.expect(env.disk.await_remove(directory / "a").ok(), "the name goes, the slices stay");
  Pair pair = make_pair(env, report);
  if (!pair) return;
  FiberStream client(env.scheduler, std::move(pair.client));
  FiberStream server(env.scheduler, std::move(pair.server));
  Gate gate(env.scheduler);
  spawn_in(gate, env.scheduler, kServer, [&] {
    for (const auto& slice : slices) {
      report.expect(server.await_send_all(*slice).ok(), "a slice is sent");
    }
    server.shutdown_write();
  });
  const auto all = await_read_all(client);
  report.expect(all.ok() && *all == expected, "slices arrive as the file had them, in order");
  gate.await_close();
}

void half_close(Env& env, Event&, CaseReport& report) {
  Pair pair = make_pair(env, report);
  if (!pair) return;
  FiberStream client(env.scheduler, std::move(pair.client));
  FiberStream server(env.scheduler, std::move(pair.server));
  report.expect(client.await_write_all(as_bytes("question")).ok(), "write before the half-close");
  client.shutdown_write();
  report.expect(!client.await_write_all(as_bytes("more")).ok(), "no write after the half-close");
  const auto question = await_read_all(server);
  report.expect(question.ok() && as_text(*question) == "question", "then the end of the stream");
  report.expect(server.await_write_all(as_bytes("answer")).ok(), "the other way is open");
  Buffer answer(6);
  report.expect(client.await_read_exact(answer).ok() && as_text(answer) == "answer",
                "the answer arrives");
}

void end_of_stream_on_close(Env& env, Event&, CaseReport& report) {
  Pair pair = make_pair(env, report);
  if (!pair) return;
  FiberStream client(env.scheduler, std::move(pair.client));
  {
    FiberStream server(env.scheduler, std::move(pair.server));
    report.expect(server.await_write_all(as_bytes("bye")).ok(), "write before closing");
  }
  const auto all = await_read_all(client);
  report.expect(all.ok() && as_text(*all) == "bye", "what was written before the close is read");
}

void reset_on_unread_data(Env& env, Event&, CaseReport& report) {
  Pair pair = make_pair(env, report);
  if (!pair) return;
  FiberStream client(env.scheduler, std::move(pair.client));
  report.expect(client.await_write_all(as_bytes("nobody reads this")).ok(), "write");
  {
    FiberStream server(env.scheduler, std::move(pair.server));
    Buffer first(1);
    report.expect(server.await_read_exact(first).ok(), "the data has arrived");
  }
  Buffer byte(1);
  const auto read = client.await_read(byte);
  report.expect(!read.ok() && read.error() == NetError::reset,
                "a peer that closes with unread data resets the connection");
}

void refused(Env& env, Event&, CaseReport& report) {
  std::unique_ptr<Listener> listener = listen_somewhere(env, report);
  if (!listener) return;
  const Endpoint gone = listener->local();
  listener.reset();
  const auto connection = env.network.await_connect(gone, TimePoint::never());
  report.expect(!connection.ok() && connection.error() == NetError::refused,
                "nobody listens: refused");
}

void address_in_use(Env& env, Event&, CaseReport& report) {
  std::unique_ptr<Listener> listener = listen_somewhere(env, report);
  if (!listener) return;
  const auto second = env.network.listen(listener->local(), {.backlog = kBacklog});
  report.expect(!second.ok() && second.error() == NetError::address_in_use,
                "a port has one listener");
  const Endpoint port = listener->local();
  listener.reset();
  report.expect(env.network.listen(port, {.backlog = kBacklog}).ok(), "a closed listener frees its port");
}

// Bytes that a server can write to a client that never reads.
size_t unread_bytes(Env& env, const ListenOptions& options, CaseReport& report) {
  auto listener = env.network.listen({"127.0.0.1", 0}, options);
  if (!report.expect(listener.ok(), "listen")) return 0;
  const auto client = connect(env, (*listener)->local(), report);
  const auto server = client ? accept(env, **listener, report) : nullptr;
  if (!server) return 0;
  const Buffer piece(1024);
  const ConstBytes bytes = piece;
  size_t total = 0;
  for (;;) {
    const auto taken = server->try_write({&bytes, 1});
    if (!taken) return total;
    total += *taken;
  }
}

void send_buffer(Env& env, Event&, CaseReport& report) {
  const size_t usual = unread_bytes(env, {.backlog = kBacklog}, report);
  const size_t small = unread_bytes(env, {.backlog = kBacklog, .send_buffer_bytes = 8192}, report);
  report.expect(small > 0 && small < usual, "a small send buffer takes less");
}

void connect_deadline(Env& env, Event&, CaseReport& report) {
  std::unique_ptr<Listener> listener = listen_somewhere(env, report);
  if (!listener) return;
  const auto late = env.network.await_connect(listener->local(), env.clock.now());
  report.expect(!late.ok() && late.error() == NetError::timed_out,
                "a deadline that has passed leaves no time to connect");
}

// More peers than the backlog takes and nobody accepts: some may connect, some may hang until their
// deadline, none for longer and none shorter.
void connect_timeout(Env& env, Event&, CaseReport& report) {
  auto listener = env.network.listen({"127.0.0.1", 0}, {.backlog = 1});
  if (!report.expect(listener.ok(), "listen")) return;
  Gate gate(env.scheduler);
  for (int i = 0; i < 8; ++i) {
    spawn_in(gate, env.scheduler, kClient, [&] {
      const TimePoint deadline = in(env, milliseconds(200));
      const auto connection = env.network.await_connect((*listener)->local(), deadline);
      if (connection.ok() || connection.error() == NetError::refused) return;
      report.expect(connection.error() == NetError::timed_out, "a hanging connect times out");
      report.expect(env.clock.now() >= deadline, "not before its deadline");
    });
  }
  gate.await_close();
}

void read_deadline(Env& env, Event&, CaseReport& report) {
  Pair pair = make_pair(env, report);
  if (!pair) return;
  FiberStream client(env.scheduler, std::move(pair.client));
  Buffer byte(1);
  const TimePoint deadline = in(env, milliseconds(20));
  const auto read = client.await_read(byte, {.deadline = deadline});
  report.expect(!read.ok() && read.error() == NetError::timed_out, "a silent peer times out");
  report.expect(env.clock.now() >= deadline, "at the deadline");
  FiberStream server(env.scheduler, std::move(pair.server));
  report.expect(server.await_write_all(as_bytes("x")).ok(), "the peer speaks after all");
  report.expect(client.await_read_exact(byte).ok(), "the connection is still good");
}

void accept_after_close(Env& env, Event&, CaseReport& report) {
  std::unique_ptr<Listener> listener = listen_somewhere(env, report);
  if (!listener) return;
  Gate gate(env.scheduler);
  spawn_in(gate, env.scheduler, kServer, [&] {
    const auto socket = listener->await_accept();
    report.expect(!socket.ok() && socket.error() == NetError::closed,
                  "close ends a waiting accept");
  });
  env.scheduler.await_yield();
  listener->close();
  gate.await_close();
  const auto socket = listener->await_accept();
  report.expect(!socket.ok() && socket.error() == NetError::closed, "accept after close: closed");
}

void many_connections(Env& env, Event&, CaseReport& report) {
  constexpr int kConnections = 60;
  std::unique_ptr<Listener> listener = listen_somewhere(env, report);
  if (!listener) return;
  Gate gate(env.scheduler);
  spawn_in(gate, env.scheduler, kServer, [&] {
    for (int i = 0; i < kConnections; ++i) {
      std::unique_ptr<Connection> connection = accept(env, *listener, report);
      if (!connection) return;
      spawn_in(gate, env.scheduler, kServer, [&, connection = std::move(connection)]() mutable {
        echo_until_end(env, std::move(connection), report);
      });
    }
  });
  Gate clients(env.scheduler);
  for (int i = 0; i < kConnections; ++i) {
    spawn_in(clients, env.scheduler, kClient, [&, i] {
      std::unique_ptr<Connection> connection = connect(env, listener->local(), report);
      if (!connection) return;
      FiberStream stream(env.scheduler, std::move(connection));
      const Buffer sent = pattern(1000, static_cast<uint64_t>(i));
      report.expect(stream.await_write_all(sent).ok(), "one of many writes");
      Buffer answer(sent.size());
      report.expect(stream.await_read_exact(answer).ok() && answer == sent, "its own echo");
    });
  }
  clients.await_close();
  gate.await_close();
}

void closed_unadopted(Env& env, Event&, CaseReport& report) {
  std::unique_ptr<Listener> listener = listen_somewhere(env, report);
  if (!listener) return;
  std::unique_ptr<Connection> connection = connect(env, listener->local(), report);
  if (!connection) return;
  report.expect(listener->await_accept().ok(), "accept, and drop the socket");
  FiberStream client(env.scheduler, std::move(connection));
  Buffer byte(1);
  const auto read = client.await_read(byte);
  report.expect(!read.ok() || *read == 0, "a dropped socket is closed");
}

}  // namespace

std::vector<ConformanceCase> tcp_cases() {
  return {
      {"tcp: echo", 1, echo},
      {"tcp: large transfer in both directions", 1, large_both_ways},
      {"tcp: a write of many pieces", 1, many_pieces},
      {"tcp: writes that say that more follows", 1, more_that_follows},
      {"tcp: slices of a file", 1, send_slices},
      {"tcp: half close", 1, half_close},
      {"tcp: end of stream when the peer closes", 1, end_of_stream_on_close},
      {"tcp: reset when the peer closes with unread data", 1, reset_on_unread_data},
      {"tcp: refused", 1, refused},
      {"tcp: address in use", 1, address_in_use},
      {"tcp: a listener with a small send buffer", 1, send_buffer},
      {"tcp: connect after its deadline", 1, connect_deadline},
      {"tcp: connect to a full backlog", 1, connect_timeout},
      {"tcp: read deadline", 1, read_deadline},
      {"tcp: accept after close", 1, accept_after_close},
      {"tcp: many connections", 1, many_connections},
      {"tcp: an accepted socket nobody adopts", 1, closed_unadopted},
  };
}

}  // namespace weir
