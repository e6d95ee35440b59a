// The kernel table: all that is built once per instruction set.
//
// Two units per instruction set fill it. `exact.cpp` (contraction off) holds what must give equal bits everywhere: the
// update rules and conversions; `fused.cpp` (contraction on) holds matrix products, activations and losses. The headers
// they include keep their templates in an unnamed namespace, so that no two units share a symbol and the linker can't
// hand AVX-512 code to a CPU without it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/cpu.h"

namespace glissade {

/// An update rule over `Real`, as the table holds it: its names, and its formula driven over arrays.
template <typename Real>
struct Rule {
  const char* name;
  const char* const* hyperparameters;
  int hyperparameterCount;
  const char* const* states;
  int stateCount;
  /// Hyperparameters of step t = 1, 2, … → the scalars that `update` reads (at most kScalarBytes).
  void (*prepare)(const double* hyperparameters, int64_t t, void* scalars);
  /// Updates elements [begin, end) from gradientScale · gradient.
  void (*update)(const void* scalars, Real gradientScale, const Real* gradient, Real* theta, Real* const* states,
                 size_t begin, size_t end);
};
inline constexpr size_t kScalarBytes = 128;
inline constexpr int kMaxStates = 3;

enum class Activation { identity, relu, tanh, sigmoid, gelu };
enum class Loss { crossEntropy, logistic, squared };
enum class Format { float32, float64, uint8 };

/// C = activation(A·B + bias), with B as panels of `panelWidth` columns. Row-major; strides in elements.
template <typename Real>
struct Product {
  size_t rows, columns, depth;
  const Real* a;
  size_t aRowStride, aDepthStride;
  const Real* b;  // element (k, j): b[(j / panelWidth) * panelStride + k * bDepthStride + j % panelWidth]
  size_t panelStride, bDepthStride;
  Real* c;
  size_t cStride;
  const Real* bias = nullptr;     // one per column, or none
  Real* preactivation = nullptr;  // where the activation needs its argument for the way back
  Activation activation = Activation::identity;
};

/// Rows [begin, end) of a minibatch under a loss.
template <typename Real>
struct LossRows {
  const Real* outputs;
  const Real* targets;
  size_t columns, targetColumns;
  size_t begin, end;
  Real* gradient;  // of gradientScale × the summed loss with respect to `outputs`
  Real gradientScale;
  double* values;    // the loss of each row
  uint8_t* correct;  // whether each row is classified rightly, or none; only losses of classifiers set it
};

template <typename Real>
struct KernelsOf {
  // exact.cpp
  const Rule<Real>* rules;
  int ruleCount;
  void (*gather[3])(const void* source, double scale, size_t columns, const uint32_t* rows, size_t begin, size_t end,
                    Real* out);                         // by Format
  Real (*magnitude)(const Real* values, size_t count);  // max |x|, or infinity where any is not finite

  // fused.cpp
  size_t panelWidth, tileRows;
  void (*pack)(const Real* b, size_t depthStride, size_t columnStride, size_t depth, size_t columns, size_t firstPanel,
               size_t lastPanel, Real* packed);
  void (*multiply)(const Product<Real>& product, size_t firstTile, size_t lastTile);
  void (*columnSums)(const Real* matrix, size_t rows, size_t columns, size_t begin, size_t end, Real* sums);
  /// gradient ← gradient ⊙ activation′, from the layer's output (and argument, where it was kept).
  void (*activationGradient)(Activation activation, const Real* output, const Real* preactivation, Real* gradient,
                             size_t count);
  void (*loss)(Loss loss, const LossRows<Real>& rows);
};

struct Kernels {
  InstructionSet instructionSet;
  KernelsOf<float> float32;
  KernelsOf<double> float64;

  template <typename Real>
  const KernelsOf<Real>& of() const {
    if constexpr (sizeof(Real) == sizeof(float))
      return float32;
    else
      return float64;
  }
};

/// The table in use: the best that CPU and operating system allow, or the one that GLISSADE_ISA names.
/// @throws Error ERR_INVALID_ARGUMENT where GLISSADE_ISA names none of this machine's.
const Kernels& kernels();

/// The table of one instruction set, which the machine must have.
const Kernels& kernelsFor(InstructionSet set);

/// Makes another of the machine's tables the one in use, for work that starts from now on.
/// @throws Error ERR_INVALID_ARGUMENT where `name` is none of them.
void useInstructionSet(std::string_view name);

}  // namespace glissade
