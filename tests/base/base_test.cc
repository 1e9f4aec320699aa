// The vocabulary of sim/base.
#include "tests/support/test_pch.h"

#include <memory>

#include "sim/base/crc32c.h"
#include "sim/base/intrusive_list.h"
#include "sim/base/result.h"
#include "sim/base/ring.h"
#include "sim/base/stream.h"
#include "sim/base/time.h"
#include "sim/base/unique_function.h"

namespace weir {
namespace {

constexpr Site kComponent{"test.component"};
constexpr Site kOther{"test.other"};
constexpr Site kPurpose{"test.purpose"};

struct Item : ListHook<struct ItemTag> {
  explicit Item(int value_in) : value(value_in) {}
  int value;
};

}  // namespace

TEST_CASE("crc32c gives the check value of the Castagnoli polynomial, whole and in pieces") {
  REQUIRE(crc32c(as_bytes("123456789")) == 0xe3069283);
  REQUIRE(crc32c_extend(crc32c(as_bytes("1234")), as_bytes("56789")) == 0xe3069283);
  REQUIRE(crc32c({}) == 0);
}

// ISA-L takes other ways for short input than for long.
TEST_CASE("crc32c is the polynomial's remainder at every length, and wherever it is cut") {
  const auto bit_by_bit = [](ConstBytes bytes) {
    uint32_t state = ~0U;
    for (const uint8_t byte : bytes) {
      state ^= byte;
      for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78U : 0U);
    }
    return ~state;
  };
  Buffer buffer(700);
  for (size_t i = 0; i < buffer.size(); ++i) buffer[i] = static_cast<uint8_t>(i * 151 + i / 7);
  const ConstBytes bytes(buffer);
  for (size_t length = 0; length <= bytes.size(); ++length) {
    const ConstBytes whole = bytes.first(length);
    const uint32_t expected = bit_by_bit(whole);
    REQUIRE(crc32c(whole) == expected);
    const size_t cut = length * 3 / 5;
    REQUIRE(crc32c_extend(crc32c(whole.first(cut)), whole.subspan(cut)) == expected);
  }
}

TEST_CASE("a deadline beyond the end of time is never, not in the past") {
  REQUIRE(TimePoint{5} + Duration{std::numeric_limits<int64_t>::max()} == TimePoint::never());
  REQUIRE(TimePoint::never() + seconds(1) == TimePoint::never());
  REQUIRE(TimePoint{seconds(3).ns()} - TimePoint{seconds(1).ns()} == seconds(2));
}

TEST_CASE("big-endian integers come back as they were stored") {
  REQUIRE(rc::check([](int64_t a, int32_t b, int16_t c) {
    uint8_t bytes[8];
    store_big_endian(bytes, a);
    RC_ASSERT(load_big_endian<int64_t>(bytes) == a);
    store_big_endian(bytes, b);
    RC_ASSERT(load_big_endian<int32_t>(bytes) == b);
    store_big_endian(bytes, c);
    RC_ASSERT(load_big_endian<int16_t>(bytes) == c);
  }));
}

TEST_CASE("a stream's draws do not depend on what other streams draw") {
  Stream alone(1, kComponent, 7, kPurpose);
  Stream beside(1, kComponent, 7, kPurpose);
  Stream other(1, kOther, 7, kPurpose);
  for (int i = 0; i < 100; ++i) {
    (void)other.next();
    REQUIRE(alone.next() == beside.next());
  }
}

TEST_CASE("streams differ by seed, component, node and purpose") {
  const uint64_t first = Stream(1, kComponent, 7, kPurpose).next();
  REQUIRE(first != Stream(2, kComponent, 7, kPurpose).next());
  REQUIRE(first != Stream(1, kOther, 7, kPurpose).next());
  REQUIRE(first != Stream(1, kComponent, 8, kPurpose).next());
  REQUIRE(first != Stream(1, kComponent, 7, kOther).next());
}

TEST_CASE("draws below n are below n and reach every number about equally often") {
  Stream stream(42);
  std::vector<int> counts(10);
  for (int i = 0; i < 100'000; ++i) ++counts.at(stream.below(10));
  for (const int count : counts) {
    REQUIRE(count > 9'700);  // three standard deviations are 285
    REQUIRE(count < 10'300);
  }
}

TEST_CASE("a digest tells byte strings apart by length and by each bit") {
  REQUIRE(rc::check([](Buffer bytes) {
    const uint64_t before = digest(bytes);
    RC_ASSERT(before == digest(bytes));
    Buffer longer = bytes;
    longer.push_back(0);
    RC_ASSERT(before != digest(longer));
    if (bytes.empty()) return;
    bytes[bytes.size() / 2] ^= 1;
    RC_ASSERT(before != digest(bytes));
  }));
}

TEST_CASE("a unique function owns what it captures, inline or on the heap") {
  auto counter = std::make_shared<int>(0);
  {
    UniqueFunction<int(int)> small = [counter](int by) { return *counter += by; };
    struct Large {
      char padding[200];
    };
    UniqueFunction<int(int)> large = [counter, large = Large{}](int by) {
      return *counter += by + large.padding[0];
    };
    REQUIRE(counter.use_count() == 3);
    UniqueFunction<int(int)> moved = std::move(large);
    REQUIRE_FALSE(static_cast<bool>(large));
    REQUIRE(small(2) == 2);
    REQUIRE(moved(3) == 5);
    moved = std::move(small);
    REQUIRE(counter.use_count() == 2);
  }
  REQUIRE(counter.use_count() == 1);
}

TEST_CASE("a ring gives back what was pushed, in order, and knows when it is full") {
  Ring<int> ring(3);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 3; ++i) ring.push(round * 10 + i);
    REQUIRE(ring.full());
    for (int i = 0; i < 3; ++i) REQUIRE(ring.pop() == round * 10 + i);
    REQUIRE(ring.empty());
  }
}

TEST_CASE("an element leaves its list when it dies") {
  IntrusiveList<Item, ItemTag> list;
  Item first(1);
  {
    Item second(2);
    list.push_back(second);
    list.push_back(first);
    REQUIRE(list.front().value == 2);
  }
  REQUIRE(list.front().value == 1);
  REQUIRE(list.pop_front().value == 1);
  REQUIRE(list.empty());
}

TEST_CASE("TRY gives the value or returns the error") {
  const auto half = [](int n) -> Result<int, std::string> {
    if (n % 2 != 0) return std::string("odd");
    return n / 2;
  };
  const auto quarter = [&](int n) -> Result<int, std::string> {
    const int once = TRY(half(n));
    return half(once);
  };
  REQUIRE(*quarter(12) == 3);
  REQUIRE(quarter(6).error() == "odd");
  REQUIRE(quarter(5).error() == "odd");
}

}  // namespace weir
