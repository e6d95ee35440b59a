#include "layers/softmax.h"

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
void Softmax<Real>::forward(const Pass<Real>& pass) const {
  const Range rows = rowsOf(pass.share, shape_);
  pass.layerKernels().softmax({pass.memory.inputs[0], pass.output, {}, {}, shape_.channels, rows.begin, rows.end});
}

template <typename Real>
void Softmax<Real>::backward(const Pass<Real>& pass) const {
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  if (!inputGradient.isWanted) return;
  const Range rows = rowsOf(pass.share, shape_);
  pass.layerKernels().softmaxBackward(
      {{}, pass.output, constant(pass.memory.delta), inputGradient.delta, shape_.channels, rows.begin, rows.end});
  finish(pass, inputGradient, shape_.channels, rows);
}

template class Softmax<float>;
template class Softmax<double>;

}  // namespace glissade
