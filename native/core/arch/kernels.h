// The kernel table: all that is built once per instruction set.
//
// Two units per instruction set fill it. `exact.cpp` (contraction off) holds what must give equal bits everywhere: the
// update rules and conversions; `fused.cpp` (contraction on) holds matrix products, activations and losses. The headers
// they include keep their templates in an unnamed namespace, so that no two units share a symbol and the linker can't
// hand AVX-512 code to a CPU without it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "arch/cpu.h"
#include "arch/layer_kernels.h"

namespace glissade {

/// How low-precision storage may round a state: not at all, or as a moving average with or without a sign.
enum class Moment { none, signedMoment, unsignedMoment };

/// What a state has a number for: each element, or each row or column of a matrix.
enum class Extent { element, row, column };

struct State {
  const char* name;
  Moment moment = Moment::none;
  Extent extent = Extent::element;  // those of elements come first
  bool startsAsTheta = false;       // or as zeros
  bool isSquare = false;            // never negative, as unsigned moments are
};

/// What is done to a gradient or direction as a whole, as a matrix (optimizers/transform.h).
enum class Transform { none, factored, orthogonal, rowWise };

/// Over which elements a rule's sums go.
enum class Scope { array, everything };

/// How a state is stored: as it is, or in fewer bits.
enum class Encoding { plain, bfloat16, uint8 };
inline constexpr size_t kScaleBlock = 256;              // bytes that share a scale
inline constexpr uint32_t kElementDither = 0x9E3779B9;  // how far dither goes on from element to element

inline constexpr int kMaxStates = 4;
inline constexpr int kMaxTotals = 4;
inline constexpr int kMaxSums = 3;

/// A step without a gradient, for rules that can make up for many at once. θ and the states are multiplied with
/// `factors`, which are made of numbers rounded as those of `update`, since over many steps the rounding counts.
struct Idle {
  double memory;  // the factor by which what else moves θ shrinks: 0 where nothing does, 1 where it stays
  double factors[1 + kMaxStates];
  bool followsHyperparameters = false;            // whether θ changes where they do
  double thetaFromState = 0, stateFromTheta = 0;  // times the first state, added to θ; times θ, added to that state
};

/// Between which numbers one lies that a group remembers from step to step, ends included.
struct Total {
  double least, most;

  static constexpr double kLargest = std::numeric_limits<double>::max();
};

/// An update rule over `Real`, as the table holds it: its names, and its formula driven over arrays. Elements [begin,
/// end) are updated from gradientScale · gradient.
template <typename Real>
struct Rule {
  const char* name;
  const char* const* hyperparameters;
  int hyperparameterCount;
  const State* states;
  int stateCount;
  Transform transform;
  const Total* totals;  // that a group remembers
  int totalCount;
  Scope scope;
  bool dividesSafely;  // also where a hyperparameter `epsilon` is 0
  size_t scalarBytes;  // of what `prepare` writes, at most kScalarBytes

  /// Hyperparameters of step t = 1, 2, … → the scalars that the others read.
  void (*prepare)(const double* hyperparameters, int64_t t, double* totals, void* scalars);
  /// What is made orthogonal, where the rule wants that; may change states. The outcome is the gradient of all that
  /// follows.
  void (*direction)(const void* scalars, Real gradientScale, const Real* gradient, const Real* theta,
                    Real* const* states, size_t begin, size_t end, Real* direction);
  /// What a row's gradient is multiplied with before `update`, from the mean of its squares; changes the row's state.
  Real (*rowScale)(const void* scalars, double meanSquare, Real* state);
  /// Adds the rule's sums over a block, which begins at `begin` of its array; may change states.
  void (*measure)(const void* scalars, Real gradientScale, const Real* gradient, const Real* theta, Real* const* states,
                  size_t begin, size_t end, double* sums);
  /// What follows from the sums, before `update`.
  void (*conclude)(const double* sums, double* totals, void* scalars);
  void (*update)(const void* scalars, Real gradientScale, const Real* gradient, Real* theta, Real* const* states,
                 size_t begin, size_t end);
  /// How the rule can make up for steps without a gradient; none, where it cannot, or has totals.
  Idle (*idle)(const double* hyperparameters);
  /// The point where the gradient of the step that was prepared is to be taken, where it is not θ.
  void (*lookahead)(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end, Real* point);
  /// The point where the model is to be evaluated, where it is not θ.
  void (*evaluation)(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end,
                     Real* point);
};
inline constexpr size_t kScalarBytes = 192;

enum class Loss { crossEntropy, logistic, squared, absolute, huber, hinge, squaredHinge, poisson, quantile };

/// What losses leave open. Each reads its own.
struct LossParameters {
  double delta = 1;           // huber
  double quantile = 0.5;      // quantile
  double labelSmoothing = 0;  // crossEntropy, logistic
  double positiveWeight = 1;  // logistic
};

enum class Format { float32, float64, uint8, bfloat16 };
inline constexpr int kFormats = 4;
enum class Bfloat16 : uint16_t {};  // the upper half of a float

inline constexpr size_t kDepthGrain = 16;

/// Two numbers of bfloat16 (the upper halves of floats), the first in the lower bits.
enum class Pair : uint32_t {};

enum class Following { anything, zero, one };

/// C = A·B of `depth` terms each, by the elements of A or Aᵀ, of B or Bᵀ. A's panels are adjacent rows (a rowStride of
/// panelWidth) unless it is Aᵀ that is given. B may be read up to a panel beyond its last element. A C with a rowStride
/// of panelWidth may be written up to the end of its last panel.
///
/// Each element is a sum of terms in blocks, in an order that matrix/multiply.h says. To accumulate is to add the
/// blocks of a product to what is there, one after another, or, where it is deeper than a stretch, its stretches.
///
/// Where A and B consist of pairs along the depth, a term is the sum of both products, and the depth is read in
/// multiples of kDepthGrain: B (unless Bᵀ is given) has zeros there, A (unless Aᵀ is) finite numbers.
template <typename Real, typename Element = Real>
struct Product {
  size_t columns, depth;
  Panels<const Element> a, b;
  bool aIsTransposed, bIsTransposed;
  Panels<Real> c;
  size_t firstRow = 0;  // which row of the product is the first of C's memory

  bool accumulates = false;  // adds to C

  // What happens to C's elements next, or nothing. `preactivation` and `output` lie as C does.
  Activation activation = Activation::identity;
  Real* preactivation = nullptr;  // where the activation needs its argument for the way back
  const Real* output = nullptr;   // on the way back, what was activated: C is multiplied with the derivative
  Following following = Following::anything;  // what column `columns` is set to, if it is in the last panel
};

/// Some rows and panels of C.
struct Block {
  size_t rowBegin, rowEnd, panelBegin, panelEnd;
};

/// Rows [begin, end) of a minibatch under a loss. Where the outputs have tangents, the gradient gets its own.
template <typename Real>
struct LossRows {
  Track<const Real> outputs;
  const Real* targets;
  size_t columns, targetColumns;
  size_t begin, end;
  Track<Real> gradient;  // of gradientScale × the summed loss with respect to `outputs`
  Real gradientScale;
  double* values;    // the loss of each row
  uint8_t* correct;  // whether each row is classified rightly, or none; only losses of classifiers set it
  const Real* rowScales = nullptr;  // of each row, in place of gradientScale; or none
  LossParameters parameters = {};
  const double* classWeights = nullptr;  // crossEntropy: of each column, or none

  Real scaleOf(size_t row) const { return rowScales ? rowScales[row] : gradientScale; }
};

template <typename Real>
struct KernelsOf {
  // exact.cpp
  const Rule<Real>* rules;
  int ruleCount;
  void (*gather[kFormats])(const void* source, double scale, size_t columns, const uint32_t* rows, size_t begin,
                           size_t end,
                           Panels<Real> out);           // by Format
  Real (*magnitude)(const Real* values, size_t count);  // max |x|, or infinity where any is not finite
  // optimizers/blocks.h says what these do
  double (*squares)(const Real* values, size_t count);
  void (*addSquares)(const Real* values, size_t count, double* sums);
  void (*accumulate)(Real weight, const Real* gradient, bool isFirst, Real* sum, size_t count);
  void (*deviate)(double share, double spread, const Real* values, double* mean, double* squares, size_t count);
  void (*clip)(Real scale, Real limit, const Real* gradient, Real* out, size_t count);
  void (*scaleEach)(Real scale, const Real* factors, const Real* gradient, Real* out, size_t count);
  void (*displace)(Real distance, const Real* gradient, const Real* theta, Real* out, size_t count);
  void (*scaleBoth)(Real scale, Real factor, const Real* factors, Real most, const Real* gradient, Real* out,
                    size_t count);
  void (*blend)(Real weight, Real rest, const Real* values, Real* average, size_t count);
  // optimizers/encodings.h
  void (*decode)(Encoding encoding, bool isSigned, const void* codes, const float* scales, Real* values, size_t count);
  void (*encode)(Encoding encoding, bool isSigned, const Real* values, uint32_t dither, void* codes, float* scales,
                 size_t count);

  // fused.cpp
  size_t panelWidth;
  void (*multiply)(const Product<Real>& product, const Block& block);
  /// gradient ← gradient ⊙ activation′, from the layer's output (and argument, where it was kept).
  void (*activationGradient)(Activation activation, const Real* output, const Real* preactivation, Real* gradient,
                             size_t count);
  void (*loss)(Loss loss, const LossRows<Real>& rows);
  LayerKernels<Real> layers;
};

/// Products of floats in bfloat16, with sums in float. Panels are as wide as those of floats.
struct Bfloat16Kernels {
  /// Rounds rows [begin, end): adjacent columns make a pair, the last with a zero where their number is odd.
  void (*pairColumns)(const Panels<const float>& from, size_t columns, size_t begin, size_t end,
                      const Panels<Pair>& to);
  /// Rounds pairs [begin, end) of adjacent rows of `rows`, the last with a zero where their number is odd.
  void (*pairRows)(const Panels<const float>& from, size_t rows, size_t columns, size_t begin, size_t end,
                   const Panels<Pair>& to);
  void (*multiply)(const Product<float, Pair>& product, const Block& block);
};

struct Kernels {
  InstructionSet instructionSet;
  KernelsOf<float> float32;
  KernelsOf<double> float64;
  Bfloat16Kernels bfloat16;

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
