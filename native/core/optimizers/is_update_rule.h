// What an update rule must have, and the compiler's messages if a struct lacks any of it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "optimizers/rule.h"

namespace glissade {
namespace {

template <typename Entry, size_t kCount>
constexpr int countOf(const Entry (&)[kCount]) {
  return kCount;
}
template <typename Entry>
constexpr int countOf(None<Entry>) {
  return 0;
}

template <typename Entry, size_t kCount>
constexpr const Entry* firstOf(const Entry (&list)[kCount]) {
  return list;
}
template <typename Entry>
constexpr const Entry* firstOf(None<Entry>) {
  return nullptr;
}

/// How many of a rule's states have this extent.
template <typename R>
constexpr int stateCount(Extent extent) {
  int count = 0;
  for (int s = 0; s < countOf(R::kStates); ++s) count += firstOf(R::kStates)[s].extent == extent;
  return count;
}

/// A list with one Real for each state of elements: List<Real, Real> for two.
template <typename... States>
struct List {};
template <typename Real, int kCount, typename... States>
struct Repeated : Repeated<Real, kCount - 1, States..., Real> {};
template <typename Real, typename... States>
struct Repeated<Real, 0, States...> {
  using Type = List<States...>;
};
template <typename R, typename Real>
using StatesOf = typename Repeated<Real, stateCount<R>(Extent::element)>::Type;

/// With its trait, a function has the required signature. Without it, there is no function by that name.
constexpr bool goTogether(bool isRequired, bool isAsRequired, bool isNamed) {
  return isRequired ? isAsRequired : !isNamed;
}

/// Whether `R` has the members that describe every rule.
template <typename R>
consteval bool isDescribed() {
  constexpr bool hasBase = std::derived_from<R, UpdateRule>;
  static_assert(hasBase, "an update rule derives from UpdateRule");
  constexpr bool hasName = requires {
    { R::kName } -> std::convertible_to<const char*>;
  };
  static_assert(hasName, "an update rule has a name: `static constexpr const char* kName`");
  constexpr bool hasTraits = requires {
    { R::kTraits } -> std::same_as<const Traits&>;
  };
  static_assert(
      hasTraits,
      "an update rule says what is optional about it, or that nothing is: `static constexpr Traits kTraits{}`");
  constexpr bool hasHyperparameters = requires {
    { R::Hyperparameters::kNames } -> std::convertible_to<const char*>;
    requires sizeof(typename R::Hyperparameters) <= kMaxHyperparameters * sizeof(double);
  };
  static_assert(hasHyperparameters,
                "an update rule has a `struct Hyperparameters` with `GLISSADE_RECORD(names...)`, at most "
                "kMaxHyperparameters of them");
  constexpr bool hasStates = requires {
    { firstOf(R::kStates) } -> std::same_as<const State*>;
    requires stateCount<R>(Extent::element)
    <= kMaxStates;
  };
  static_assert(hasStates,
                "`static constexpr State kStates[]` lists the states, at most kMaxStates of them with a number for "
                "each element");
  constexpr bool hasTotals = requires {
    { firstOf(R::kTotals) } -> std::same_as<const Total*>;
    requires countOf(R::kTotals)
    <= kMaxTotals;
  };
  static_assert(hasTotals, "`static constexpr Total kTotals[]` lists at most kMaxTotals totals");
  constexpr bool hasScalars = requires {
    requires __is_trivially_copyable(typename R::Scalars);
    requires sizeof(typename R::Scalars) <= kScalarBytes;
  };
  static_assert(hasScalars, "an update rule has a plain struct `Scalars` of at most kScalarBytes");
  return hasBase && hasName && hasTraits && hasHyperparameters && hasStates && hasTotals && hasScalars;
}

/// Whether `R` has `prepare`, and the functions of its traits that take no state.
template <typename R>
consteval bool preparesSteps() {
  using Hyperparameters = typename R::Hyperparameters;
  using Scalars = typename R::Scalars;
  constexpr bool withTotals = requires(const Hyperparameters& h, int64_t t, double* totals) {
    { R::prepare(h, t, totals) } -> std::same_as<Scalars>;
  };
  constexpr bool withoutTotals = requires(const Hyperparameters& h, int64_t t) {
    { R::prepare(h, t) } -> std::same_as<Scalars>;
  };
  constexpr bool prepares = countOf(R::kTotals) > 0 ? withTotals : withoutTotals;
  static_assert(prepares,
                "`static Scalars prepare(const Hyperparameters&, int64_t t)` is missing or misspelt; with kTotals it "
                "takes `double* totals` as well: is that misspelt?");
  constexpr bool fitsIdle = goTogether(
      R::kTraits.idle,
      requires(const Hyperparameters& h) {
        { R::idle(h) } -> std::same_as<Idle>;
      },
      requires { &R::idle; });
  static_assert(fitsIdle,
                "`static Idle idle(const Hyperparameters&)` goes with the trait `idle`: one is missing or misspelt, or "
                "the function has other arguments");
  constexpr bool fitsConclude = goTogether((R::kTraits.sums > 0),
                                           requires(const double* sums, double* totals, Scalars& s) {
                                             { R::conclude(sums, totals, s) } -> std::same_as<void>;
                                           },
                                           requires { &R::conclude; });
  static_assert(fitsConclude,
                "`static void conclude(const double* sums, double* totals, Scalars&)` goes with the trait `sums` above "
                "0: one is missing or misspelt, or the function has other arguments");
  return prepares && fitsIdle && fitsConclude;
}

/// Whether `R` has the functions of its trait `replacement`.
template <typename R, typename Real, typename... States>
consteval bool replacesGradient() {
  using Scalars = typename R::Scalars;
  constexpr bool namesBefore = requires { &R::before; }
  , namesDirection = requires { &R::direction; }
  , namesAfter = requires { &R::after; };
  constexpr bool areAsRequired = (!namesBefore ||
                                  requires(const Scalars& s, MatrixStep<Real>& step) {
                                    { R::before(s, step) } -> std::same_as<void>;
                                  }) &&
                                 (!namesDirection ||
                                  requires(const Scalars& s, Real g, Real theta, States&... states) {
                                    { R::direction(s, g, theta, states...) } -> std::same_as<Real>;
                                  }) &&
                                 (!namesAfter || requires(const Scalars& s, MatrixStep<Real>& step) {
                                   { R::after(s, step) } -> std::same_as<void>;
                                 });
  constexpr Replacement kind = R::kTraits.replacement;
  constexpr bool areRequired = kind == Replacement::matrix    ? namesBefore || namesDirection || namesAfter
                               : kind == Replacement::factors ? namesBefore && !namesDirection && !namesAfter
                                                              : !namesBefore && !namesDirection && !namesAfter;
  static_assert(areRequired && areAsRequired,
                "`static void before(const Scalars&, MatrixStep<Real>&)`, `static Real direction(const Scalars&, Real "
                "g, Real theta, Real& states...)` and `static void after(const Scalars&, MatrixStep<Real>&)` go with "
                "the trait `replacement = Replacement::matrix`, which needs one of them; `before` alone goes with "
                "Replacement::factors: one is missing or misspelt, or has other arguments");
  constexpr bool fitsRowFactor = goTogether(
      kind == Replacement::rowFactors,
      requires(const Scalars& s, double meanSquare, Real& state) {
        { R::rowFactor(s, meanSquare, state) } -> std::same_as<Real>;
      },
      requires { &R::rowFactor; });
  static_assert(fitsRowFactor,
                "`static Real rowFactor(const Scalars&, double meanSquare, Real& state)` goes with the trait "
                "`replacement = Replacement::rowFactors`: one is missing or misspelt, or the function has other "
                "arguments");
  return areRequired && areAsRequired && fitsRowFactor;
}

/// Whether `R` has `update`, and the functions of its traits that take elements with states of these types.
template <typename R, typename Real, typename... States>
consteval bool worksOver(List<States...>) {
  using Scalars = typename R::Scalars;
  constexpr bool updates = requires(const Scalars& s, Real g, Real& theta, States&... states) {
    { R::update(s, g, theta, states...) } -> std::same_as<void>;
  };
  static_assert(updates,
                "`static void update(const Scalars&, Real g, Real& theta, Real& states...)` has to take a state for "
                "each of kStates that elements have: is one of the two misspelt?");
  constexpr bool fitsGradientPoint = goTogether(
      R::kTraits.gradientPoint,
      requires(const Scalars& s, Real theta, const States&... states) {
        { R::gradientPoint(s, theta, states...) } -> std::same_as<Real>;
      },
      requires { &R::gradientPoint; });
  static_assert(fitsGradientPoint,
                "`static Real gradientPoint(const Scalars&, Real theta, Real states...)` goes with the trait "
                "`gradientPoint`: one is missing or misspelt, or the function has other arguments");
  constexpr bool fitsEvaluationPoint = goTogether(
      R::kTraits.evaluationPoint,
      requires(const Scalars& s, Real theta, const States&... states) {
        { R::evaluationPoint(s, theta, states...) } -> std::same_as<Real>;
      },
      requires { &R::evaluationPoint; });
  static_assert(fitsEvaluationPoint,
                "`static Real evaluationPoint(const Scalars&, Real theta, Real states...)` goes with the trait "
                "`evaluationPoint`: one is missing or misspelt, or the function has other arguments");
  constexpr bool fitsMeasure =
      goTogether((R::kTraits.sums > 0),
                 requires(const Scalars& s, Real g, Real theta, States&... states, double* terms) {
                   { R::measure(s, g, theta, states..., terms) } -> std::same_as<void>;
                 },
                 requires { &R::measure; });
  static_assert(fitsMeasure,
                "`static void measure(const Scalars&, Real g, Real theta, Real& states..., double* terms)` goes with "
                "the trait `sums` above 0: one is missing or misspelt, or the function has other arguments");
  return updates && fitsGradientPoint && fitsEvaluationPoint && fitsMeasure && replacesGradient<R, Real, States...>();
}

/// Whether the states of `R` are compatible with each other and with the trait `replacement`.
template <typename R>
consteval bool statesFit() {
  const State* const states = firstOf(R::kStates);
  const int count = countOf(R::kStates), ofElements = stateCount<R>(Extent::element);
  for (int s = 0; s < count; ++s)
    if ((states[s].extent == Extent::element) != (s < ofElements) ||
        (s >= ofElements && states[s].moment != Moment::none))
      return false;
  if (R::kTraits.replacement == Replacement::rowFactors) return count == 1 && ofElements == 0;
  return count == ofElements || R::kTraits.replacement != Replacement::none;
}

/// Whether the traits of `R` are compatible with each other and with its lists.
template <typename R>
consteval bool traitsFit() {
  constexpr Traits traits = R::kTraits;
  constexpr bool hasTotals = countOf(R::kTotals) > 0;
  constexpr bool fitStates = statesFit<R>();
  static_assert(fitStates,
                "states of elements come first; others have no moment, and go with the trait `replacement`; the only "
                "state of a rule with Replacement::rowFactors is by row");
  constexpr bool fitSums = traits.sums >= 0 && traits.sums <= kMaxSums &&
                           (traits.scope == Scope::array || traits.sums > 0) &&
                           (traits.scope == Scope::everything || traits.sums == 0 || !hasTotals);
  static_assert(fitSums,
                "there are at most kMaxSums sums; a scope goes with sums; sums over each array don't go with totals, "
                "which each array would change");
  constexpr bool replacesMatrix =
      traits.replacement == Replacement::matrix || traits.replacement == Replacement::factors;
  constexpr bool fitsIdle = traits.idle ? !hasTotals && !replacesMatrix : !traits.followsHyperparameters;
  static_assert(fitsIdle,
                "a rule with kTotals, or one that replaces the gradient of a whole matrix, can't make up for steps: it "
                "has no trait `idle`; `followsHyperparameters` goes with `idle`");
  return fitStates && fitSums && fitsIdle;
}

/// Whether `R` is an update rule over `Real`. If not, the compiler says what it lacks.
template <typename R, typename Real>
consteval bool isUpdateRule() {
  if constexpr (isDescribed<R>())
    return preparesSteps<R>() && worksOver<R, Real>(StatesOf<R, Real>()) && traitsFit<R>();
  else
    return false;
}

}  // namespace
}  // namespace glissade
