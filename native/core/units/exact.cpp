// Compiled once per instruction set, with contraction off: every operation rounds as IEEE 754 says, so that all tables
// give equal bits. GLISSADE_EXACT is the name of the exported function.
#include "arch/magnitude.h"
#include "data/gather.h"
#include "kernels/kernels.h"
#include "kernels/units.h"
#include "optimizers/blocks.h"
#include "optimizers/encodings.h"
#include "optimizers/rules/rules.h"

namespace glissade {
namespace {

template <typename Real>
void fill(KernelsOf<Real>& table) {
  table.rules = rules<Real>;
  table.ruleCount = sizeof(rules<Real>) / sizeof(rules<Real>[0]);  // NOLINT(bugprone-sizeof-expression): an array
  table.gather = {.float32 = gather<float, Real>,
                  .float64 = gather<double, Real>,
                  .uint8 = gather<uint8_t, Real>,
                  .bfloat16 = gather<Bfloat16, Real>};
  table.magnitude = magnitude<Real>;
  table.magnitudeOfRows = magnitudeOfRows<Real>;
  table.squares = squares<Real>;
  table.addSquares = addSquares<Real>;
  table.accumulate = accumulate<Real>;
  table.deviate = deviate<Real>;
  table.clip = clip<Real>;
  table.scaleEach = scaleEach<Real>;
  table.displace = displace<Real>;
  table.scaleBoth = scaleBoth<Real>;
  table.blend = blend<Real>;
  table.decode = decode<Real>;
  table.encode = encode<Real>;
}

}  // namespace

void GLISSADE_EXACT(Kernels& kernels) {
  fill(kernels.float32);
  fill(kernels.float64);
}

}  // namespace glissade
