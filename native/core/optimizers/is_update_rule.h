// The concept of an update rule, and the messages by which the compiler says what a struct lacks.
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

// --- Members of every rule -------------------------------------------------------------------------------------------

template <typename R>
concept HasBase = std::derived_from<R, UpdateRule>;

template <typename R>
concept HasName = requires {
  { R::kName } -> std::convertible_to<const char*>;
};

template <typename R>
concept HasTraits = requires {
  { R::kTraits } -> std::same_as<const Traits&>;
};

template <typename R>
concept HasHyperparameters = requires {
  typename R::Hyperparameters;
  { firstOf(R::kHyperparameters) } -> std::same_as<const char* const*>;
}
&&sizeof(typename R::Hyperparameters) == countOf(R::kHyperparameters) * sizeof(double);

template <typename R>
concept HasStates = requires {
  { firstOf(R::kStates) } -> std::same_as<const State*>;
}
&&countOf(R::kStates) <= kMaxStates;

template <typename R>
concept HasTotals = requires {
  { firstOf(R::kTotals) } -> std::same_as<const Total*>;
}
&&countOf(R::kTotals) <= kMaxTotals;

template <typename R>
concept HasScalars = requires {
  typename R::Scalars;
}
&&__is_trivially_copyable(typename R::Scalars) && sizeof(typename R::Scalars) <= kScalarBytes;

template <typename R>
concept PreparesWithTotals = requires(const typename R::Hyperparameters& h, int64_t t, double* totals) {
  { R::prepare(h, t, totals) } -> std::same_as<typename R::Scalars>;
};
template <typename R>
concept PreparesWithoutTotals = requires(const typename R::Hyperparameters& h, int64_t t) {
  { R::prepare(h, t) } -> std::same_as<typename R::Scalars>;
};
template <typename R>
concept Prepares = (countOf(R::kTotals) > 0 ? PreparesWithTotals<R> : PreparesWithoutTotals<R>);

template <typename R, typename Real, typename... States>
concept Updates = requires(const typename R::Scalars& s, Real g, Real& theta, States&... states) {
  { R::update(s, g, theta, states...) } -> std::same_as<void>;
};

// --- Functions that traits require -----------------------------------------------------------------------------------

/// With its trait, a function has the required signature; without it, there is no function by that name.
constexpr bool goTogether(bool isRequired, bool isAsRequired, bool isNamed) {
  return isRequired ? isAsRequired : !isNamed;
}

template <typename R>
concept FitsIdle = goTogether(
    R::kTraits.idle,
    requires(const typename R::Hyperparameters& h) {
      { R::idle(h) } -> std::same_as<Idle>;
    },
    requires { &R::idle; });

template <typename R, typename Real, typename... States>
concept FitsGradientPoint = goTogether(
    R::kTraits.gradientPoint,
    requires(const typename R::Scalars& s, Real theta, const States&... states) {
      { R::gradientPoint(s, theta, states...) } -> std::same_as<Real>;
    },
    requires { &R::gradientPoint; });

template <typename R, typename Real, typename... States>
concept FitsEvaluationPoint = goTogether(
    R::kTraits.evaluationPoint,
    requires(const typename R::Scalars& s, Real theta, const States&... states) {
      { R::evaluationPoint(s, theta, states...) } -> std::same_as<Real>;
    },
    requires { &R::evaluationPoint; });

template <typename R, typename Real, typename... States>
concept FitsDirection = goTogether(
    R::kTraits.transform == Transform::orthogonal,
    requires(const typename R::Scalars& s, Real g, Real theta, States&... states) {
      { R::direction(s, g, theta, states...) } -> std::same_as<Real>;
    },
    requires { &R::direction; });

template <typename R, typename Real>
concept FitsRowScale = goTogether(
    R::kTraits.transform == Transform::rowWise,
    requires(const typename R::Scalars& s, double meanSquare, Real& state) {
      { R::rowScale(s, meanSquare, state) } -> std::same_as<Real>;
    },
    requires { &R::rowScale; });

template <typename R, typename Real, typename... States>
concept FitsMeasure = goTogether((R::kTraits.sums > 0),
                                 requires(const typename R::Scalars& s, Real g, Real theta, States&... states,
                                          double* terms) {
                                   { R::measure(s, g, theta, states..., terms) } -> std::same_as<void>;
                                 },
                                 requires { &R::measure; });

template <typename R>
concept FitsConclude = goTogether((R::kTraits.sums > 0),
                                  requires(const double* sums, double* totals, typename R::Scalars& s) {
                                    { R::conclude(sums, totals, s) } -> std::same_as<void>;
                                  },
                                  requires { &R::conclude; });

// --- Allowed combinations --------------------------------------------------------------------------------------------

template <typename R>
constexpr bool statesFit() {
  const State* const states = firstOf(R::kStates);
  const int count = countOf(R::kStates);
  switch (R::kTraits.transform) {
    case Transform::rowWise: return count == 1 && states[0].extent == Extent::row;
    case Transform::factored:
      return count == 2 && states[0].extent == Extent::row && states[1].extent == Extent::column;
    default: return stateCount<R>(Extent::element) == count;
  }
}

/// The states of rows and columns are those that the transform reads.
template <typename R>
concept StatesFit = statesFit<R>();

template <typename R>
concept SumsFit = R::kTraits.sums >= 0 && R::kTraits.sums <= kMaxSums &&
                  (R::kTraits.scope == Scope::array || R::kTraits.sums > 0) &&
                  (R::kTraits.scope == Scope::everything || R::kTraits.sums == 0 || countOf(R::kTotals) == 0);

template <typename R>
concept IdleFits = (R::kTraits.idle ? countOf(R::kTotals) == 0 : !R::kTraits.followsHyperparameters);

/// Whether functions, states and traits fit together, for a rule whose elements have states of these types.
template <typename R, typename Real, typename... States>
concept WorksOver = Updates<R, Real, States...> && FitsIdle<R> && FitsGradientPoint<R, Real, States...> &&
    FitsEvaluationPoint<R, Real, States...> && FitsDirection<R, Real, States...> && FitsRowScale<R, Real> &&
    FitsMeasure<R, Real, States...> && FitsConclude<R> && StatesFit<R> && SumsFit<R> && IdleFits<R>;

template <typename R, typename Real, typename... States>
constexpr bool worksOver(List<States...>) {
  return WorksOver<R, Real, States...>;
}

template <typename R>
concept IsDescribed = HasBase<R> && HasName<R> && HasTraits<R> && HasHyperparameters<R> && HasStates<R> && HasTotals<R>;

/// `R` is an update rule over `Real`.
template <typename R, typename Real>
concept IsUpdateRule = IsDescribed<R> && HasScalars<R> && Prepares<R> && worksOver<R, Real>(StatesOf<R, Real>());

// --- Messages for a struct that is no update rule --------------------------------------------------------------------

template <typename R, typename Real, typename... States>
constexpr void explainFunctions(List<States...>) {
  static_assert(
      Updates<R, Real, States...>,
      "`static void update(const Scalars&, Real g, Real& theta, Real& states...)` has to take a state for each "
      "of kStates that elements have: is one of the two misspelt?");
  static_assert(FitsIdle<R>,
                "`static Idle idle(const Hyperparameters&)` goes with the trait `idle`: one is missing or "
                "misspelt, or the function has other arguments");
  static_assert(FitsGradientPoint<R, Real, States...>,
                "`static Real gradientPoint(const Scalars&, Real theta, Real states...)` goes with the trait "
                "`gradientPoint`: one is missing or misspelt, or the function has other arguments");
  static_assert(FitsEvaluationPoint<R, Real, States...>,
                "`static Real evaluationPoint(const Scalars&, Real theta, Real states...)` goes with the trait "
                "`evaluationPoint`: one is missing or misspelt, or the function has other arguments");
  static_assert(FitsDirection<R, Real, States...>,
                "`static Real direction(const Scalars&, Real g, Real theta, Real& states...)` goes with the trait "
                "`transform = Transform::orthogonal`: one is missing or misspelt, or the function has other arguments");
  static_assert(FitsRowScale<R, Real>,
                "`static Real rowScale(const Scalars&, double meanSquare, Real& state)` goes with the trait "
                "`transform = Transform::rowWise`: one is missing or misspelt, or the function has other arguments");
  static_assert(
      FitsMeasure<R, Real, States...>,
      "`static void measure(const Scalars&, Real g, Real theta, Real& states..., double* terms)` goes with the "
      "trait `sums` above 0: one is missing or misspelt, or the function has other arguments");
  static_assert(FitsConclude<R>,
                "`static void conclude(const double* sums, double* totals, Scalars&)` goes with the trait `sums` above "
                "0: one is missing or misspelt, or the function has other arguments");
  static_assert(StatesFit<R>,
                "states of rows and columns go with a transform that reads them: one by row with rowWise, "
                "one by row and one by column with factored");
  static_assert(SumsFit<R>,
                "there are at most kMaxSums sums; a scope goes with sums; sums over each array don't go with "
                "totals, which each array would change");
  static_assert(
      IdleFits<R>,
      "a rule with kTotals can't make up for steps: it has no trait `idle`; `followsHyperparameters` goes with `idle`");
}

template <typename R, typename Real>
constexpr void explain() {
  static_assert(HasBase<R>, "an update rule derives from UpdateRule");
  static_assert(HasName<R>, "an update rule has a name: `static constexpr const char* kName`");
  static_assert(HasTraits<R>,
                "an update rule says what is optional about it, be it nothing: `static constexpr Traits "
                "kTraits{}`");
  static_assert(HasHyperparameters<R>,
                "an update rule has a struct `Hyperparameters` of doubles, and `static constexpr "
                "const char* kHyperparameters[]` with a name for each of them");
  static_assert(HasStates<R>, "`static constexpr State kStates[]` lists at most kMaxStates states");
  static_assert(HasTotals<R>, "`static constexpr Total kTotals[]` lists at most kMaxTotals totals");
  static_assert(HasScalars<R>, "an update rule has a plain struct `Scalars` of at most kScalarBytes");
  if constexpr (IsDescribed<R> && HasScalars<R>) {
    static_assert(Prepares<R>,
                  "`static Scalars prepare(const Hyperparameters&, int64_t t)` is missing or misspelt; with "
                  "kTotals it takes `double* totals` as well: is that misspelt?");
    explainFunctions<R, Real>(StatesOf<R, Real>());
  }
}

}  // namespace
}  // namespace glissade
