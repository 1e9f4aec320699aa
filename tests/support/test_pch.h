// Precompiled for every test program: what they all include, and what costs most to parse.
//
// Catch's CHECK and Weir's CHECK cannot both have the name. Weir's wins: tests use REQUIRE. A test
// file includes this header first, so that it also compiles without precompiled headers.
#include <catch2/catch.hpp>
#undef CHECK

#include <rapidcheck.h>

#include <string>
#include <vector>
