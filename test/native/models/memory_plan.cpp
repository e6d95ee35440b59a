#include "models/memory_plan.h"

#include <doctest/doctest.h>

#include "matrix/arena.h"

namespace glissade {
namespace {

constexpr size_t kHalf = SIZE_MAX / 2 + 1;

}  // namespace

TEST_CASE("sizes that exceed the address space are refused") {
  CHECK(checkedProduct(3, 5, 7) == 105);
  CHECK(checkedProduct(0, SIZE_MAX, 3) == 0);
  CHECK(checkedProduct(SIZE_MAX, 1) == SIZE_MAX);
  CHECK_THROWS_AS(checkedProduct(kHalf, 2), std::bad_alloc);
  CHECK_THROWS_AS(checkedProduct(2, 3, kHalf), std::bad_alloc);
  CHECK(checkedSum(kHalf, kHalf - 1) == SIZE_MAX);
  CHECK_THROWS_AS(checkedSum(kHalf, kHalf), std::bad_alloc);
}

TEST_CASE("an arena counts no more than the address space has") {
  Arena arena;
  CHECK_THROWS_AS(arena.take<double>(SIZE_MAX / sizeof(double)), std::bad_alloc);
  CHECK_THROWS_AS(arena.take<double>(kHalf), std::bad_alloc);
  arena.take<char>(kHalf);
  CHECK_THROWS_AS(arena.take<char>(kHalf - 1), std::bad_alloc);
}

TEST_CASE("a plan of memory needs no more than the address space has") {
  MemoryPlan plan;
  CHECK_THROWS_AS(plan.add(SIZE_MAX, 0, 1), std::bad_alloc);
  plan.add(kHalf, 0, 1);
  plan.add(kHalf, 2, 3);
  plan.place();  // never in use at the same time
  CHECK(plan.bytes() >= kHalf);
  plan.add(kHalf, 1, 2);
  CHECK_THROWS_AS(plan.place(), std::bad_alloc);
}

}  // namespace glissade
