// Compiled once per instruction set, with contraction on: the formulas of layers. GLISSADE_LAYERS is the name of the
// exported function.
#include "kernels/kernels.h"
#include "kernels/layer_kernels.h"
#include "kernels/units.h"
#include "layers/formulas/activation.h"
#include "layers/formulas/class_scores.h"
#include "layers/formulas/columns.h"
#include "layers/formulas/dropout.h"
#include "layers/formulas/im2col.h"
#include "layers/formulas/linear.h"
#include "layers/formulas/members.h"
#include "layers/formulas/normalization.h"
#include "layers/formulas/pooling.h"
#include "layers/formulas/similarity.h"
#include "layers/formulas/softmax.h"
#include "layers/formulas/sparse.h"
#include "layers/formulas/winograd.h"

namespace glissade {
namespace {

template <typename Real, typename Algorithm>
constexpr typename LayerKernels<Real>::Winograd winograd = {
    .image = toPoints<Algorithm::image, Real>,
    .imageGradient = addFromPoints<Algorithm::imageGradient, Real>,
    .output = fromPoints<Algorithm::output, Real>,
    .outputGradient = toPoints<Algorithm::outputGradient, Real>,
    .weights = weightsToPoints<Algorithm::weights, Real>,
    .weightGradient = weightsFromPoints<Algorithm::weightGradient, Real>,
};

template <typename Real>
constexpr LayerKernels<Real> layers = {
    .copyColumns = copyColumns<Real>,
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
    .winograd3 = winograd<Real, Winograd3>,
    .winograd5 = winograd<Real, Winograd5>,
    .scaleMembers = scaleMembers<Real>,
    .sumMembers = sumMembers<Real>,
    .memberGradient = memberGradient<Real>,
    .softmax = softmax<Real>,
    .softmaxBackward = softmaxBackward<Real>,
    .similarity = similarity<Real>,
    .similarityBackward = similarityBackward<Real>,
    .sparseProduct = sparseProduct<Real>,
    .touchedGradient = touchedGradient<Real>,
    .chosenScores = chosenScores<Real>,
    .chosenInputGradient = chosenInputGradient<Real>,
    .chosenGradient = chosenGradient<Real>,
    .chosenBiasGradient = chosenBiasGradient<Real>,
    .tree = tree<Real>,
    .treeBackward = treeBackward<Real>,
    .collectRows = collectRows<Real>,
    .collectValues = collectValues<Real>,
    .addProduct = addProduct<Real>,
    .outerProduct = outerProduct<Real>,
};

}  // namespace

void GLISSADE_LAYERS(Kernels& kernels) {
  kernels.float32.layers = &layers<float>;
  kernels.float64.layers = &layers<double>;
}

}  // namespace glissade
