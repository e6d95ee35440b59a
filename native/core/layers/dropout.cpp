#include "layers/dropout.h"

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
void Dropout<Real>::dropout(const Pass<Real>& pass, const Flow<const Real>& from, const Flow<Real>& to) const {
  const Range rows = rowsOf(pass.share, shape_);
  DropoutRows<Real> drawn{};
  drawn.scale = 1;  // the threshold is 0, which keeps all elements
  if (pass.mode == Mode::training) {
    const uint64_t key = Random(pass.randomKey, Draw::dropout, 0).next();
    drawn.key[0] = static_cast<uint32_t>(key);
    drawn.key[1] = static_cast<uint32_t>(key >> 32);
    drawn.threshold = static_cast<uint32_t>(rate_ * 0x1p32);
    drawn.scale = static_cast<Real>(1 / (1 - rate_));
  }
  drawn.columns = shape_.channels;
  drawn.begin = rows.begin;
  drawn.end = rows.end;
  drawn.first = pass.part.first * shape_.positions();
  linearly(from, to, [&](const Panels<const Real>& source, const Panels<Real>& target) {
    drawn.from = source;
    drawn.to = target;
    pass.layerKernels().dropout(drawn);
  });
}

template <typename Real>
void Dropout<Real>::forward(const Pass<Real>& pass) const {
  dropout(pass, pass.memory.inputs[0], pass.output);
}

template <typename Real>
void Dropout<Real>::backward(const Pass<Real>& pass) const {
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  if (!inputGradient.isWanted) return;
  dropout(pass, constant(pass.memory.delta), inputGradient.delta);
  finish(pass, inputGradient, shape_.channels, rowsOf(pass.share, shape_));
}

template class Dropout<float>;
template class Dropout<double>;

}  // namespace glissade
