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
struct NetworkTensor {
  std::string name;  // "layers.0.weight"
  std::vector<size_t> shape;
  size_t offset, size;
  bool decays, trains;
  bool isSparse = false;  // whether a minibatch touches only some of its rows
  Sides sides = Sides::any;
};

/// A layer in a network, its name, and its sources by index: the network's inputs come first, then its layers.
template <typename Real>
struct Node {
  std::string name;
  std::unique_ptr<Layer<Real>> layer;
  std::vector<size_t> from;
};

/// Where a network ends: at its outputs, or at the logits if the last layer is a softmax.
enum class End { outputs, logits };

template <typename Real>
class Workspace;

/// Layers, each after its sources; the last one computes the outputs. The parameters are not part of it: a slab of them
/// is passed to a Workspace.
template <typename Real>
class Network {
 public:
  /// @throws Error ERR_OUT_OF_RANGE for too many parameters.
  Network(std::vector<NetworkInput> inputs, std::vector<Node<Real>> nodes);
  Network(const Shape& inputs, std::vector<Node<Real>> nodes)
      : Network(std::vector{NetworkInput::numbers(inputs)}, std::move(nodes)) {}

  const NetworkInputs& inputs() const { return inputs_; }
  /// The outputs of an example: numbers at each position. Targets and losses are by position.
  size_t outputs() const { return shapes_.back().channels; }
  size_t positions() const { return shapes_.back().positions(); }
  const std::vector<NetworkTensor>& tensors() const { return tensors_; }
  size_t parameterCount() const { return parameterCount_; }
  /// The shape of a node's outputs.
  const Shape& outputsOf(size_t node) const { return shapes_[node]; }
  size_t nodeCount() const { return nodes_.size(); }
  /// How many layers are computed. In training, a mean over members at the end is left out: each member has a loss.
  size_t depth(End end, Mode mode) const;
  /// The positions of an example at which a loss is computed.
  size_t lossPositions(End end, Mode mode) const { return shapes_[depth(end, mode) - 1].positions(); }
  /// The parameters that train, as matrices.
  const ParameterMatrices& matrices() const { return matrices_; }

  /// About how many multiplications an example takes forward.
  size_t workOfExample() const { return work_; }

  /// The most numbers that an example has between two layers, or as inputs that are gathered.
  size_t widest() const;
  /// How many examples go forward at a time. Their activations then stay in or near the second-level cache.
  size_t forwardRows() const;

  /// @throws Error ERR_INVALID_ARGUMENT if a layer can't compute in this precision.
  void checkPrecision(Precision precision) const;

  void initialize(uint64_t seed, Real* parameters) const;

  /// Whether the network is x·W + b, or x·W, of one input block.
  bool isLinear() const;

  /// Whether Workspace::largestFactors bounds the gradient with respect to all parameters.
  bool boundsGradient() const;

 private:
  friend class Workspace<Real>;

  NetworkInputs inputs_;
  std::vector<Node<Real>> nodes_;
  std::vector<Shape> shapes_;      // of each layer's outputs
  std::vector<size_t> offsets_;    // of each layer's parameters
  std::vector<size_t> consumers_;  // how many layers read a layer's outputs
  std::vector<bool> leads_;        // whether a layer or one of its sources, direct or not, trains
  ParameterMatrices matrices_;
  std::vector<NetworkTensor> tensors_;
  size_t parameterCount_ = 0, work_ = 0;
};

}  // namespace glissade
