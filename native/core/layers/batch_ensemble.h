#pragma once

#include <type_traits>

#include "layers/initializer.h"
#include "layers/layer.h"

namespace glissade {

/// How the input adapters start: at 1, at random signs, or normal. `automatic`: signs where all members read the same
/// input, else 1.
enum class Adapters { automatic, ones, signs, normal };

struct BatchEnsembleOptions {
  size_t outputs, members;
  Activation activation = Activation::identity;
  bool bias = true;
  Initializer initializer = Initializer::automatic;
  Adapters adapters = Adapters::automatic;
};

/// What the layer keeps for training: gradients, of W, of r for each panel of outputs, of s for each block of inputs,
/// and of b. And the factors of products in bfloat16; `inputs` and `deltas` are by member.
template <typename Real>
struct BatchEnsembleMemory : LayerMemory<Real> {
  Track<Real> weight{}, r{}, s{}, bias{};
  RoundedMatrix<Real> weights;
  std::vector<RoundedMatrix<Real>> inputs, deltas;
  Buffer<std::byte> saved, rounded;  // the memory of the gradients, and of the factors
};

/// Dense layers of the members of an ensemble, which share W and differ in vectors (Wen, Tran & Ba 2020,
/// arXiv:2002.06715; with biases of members, as in Gorishniy, Kotelnikov & Babenko 2025, arXiv:2410.24210):
///
///     yₘ = activation(sₘ ⊙ (rₘ ⊙ xₘ)·W + bₘ)
///
/// The members are positions. Inputs without positions are those of every member.
///
/// Neither rₘ ⊙ x nor its product is kept. With δ the gradient with respect to the preactivations, one matrix for each
/// member, Hₘ = xₘᵀ·δₘ, gives all gradients of parameters. The Hₘ take as long as the gradient of one W.
///
///     dW = Σ rₘ·sₘᵀ ⊙ Hₘ     drₘ = (W ⊙ Hₘ)·sₘ     dsₘ = (W ⊙ Hₘ)ᵀ·rₘ     dbₘ = Σ δₘ     dxₘ = rₘ ⊙ (sₘ ⊙ δₘ)·Wᵀ
template <typename Real>
class BatchEnsemble : public LayerWith<Real, BatchEnsembleMemory<Real>> {
 public:
  /// @throws Error ERR_SHAPE if the inputs have positions, but not one for each member.
  BatchEnsemble(const Shape& inputs, const BatchEnsembleOptions& options);

  Shape outputs() const override { return {options_.members, 1, options_.outputs}; }
  Activation activation() const override { return options_.activation; }
  std::vector<Tensor> tensors() const override;
  void initialize(Random& random, Real* parameters) const override;
  std::vector<ParameterMatrix> matrices() const override;
  size_t gradientPositions() const override { return 1; }  // backward() sums all positions
  bool computesIn(Precision precision) const override {
    return precision == Precision::full || std::is_same_v<Real, float>;
  }
  bool writesOnes() const override { return true; }
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override;
  size_t scratchSize(const Room<Real>& room) const override;
  void refresh(const Kernels& kernels, LayerMemory<Real>& memory, const MatrixRows& changed,
               const Real* parameters) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override;

 private:
  using LayerWith<Real, BatchEnsembleMemory<Real>>::own;
  enum Matrix { kWeight, kR, kS, kBias };
  struct Scratch;

  Scratch scratchOf(const Pass<Real>& pass) const;
  size_t examplesAtOnce() const;
  Operand<Real> weights(const Pass<Real>& pass) const;
  size_t offsetOf(Matrix matrix) const;
  Track<const Real> parametersOf(const Pass<Real>& pass, Matrix matrix) const {
    return pass.parameters + offsetOf(matrix);
  }
  Flow<const Real> inputsOf(const Pass<Real>& pass, size_t member) const;
  Flow<const Real> deltaOf(const Pass<Real>& pass, size_t member) const;
  template <typename Work>
  void forEachBlock(const Pass<Real>& pass, Work work) const;
  void inputGradient(const Pass<Real>& pass, const Scratch& scratch) const;
  void round(const Pass<Real>& pass) const;
  void gradients(const Pass<Real>& pass, const Scratch& scratch, size_t member, const Range& inputs,
                 size_t panel) const;

  Shape shape_;  // of the inputs
  BatchEnsembleOptions options_;
};

}  // namespace glissade
