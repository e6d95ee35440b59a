#pragma once

#include <type_traits>

#include "layers/layer.h"

namespace glissade {

/// y = activation(x·W + b), W of shape [inputs, outputs]. In memory b is the row below W, and the inputs end in a one.
template <typename Real>
class Dense : public Layer<Real> {
 public:
  Dense(size_t inputs, size_t outputs, Activation activation)
      : inputs_(inputs), outputs_(outputs), activation_(activation) {}

  size_t inputs() const override { return inputs_; }
  size_t outputs() const override { return outputs_; }
  Activation activation() const override { return activation_; }
  std::vector<ParameterShape> parameters() const override;
  void initialize(Random& random, Real* parameters) const override;
  bool computesIn(Precision precision) const override {
    return precision == Precision::full || std::is_same_v<Real, float>;
  }
  PairMemory allocatePairs(size_t width, size_t rows, Use use) const override;
  void refresh(const Kernels& kernels, LayerMemory<Real>& memory, const Range& rows,
               const Real* parameters) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass, const typename Layer<Real>::Below* below) const override;
  size_t parameterRows() const override { return inputs_ + 1; }
  void parameterGradient(const Kernels& kernels, LayerMemory<Real>& memory, size_t count, const Range& rows,
                         Real* gradient) const override;

 private:
  template <typename Element>
  void forward(const Pass<Real>& pass, const Panels<const Element>& x, const Panels<const Element>& w,
               size_t depth) const;
  template <typename Element>
  void backward(const Pass<Real>& pass, const typename Layer<Real>::Below& below, const Panels<const Element>& delta,
                const Panels<const Element>& w, size_t depth) const;
  template <typename Element>
  void parameterGradient(const Kernels& kernels, const Panels<const Element>& x, const Panels<const Element>& delta,
                         size_t depth, const Range& rows, Real* gradient) const;

  size_t inputs_, outputs_;
  Activation activation_;
};

}  // namespace glissade
