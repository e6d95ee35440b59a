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

/// y = x·W + b at each position, as a part of a layer. W of shape [inputs, outputs] is one of the layer's matrices. In
/// memory b is the row after W, and each row of x ends in a 1.
template <typename Real>
class Affine {
 public:
  /// `matrix` and `offset` say which of the layer's matrices it is, and where that begins in the layer's parameters.
  Affine(const Shape& x, size_t outputs, bool hasBias, size_t matrix = 0, size_t offset = 0)
      : shape_(x), inputs_(x.channels), outputs_(outputs), hasBias_(hasBias), matrix_(matrix), offset_(offset) {}

  ParameterMatrix matrix() const { return {inputs_ + (hasBias_ ? 1 : 0), outputs_}; }

  void allocate(const Room<Real>& room, AffineMemory<Real>& memory) const;

  /// Chooses the division of the matrix among members, for steps on `examples` examples. `isFirst`: the gradient of x
  /// is not wanted.
  struct Work {
    size_t members, examples;
    bool isFirst;
  };
  void divide(const Work& work, const Kernels& kernels, MatrixMemory& matrix, AffineMemory<Real>& memory) const;

  /// Converts some rows of the changed matrix.
  void refresh(const Kernels& kernels, const Range& rows, const Real* parameters, AffineMemory<Real>& memory) const;

  /// y ← activation(x·W + b), with the activation of the epilogue.
  void forward(const Pass<Real>& pass, const Flow<const Real>& x, const Flow<Real>& y, const Epilogue<Real>& epilogue,
               AffineMemory<Real>& memory) const;

  /// inputGradient.delta ← delta·Wᵀ, if it is wanted. Must be called in any case: it prepares gradient().
  void backward(const Pass<Real>& pass, const Flow<const Real>& delta, const InputGradient<Real>& inputGradient,
                AffineMemory<Real>& memory) const;

  /// The gradient with respect to some rows of the matrix: xᵀ·delta.
  void gradient(const Pass<Real>& pass, const Flow<const Real>& x, const Flow<const Real>& delta, const Range& rows,
                const Track<Real>& gradient, const AffineMemory<Real>& memory) const;

 private:
  size_t countRows(const Pass<Real>& pass) const { return pass.count * shape_.positions(); }
  Operand<Real> weights(const Pass<Real>& pass, const AffineMemory<Real>& memory) const {
    return memory.weights.of({pass.parameters + offset_, pass.table().panelWidth, outputs_}, matrix().rows, outputs_);
  }
  void forwardByOwners(const Pass<Real>& pass, const OperandProduct<Real>& product, AffineMemory<Real>& memory) const;

  Shape shape_;  // of x
  size_t inputs_, outputs_;
  bool hasBias_;
  size_t matrix_, offset_;
};

}  // namespace glissade
