// Compiled once per instruction set, with contraction on: the loops of exact linear models. GLISSADE_REGRESSION is the
// name of the exported function.
#include "kernels/kernels.h"
#include "kernels/regression_kernels.h"
#include "kernels/units.h"
#include "regression/formulas.h"

namespace glissade {
namespace {

constexpr RegressionKernels regression = {.transpose = transposeRows,
                                          .addToFactor = addToFactor,
                                          .addProducts = addProducts,
                                          .multiply = multiplyBlock,
                                          .rotate = rotateColumns};

}  // namespace

void GLISSADE_REGRESSION(Kernels& kernels) { kernels.regression = &regression; }

}  // namespace glissade
