#include "layers/softmax.h"

namespace glissade {

template <typename Real>
void Softmax<Real>::forward(const Pass<Real>& pass) const {
  const Range rows = rowsOf(pass.share, shape_);
  pass.layers().softmax({pass.memory.inputs[0], pass.output, {}, {}, shape_.channels, rows.begin, rows.end});
}

template <typename Real>
void Softmax<Real>::backward(const Pass<Real>& pass) const {
  const Below<Real>& below = pass.memory.below[0];
  if (!below.isWanted) return;
  const Range rows = rowsOf(pass.share, shape_);
  pass.layers().softmaxGradient(
      {{}, pass.output, constant(pass.memory.delta.flow()), below.delta, shape_.channels, rows.begin, rows.end});
  finish(pass, below, shape_.channels, rows);
}

template class Softmax<float>;
template class Softmax<double>;

}  // namespace glissade
