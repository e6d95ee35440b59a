#include "layers/affine.h"

#include <algorithm>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
void Affine<Real>::allocate(const Room& room, size_t rows, AffineMemory<Real>& memory) const {
  if (room.precision == Precision::full) return;
  const bool isForward = room.use == Use::forward;
  memory.rounded = laidOut([&](Arena& arena) {
    memory.inputs = {arena, room.panelWidth(), rows, matrix().rows, isForward ? Pairing::columns : Pairing::both};
    memory.weights = {arena, room.panelWidth(), matrix().rows, outputs_, isForward ? Pairing::rows : Pairing::both};
    if (!isForward) memory.delta = {arena, room.panelWidth(), rows, outputs_, Pairing::both};
  });
}

template <typename Real>
void Affine<Real>::divide(const Work& work, const Kernels& kernels, MatrixMemory& matrix,
                          AffineMemory<Real>& memory) const {
  const size_t width = kernels.of<Real>().panelWidth, depth = matrix.rows;
  matrix.division = fastestDivision({.rows = depth,
                                     .inputs = inputs_,
                                     .outputs = outputs_,
                                     .examples = work.rows,
                                     .members = work.members,
                                     .panelWidth = width,
                                     .bytes = sizeof(Real),
                                     .isFirst = work.isFirst,
                                     .mayDivideDepth = memory.rounded.size() == 0,
                                     .isFrozen = matrix.isFrozen});
  if (matrix.division == Division::depth)
    memory.divided.reserve(width, work.rows, outputs_, partsOf(depth, firstOwnedEnd(depth, kBlockTerms, work.members)));
}

template <typename Real>
void Affine<Real>::refresh(const Kernels& kernels, const Range& rows, const Real* parameters,
                           AffineMemory<Real>& memory) const {
  const Track<const Real> matrix{parameters + offset_, nullptr};
  const Flow<const Real> weights{matrix, kernels.of<Real>().panelWidth, outputs_};
  memory.weights.pairRows(kernels, weights, outputs_, rows, this->matrix().rows);
  memory.weights.pairColumns(kernels, weights, outputs_, rows);
}

template <typename Real>
void Affine<Real>::forward(const Pass<Real>& pass, const SharedRows& rows, const Flow<const Real>& x,
                           OperandProduct<Real> y, AffineMemory<Real>& memory) const {
  const MatrixMemory& matrix = pass.memory.matrices[matrix_];
  if (memory.rounded.size() > 0) {
    if (!memory.areInputsGathered) memory.inputs.pairColumns(pass.kernels, x, matrix.rows, rows.share);
    if (!matrix.isFrozen) memory.inputs.pairRows(pass.kernels, x, matrix.rows, rows.share, rows.count);
    pass.member.barrier();
  }
  y.a = memory.inputs.of(x);
  y.b = weights(pass, memory);
  y.values.columns = outputs_;
  y.values.depth = matrix.rows;
  if (matrix.division == Division::depth && pass.owned(matrix_).firstEnd < matrix.rows)
    return forwardByOwners(pass, rows, y, memory);
  y.forEach([&](const auto& product) { multiply(product, pass.kernels, pass.member, rows.count); });
  if (!y.c.data.tangents) return;
  pass.member.barrier();
  activate(pass, y.values.activation, outputs_, rows.share);
}

/// Each member adds the products of the rows of W that it owns.
template <typename Real>
void Affine<Real>::forwardByOwners(const Pass<Real>& pass, const SharedRows& rows, const OperandProduct<Real>& product,
                                   AffineMemory<Real>& memory) const {
  const OwnedRows owned = pass.owned(matrix_);
  Product<Real> y = product.valuesAlone();
  const bool isBiasAlone = hasBias_ && inputs_ % kBlockTerms == 0;
  if (isBiasAlone) y.depth = inputs_;
  memory.divided.sum(y, pass.table(), owned.rows, owned.firstEnd, rows.count);
  pass.member.barrier();
  const Real* const bias = isBiasAlone ? y.b.data + inputs_ * outputs_ : nullptr;
  memory.divided.add(y, bias, pass.table(), owned.firstEnd, rows.share);
}

template <typename Real>
void Affine<Real>::backward(const Pass<Real>& pass, const SharedRows& rows, const Flow<const Real>& delta,
                            const InputGradient<Real>& inputGradient, AffineMemory<Real>& memory) const {
  const MatrixMemory& matrix = pass.memory.matrices[matrix_];
  if (!matrix.isFrozen) memory.delta.pairRows(pass.kernels, delta, outputs_, rows.share, rows.count);
  if (!inputGradient.isWanted) return;
  memory.delta.pairColumns(pass.kernels, delta, outputs_, rows.share);
  if (memory.rounded.size() > 0) pass.member.barrier();
  const OperandProduct<Real> dx{memory.delta.of(delta),
                                transposed(weights(pass, memory)),
                                inputGradient.delta,
                                {.columns = inputs_,
                                 .depth = outputs_,
                                 .accumulates = inputGradient.accumulates,
                                 .activation = inputGradient.activation,
                                 .output = inputGradient.output.data.values,
                                 .preactivation = inputGradient.preactivation.data.values}};
  const auto panelAt = [&](size_t row) { return ceilingOf(std::min(row, inputs_), pass.table().panelWidth); };
  dx.forEach([&](const auto& product) {
    if (matrix.division == Division::even) return multiply(product, pass.kernels, pass.member, rows.count);
    // Each member finds the gradient of the inputs that are its rows of W.
    const Range owned = pass.owned(matrix_).rows;
    multiply(product, pass.kernels, PanelRange{0, rows.count, panelAt(owned.begin), panelAt(owned.end)});
  });
  if (!dx.c.data.tangents) return;
  pass.member.barrier();
  finish(pass, inputGradient, inputs_, rows.share);
}

template <typename Real>
void Affine<Real>::gradient(const Pass<Real>& pass, size_t count, const Flow<const Real>& x,
                            const Flow<const Real>& delta, const Range& rows, const Track<Real>& gradient,
                            const AffineMemory<Real>& memory) const {
  Range ofProduct = rows;
  if (memory.rounded.size() == 0) {  // in bfloat16 the biases' gradient is that of the 1s times the rounded deltas
    if (rows.end > inputs_) sumColumns(pass, delta, count, outputs_, gradient + (inputs_ - rows.begin) * outputs_);
    ofProduct.end = std::min(rows.end, inputs_);
    if (ofProduct.begin >= ofProduct.end) return;
  }
  const OperandProduct<Real> dw{transposed(memory.inputs.of(x)),
                                memory.delta.of(delta),
                                {gradient, pass.table().panelWidth, outputs_},
                                {.columns = outputs_, .depth = count, .firstRow = rows.begin}};
  dw.forEach([&](const auto& product) { multiply(product, pass.kernels, ofProduct); });
}

template class Affine<float>;
template class Affine<double>;

}  // namespace glissade
