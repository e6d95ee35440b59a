#include "layers/affine.h"

#include <algorithm>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
void Affine<Real>::allocate(const Room<Real>& room, AffineMemory<Real>& memory) const {
  if (room.precision == Precision::full) return;
  const bool isForward = room.use == Use::forward;
  const size_t rows = checkedProduct(room.rows, shape_.positions());
  memory.rounded = laidOut([&](Arena& arena) {
    memory.inputs = {arena, room.panelWidth(), rows, matrix().rows, isForward ? Pairing::columns : Pairing::both};
    memory.weights = {arena, room.panelWidth(), matrix().rows, outputs_, isForward ? Pairing::rows : Pairing::both};
    if (!isForward) memory.delta = {arena, room.panelWidth(), rows, outputs_, Pairing::both};
  });
}

template <typename Real>
void Affine<Real>::divide(const Work& work, const Kernels& kernels, MatrixMemory& matrix,
                          AffineMemory<Real>& memory) const {
  const size_t width = kernels.of<Real>().panelWidth, depth = matrix.rows, rows = work.examples * shape_.positions();
  matrix.division = fastestDivision({.rows = depth,
                                     .inputs = inputs_,
                                     .outputs = outputs_,
                                     .examples = rows,
                                     .members = work.members,
                                     .panelWidth = width,
                                     .bytes = sizeof(Real),
                                     .isFirst = work.isFirst,
                                     .mayDivideDepth = memory.rounded.size() == 0,
                                     .isFrozen = matrix.isFrozen});
  if (matrix.division == Division::depth)
    memory.divided.reserve(width, rows, outputs_, partsOf(depth, firstOwnedEnd(depth, kBlockTerms, work.members)));
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
void Affine<Real>::forward(const Pass<Real>& pass, const Flow<const Real>& x, const Flow<Real>& y,
                           const Epilogue<Real>& epilogue, AffineMemory<Real>& memory) const {
  const MatrixMemory& matrix = pass.memory.matrices[matrix_];
  const size_t rows = countRows(pass);
  const Range share = rowsOf(pass.share, shape_);
  if (memory.rounded.size() > 0) {
    if (!memory.areInputsGathered) memory.inputs.pairColumns(pass.kernels, x, matrix.rows, share);
    if (!matrix.isFrozen) memory.inputs.pairRows(pass.kernels, x, matrix.rows, share, rows);
    pass.member.barrier();
  }
  const OperandProduct<Real> product{memory.inputs.of(x, rows, matrix.rows), weights(pass, memory), y, epilogue};
  if (matrix.division == Division::depth && pass.owned(matrix_).firstEnd < matrix.rows)
    return forwardByOwners(pass, product, memory);
  multiply(product, pass.kernels, pass.member, rows);
  if (!y.data.tangents) return;
  pass.member.barrier();
  activate(pass, epilogue.activation, outputs_, share);
}

/// Each member adds the products of the rows of W that it owns.
template <typename Real>
void Affine<Real>::forwardByOwners(const Pass<Real>& pass, const OperandProduct<Real>& product,
                                   AffineMemory<Real>& memory) const {
  const OwnedRows owned = pass.owned(matrix_);
  Product<Real> y = product.valuesAlone();
  const bool isBiasAlone = hasBias_ && inputs_ % kBlockTerms == 0;
  if (isBiasAlone) y.depth = inputs_;
  memory.divided.sum(y, pass.table(), owned.rows, owned.firstEnd, countRows(pass));
  pass.member.barrier();
  const Real* const bias = isBiasAlone ? y.b.data + inputs_ * outputs_ : nullptr;
  memory.divided.add(y, bias, pass.table(), owned.firstEnd, rowsOf(pass.share, shape_));
}

template <typename Real>
void Affine<Real>::backward(const Pass<Real>& pass, const Flow<const Real>& delta,
                            const InputGradient<Real>& inputGradient, AffineMemory<Real>& memory) const {
  const MatrixMemory& matrix = pass.memory.matrices[matrix_];
  const size_t rows = countRows(pass);
  const Range share = rowsOf(pass.share, shape_);
  if (!matrix.isFrozen) memory.delta.pairRows(pass.kernels, delta, outputs_, share, rows);
  if (!inputGradient.isWanted) return;
  memory.delta.pairColumns(pass.kernels, delta, outputs_, share);
  // Another member may have written what this one adds to: maps of a layer may be divided differently.
  if (memory.rounded.size() > 0 || inputGradient.accumulates) pass.member.barrier();
  Operand<Real> weights = this->weights(pass, memory);
  weights.rows = inputs_;  // without the biases
  const OperandProduct<Real> dx{memory.delta.of(delta, rows, outputs_),
                                transposed(weights),
                                inputGradient.delta,
                                {.accumulates = inputGradient.accumulates,
                                 .activation = inputGradient.activation,
                                 .output = inputGradient.output.data.values,
                                 .preactivation = inputGradient.preactivation.data.values}};
  const auto panelAt = [&](size_t row) { return ceilingOf(std::min(row, inputs_), pass.table().panelWidth); };
  if (matrix.division == Division::even) {
    multiply(dx, pass.kernels, pass.member, rows);
  } else {  // each member computes the gradient of the inputs that are its rows of W
    const Range owned = pass.owned(matrix_).rows;
    multiply(dx, pass.kernels, PanelRange{0, rows, panelAt(owned.begin), panelAt(owned.end)});
  }
  if (!dx.c.data.tangents) return;
  pass.member.barrier();
  finish(pass, inputGradient, inputs_, share);
}

template <typename Real>
void Affine<Real>::gradient(const Pass<Real>& pass, const Flow<const Real>& x, const Flow<const Real>& delta,
                            const Range& rows, const Track<Real>& gradient, const AffineMemory<Real>& memory) const {
  const size_t count = countRows(pass);
  Range ofProduct = rows;
  if (memory.rounded.size() == 0) {  // in bfloat16 the biases' gradient is that of the 1s times the rounded deltas
    if (rows.end > inputs_) sumColumns(pass, delta, count, outputs_, gradient + (inputs_ - rows.begin) * outputs_);
    ofProduct.end = std::min(rows.end, inputs_);
    if (ofProduct.begin >= ofProduct.end) return;
  }
  const OperandProduct<Real> dw{transposed(memory.inputs.of(x, count, matrix().rows)),
                                memory.delta.of(delta, count, outputs_),
                                {gradient, pass.table().panelWidth, outputs_},
                                {},
                                rows.begin};
  multiply(dw, pass.kernels, ofProduct);
}

template class Affine<float>;
template class Affine<double>;

}  // namespace glissade
