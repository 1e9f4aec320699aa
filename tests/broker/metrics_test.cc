// Metrics: counting, the text that Prometheus reads, the head of a request for it, and the pages of a
// broker in the simulated world.
#include "tests/support/test_pch.h"

#include <map>

#include "broker/api/health.h"
#include "broker/api/scrape.h"
#include "broker/metrics/exposition.h"
#include "broker/metrics/http_server.h"
#include "broker/metrics/shard_metrics.h"
#include "model/protocol/error_visitor.h"
#include "model/protocol/fetch.h"
#include "sim/base/stream.h"
#include "tests/broker/exposition_reader.h"
#include "tests/broker/sim_broker.h"

namespace weir {
namespace {

// --- counting ------------------------------------------------------------------------------------

TEST_CASE("a histogram counts as a plain list of durations does") {
  REQUIRE(rc::check([](std::vector<uint32_t> left, std::vector<uint32_t> right) {
    Histogram histogram;
    Histogram other;
    std::vector<Duration> all;
    for (const uint32_t one : left) {
      all.push_back(microseconds(one % 40'000'000));
      histogram.add(all.back());
    }
    for (const uint32_t one : right) {
      all.push_back(microseconds(one % 3'000));
      other.add(all.back());
    }
    // And at the bounds themselves, which belong to the bucket below.
    for (const int64_t ns : kHistogramBoundsNs) {
      const Duration bound = nanoseconds(ns);
      all.push_back(bound);
      histogram.add(bound);
    }
    histogram.merge(other);
    RC_ASSERT(histogram.count() == all.size());
    Duration sum;
    for (const Duration one : all) sum += one;
    RC_ASSERT(histogram.sum() == sum);
    uint64_t below = 0;
    for (size_t i = 0; i < kHistogramBoundsNs.size(); ++i) {
      below += histogram.counts()[i];
      const Duration bound = nanoseconds(kHistogramBoundsNs[i]);
      const auto expected = std::ranges::count_if(all, [&](Duration d) { return d <= bound; });
      RC_ASSERT(below == static_cast<uint64_t>(expected));
    }
  }));
}

TEST_CASE("the bounds of a histogram ascend") {
  REQUIRE(std::ranges::is_sorted(kHistogramBoundsNs));
  REQUIRE(std::ranges::adjacent_find(kHistogramBoundsNs) == kHistogramBoundsNs.end());
}

TEST_CASE("idle time adds up over handlers, those that are idle now included") {
  IdleTime idle;
  idle.start(TimePoint{100});
  idle.start(TimePoint{150});
  REQUIRE(idle.total(TimePoint{160}) == nanoseconds(70));
  idle.stop(TimePoint{200});
  REQUIRE(idle.total(TimePoint{300}) == nanoseconds(250));
  idle.stop(TimePoint{300});
  REQUIRE(idle.total(TimePoint{900}) == nanoseconds(250));
}

TEST_CASE("a thousand topics have counters of their own, the others share one set") {
  TopicMetrics metrics;
  for (size_t i = 0; i < kMaxTopicSeries; ++i) metrics.add(std::to_string(i));
  metrics.add("late");
  metrics.add("5");  // known
  REQUIRE(metrics.own().size() == kMaxTopicSeries);
  metrics.of("5").bytes_in += 3;
  metrics.of("late").bytes_in += 4;
  metrics.of("later").bytes_in += 5;
  REQUIRE(metrics.own().at("5").bytes_in == 3);
  REQUIRE(metrics.others().bytes_in == 9);
  metrics.remove("7");
  metrics.add("later");
  metrics.of("later").bytes_in += 1;
  metrics.of("late").bytes_in += 1;
  REQUIRE(metrics.own().at("later").bytes_in == 1);
  REQUIRE(metrics.others().bytes_in == 10);  // what was shared stays: counters do not fall
}

TEST_CASE("counters of topics add up over shards") {
  TopicMetrics left;
  TopicMetrics right;
  for (TopicMetrics* each : {&left, &right}) {
    each->add("t");
    each->of("t") = {.bytes_in = 1, .bytes_out = 2, .messages_in = 3};
    each->of("u") = {.bytes_in = 4, .bytes_out = 5, .messages_in = 6};
  }
  left.merge(right);
  const TopicCounters& own = left.own().at("t");
  REQUIRE((own.bytes_in == 2 && own.bytes_out == 4 && own.messages_in == 6));
  REQUIRE((left.others().bytes_in == 8 && left.others().bytes_out == 10));
  REQUIRE(left.others().messages_in == 12);
}

TEST_CASE("every error code that there is has its counter") {
  ApiMetrics api;
  for (const ErrorCode code : {ErrorCode::unknown_server_error, ErrorCode::none,
                               ErrorCode::invalid_regular_expression}) {
    api.count_error(code);
    api.count_error(code);
  }
  uint64_t counted = 0;
  for (size_t slot = 0; slot < api.errors.size(); ++slot) {
    if (api.errors[slot] == 0) continue;
    REQUIRE(api.errors[slot] == 2);
    REQUIRE(name(ApiMetrics::error_of(slot)) != "UNLISTED");
    ++counted;
  }
  REQUIRE(counted == 3);
}

TEST_CASE("the errors of a message are those of its fields in the version") {
  const auto errors_of = [](const auto& message, int16_t version) {
    std::vector<ErrorCode> errors;
    for_each_error(message, version, [&](ErrorCode error) { errors.push_back(error); });
    return errors;
  };
  FetchResponse response;
  response.error = ErrorCode::fetch_session_id_not_found;
  response.topics.resize(2);
  response.topics[0].partitions.resize(2);
  response.topics[0].partitions[1].error = ErrorCode::offset_out_of_range;
  using Errors = std::vector<ErrorCode>;
  REQUIRE(errors_of(response, 6) == Errors{ErrorCode::none, ErrorCode::offset_out_of_range});
  REQUIRE(errors_of(response, 7) == Errors{ErrorCode::fetch_session_id_not_found, ErrorCode::none,
                                           ErrorCode::offset_out_of_range});
}

// --- the text ------------------------------------------------------------------------------------

TEST_CASE("whatever a label holds is read back from the text") {
  REQUIRE(rc::check([](std::string value, uint64_t number) {
    Exposition page;
    page.begin(Metric::log_size);
    page.sample({{"topic", value}, {"partition", "3"}}, number);
    const auto read = read_exposition(page.take());
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->families.at("kafka_log_log_size").kind == "gauge");
    RC_ASSERT(read->value("kafka_log_log_size", {{"topic", value}, {"partition", "3"}}) ==
              std::to_string(number));
  }));
}

TEST_CASE("durations and shares are written exactly, without floating point") {
  const auto text_of = [](auto write) {
    Exposition page;
    page.begin(Metric::uptime);
    write(page);
    return *read_exposition(page.take())->value("weir_uptime_seconds", {});
  };
  const auto duration = [&](Duration d) {
    return text_of([d](Exposition& page) { page.sample({}, d); });
  };
  const auto share = [&](Duration part, Duration whole) {
    return text_of([&](Exposition& page) { page.share({}, part, whole); });
  };
  REQUIRE(duration(Duration{}) == "0");
  REQUIRE(duration(nanoseconds(1)) == "0.000000001");
  REQUIRE(duration(seconds(100)) == "100");
  REQUIRE(duration(milliseconds(100'500)) == "100.5");
  REQUIRE(duration(Duration{INT64_MAX}) == "9223372036.854775807");
  REQUIRE(share(seconds(1), seconds(4)) == "0.25");
  REQUIRE(share(seconds(4), seconds(4)) == "1");
  REQUIRE(share(Duration{}, Duration{}) == "0");
  REQUIRE(share(Duration{INT64_MAX}, Duration{INT64_MAX}) == "1");
}

TEST_CASE("a histogram's text has cumulated buckets in seconds, the sum and the count") {
  Histogram histogram;
  histogram.add(microseconds(50));
  histogram.add(milliseconds(2));
  histogram.add(seconds(60));
  Exposition page;
  page.begin(Metric::request_time);
  page.histogram({{"request", "Fetch"}}, histogram);
  const auto read = read_exposition(page.take());
  REQUIRE(read.has_value());
  const auto bucket = [&](const char* bound) {
    return read->value("weir_request_duration_seconds_bucket",
                       {{"request", "Fetch"}, {"le", bound}});
  };
  REQUIRE(bucket("0.0001") == "1");
  REQUIRE(bucket("0.001") == "1");
  REQUIRE(bucket("0.0025") == "2");
  REQUIRE(bucket("30") == "2");
  REQUIRE(bucket("+Inf") == "3");
  REQUIRE(read->value("weir_request_duration_seconds_count", {{"request", "Fetch"}}) == "3");
  REQUIRE(read->value("weir_request_duration_seconds_sum", {{"request", "Fetch"}}) == "60.00205");
}

TEST_CASE("metrics are named as Prometheus wants it, each once") {
  std::map<std::string_view, int> seen;
  for (const MetricRow& row : kMetrics) {
    REQUIRE(++seen[row.name] == 1);
    REQUIRE((row.kind == MetricKind::counter) == row.name.ends_with("_total"));
    if (row.kind == MetricKind::histogram) REQUIRE(row.name.ends_with("_seconds"));
    REQUIRE(row.help.ends_with('.'));
    REQUIRE(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
  }
}

// --- the head of a request -----------------------------------------------------------------------

HttpStatus status_of(std::string_view head) {
  const auto request = parse_http_head(head);
  return request ? HttpStatus::ok : request.error();
}

TEST_CASE("a head names a path, in either form of target and without its query") {
  for (const std::string_view target :
       {"/metrics", "/metrics?name[]=x", "http://broker:9308/metrics", "http://h/metrics?a=/b"}) {
    const auto request = parse_http_head("GET " + std::string(target) +
                                         " HTTP/1.1\r\nHost: broker\r\nAccept:*/*\r\n\r\n");
    REQUIRE(request.ok());
    REQUIRE(request->path == "/metrics");
    REQUIRE_FALSE(request->head_only);
  }
  REQUIRE(parse_http_head("GET http://h HTTP/1.0\r\n\r\n")->path == "/");
  REQUIRE(parse_http_head("HEAD /x HTTP/1.1\r\n\r\n")->head_only);
}

TEST_CASE("another method is not allowed, and what is no head is a bad request") {
  REQUIRE(status_of("POST /metrics HTTP/1.1\r\nHost: h\r\n\r\n") == HttpStatus::method_not_allowed);
  REQUIRE(status_of("get /metrics HTTP/1.1\r\n\r\n") == HttpStatus::method_not_allowed);
  for (const std::string_view head :
       {"", "\r\n", "\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n", "GET / x HTTP/1.1\r\n\r\n", "GET x HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nA : x\r\n\r\n", "GET / HTTP/1.1\r\nA: x\n y\r\n\r\n",
        "GET / HTTP/1.1\r\nA: x\r\n folded\r\n\r\n", "G(T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n", "\x16\x03\x01\x02\r\n\r\n"}) {
    INFO(head);
    REQUIRE(status_of(head) == HttpStatus::bad_request);
  }
}

// A good head, changed here and there.
std::string changed_head(Stream& stream) {
  std::string text =
      "GET /health/ready?x=1 HTTP/1.1\r\nHost: broker:9308\r\nUser-Agent: probe/1\r\n\r\n";
  constexpr std::string_view kLikely = "\r\n :/?GETHP1.0\x7f\xff";
  if (stream.below(4) == 0) text.resize(stream.below(text.size()));
  for (uint64_t i = stream.below(6); i > 0 && !text.empty(); --i) {
    const size_t at = stream.below(text.size());
    switch (stream.below(3)) {
      case 0:
        text[at] = static_cast<char>(stream.below(256));
        break;
      case 1:
        text.insert(at, 1, kLikely[stream.below(kLikely.size())]);
        break;
      default:
        text.erase(at, 1 + stream.below(4));
        break;
    }
  }
  return text;
}

TEST_CASE("whatever comes as a head is refused or names a path") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for (int round = 0; round < 200; ++round) {
      std::string text = changed_head(stream);
      if (const size_t end = find_head_end(text); end != std::string::npos) text.resize(end);
      const std::vector<char> block(text.begin(), text.end());  // of its exact size, for ASan
      const auto request = parse_http_head({block.data(), block.size()});
      if (!request) {
        RC_ASSERT(request.error() == HttpStatus::bad_request ||
                  request.error() == HttpStatus::method_not_allowed);
        continue;
      }
      RC_ASSERT(request->path.starts_with('/'));
      RC_ASSERT(request->path.find_first_of("\r\n ?") == std::string::npos);
    }
  }));
}

TEST_CASE("readiness says why not") {
  Health health;
  REQUIRE(ready_answer(health, 0).status == HttpStatus::unavailable);
  REQUIRE(ready_answer(health, 0).body.find("recovered") != std::string::npos);
  health.phase = Phase::serving;
  REQUIRE(ready_answer(health, 0).status == HttpStatus::ok);
  REQUIRE(ready_answer(health, 2).status == HttpStatus::unavailable);
  REQUIRE(ready_answer(health, 2).body.find("2 partitions are offline") != std::string::npos);
  health.phase = Phase::draining;
  REQUIRE(ready_answer(health, 0).status == HttpStatus::unavailable);
}

// --- a broker's pages ----------------------------------------------------------------------------

constexpr uint16_t kPort = 9308;
constexpr Site kPoll{"test.poll"};

Endpoint metrics_at() { return {World::address_of(SimBroker::kBroker), kPort}; }

std::unique_ptr<FiberStream> await_connection(Env& env) {
  for (;;) {  // it may still be starting
    auto connection = env.network.await_connect(metrics_at(), TimePoint::never());
    if (connection) return std::make_unique<FiberStream>(env.scheduler, std::move(*connection));
    await_sleep(env.scheduler, env.clock.now() + milliseconds(1));
  }
}

std::string await_rest(FiberStream& stream) {
  std::string text;
  uint8_t piece[4096];
  for (;;) {
    const auto read = stream.await_read(piece);
    if (!read || *read == 0) return text;
    text += as_text({piece, *read});
  }
}

std::string await_get(Env& env, std::string_view path, std::string_view method = "GET") {
  auto stream = await_connection(env);
  const std::string head =
      std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  REQUIRE(stream->await_write_all(as_bytes(head)).ok());
  return await_rest(*stream);
}

std::string body_of(const std::string& answer) { return answer.substr(find_head_end(answer)); }

void with_metrics(uint32_t shards, const std::function<void(Env&, SimBroker&)>& body) {
  SimBroker broker(5, shards);
  broker.config.metrics_listener = metrics_at();
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) { body(env, broker); }));
  REQUIRE(broker.start_failure().empty());
}

void await_ready(Env& env) {
  while (!await_get(env, "/health/ready").starts_with("HTTP/1.1 200 ")) {
    await_sleep(env.scheduler, env.clock.now() + milliseconds(1));
  }
}

TEST_CASE("a scrape says what was done, summed over the shards") {
  for (const uint32_t shards : {1U, 3U}) {
    with_metrics(shards, [&](Env& env, SimBroker& broker) {
      Admin admin(env, broker.session());
      REQUIRE(admin.await_create_topic("t", 5, env.clock.now() + seconds(30)).ok());
      Producer producer(env, broker.session(), {});
      for (int i = 0; i < 10; ++i) {
        const auto sent = producer.await_send(
            {"t", PartitionIndex{i % 5}},
            {{.timestamp = env.clock.wall_now(), .key = std::nullopt, .value = as_bytes("value")}});
        REQUIRE(sent.kind == SendOutcome::Kind::acked);
      }
      const auto page = read_exposition(body_of(await_get(env, "/metrics")));
      REQUIRE(page.has_value());
      REQUIRE(page->families.size() == std::size(kMetrics));
      REQUIRE(page->sum("kafka_network_requestmetrics_requests_total", {"request", "Produce"}) ==
              10);
      REQUIRE(page->sum("weir_request_duration_seconds_count", {"request", "Produce"}) == 10);
      REQUIRE(page->sum("weir_request_queue_duration_seconds_count", {"request", "Produce"}) == 10);
      REQUIRE(page->sum("weir_request_duration_seconds_sum", {"request", "Produce"}) > 0);
      REQUIRE(page->sum("weir_requests_refused_total", {"request", "Produce"}) == 0);
      REQUIRE(page->value("kafka_network_requestmetrics_errors_total",
                          {{"request", "Produce"}, {"error", "NONE"}}) == "10");
      REQUIRE(page->sum("kafka_server_replicamanager_partitioncount") == 5);
      REQUIRE(page->sum("kafka_controller_kafkacontroller_globaltopiccount") == 1);
      for (int p = 0; p < 5; ++p) {
        const std::map<std::string, std::string> labels{{"topic", "t"},
                                                        {"partition", std::to_string(p)}};
        REQUIRE(page->value("kafka_log_log_logendoffset", labels) == "2");
        REQUIRE(page->value("kafka_log_log_logstartoffset", labels) == "0");
        REQUIRE(page->value("kafka_log_log_numlogsegments", labels) == "1");
        REQUIRE(page->value("kafka_log_log_size", labels) != "0");
      }
      REQUIRE(page->sum("weir_metrics_partitions_left_out") == 0);
      REQUIRE(page->sum("kafka_server_socket_server_metrics_connection_count",
                        {"listener", "PLAINTEXT"}) >= 1);
      REQUIRE(page->sum("kafka_server_socket_server_metrics_incoming_byte_total") > 10 * 60);
      REQUIRE(page->sum("kafka_server_socket_server_metrics_outgoing_byte_total") > 10 * 20);
      const double idle =
          page->sum("kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent");
      REQUIRE((idle > 0 && idle <= 1));
      REQUIRE(page->sum("weir_request_handlers") == (shards == 1 ? 4 : 3));
    });
  }
}

TEST_CASE("what topics took from producers and gave to consumers is counted by topic") {
  for (const uint32_t shards : {1U, 3U}) {
    with_metrics(shards, [](Env& env, SimBroker& broker) {
      Admin admin(env, broker.session());
      for (const char* topic : {"a", "idle"}) {
        REQUIRE(admin.await_create_topic(topic, 2, env.clock.now() + seconds(30)).ok());
      }
      Producer producer(env, broker.session(), {});
      const std::string large(100'000, 'v');  // goes from the file when it is read
      for (int i = 0; i < 2; ++i) {
        std::vector<NewRecord> records(3, {.timestamp = env.clock.wall_now(),
                                           .key = std::nullopt,
                                           .value = as_bytes(large)});
        const auto sent = producer.await_send({"a", PartitionIndex{i}}, records);
        REQUIRE(sent.kind == SendOutcome::Kind::acked);
      }
      SimpleConsumer consumer(env, broker.session(), seconds(5));
      for (int i = 0; i < 2; ++i) {
        REQUIRE(consumer.await_poll({"a", PartitionIndex{i}}, Offset{0}, 10'000'000, seconds(1))
                    .answered);
      }
      const auto page = read_exposition(body_of(await_get(env, "/metrics")));
      REQUIRE(page.has_value());
      const auto of = [&](const char* what, const char* topic) {
        return page->value("kafka_server_brokertopicmetrics_" + std::string(what) + "_total",
                           {{"topic", topic}});
      };
      const double size = page->sum("kafka_log_log_size");
      REQUIRE(size > 600'000);
      REQUIRE(std::stod(*of("bytesin", "a")) == size);
      REQUIRE(std::stod(*of("bytesout", "a")) == size);
      REQUIRE(of("messagesin", "a") == "6");
      REQUIRE(of("bytesin", "idle") == "0");
      REQUIRE_FALSE(of("bytesin", "(others)").has_value());
    });
  }
}

TEST_CASE("errors in answers are counted by API and code") {
  with_metrics(2, [](Env& env, SimBroker& broker) {
    Admin admin(env, broker.session());
    for (int i = 0; i < 2; ++i) {  // that it is there already suits the admin
      REQUIRE(admin.await_create_topic("t", 1, env.clock.now() + seconds(30)).ok());
    }
    const auto page = read_exposition(body_of(await_get(env, "/metrics")));
    REQUIRE(page.has_value());
    const auto count = [&](const char* error) {
      return page->value("kafka_network_requestmetrics_errors_total",
                         {{"request", "CreateTopics"}, {"error", error}});
    };
    REQUIRE(count("TOPIC_ALREADY_EXISTS") == "1");
    REQUIRE(count("NONE") == "1");
    REQUIRE_FALSE(count("INVALID_CONFIG").has_value());
  });
}

TEST_CASE("a fetch that waits is in the purgatory, and counts once however often it is looked at") {
  with_metrics(3, [](Env& env, SimBroker& broker) {
    Admin admin(env, broker.session());
    REQUIRE(admin.await_create_topic("t", 1, env.clock.now() + seconds(30)).ok());
    bool polled = false;
    env.scheduler.spawn(kPoll, [&] {
      SimpleConsumer consumer(env, broker.session(), seconds(5));
      REQUIRE(consumer.await_poll({"t", PartitionIndex{0}}, Offset{0}, 1000, seconds(8)).answered);
      polled = true;
    });
    await_sleep(env.scheduler, env.clock.now() + seconds(4));
    const auto waiting = read_exposition(body_of(await_get(env, "/metrics")));
    REQUIRE(waiting.has_value());
    REQUIRE(waiting->sum("kafka_server_delayedoperationpurgatory_purgatorysize") == 1);
    REQUIRE(waiting->sum("weir_request_duration_seconds_count", {"request", "Fetch"}) == 0);
    while (!polled) await_sleep(env.scheduler, env.clock.now() + seconds(1));
    const auto after = read_exposition(body_of(await_get(env, "/metrics")));
    REQUIRE(after.has_value());
    REQUIRE(after->sum("kafka_server_delayedoperationpurgatory_purgatorysize") == 0);
    REQUIRE(after->sum("kafka_network_requestmetrics_requests_total", {"request", "Fetch"}) == 1);
    REQUIRE(after->sum("weir_request_duration_seconds_count", {"request", "Fetch"}) == 1);
    REQUIRE(after->sum("weir_request_duration_seconds_sum", {"request", "Fetch"}) >= 8);
    REQUIRE(after->sum("weir_request_queue_duration_seconds_sum", {"request", "Fetch"}) < 1);
  });
}

TEST_CASE("a page has the series of the first 2000 partitions and says how many it left out") {
  with_metrics(2, [](Env& env, SimBroker& broker) {
    Admin admin(env, broker.session());
    const TimePoint deadline = env.clock.now() + seconds(300);
    REQUIRE(admin.await_create_topic("b", 2, deadline).ok());
    for (const char* name : {"a0", "a1", "a2", "a3"}) {
      REQUIRE(admin.await_create_topic(name, 499, deadline).ok());
    }
    REQUIRE(admin.await_create_topic("a4", 3, deadline).ok());
    const auto page = read_exposition(body_of(await_get(env, "/metrics")));
    REQUIRE(page.has_value());
    REQUIRE(page->samples.at("kafka_log_log_size").size() == kMaxPartitionSeries);
    REQUIRE(page->value("kafka_log_log_size", {{"topic", "b"}, {"partition", "0"}}).has_value());
    REQUIRE_FALSE(
        page->value("kafka_log_log_size", {{"topic", "b"}, {"partition", "1"}}).has_value());
    REQUIRE(page->sum("weir_metrics_partitions_left_out") == 1);
    REQUIRE(page->sum("kafka_server_replicamanager_partitioncount") == 2001);
  });
}

TEST_CASE("a broker is live and not ready while it recovers, and ready after that") {
  SimBroker broker(5, 2);
  broker.config.metrics_listener = metrics_at();
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    Admin admin(env, broker.session());
    REQUIRE(admin.await_create_topic("t", 300, env.clock.now() + seconds(60)).ok());
  }));
  broker.broker().kill();
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    const std::string first = await_get(env, "/health/ready");
    REQUIRE(first.starts_with("HTTP/1.1 503 "));
    REQUIRE(body_of(first).find("the logs are being recovered") != std::string::npos);
    REQUIRE(await_get(env, "/health/live").starts_with("HTTP/1.1 200 "));
    REQUIRE(await_get(env, "/metrics").starts_with("HTTP/1.1 200 "));
    await_ready(env);
    const auto page = read_exposition(body_of(await_get(env, "/metrics")));
    REQUIRE(page.has_value());
    REQUIRE(page->sum("weir_recovery_duration_seconds") > 0);
    REQUIRE(page->sum("kafka_server_replicamanager_partitioncount") == 300);
    const auto before =
        env.network.await_connect(broker.config.listeners[0].at, TimePoint::never());
    REQUIRE(before.ok());  // ready: the listeners accept
  }));
}

TEST_CASE("a connection gets one answer, and HEAD the same without its body") {
  with_metrics(1, [](Env& env, SimBroker&) {
    await_ready(env);
    const std::string get = await_get(env, "/health/live");
    const std::string head = await_get(env, "/health/live", "HEAD");
    REQUIRE(get.starts_with("HTTP/1.1 200 OK\r\n"));
    REQUIRE(head == get.substr(0, find_head_end(get)));
    REQUIRE(get.find("\r\nConnection: close\r\n") != std::string::npos);
    REQUIRE(await_get(env, "/v1/status/ready") == await_get(env, "/health/ready"));
    REQUIRE(await_get(env, "/").starts_with("HTTP/1.1 404 "));
    REQUIRE(await_get(env, "/metrics", "DELETE").starts_with("HTTP/1.1 405 "));
    REQUIRE(await_get(env, "metrics").starts_with("HTTP/1.1 400 "));
  });
}

TEST_CASE("a head that is too large is refused, one that does not come ends its connection") {
  with_metrics(1, [](Env& env, SimBroker&) {
    const std::string line = "GET /health/live HTTP/1.1\r\nA: ";
    for (const size_t more : {size_t{0}, size_t{1}}) {
      const std::string padding(HttpServer::kMaxHeadBytes - line.size() - 4 + more, 'x');
      auto stream = await_connection(env);
      REQUIRE(stream->await_write_all(as_bytes(line + padding + "\r\n\r\n")).ok());
      const std::string answer = await_rest(*stream);
      REQUIRE(answer.starts_with(more == 0 ? "HTTP/1.1 200 " : "HTTP/1.1 431 "));
    }
    auto silent = await_connection(env);
    const TimePoint began = env.clock.now();
    REQUIRE(silent->await_write_all(as_bytes(line)).ok());
    REQUIRE(await_rest(*silent).empty());
    REQUIRE(env.clock.now() - began >= HttpServer::kPatience - seconds(1));
    REQUIRE(env.clock.now() - began <= HttpServer::kPatience + seconds(1));
  });
}

TEST_CASE("the connection above the limit is closed, and who leaves makes room") {
  with_metrics(1, [](Env& env, SimBroker&) {
    await_ready(env);
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    std::vector<std::unique_ptr<FiberStream>> streams;
    for (size_t i = 0; i < HttpServer::kMaxConnections; ++i)
      streams.push_back(await_connection(env));
    await_sleep(env.scheduler, env.clock.now() + milliseconds(500));
    REQUIRE(await_rest(*await_connection(env)).empty());
    const std::string head = "GET /health/live HTTP/1.1\r\n\r\n";
    REQUIRE(streams.back()->await_write_all(as_bytes(head)).ok());
    REQUIRE(await_rest(*streams.back()).starts_with("HTTP/1.1 200 "));
    streams.pop_back();
    await_sleep(env.scheduler, env.clock.now() + milliseconds(500));
    REQUIRE(await_get(env, "/health/live").starts_with("HTTP/1.1 200 "));
  });
}

TEST_CASE("a broker without the setting offers no metrics, and one whose port is taken says so") {
  SimBroker without(5);
  without.boot();
  REQUIRE(without.run_client([](Env& env) {
    await_sleep(env.scheduler, env.clock.now() + seconds(5));
    REQUIRE(env.network.await_connect(metrics_at(), TimePoint::never()).error() ==
            NetError::refused);
  }));
  SimBroker taken(5);
  taken.config.metrics_listener = taken.config.listeners[0].at;
  taken.boot();
  REQUIRE(
      taken.run_client([](Env& env) { await_sleep(env.scheduler, env.clock.now() + seconds(5)); }));
  REQUIRE(taken.start_failure().find("address") != std::string::npos);
}

}  // namespace
}  // namespace weir
