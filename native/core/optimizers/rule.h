// Update rules: as structs that derive from UpdateRule, and as entries of the kernel table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "optimizers/encoding.h"
#include "record.h"

namespace glissade {

struct RowList;  // matrix/collected_rows.h
template <typename Real>
struct MatrixStep;  // optimizers/matrix_step.h

// Upper limits for a rule. The compiler says which one a rule exceeds; it can then be raised.
inline constexpr int kMaxStates = 4;  // with a number for each element; of others there may be any number
inline constexpr int kMaxHyperparameters = 24;
inline constexpr int kMaxTotals = 4;
inline constexpr int kMaxSums = 3;
inline constexpr size_t kScalarBytes = 192;

/// How low-precision storage may round a state: not at all, or as a moving average with or without a sign.
enum class Moment { none, signedMoment, unsignedMoment };

/// What a state has a number for: each element; each row or column of a matrix; each pair of rows or of columns, as in
/// G·Gᵀ and Gᵀ·G of a gradient G; or the matrix as a whole.
enum class Extent { element, row, column, rowSquare, columnSquare, matrix };

struct State {
  const char* name;
  Moment moment = Moment::none;
  Extent extent = Extent::element;  // states of elements come first
  bool startsAsTheta = false;       // otherwise as zeros
  bool isSquare = false;            // never negative; implied for unsigned moments
};

/// The bounds of a total, both included.
struct Total {
  double least, most;

  static constexpr double kLargest = std::numeric_limits<double>::max();
};

/// The effect of an idle step, for rows that catch up with many such steps at once. `factors` multiply θ and the
/// states. They are made of numbers rounded as in `update`, since rounding adds up over many steps.
struct Idle {
  /// The factor by which the effect of past gradients on θ shrinks. 0: there is none. 1: every step is taken.
  double fading;
  double factors[1 + kMaxStates];
  double thetaFromState = 0, stateFromTheta = 0;  // times the first state, added to θ; times θ, added to that state
};

/// What takes the place of the gradient in `measure` and `update`: the gradient itself; a matrix that the rule writes;
/// or the gradient times a factor for each row, or for each row and each column.
enum class Replacement { none, matrix, rowFactors, factors };

/// Over which elements a rule's sums go.
enum class Scope { array, everything };

/// The optional properties of a rule, with their defaults. A rule lists those that it has, and defines the functions
/// that they require:
///   static constexpr Traits kTraits{.sums = 2, .scope = Scope::everything};
/// `states…` are the states that elements have, one argument each.
struct Traits {
  /// Whether rows can catch up with idle steps. Gradients may then be sparse. Requires
  ///   static Idle idle(const Hyperparameters&)
  /// which returns the effect of such a step. Rules with totals don't have it.
  bool idle = false;

  /// Whether θ follows from the states and the hyperparameters of the last step alone. It then moves when these change.
  /// Idle steps then leave the states as they are. Goes with `idle`.
  bool followsHyperparameters = false;

  /// Whether gradients must be taken at a point other than θ. Requires
  ///   static Real gradientPoint(const Scalars&, Real theta, Real states…)
  /// which returns that point before the step that these scalars were prepared for.
  bool gradientPoint = false;

  /// Whether the model must be evaluated at a point other than θ. Requires
  ///   static Real evaluationPoint(const Scalars&, Real theta, Real states…)
  /// which returns that point after the step that these scalars were prepared for.
  bool evaluationPoint = false;

  /// What replaces the gradient, for a rule that sees matrices (optimizers/matrix_step.h). All members of a team call
  /// `before` and `after` of such a rule at the same time.
  ///   matrix      a matrix, at first the gradient. Requires one of the following functions, or several, which change
  ///               it in this order:
  ///               `static void before(const Scalars&, MatrixStep<Real>&)`, as a whole;
  ///               `static Real direction(const Scalars&, Real g, Real theta, Real& states…)`, element by element;
  ///               `static void after(const Scalars&, MatrixStep<Real>&)`, as a whole.
  ///   factors     the gradient times a factor for each row and one for each column. Requires `before`, which finds
  ///               them.
  ///   rowFactors  the gradient times a factor for each row. Requires
  ///               `static Real rowFactor(const Scalars&, double meanSquare, Real& state)`, which finds that of a row
  ///               and updates the row's state, the only one of the rule.
  /// If `before` or `after` needs memory, the rule has a `struct Workspace` (MatrixStep::memory).
  Replacement replacement = Replacement::none;

  /// How many sums over elements the step depends on. Above 0, requires
  ///   static void measure(const Scalars&, Real g, Real theta, Real& states…, double* terms)
  /// which writes the terms of an element, before any `update`, and may change its states; and
  ///   static void conclude(const double* sums, double* totals, Scalars&)
  /// which completes the scalars.
  int sums = 0;

  /// Whether sums are over each array by itself, or over all arrays of all groups with this rule. The former excludes
  /// totals.
  Scope scope = Scope::array;

  /// Whether all divisions are safe if a hyperparameter `epsilon` is 0.
  bool dividesSafely = false;
};

/// A list without entries.
template <typename Entry>
struct None {};

/// The base of every rule. isUpdateRule (optimizers/is_update_rule.h) says what else a rule has.
struct UpdateRule {
  /// The states, in the order in which `update` takes them:
  ///   static constexpr State kStates[] = {{"m", Moment::signedMoment}, {"v", Moment::unsignedMoment}};
  static constexpr None<State> kStates{};

  /// The totals of each group. `prepare` takes and changes them.
  ///   static constexpr Total kTotals[] = {{0, Total::kLargest}};
  static constexpr None<Total> kTotals{};
};

/// Where the states of some elements lie, in the order of the rule's: moments as codes, with scales if these are bytes;
/// others as numbers.
struct EncodedStates {
  void* places[kMaxStates];
  float* scales[kMaxStates];
  uint32_t dither;  // of the first element
};

/// Parameters and their states, in the order of the rule's.
template <typename Real>
struct Elements {
  Real* theta;
  Real* states[kMaxStates];
};

/// An update rule over `Real` as an entry of the kernel table: its names, and its functions over elements [begin, end)
/// of arrays (optimizers/rule_loops.h). The gradient is gradientScale · gradient.
template <typename Real>
struct Rule {
  const char* name;
  const char* hyperparameters;  // their names (record.h)
  int hyperparameterCount;
  const State* states;
  int stateCount;
  Replacement replacement;
  const Total* totals;  // of each group
  int totalCount;
  Scope scope;
  bool followsHyperparameters;  // whether idle rows move when these change
  bool dividesSafely;           // if a hyperparameter `epsilon` is 0
  size_t scalarBytes;           // of what `prepare` writes, at most kScalarBytes

  /// Hyperparameters of step t = 1, 2, … → the scalars that the other functions read.
  void (*prepare)(const double* hyperparameters, int64_t t, double* totals, void* scalars);
  /// Writes elements of the matrix that replaces the gradient; may change states. Null if no formula does.
  void (*direction)(const void* scalars, Real gradientScale, const Real* gradient, const Real* theta,
                    Real* const* states, size_t begin, size_t end, Real* direction);
  /// The factor of a row's gradient, from the mean of its squares; updates the row's state. Null without such factors.
  Real (*rowFactor)(const void* scalars, double meanSquare, Real* state);
  /// Adds the rule's sums over a block of an array to `sums`; may change states. Null without sums.
  void (*measure)(const void* scalars, Real gradientScale, const Real* gradient, const Real* theta, Real* const* states,
                  size_t begin, size_t end, double* sums);
  /// Completes the scalars from the sums, before `update`. Null without sums.
  void (*conclude)(const double* sums, double* totals, void* scalars);
  void (*update)(const void* scalars, Real gradientScale, const Real* gradient, Real* theta, Real* const* states,
                 size_t begin, size_t end);
  /// `update` of the listed rows of a matrix, unless a θ would not be finite: then returns false with nothing changed.
  /// Needs θ of these rows in collected.theta, as by collectRows, and as much room in collected.states. Behind the
  /// gradient, up to the next multiple of kCollectedPadding, there may be any moderate numbers. Null if rows can't
  /// catch up.
  bool (*updateRows)(const void* scalars, Real gradientScale, const Real* gradient, const RowList& list,
                     const Elements<Real>& collected, const Elements<Real>& whole);
  /// `update` of elements whose moments are stored in fewer bits; null if none are, or if there is no such loop: then
  /// states are decoded before `update`, and encoded after it.
  void (*updateEncoded)(Encoding encoding, const void* scalars, Real gradientScale, const Real* gradient, Real* theta,
                        const EncodedStates& states, size_t count);
  /// The effect of an idle step; null if rows can't catch up.
  Idle (*idle)(const double* hyperparameters);
  /// The gradient point of the step that was prepared; null if that is θ.
  void (*gradientPoint)(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end,
                        Real* point);
  /// The evaluation point; null if that is θ.
  void (*evaluationPoint)(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end,
                          Real* point);
};

}  // namespace glissade
