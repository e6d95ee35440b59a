#pragma once

#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "arch/kernels.h"
#include "data/random.h"
#include "matrix/buffer.h"
#include "parallel/team.h"

namespace glissade {

/// A parameter of a layer: its name in it, its shape, and whether weight decay applies to it.
struct ParameterShape {
  std::string name;
  std::vector<size_t> shape;
  bool decays;

  size_t size() const { return std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>()); }
};

/// What a layer keeps between the ways forward and back, for up to a number of rows.
template <typename Real>
struct LayerMemory {
  Buffer<Real> output, preactivation, gradient;          // gradient: of the loss with respect to `output`
  Buffer<Real> packed, packedGradient, packedTranspose;  // right-hand sides of its products
};

/// One minibatch in one layer.
template <typename Real>
struct Pass {
  const Kernels& kernels;
  const Member& member;
  size_t rows;
  const Real* parameters;
  const Real* input;
  LayerMemory<Real>& memory;
};

/// A differentiable step of a network. All members of a team call its methods together; each returns past a barrier.
template <typename Real>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual size_t inputs() const = 0;
  virtual size_t outputs() const = 0;
  virtual std::vector<ParameterShape> parameters() const = 0;
  virtual void initialize(Random& random, Real* parameters) const = 0;

  enum class Use { forward, training, trainingFirst };  // the first layer has no gradient of its input to find
  virtual LayerMemory<Real> allocate(size_t rows, Use use) const = 0;

  /// input → memory.output
  virtual void forward(const Pass<Real>& pass) const = 0;

  /// memory.gradient (which it may overwrite) → the gradients of its parameters, and of its input where wanted.
  virtual void backward(const Pass<Real>& pass, Real* parameterGradient, Real* inputGradient) const = 0;
};

}  // namespace glissade
