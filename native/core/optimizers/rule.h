// An update rule: how one is written, as a struct that derives from UpdateRule, and how the table of kernels holds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace glissade {

// What a rule may have at most. The compiler says where one is too low for a rule; it can be raised.
inline constexpr int kMaxStates = 4;
inline constexpr int kMaxTotals = 4;
inline constexpr int kMaxSums = 3;
inline constexpr size_t kScalarBytes = 192;

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

/// Between which numbers one lies that a group remembers from step to step, ends included.
struct Total {
  double least, most;

  static constexpr double kLargest = std::numeric_limits<double>::max();
};

/// A step without a gradient, for rules that can make up for many at once. θ and the states are multiplied with
/// `factors`, which are made of numbers rounded as those of `update`, since over many steps the rounding counts.
struct Idle {
  double memory;  // the factor by which what else moves θ shrinks: 0 where nothing does, 1 where it stays
  double factors[1 + kMaxStates];
  double thetaFromState = 0, stateFromTheta = 0;  // times the first state, added to θ; times θ, added to that state
};

/// What is done to a gradient or direction as a whole, as a matrix (optimizers/transform.h).
enum class Transform { none, factored, orthogonal, rowWise };

/// Over which elements a rule's sums go.
enum class Scope { array, everything };

/// What is optional about a rule, with the defaults. A rule names what it has of it, and defines the functions that a
/// trait announces:
///   static constexpr Traits kTraits{.sums = 2, .scope = Scope::everything};
/// `states…` are the states that elements have, one argument each.
struct Traits {
  /// Whether it can make up for steps without a gradient, and so takes sparse gradients. Announces
  ///   static Idle idle(const Hyperparameters&)
  /// which says what such a step does. A rule with totals has no such trait.
  bool idle = false;

  /// Whether θ follows from the states and the hyperparameters of the last step alone, so that it moves where these
  /// change. Goes with `idle`.
  bool followsHyperparameters = false;

  /// Whether gradients are to be taken at another point than θ. Announces
  ///   static Real gradientPoint(const Scalars&, Real theta, Real states…)
  /// which says where, for the step that the scalars are of, before it is taken.
  bool gradientPoint = false;

  /// Whether the model is to be evaluated at another point than θ. Announces
  ///   static Real evaluationPoint(const Scalars&, Real theta, Real states…)
  /// which says where, after the step that the scalars are of.
  bool evaluationPoint = false;

  /// How the gradient is changed as a matrix before `measure` and `update` see it.
  ///   orthogonal  announces `static Real direction(const Scalars&, Real g, Real theta, Real& states…)`, which is made
  ///               orthogonal; derives from Muon, whose scalars are read.
  ///   rowWise     announces `static Real rowScale(const Scalars&, double meanSquare, Real& state)`, with which a row
  ///   is
  ///               multiplied; has one state, for each row.
  ///   factored    is divided by the root of a variance, which two states hold, for each row and each column; derives
  ///               from AdafactorVector, whose scalars are read.
  Transform transform = Transform::none;

  /// How many sums over elements the step depends on. Any announce
  ///   static void measure(const Scalars&, Real g, Real theta, Real& states…, double* terms)
  /// which writes the terms of an element, before any `update`, and may change its states; and
  ///   static void conclude(const double* sums, double* totals, Scalars&)
  /// which completes the scalars.
  int sums = 0;

  /// Over what sums go: over each array by itself, or over all of a group. Sums over each array don't go with totals.
  Scope scope = Scope::array;

  /// Whether all divisions are safe where a hyperparameter `epsilon` is 0.
  bool dividesSafely = false;
};

/// A list without entries.
template <typename Entry>
struct None {};

/// What every rule derives from. IsUpdateRule (optimizers/is_update_rule.h) says what a rule has besides.
struct UpdateRule {
  /// The states, in the order in which `update` takes them:
  ///   static constexpr State kStates[] = {{"m", Moment::signedMoment}, {"v", Moment::unsignedMoment}};
  static constexpr None<State> kStates{};

  /// The numbers that a group remembers from step to step. `prepare` takes and changes them.
  ///   static constexpr Total kTotals[] = {{0, Total::kLargest}};
  static constexpr None<Total> kTotals{};
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
  bool followsHyperparameters;  // as `idle` has to
  bool dividesSafely;           // also where a hyperparameter `epsilon` is 0
  size_t scalarBytes;           // of what `prepare` writes, at most kScalarBytes

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
  /// How the rule can make up for steps without a gradient; null where it cannot.
  Idle (*idle)(const double* hyperparameters);
  /// The point where the gradient of the step that was prepared is to be taken; null where that is θ.
  void (*gradientPoint)(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end,
                        Real* point);
  /// The point where the model is to be evaluated; null where that is θ.
  void (*evaluationPoint)(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end,
                          Real* point);
};

}  // namespace glissade
