#include "layers/sampled_softmax.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "error.h"
#include "kernels/layer_kernels.h"

namespace glissade {
namespace {

constexpr double kNever = -1e30;  // a score whose exponential is 0 beside any other

}  // namespace

template <typename Real>
SampledSoftmax<Real>::SampledSoftmax(const Shape& inputs, std::vector<double> frequencies, size_t count)
    : ClassScores<Real>(inputs, frequencies.size()), cumulative_(std::move(frequencies)), count_(count) {
  if (cumulative_.size() < 2 || count == 0 || count >= cumulative_.size())
    throw Error("ERR_OUT_OF_RANGE", "draws " + std::to_string(count) + " of " + std::to_string(cumulative_.size()) +
                                        " classes, expected fewer than there are");
  double sum = 0;
  for (double& frequency : cumulative_) {
    if (!(frequency > 0) || !std::isfinite(frequency))
      throw Error("ERR_OUT_OF_RANGE", "frequencies are finite numbers above 0");
    frequency = sum += frequency;
  }
  if (!std::isfinite(sum)) throw Error("ERR_OUT_OF_RANGE", "frequencies sum to infinity");
  for (double& frequency : cumulative_) frequency /= sum;
}

template <typename Real>
std::unique_ptr<LayerMemory<Real>> SampledSoftmax<Real>::allocate(const Room<Real>& room) const {
  auto memory = std::make_unique<SampledSoftmaxMemory<Real>>();
  this->allocateScores(room, *memory);
  if (room.use == Use::forward) return memory;
  memory->drawn.resize(count_);
  std::ranges::fill(memory->targets, static_cast<Real>(count_));
  std::ranges::fill(memory->counts, 1u);
  memory->drawnMemory = laidOut([&](Arena& arena) {
    memory->weights = arena.takeTrack<Real>(checkedProduct(count_, this->shape_.channels), room.tangents);
    memory->biases = arena.takeTrack<Real>(count_, room.tangents);
  });
  return memory;
}

template <typename Real>
void SampledSoftmax<Real>::choose(const Member& member, const ClassTargets<Real>& targets,
                                  LayerMemory<Real>& memory) const {
  SampledSoftmaxMemory<Real>& m = own(memory);
  for (size_t i = targets.share.begin; i < targets.share.end; ++i)
    m.chosen[i] = static_cast<uint32_t>(this->classOf(targets.classes[i], this->scores_));
  if (!member.isFirst()) return;
  Random random(targets.randomKey, Draw::dropout, 0);
  for (uint32_t& drawn : m.drawn) {
    const auto place = std::ranges::upper_bound(cumulative_, random.uniform());
    drawn =
        static_cast<uint32_t>(std::min<size_t>(static_cast<size_t>(place - cumulative_.begin()), this->scores_ - 1));
  }
  memory.chosenTargets = m.targets.data();
}

/// Entries of drawn classes follow those of the rows.
template <typename Real>
void SampledSoftmax<Real>::touch(const LayerMemory<Real>& memory, size_t count, size_t matrix,
                                 TouchedRows& touched) const {
  if (!memory.chosenTargets) return ClassScores<Real>::touch(memory, count, matrix, touched);
  const auto& m = static_cast<const SampledSoftmaxMemory<Real>&>(memory);
  touched.clear(this->scores_);
  for (size_t i = 0; i < count * this->shape_.positions(); ++i) touched.add(m.chosen[i], {static_cast<uint32_t>(i), 1});
  for (size_t k = 0; k < count_ && count > 0; ++k)
    touched.add(m.drawn[k], {static_cast<uint32_t>(m.chosen.size() + k), 1});
  touched.finish();
}

/// Copies the weights and biases of this member's share of the drawn classes. A barrier must follow.
template <typename Real>
void SampledSoftmax<Real>::gatherDrawn(const Pass<Real>& pass) const {
  const SampledSoftmaxMemory<Real>& memory = own(pass.memory);
  const size_t inputs = this->shape_.channels;
  const Range share = pass.member.share(count_);
  const auto copy = [&](const Real* parameters, Real* weights, Real* biases) {
    if (!weights) return;
    for (size_t k = share.begin; k < share.end; ++k) {
      std::copy_n(parameters + memory.drawn[k] * inputs, inputs, weights + k * inputs);
      biases[k] = parameters[this->scores_ * inputs + memory.drawn[k]];
    }
  };
  copy(pass.parameters.values, memory.weights.values, memory.biases.values);
  copy(pass.parameters.tangents, memory.weights.tangents, memory.biases.tangents);
  for (size_t k = share.begin; k < share.end; ++k) {
    const size_t drawn = memory.drawn[k];
    const double q = cumulative_[drawn] - (drawn == 0 ? 0 : cumulative_[drawn - 1]);
    memory.biases.values[k] -= static_cast<Real>(std::log(static_cast<double>(count_) * q));
  }
}

/// Adds biases to the products of this member's rows with the drawn classes.
template <typename Real>
void SampledSoftmax<Real>::scoreDrawn(const Pass<Real>& pass) const {
  const SampledSoftmaxMemory<Real>& memory = own(pass.memory);
  const Range rows = this->rowsOfShare(pass);
  const Track<Real> output = pass.output.data;
  for (size_t i = rows.begin; i < rows.end; ++i) {
    const size_t row = i * (count_ + 1);
    for (size_t k = 0; k < count_; ++k) output.values[row + k] += memory.biases.values[k];
    for (size_t k = 0; output.tangents && k < count_; ++k) output.tangents[row + k] += memory.biases.tangents[k];
    for (size_t k = 0; k < count_; ++k) {
      if (memory.drawn[k] != memory.chosen[i]) continue;
      output.values[row + k] = static_cast<Real>(kNever);
      if (output.tangents) output.tangents[row + k] = 0;
    }
  }
}

template <typename Real>
void SampledSoftmax<Real>::forward(const Pass<Real>& pass) const {
  if (!pass.memory.chosenTargets) return this->forwardAll(pass, pass.output);
  const SampledSoftmaxMemory<Real>& memory = own(pass.memory);
  const size_t rows = pass.count * this->shape_.positions(), inputs = this->shape_.channels;
  this->keepInputs(pass);
  gatherDrawn(pass);
  pass.member.barrier();
  const Operand<Real> x{rows, inputs, pass.memory.inputs[0]};
  const Operand<Real> drawn{count_, inputs, constant(Flow<Real>{memory.weights, pass.table().panelWidth, inputs})};
  multiply(OperandProduct<Real>{x, transposed(drawn), pass.output}, pass.kernels, pass.member, rows);
  pass.member.barrier();  // a product may write beyond its last column
  ChosenRows<Real> p = this->chosenRows(pass);
  p.first = count_;
  pass.layerKernels().chosenScores(p);
  scoreDrawn(pass);
}

template <typename Real>
void SampledSoftmax<Real>::backward(const Pass<Real>& pass) const {
  if (!pass.memory.chosenTargets) return this->backwardAll(pass, constant(pass.memory.delta));
  const SampledSoftmaxMemory<Real>& memory = own(pass.memory);
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  const size_t rows = pass.count * this->shape_.positions(), inputs = this->shape_.channels;
  this->keepCoefficients(pass, count_, 1);
  drawnGradient(pass);
  if (!inputGradient.isWanted) return;
  const Operand<Real> delta{rows, count_, constant(pass.memory.delta)};
  const Operand<Real> drawn{count_, inputs, constant(Flow<Real>{memory.weights, pass.table().panelWidth, inputs})};
  multiply(OperandProduct<Real>{delta, drawn, inputGradient.delta}, pass.kernels, pass.member, rows);
  pass.member.barrier();
  ChosenRows<Real> p = this->chosenRows(pass);
  p.first = count_;
  p.adds = true;
  pass.layerKernels().chosenInputGradient(p);
  finish(pass, inputGradient, inputs, this->rowsOfShare(pass));
}

/// The gradients with respect to the weights and biases of drawn classes: kept where the inputs and coefficients of
/// rows end, as rows with the coefficient 1.
template <typename Real>
void SampledSoftmax<Real>::drawnGradient(const Pass<Real>& pass) const {
  const SampledSoftmaxMemory<Real>& memory = own(pass.memory);
  const size_t rows = pass.count * this->shape_.positions(), inputs = this->shape_.channels;
  const size_t width = pass.table().panelWidth, kept = memory.chosen.size();
  const Range share = pass.member.share(count_);
  const Operand<Real> delta{rows, count_, constant(pass.memory.delta)}, x{rows, inputs, pass.memory.inputs[0]};
  const Flow<Real> to{memory.input + (kept + share.begin) * inputs, width, inputs};
  multiply(OperandProduct<Real>{transposed(delta), x, to, {}, share.begin}, pass.kernels, share);
  const Track<Real> ones = memory.coefficients + kept, sums = memory.biasCoefficients + kept;
  for (size_t k = share.begin; k < share.end; ++k) ones.values[k] = 1;  // its tangent stays 0
  const Range panels = pass.member.share(ceilingOf(count_, width));
  for (size_t panel = panels.begin; panel < panels.end; ++panel) {
    Flow<const Real> columns = constant(pass.memory.delta);
    columns.data = columns.data + panel * columns.panelStride;
    sumColumns(pass, columns, rows, std::min(width, count_ - panel * width), sums + panel * width);
  }
}

template class SampledSoftmax<float>;
template class SampledSoftmax<double>;

}  // namespace glissade
