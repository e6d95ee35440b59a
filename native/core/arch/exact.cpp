// Built once per instruction set, with contraction off: every operation rounds as IEEE 754 says, so that all tables
// give equal bits. GLISSADE_EXACT is the name of the exported function.
#include "arch/kernels.h"
#include "arch/units.h"
#include "data/gather.h"
#include "optimizers/rules.h"

namespace glissade {
namespace {

template <typename Real>
bool allFinite(const Real* values, size_t count) {
  Real sum = 0;  // x − x is 0 for finite x, NaN otherwise
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < count; ++i) sum += values[i] - values[i];
  return sum == 0;
}

template <typename Real>
void fill(KernelsOf<Real>& table) {
  table.rules = rules<Real>;
  table.ruleCount = sizeof(rules<Real>) / sizeof(rules<Real>[0]);
  table.gather[static_cast<int>(Format::float32)] = gather<float, Real>;
  table.gather[static_cast<int>(Format::float64)] = gather<double, Real>;
  table.gather[static_cast<int>(Format::uint8)] = gather<uint8_t, Real>;
  table.allFinite = allFinite<Real>;
}

}  // namespace

void GLISSADE_EXACT(Kernels& kernels) {
  fill(kernels.float32);
  fill(kernels.float64);
}

}  // namespace glissade
