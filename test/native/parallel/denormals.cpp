#include "parallel/denormals.h"

#include <doctest/doctest.h>

#include <atomic>
#include <limits>

#include "on_team.h"

namespace glissade {
namespace {

/// Whether this thread flushes denormal results, and reads denormal operands as zeros.
template <typename Real>
bool flushes() {
  volatile Real least = std::numeric_limits<Real>::min(), denormal = std::numeric_limits<Real>::denorm_min();
  volatile Real result = least / 2, operand = denormal * Real(1e30);
  return result == 0 && operand == 0;
}

template <typename Real>
bool keeps() {
  volatile Real least = std::numeric_limits<Real>::min(), denormal = std::numeric_limits<Real>::denorm_min();
  volatile Real result = least / 2, operand = denormal * Real(1e30);
  return result != 0 && operand != 0;
}

TEST_SUITE_BEGIN("parallel");

TEST_CASE_TEMPLATE("denormals are flushed inside and kept again outside", Real, float, double) {
  CHECK(keeps<Real>());
  {
    const FlushDenormals flush;
    CHECK(flushes<Real>());
    {
      const FlushDenormals again;
      CHECK(flushes<Real>());
    }
    CHECK(flushes<Real>());
  }
  CHECK(keeps<Real>());
}

TEST_CASE("members of the engine's team flush denormals, the calling thread does not") {
  for (const size_t members : {1, 2, 3}) {
    std::atomic<size_t> flushing{0};
    onTeam(members, [&](const Member&) { flushing += flushes<float>() && flushes<double>(); });
    CHECK(flushing == members);
  }
  CHECK(keeps<float>());
  CHECK(keeps<double>());
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
