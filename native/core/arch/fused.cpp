// Built once per instruction set, with contraction on: sums of products use FMA where the set has it; their order
// depends on shapes only. GLISSADE_FUSED is the name of the exported function.
#include "arch/kernels.h"
#include "arch/units.h"
#include "layers/activations.h"
#include "losses/rows.h"
#include "matrix/multiply.h"
#include "matrix/pairs.h"

namespace glissade {
namespace {

template <typename Real>
void fill(KernelsOf<Real>& table) {
  table.panelWidth = Tile<Real>::kColumns;
  table.multiply = multiply<Real, Real>;
  table.activationGradient = activationGradient<Real>;
  table.loss = lossRows<Real>;
}

}  // namespace

void GLISSADE_FUSED(Kernels& kernels) {
  fill(kernels.float32);
  fill(kernels.float64);
  kernels.bfloat16 = {pairColumns, pairRows, multiply<float, Pair>};
}

}  // namespace glissade
