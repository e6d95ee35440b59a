#pragma once

#include "layers/layer.h"
#include "matrix/divided_product.h"

namespace glissade {

/// What an affine map keeps: its factors in bfloat16, and parts of sums where its matrix is divided by depth.
template <typename Real>
struct AffineMemory {
  RoundedMatrix<Real> inputs, weights, delta;
  Buffer<std::byte> rounded;       // the memory of these three; empty unless products are in bfloat16
  bool areInputsGathered = false;  // whether `inputs` are found before forward()
  DividedProduct<Real> divided;
};

/// Rows that members share: how many there are, and those of a member. The share begins at an even row.
struct SharedRows {
  size_t count;
  Range share;
};

/// y = x·W + b for each row of x, as a part of a layer. W of shape [inputs, outputs] is one of the layer's matrices. In
/// memory b is the row after W, and each row of x ends in a 1.
template <typename Real>
class Affine {
 public:
  using Room = typename Layer<Real>::Room;

  /// `matrix` and `offset` say which of the layer's matrices it is, and where that begins in the layer's parameters.
  Affine(size_t inputs, size_t outputs, bool hasBias, size_t matrix = 0, size_t offset = 0)
      : inputs_(inputs), outputs_(outputs), hasBias_(hasBias), matrix_(matrix), offset_(offset) {}

  ParameterMatrix matrix() const { return {inputs_ + (hasBias_ ? 1 : 0), outputs_}; }

  /// For up to `rows` rows.
  void allocate(const Room& room, size_t rows, AffineMemory<Real>& memory) const;

  /// Chooses the division of the matrix among members, for steps on `rows` rows. `isFirst`: the gradient of x is not
  /// wanted.
  struct Work {
    size_t members, rows;
    bool isFirst;
  };
  void divide(const Work& work, const Kernels& kernels, MatrixMemory& matrix, AffineMemory<Real>& memory) const;

  /// Converts some rows of the changed matrix.
  void refresh(const Kernels& kernels, const Range& rows, const Real* parameters, AffineMemory<Real>& memory) const;

  /// y.c ← activation(x·W + b). `y` says which activation, and what else becomes of it; here are the factors.
  void forward(const Pass<Real>& pass, const SharedRows& rows, const Flow<const Real>& x, OperandProduct<Real> y,
               AffineMemory<Real>& memory) const;

  /// inputGradient.delta ← delta·Wᵀ, if it is wanted. Must be called in any case: it prepares gradient().
  void backward(const Pass<Real>& pass, const SharedRows& rows, const Flow<const Real>& delta,
                const InputGradient<Real>& inputGradient, AffineMemory<Real>& memory) const;

  /// The gradient with respect to some rows of the matrix, from `count` rows of x and delta: xᵀ·delta.
  void gradient(const Pass<Real>& pass, size_t count, const Flow<const Real>& x, const Flow<const Real>& delta,
                const Range& rows, const Track<Real>& gradient, const AffineMemory<Real>& memory) const;

 private:
  Operand<Real> weights(const Pass<Real>& pass, const AffineMemory<Real>& memory) const {
    return memory.weights.of({pass.parameters + offset_, pass.table().panelWidth, outputs_});
  }
  void forwardByOwners(const Pass<Real>& pass, const SharedRows& rows, const OperandProduct<Real>& product,
                       AffineMemory<Real>& memory) const;

  size_t inputs_, outputs_;
  bool hasBias_;
  size_t matrix_, offset_;
};

}  // namespace glissade
