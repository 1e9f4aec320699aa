// Precompiled for every test program: what they all include, and what costs most to parse.
#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>
#include <vector>
