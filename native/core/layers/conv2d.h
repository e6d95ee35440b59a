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

/// What a convolution keeps: its weights in bfloat16.
template <typename Real>
struct ConvolutionMemory : LayerMemory<Real> {
  RoundedMatrix<Real> roundedWeights;
  Buffer<std::byte> rounded;  // its memory
};

/// A convolution (in the sense of deep learning: a cross-correlation) with weights of shape [height, width, channels,
/// outputs]. It is a product of matrices: im2col makes a row of each window, and the rows are multiplied with the
/// weights. im2col lays out a block of rows at a time, in a scratch that stays in the second-level cache.
template <typename Real>
class Conv2d : public LayerWith<Real, ConvolutionMemory<Real>> {
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
  bool writesOnes() const override { return true; }
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override;
  size_t scratchSize(const Room<Real>& room) const override;
  void refresh(const Kernels& kernels, LayerMemory<Real>& memory, const MatrixRows& changed,
               const Real* parameters) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override;

 protected:
  size_t depth() const { return windows_.taps() * image_.channels; }
  const Shape& image() const { return image_; }
  const Windows& windows() const { return windows_; }
  const Conv2dOptions& options() const { return options_; }

 private:
  using LayerWith<Real, ConvolutionMemory<Real>>::own;
  struct Scratch;
  Scratch scratchOf(const Pass<Real>& pass) const;

  size_t rows() const { return depth() + (options_.bias ? 1 : 0); }
  size_t blockRows() const;
  Operand<Real> weights(const Pass<Real>& pass) const {
    return own(pass).roundedWeights.of({pass.parameters, pass.table().panelWidth, options_.channels}, rows(),
                                       options_.channels);
  }
  void layOutPatches(const Pass<Real>& pass, const Flow<Real>& patches, const Range& taps, const Range& outputs) const;
  template <typename Work>
  void forEachBlock(const Range& rows, Work work) const;

  Shape image_;
  Windows windows_;
  Conv2dOptions options_;
};

}  // namespace glissade
