// Built once per instruction set, with contraction on: sums of products use FMA where the set has it; their order
// depends on shapes only. GLISSADE_FUSED is the name of the exported function.
#include "kernels/kernels.h"
#include "kernels/units.h"
#include "layers/formulas/activation.h"
#include "layers/formulas/columns.h"
#include "layers/formulas/dropout.h"
#include "layers/formulas/im2col.h"
#include "layers/formulas/linear.h"
#include "layers/formulas/normalization.h"
#include "layers/formulas/pooling.h"
#include "layers/formulas/softmax.h"
#include "layers/formulas/sparse.h"
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
  table.activationBackward = activationBackward<Real>;
  table.loss = lossRows<Real>;
  table.layers = {.copyColumns = copyColumns<Real>,
                  .addColumns = addColumns<Real>,
                  .sumColumns = sumColumns<Real>,
                  .activate = activateRows<Real>,
                  .activationBackward = activationBackwardRows<Real>,
                  .dropout = dropout<Real>,
                  .layerNormForward = layerNormForward<Real>,
                  .layerNormBackward = layerNormBackward<Real>,
                  .batchStatistics = batchStatistics<Real>,
                  .batchNormForward = batchNormForward<Real>,
                  .batchNormSums = batchNormSums<Real>,
                  .batchNormBackward = batchNormBackward<Real>,
                  .im2col = im2col<Real>,
                  .col2im = col2im<Real>,
                  .pool = pool<Real>,
                  .poolBackward = poolBackward<Real>,
                  .softmax = softmax<Real>,
                  .softmaxBackward = softmaxBackward<Real>,
                  .sparseProduct = sparseProduct<Real>,
                  .touchedGradient = touchedGradient<Real>,
                  .collectRows = collectRows<Real>,
                  .distributeRows = distributeRows<Real>,
                  .collectValues = collectValues<Real>,
                  .addProduct = addProduct<Real>,
                  .outerProduct = outerProduct<Real>};
}

}  // namespace

void GLISSADE_FUSED(Kernels& kernels) {
  fill(kernels.float32);
  fill(kernels.float64);
  kernels.bfloat16 = {.pairColumns = pairColumns, .pairRows = pairRows, .multiply = multiply<float, Pair>};
}

}  // namespace glissade
