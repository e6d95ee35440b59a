#pragma once

#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "arch/kernels.h"
#include "data/random.h"
#include "matrix/product.h"
#include "parallel/team.h"

namespace glissade {

/// A parameter of a layer: its name in it, its shape, and whether weight decay applies to it.
struct ParameterShape {
  std::string name;
  std::vector<size_t> shape;
  bool decays;

  size_t size() const { return std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>()); }
};

/// In what numbers products are computed: those of the network, or bfloat16 with sums of floats.
enum class Precision { full, bfloat16 };

/// The operands of a layer's products in bfloat16, as pairs along their depth: of adjacent columns or adjacent rows.
struct PairMemory {
  PanelBuffer<Pair> inputColumns, inputRows, deltaColumns, deltaRows;
  PanelBuffer<Pair> weightColumns, weightRows;  // to be refreshed when parameters have changed
};

/// What a layer keeps between the ways forward and back, for up to a number of rows.
template <typename Real>
struct LayerMemory {
  Panels<const Real> input;
  PanelBuffer<Real> outputs, preactivation;  // none of the last layer's outputs: they go to the caller
  PanelBuffer<Real> delta;                   // the gradient of the loss with respect to the activation's argument
  PairMemory pairs;                          // where the precision is bfloat16
};

/// A minibatch in one layer, and who works on it.
template <typename Real>
struct Pass {
  const Kernels& kernels;
  const Member& member;
  size_t count;  // of rows
  Range share;   // the member's, where each row is worked on by one
  const Real* parameters;
  Panels<Real> output;
  LayerMemory<Real>& memory;
};

enum class Use { forward, training };

/// A differentiable step of a network. What takes a pass is called by all its members together, and a barrier must
/// follow.
template <typename Real>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual size_t inputs() const = 0;
  virtual size_t outputs() const = 0;
  virtual Activation activation() const = 0;
  virtual std::vector<ParameterShape> parameters() const = 0;
  virtual void initialize(Random& random, Real* parameters) const = 0;

  virtual bool computesIn(Precision precision) const = 0;

  /// What it needs for products in bfloat16, with panels of `width` columns.
  virtual PairMemory allocatePairs(size_t width, size_t rows, Use use) const = 0;

  /// Brings what is kept of some rows of the parameters up to date; from an even row on.
  virtual void refresh(const Kernels& kernels, LayerMemory<Real>& memory, const Range& rows,
                       const Real* parameters) const = 0;

  /// memory.input → pass.output
  virtual void forward(const Pass<Real>& pass) const = 0;

  /// memory.delta → what `parameterGradient` needs, and the delta of the layer below, if there is one: its derivative
  /// of the activation included.
  struct Below {
    Activation activation;
    LayerMemory<Real>& memory;
  };
  virtual void backward(const Pass<Real>& pass, const Below* below) const = 0;

  /// The parameters are a matrix of so many rows, of width outputs().
  virtual size_t parameterRows() const = 0;

  /// After `backward` of the minibatch's first `count` rows: the gradient with respect to some rows of parameters. Each
  /// number of it is a sum of `count` products of an input (or one) and a delta: that bounds its size before it is
  /// known (Network::largestFactors).
  virtual void parameterGradient(const Kernels& kernels, LayerMemory<Real>& memory, size_t count, const Range& rows,
                                 Real* gradient) const = 0;
};

}  // namespace glissade
