#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "layers/layer.h"

namespace glissade {

/// A parameter tensor in the slab that holds all parameters of a network.
struct TensorPlace {
  std::string name;  // "layers.0.weight"
  std::vector<size_t> shape;
  size_t offset, size;
  bool decays;
};

/// The memory of one minibatch's way through a network.
template <typename Real>
struct Workspace {
  size_t rows;
  std::vector<LayerMemory<Real>> layers;
};

/// A chain of layers. It holds no parameters: they live in a slab that is lent for each call.
template <typename Real>
class Network {
 public:
  explicit Network(std::vector<std::unique_ptr<Layer<Real>>> layers);

  size_t inputs() const { return layers_.front()->inputs(); }
  size_t outputs() const { return layers_.back()->outputs(); }
  const std::vector<TensorPlace>& tensors() const { return tensors_; }
  size_t parameterCount() const { return parameterCount_; }

  /// @throws Error ERR_SHAPE where the rows of `data` are no inputs of this network.
  void checkInputs(const Dataset& data) const;

  void initialize(uint64_t seed, Real* parameters) const;

  Workspace<Real> allocate(size_t rows, typename Layer<Real>::Use use) const;

  /// Rows of inputs → outputs, in the workspace. All members of a team call this together.
  const Real* forward(const Kernels& kernels, const Member& member, const Real* parameters, const Real* inputs,
                      size_t rows, Workspace<Real>& workspace) const;

  /// Where the gradient of the loss with respect to the outputs goes, before `backward`.
  Real* outputGradient(Workspace<Real>& workspace) const { return workspace.layers.back().gradient.data(); }

  /// After `forward` of the same rows: fills `gradient`, laid out as the parameters are.
  void backward(const Kernels& kernels, const Member& member, const Real* parameters, const Real* inputs, size_t rows,
                Workspace<Real>& workspace, Real* gradient) const;

 private:
  std::vector<std::unique_ptr<Layer<Real>>> layers_;
  std::vector<size_t> offsets_;  // of each layer's parameters
  std::vector<TensorPlace> tensors_;
  size_t parameterCount_ = 0;
};

}  // namespace glissade
