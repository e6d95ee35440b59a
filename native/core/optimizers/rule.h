// What an update rule is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

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

}  // namespace glissade
