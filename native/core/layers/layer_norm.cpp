#include "layers/layer_norm.h"

#include <algorithm>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
std::vector<Tensor> LayerNorm<Real>::tensors() const {
  return {{"weight", {shape_.channels}, false}, {"bias", {shape_.channels}, false}};
}

template <typename Real>
void LayerNorm<Real>::initialize(Random&, Real* parameters) const {
  std::fill_n(parameters, shape_.channels, Real(1));
  std::fill_n(parameters + shape_.channels, shape_.channels, Real(0));
}

/// memory.saved holds the mean of each row, the scale of each row, then two sums per channel for each block.
template <typename Real>
void LayerNorm<Real>::allocate(const typename Layer<Real>::Room& room, LayerMemory<Real>& memory) const {
  size_t size = 2 * room.rows * shape_.positions();
  if (room.use != Use::forward) size += blocks_.count(room.rows) * 2 * shape_.channels;
  memory.saved = Buffer<Real>(size);
  if (room.tangents == Tangents::alongside) memory.savedTangents = Buffer<Real>(size);
}

template <typename Real>
NormalizationRows<Real> LayerNorm<Real>::describe(const Pass<Real>& pass) const {
  LayerMemory<Real>& memory = pass.memory;
  NormalizationRows<Real> rows{};
  rows.input = memory.inputs[0];
  rows.weight = pass.parameters;
  rows.bias = pass.parameters + shape_.channels;
  rows.mean = memory.savedTrack();
  rows.scale = memory.savedTrack() + memory.rows * shape_.positions();
  rows.epsilon = static_cast<Real>(epsilon_);
  rows.columns = shape_.channels;
  return rows;
}

template <typename Real>
Track<Real> LayerNorm<Real>::sums(const Pass<Real>& pass) const {
  return pass.memory.savedTrack() + 2 * pass.memory.rows * shape_.positions();
}

template <typename Real>
void LayerNorm<Real>::forward(const Pass<Real>& pass) const {
  const Range share = rowsOf(pass.share, shape_);
  NormalizationRows<Real> rows = describe(pass);
  rows.output = pass.output;
  rows.begin = share.begin;
  rows.end = share.end;
  pass.layerKernels().layerNormForward(rows);
  activate(pass, activation_, shape_.channels, share);
}

template <typename Real>
void LayerNorm<Real>::backward(const Pass<Real>& pass) const {
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  NormalizationRows<Real> rows = describe(pass);
  rows.delta = constant(pass.memory.delta.flow());
  rows.inputGradient = inputGradient.delta;
  const Range share = pass.member.share(blocks_.count(pass.count));
  for (size_t block = share.begin; block < share.end; ++block) {
    const Range range = blocks_.rows(block, pass.count);
    rows.sums = sums(pass) + block * 2 * shape_.channels;
    rows.begin = range.begin;
    rows.end = range.end;
    pass.layerKernels().layerNormBackward(rows);
    if (inputGradient.isWanted) finish(pass, inputGradient, shape_.channels, range);
  }
}

template <typename Real>
void LayerNorm<Real>::parameterGradient(const Pass<Real>& pass, const typename Layer<Real>::MatrixRows& block,
                                        const Track<Real>& gradient) const {
  const size_t columns = shape_.channels, begin = block.rows.begin * columns;
  const Track<Real> from = sums(pass) + begin;
  addBlocks(from, blocks_.count(pass.count), 2 * columns, {0, block.rows.end * columns - begin}, gradient);
}

template class LayerNorm<float>;
template class LayerNorm<double>;

}  // namespace glissade
