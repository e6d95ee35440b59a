#include "layers/dense.h"

namespace glissade {

template <typename Real>
std::unique_ptr<LayerMemory<Real>> Dense<Real>::allocate(const Room<Real>& room) const {
  auto memory = std::make_unique<DenseMemory<Real>>();
  affine_.allocate(room, memory->affine);
  return memory;
}

template <typename Real>
void Dense<Real>::divide(size_t members, const Kernels& kernels, LayerMemory<Real>& memory) const {
  if (!memory.delta.data.values || memory.delta.data.tangents) return;  // even, unless it is for training
  affine_.divide({members, memory.rows, !memory.inputGradients[0].isWanted}, kernels, memory.matrices[0],
                 own(memory).affine);
}

template <typename Real>
const Panels<Pair>* Dense<Real>::gathersPairs(LayerMemory<Real>& memory) const {
  AffineMemory<Real>& affine = own(memory).affine;
  // Rows are gathered with the 1 that the biases are multiplied by. Training needs pairs of rows, too.
  affine.areInputsGathered = affine.rounded.size() > 0 && options_.bias && !memory.delta.data.values && shape_.isFlat();
  return affine.areInputsGathered ? &affine.inputs.columnPairs() : nullptr;
}

template <typename Real>
void Dense<Real>::forward(const Pass<Real>& pass) const {
  affine_.forward(pass, pass.memory.inputs[0], pass.output,
                  {.activation = options_.activation,
                   .keptPreactivation = pass.preactivation.data.values,
                   .nextColumn = pass.memory.afterOutputs},
                  own(pass).affine);
}

template <typename Real>
void Dense<Real>::backward(const Pass<Real>& pass) const {
  affine_.backward(pass, constant(pass.memory.delta), pass.memory.inputGradients[0], own(pass).affine);
}

template <typename Real>
void Dense<Real>::parameterGradient(const Pass<Real>& pass, const MatrixRows& block,
                                    const Track<Real>& gradient) const {
  affine_.gradient(pass, pass.memory.inputs[0], constant(pass.memory.delta), block.rows, gradient, own(pass).affine);
}

template class Dense<float>;
template class Dense<double>;

}  // namespace glissade
