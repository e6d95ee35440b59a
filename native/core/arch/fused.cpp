// Built once per instruction set, with contraction on: sums of products use FMA where the set has it; their order
// depends on shapes only. GLISSADE_FUSED is the name of the exported function.
#include "arch/kernels.h"
#include "arch/units.h"
#include "layers/activations.h"
#include "layers/formulas/columns.h"
#include "layers/formulas/dropout.h"
#include "layers/formulas/linear.h"
#include "layers/formulas/normalization.h"
#include "layers/formulas/patches.h"
#include "layers/formulas/pooling.h"
#include "layers/formulas/softmax.h"
#include "layers/formulas/sparse.h"
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
  table.layers = {copyColumns<Real>,
                  addColumns<Real>,
                  sumColumns<Real>,
                  activateRows<Real>,
                  activationGradientRows<Real>,
                  drop<Real>,
                  normalizeRows<Real>,
                  rowGradient<Real>,
                  columnMoments<Real>,
                  normalizeColumns<Real>,
                  columnSums<Real>,
                  columnGradient<Real>,
                  patches<Real>,
                  addPatches<Real>,
                  pool<Real>,
                  poolGradient<Real>,
                  softmax<Real>,
                  softmaxGradient<Real>,
                  sparseProduct<Real>,
                  touchedGradient<Real>,
                  collectRows<Real>,
                  distributeRows<Real>,
                  collectValues<Real>,
                  addProduct<Real>,
                  outerProduct<Real>};
}

}  // namespace

void GLISSADE_FUSED(Kernels& kernels) {
  fill(kernels.float32);
  fill(kernels.float64);
  kernels.bfloat16 = {pairColumns, pairRows, multiply<float, Pair>};
}

}  // namespace glissade
