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

template <typename Real>
std::unique_ptr<LayerMemory<Real>> LayerNorm<Real>::allocate(const Room<Real>& room) const {
  auto memory = std::make_unique<LayerNormMemory<Real>>();
  const size_t rows = checkedProduct(room.rows, shape_.positions());
  memory->saved = laidOut([&](Arena& arena) {
    memory->mean = arena.takeTrack<Real>(rows, room.tangents);
    memory->scale = arena.takeTrack<Real>(rows, room.tangents);
    if (room.use != Use::forward)
      memory->sums = arena.takeTrack<Real>(checkedProduct(blocks_.count(room.rows), 2, shape_.channels), room.tangents);
  });
  return memory;
}

template <typename Real>
NormalizationRows<Real> LayerNorm<Real>::describe(const Pass<Real>& pass) const {
  NormalizationRows<Real> rows{};
  rows.input = pass.memory.inputs[0];
  rows.weight = pass.parameters;
  rows.bias = pass.parameters + shape_.channels;
  rows.mean = own(pass).mean;
  rows.scale = own(pass).scale;
  rows.epsilon = static_cast<Real>(epsilon_);
  rows.columns = shape_.channels;
  return rows;
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
  rows.delta = constant(pass.memory.delta);
  rows.inputGradient = inputGradient.delta;
  const Range share = pass.member.share(blocks_.count(pass.count));
  for (size_t block = share.begin; block < share.end; ++block) {
    const Range range = blocks_.rows(block, pass.count);
    rows.sums = own(pass).sums + block * 2 * shape_.channels;
    rows.begin = range.begin;
    rows.end = range.end;
    pass.layerKernels().layerNormBackward(rows);
    if (inputGradient.isWanted) finish(pass, inputGradient, shape_.channels, range);
  }
}

template <typename Real>
void LayerNorm<Real>::parameterGradient(const Pass<Real>& pass, const MatrixRows& block,
                                        const Track<Real>& gradient) const {
  const size_t columns = shape_.channels, begin = block.rows.begin * columns;
  const Track<Real> from = own(pass).sums + begin;
  addBlocks(from, blocks_.count(pass.count), 2 * columns, {0, block.rows.end * columns - begin}, gradient);
}

template class LayerNorm<float>;
template class LayerNorm<double>;

}  // namespace glissade
