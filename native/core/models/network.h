#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "layers/layer.h"
#include "models/inputs.h"
#include "models/parameter_matrices.h"

namespace glissade {

/// A parameter tensor in the slab that holds all parameters of a network.
struct TensorPlace {
  std::string name;  // "layers.0.weight"
  std::vector<size_t> shape;
  size_t offset, size;
  bool decays, trains;
  bool isSparse = false;  // whether a minibatch touches only some of its rows
  Sides sides = Sides::any;
};

/// A layer in a network, what it is called, and where its inputs come from: first come the network's inputs, then its
/// layers.
template <typename Real>
struct Node {
  std::string name;
  std::unique_ptr<Layer<Real>> layer;
  std::vector<size_t> from;
};

template <typename Real>
class Workspace;

/// Layers, each behind those that it takes its inputs from; the last one makes the outputs. It holds no parameters:
/// they live in a slab that is lent to a Workspace, in which minibatches go through it.
template <typename Real>
class Network {
 public:
  /// @throws Error ERR_SHAPE where the outputs are an image, ERR_OUT_OF_RANGE for too many parameters.
  Network(std::vector<NetworkInput> inputs, std::vector<Node<Real>> nodes);
  Network(const Shape& inputs, std::vector<Node<Real>> nodes)
      : Network(std::vector{NetworkInput::numbers(inputs)}, std::move(nodes)) {}

  const NetworkInputs& inputs() const { return inputs_; }
  size_t outputs() const { return nodes_.back().layer->outputs().channels; }
  const std::vector<TensorPlace>& tensors() const { return tensors_; }
  size_t parameterCount() const { return parameterCount_; }
  /// The parameters that train, as matrices.
  const ParameterMatrices& matrices() const { return matrices_; }

  /// About how many multiplications an example takes on its way forward.
  size_t workOfExample() const { return work_; }

  /// How many examples go forward at a time, so that their activations stay in the second-level cache or near it.
  size_t forwardRows() const;

  /// @throws Error ERR_INVALID_ARGUMENT where a layer can't compute in it.
  void checkPrecision(Precision precision) const;

  void initialize(uint64_t seed, Real* parameters) const;

  /// Whether it is x·W + b, or x·W, of one input block.
  bool isLinear() const;

  /// Whether Workspace::largestFactors bounds the gradient with respect to all parameters.
  bool boundsGradient() const;

 private:
  friend class Workspace<Real>;

  NetworkInputs inputs_;
  std::vector<Node<Real>> nodes_;
  std::vector<size_t> offsets_;    // of each layer's parameters
  std::vector<size_t> consumers_;  // how many take a layer's outputs
  std::vector<bool> leads_;        // whether the way back goes on from a layer: to parameters, its own or others'
  ParameterMatrices matrices_;
  std::vector<TensorPlace> tensors_;
  size_t parameterCount_ = 0, work_ = 0;
};

}  // namespace glissade
