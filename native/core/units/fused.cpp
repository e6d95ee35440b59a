// Compiled once per instruction set, with contraction on: products of matrices, and losses. Sums of products use FMA
// where the set has it; their order depends on shapes only. GLISSADE_FUSED is the name of the exported function.
#include "data/gather.h"
#include "kernels/kernels.h"
#include "kernels/units.h"
#include "losses/formulas.h"
#include "math/activations.h"
#include "matrix/multiply.h"
#include "matrix/pairs.h"

namespace glissade {
namespace {

template <typename Real>
void fill(KernelsOf<Real>& table) {
  table.panelWidth = Tile<Real>::kNR;
  table.multiply = multiply<Real, Real>;
  table.addParts = addParts<Real>;
  table.activationBackward = activationBackward<Real>;
  table.loss = lossRows<Real>;
}

}  // namespace

void GLISSADE_FUSED(Kernels& kernels) {
  fill(kernels.float32);
  fill(kernels.float64);
  kernels.bfloat16 = {
      .pairColumns = pairColumns, .pairRows = pairRows, .multiply = multiply<float, Pair>, .gather = pairGathers};
}

}  // namespace glissade
