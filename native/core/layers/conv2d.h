#pragma once

#include <type_traits>

#include "layers/initializer.h"
#include "layers/windows.h"

namespace glissade {

struct Conv2dOptions {
  size_t channels;
  Activation activation;
  bool bias;
  Initializer initializer;
};

/// A convolution (in the sense of deep learning: a cross-correlation) with weights of shape [height, width, channels,
/// outputs]. It is a product of matrices: im2col makes a row of each window, and the rows are multiplied with the
/// weights. im2col lays out a block of rows at a time, in a scratch that stays in the second-level cache.
template <typename Real>
class Conv2d : public Layer<Real> {
 public:
  Conv2d(const Shape& image, const Windows& windows, const Conv2dOptions& options)
      : image_(image), windows_(windows), options_(options) {}

  Shape outputs() const override { return shapeOf(windows_, options_.channels); }
  Activation activation() const override { return options_.activation; }
  std::vector<Tensor> tensors() const override;
  void initialize(Random& random, Real* parameters) const override;
  std::vector<ParameterMatrix> matrices() const override { return {{rows(), options_.channels}}; }
  bool computesIn(Precision precision) const override {
    return precision == Precision::full || std::is_same_v<Real, float>;
  }
  void allocate(const typename Layer<Real>::Room& room, LayerMemory<Real>& memory) const override;
  void setTeamSize(size_t members, const Kernels& kernels, Tangents tangents, LayerMemory<Real>& memory) const override;
  void refresh(const Kernels& kernels, LayerMemory<Real>& memory, const Range& rows,
               const Real* parameters) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const typename Layer<Real>::MatrixRows& block,
                         const Track<Real>& gradient) const override;

 protected:
  size_t depth() const { return windows_.taps() * image_.channels; }
  const Shape& image() const { return image_; }
  const Windows& windows() const { return windows_; }
  const Conv2dOptions& options() const { return options_; }
  /// Of the operands of products in bfloat16, at most.
  struct PairSizes {
    size_t width;           // of panels
    size_t rows, terms;     // of A in A·W: its rows, and the terms of a sum
    size_t summed, inputs;  // of A in Aᵀ·B: its rows, as many as B has, and its columns
  };
  void addPairScratch(size_t members, LayerMemory<Real>& memory, const PairSizes& sizes) const;
  /// Whether products are in bfloat16, and this member's operands then.
  static bool isInPairs(const Pass<Real>& pass) { return !pass.memory.pairs.isEmpty(); }
  static PairOperands& operands(const Pass<Real>& pass) { return pass.memory.pairs.scratch[pass.member.index()]; }

 private:
  static constexpr size_t kScratch = 32768;  // numbers of a member's patches
  static constexpr size_t kLeastRows = 16;

  size_t rows() const { return depth() + (options_.bias ? 1 : 0); }
  size_t blockRows() const;
  Flow<const Real> weights(const Pass<Real>& pass) const {
    return {pass.parameters, pass.table().panelWidth, options_.channels};
  }
  void multiplyByWeights(const FlowProduct<Real>& product, const Pass<Real>& pass, size_t rows) const;
  Flow<Real> scratch(const Pass<Real>& pass) const;
  void layOutPatches(const Pass<Real>& pass, const Flow<Real>& patches, const Range& taps, const Range& outputs) const;
  template <typename Work>
  void forEachBlock(const Range& rows, Work work) const;

  Shape image_;
  Windows windows_;
  Conv2dOptions options_;
};

}  // namespace glissade
