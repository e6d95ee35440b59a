#include "layers/class_scores.h"

#include <algorithm>

#include "kernels/layer_kernels.h"
#include "layers/initializer.h"

namespace glissade {

/// As a dense layer's.
template <typename Real>
void ClassScores<Real>::initialize(Random& random, Real* parameters) const {
  glissade::initialize(Initializer::glorotUniform, {shape_.channels, scores_}, scores_, random, parameters);
  std::fill_n(parameters + scores_ * shape_.channels, scores_, Real(0));
}

template <typename Real>
void ClassScores<Real>::allocateScores(const Room<Real>& room, ClassScoresMemory<Real>& memory) const {
  const size_t rows = checkedProduct(room.rows, shape_.positions()), width = room.panelWidth();
  const size_t chosen = checkedProduct(rows, chosenByRow());
  const auto panels = [&](Arena& arena) -> Flow<Real> {
    const size_t stride = (rows | 1) * width;
    return {arena.takeTrack<Real>(panelSize(rows | 1, scores_, width), room.tangents), stride, width};
  };
  memory.memory = laidOut([&](Arena& arena) {
    if (!outputsScores()) memory.scores = panels(arena);
    if (room.use == Use::forward) return;
    if (!outputsScores()) memory.scoreGradient = panels(arena);
    memory.input = arena.takeTrack<Real>(checkedProduct(rows + chosenByAll(), shape_.channels), room.tangents);
    memory.coefficients = arena.takeTrack<Real>(chosen + chosenByAll(), room.tangents);
    memory.biasCoefficients = arena.takeTrack<Real>(chosen + chosenByAll(), room.tangents);
    memory.biasGradient = arena.takeTrack<Real>(scores_, room.tangents);
  });
  if (room.use == Use::forward) return;
  memory.chosen.resize(chosen);
  memory.counts.resize(rows);
  memory.targets.resize(chosen);
}

template <typename Real>
size_t ClassScores<Real>::mostTouched(size_t count) const {
  return std::max(count * shape_.positions() * chosenByRow() + chosenByAll(), scores_);
}

template <typename Real>
void ClassScores<Real>::touch(const LayerMemory<Real>& memory, size_t count, size_t, TouchedRows& touched) const {
  const auto& m = static_cast<const ClassScoresMemory<Real>&>(memory);
  const size_t columns = chosenByRow();
  touched.clear(scores_);
  if (memory.chosenTargets) {
    for (size_t i = 0; i < count * shape_.positions(); ++i)
      for (size_t k = 0; k < m.counts[i]; ++k)
        touched.add(m.chosen[i * columns + k], {static_cast<uint32_t>(i * columns + k), 1});
  } else {
    for (size_t row = 0; row < scores_; ++row) touched.add(static_cast<uint32_t>(row), {0, 1});
  }
  touched.finish();
}

template <typename Real>
ChosenRows<Real> ClassScores<Real>::chosenRows(const Pass<Real>& pass) const {
  const ClassScoresMemory<Real>& memory = own(pass);
  const Range rows = rowsOfShare(pass);
  ChosenRows<Real> p{};
  p.chosen = memory.chosen.data();
  p.counts = memory.counts.data();
  p.most = chosenByRow();
  p.inputs = shape_.channels;
  p.input = constant(memory.input);
  p.weight = pass.parameters;
  p.bias = biases(pass);
  p.output = pass.output;
  p.delta = constant(pass.memory.delta);
  p.inputGradient = pass.memory.inputGradients[0].delta;
  p.begin = rows.begin;
  p.end = rows.end;
  return p;
}

template <typename Real>
void ClassScores<Real>::keepInputs(const Pass<Real>& pass) const {
  const size_t inputs = shape_.channels;
  const Range rows = rowsOfShare(pass);
  const Flow<Real> rowMajor{own(pass).input, pass.table().panelWidth, inputs};
  linearly(pass.memory.inputs[0], rowMajor, [&](const Panels<const Real>& from, const Panels<Real>& to) {
    pass.layerKernels().copyColumns({from, 0, to, 0, inputs, rows.begin, rows.end});
  });
}

template <typename Real>
void ClassScores<Real>::keepCoefficients(const Pass<Real>& pass, size_t first, size_t columns) const {
  const Range rows = rowsOfShare(pass);
  for (const Track<Real>& kept : {own(pass).coefficients, own(pass).biasCoefficients}) {
    const Flow<Real> rowMajor{kept, pass.table().panelWidth, columns};
    linearly(constant(pass.memory.delta), rowMajor, [&](const Panels<const Real>& from, const Panels<Real>& to) {
      pass.layerKernels().copyColumns({from, first, to, 0, columns, rows.begin, rows.end});
    });
  }
}

template <typename Real>
void ClassScores<Real>::forwardAll(const Pass<Real>& pass, const Flow<Real>& scores) const {
  const size_t inputs = shape_.channels;
  const Range rows = rowsOfShare(pass);
  const Flow<const Real> bias{biases(pass), pass.table().panelWidth, 0};  // every row is the same
  linearly(bias, scores, [&](const Panels<const Real>& from, const Panels<Real>& to) {
    pass.layerKernels().copyColumns({from, 0, to, 0, scores_, rows.begin, rows.end});
  });
  pass.member.barrier();
  const size_t count = pass.count * shape_.positions();
  const Operand<Real> x{count, inputs, pass.memory.inputs[0]};
  multiply(
      OperandProduct<Real>{
          x, transposed(weights(pass)), scores, {.accumulates = true, .nextColumn = pass.memory.afterOutputs}},
      pass.kernels, pass.member, count);
}

template <typename Real>
void ClassScores<Real>::backwardAll(const Pass<Real>& pass, const Flow<const Real>& scoreGradient) const {
  const size_t count = pass.count * shape_.positions(), width = pass.table().panelWidth;
  const Range panels = pass.member.share(ceilingOf(scores_, width));
  for (size_t panel = panels.begin; panel < panels.end; ++panel) {
    Flow<const Real> columns = scoreGradient;
    columns.data = columns.data + panel * columns.panelStride;
    sumColumns(pass, columns, count, std::min(width, scores_ - panel * width), own(pass).biasGradient + panel * width);
  }
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  if (!inputGradient.isWanted) return;
  const Operand<Real> delta{count, scores_, scoreGradient};
  const OperandProduct<Real> dx{delta,
                                weights(pass),
                                inputGradient.delta,
                                {.activation = inputGradient.activation,
                                 .output = inputGradient.output.data.values,
                                 .preactivation = inputGradient.preactivation.data.values}};
  multiply(dx, pass.kernels, pass.member, count);
  if (!dx.c.data.tangents) return;
  pass.member.barrier();
  finish(pass, inputGradient, shape_.channels, rowsOfShare(pass));
}

template <typename Real>
void ClassScores<Real>::chosenGradient(const Pass<Real>& pass, const MatrixRows& touched,
                                       const Track<Real>& gradient) const {
  const TouchedRows& all = pass.memory.matrices[touched.matrix].touched;
  ChosenGradient<Real> p{};
  p.begins = all.begins();
  p.entries = reinterpret_cast<const uint32_t*>(all.entries());
  p.most = chosenByRow();
  p.inputs = shape_.channels;
  p.coefficients = constant(touched.matrix == 0 ? own(pass).coefficients : own(pass).biasCoefficients);
  p.input = constant(own(pass).input);
  p.gradient = gradient;
  p.begin = touched.rows.begin;
  p.end = touched.rows.end;
  touched.matrix == 0 ? pass.layerKernels().chosenGradient(p) : pass.layerKernels().chosenBiasGradient(p);
}

template <typename Real>
void ClassScores<Real>::touchedGradient(const Pass<Real>& pass, const MatrixRows& touched,
                                        const Track<Real>& gradient) const {
  // Where the layer computes all scores, all rows are touched.
  pass.memory.chosenTargets ? chosenGradient(pass, touched, gradient) : parameterGradient(pass, touched, gradient);
}

template <typename Real>
void ClassScores<Real>::parameterGradient(const Pass<Real>& pass, const MatrixRows& block,
                                          const Track<Real>& gradient) const {
  const size_t width = pass.table().panelWidth, columns = block.matrix == 0 ? shape_.channels : 1;
  const Flow<Real> to{gradient, width, columns};
  if (pass.memory.chosenTargets) {
    clear(to, width, columns, {0, block.rows.size()});
    const auto& all = pass.memory.matrices[block.matrix].touched.rows();
    for (auto row = std::ranges::lower_bound(all, block.rows.begin); row != all.end() && *row < block.rows.end; ++row) {
      const auto slot = static_cast<size_t>(row - all.begin());
      chosenGradient(pass, {block.matrix, {slot, slot + 1}}, gradient + (*row - block.rows.begin) * columns);
    }
    return;
  }
  if (block.matrix == 1) {
    const Track<Real> sums = own(pass).biasGradient;
    std::copy(sums.values + block.rows.begin, sums.values + block.rows.end, gradient.values);
    if (gradient.tangents)
      std::copy(sums.tangents + block.rows.begin, sums.tangents + block.rows.end, gradient.tangents);
    return;
  }
  const size_t count = pass.count * shape_.positions();
  const Operand<Real> delta{count, scores_, scoreGradientOf(pass)}, x{count, columns, pass.memory.inputs[0]};
  multiply(OperandProduct<Real>{transposed(delta), x, to, {}, block.rows.begin}, pass.kernels, block.rows);
}

template class ClassScores<float>;
template class ClassScores<double>;

}  // namespace glissade
