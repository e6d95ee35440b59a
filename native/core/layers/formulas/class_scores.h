// Scores of chosen classes or decisions, their gradients, and the probabilities of the classes of a tree.
//
// Assumes    weights, inputs and gradients of weights row-major; other matrices in panels with any strides; tangents of
//            all of them or of none
// Alignment  that of the elements
// Writes     rows [begin, end); reads nothing beyond the columns that are named
// Order      dot products: kLanes sums, each of every kLanes-th term in turn, then sumOf(). Other sums: blocks of 128
//            terms, in turn
#pragma once

#include "layers/rows.h"
#include "math/elementary.h"
#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

template <typename Number, typename Real>
Number dotOf(const Track<const Real>& a, const Track<const Real>& b, size_t count) {
  constexpr size_t kLanes = 16;
  Number lanes[kLanes] = {};
  size_t j = 0;
  for (; j + kLanes <= count; j += kLanes) {
#pragma omp simd
    for (size_t k = 0; k < kLanes; ++k) lanes[k] = lanes[k] + load<Number>(a, j + k) * load<Number>(b, j + k);
  }
  for (size_t k = 0; j + k < count; ++k) lanes[k] = lanes[k] + load<Number>(a, j + k) * load<Number>(b, j + k);
  return sumOf(lanes);
}

/// score ← w·x + b of each chosen row of weights.
template <typename Number, typename Real>
void chosenScoresOf(const ChosenRows<Real>& p) {
  for (size_t i = p.begin; i < p.end; ++i) {
    const uint32_t* const chosen = p.chosen + i * p.most;
    for (size_t k = 0; k < p.most; ++k) {
      Number score = p.beyond;
      if (k < p.counts[i])
        score = load<Number>(p.bias, chosen[k]) +
                dotOf<Number>(p.input + i * p.inputs, p.weight + chosen[k] * p.inputs, p.inputs);
      store(at(p.output, i, p.first + k), 0, score);
    }
  }
}

/// dx ← Σ δ·w over the chosen rows of weights.
template <typename Number, typename Real>
void chosenInputGradientOf(const ChosenRows<Real>& p) {
  for (size_t i = p.begin; i < p.end; ++i) {
    const uint32_t* const chosen = p.chosen + i * p.most;
    forEachPanel<Real>(
        p.inputs, [&](size_t column, size_t width) __attribute__((always_inline)) {
          forEachPart<kPanelWidth<Real>>(
              column, column + width, [&](size_t first, auto part) __attribute__((always_inline)) {
                constexpr size_t kWidth = decltype(part)::value;
                const Track<Real> to = at(p.inputGradient, i, first);
                Number sums[kWidth] = {};
                for (size_t j = 0; p.adds && j < kWidth; ++j) sums[j] = load<Number>(constant(to), j);
                addInBlocks(
                    0, p.counts[i], sums, [&](size_t k, Number(&to)[kWidth]) __attribute__((always_inline)) {
                      const Number delta = load<Number>(at(p.delta, i, p.first + k), 0);
                      const Track<const Real> row = p.weight + (chosen[k] * p.inputs + first);
#pragma omp simd
                      for (size_t j = 0; j < kWidth; ++j) to[j] = to[j] + delta * load<Number>(row, j);
                    });
                for (size_t j = 0; j < kWidth; ++j) store(to, j, sums[j]);
              });
        });
  }
}

/// gradient row slot − begin ← Σ δ·x over the entries of touched row `slot`.
template <typename Number, typename Real>
void chosenGradientOf(const ChosenGradient<Real>& p) {
  for (size_t slot = p.begin; slot < p.end; ++slot)
    forEachPanel<Real>(
        p.inputs, [&](size_t column, size_t width) __attribute__((always_inline)) {
          forEachPart<kPanelWidth<Real>>(
              column, column + width, [&](size_t first, auto part) __attribute__((always_inline)) {
                constexpr size_t kWidth = decltype(part)::value;
                Number sums[kWidth] = {};
                addInBlocks(
                    p.begins[slot], p.begins[slot + 1],
                    sums, [&](size_t e, Number(&to)[kWidth]) __attribute__((always_inline)) {
                      const Number delta = load<Number>(p.coefficients, p.entries[2 * e]);
                      const Track<const Real> x = p.input + (p.entries[2 * e] / p.most * p.inputs + first);
#pragma omp simd
                      for (size_t j = 0; j < kWidth; ++j) to[j] = to[j] + delta * load<Number>(x, j);
                    });
                const Track<Real> to = p.gradient + ((slot - p.begin) * p.inputs + first);
                for (size_t j = 0; j < kWidth; ++j) store(to, j, sums[j]);
              });
        });
}

/// gradient slot − begin ← Σ δ over the entries of touched bias `slot`.
template <typename Number, typename Real>
void chosenBiasGradientOf(const ChosenGradient<Real>& p) {
  for (size_t slot = p.begin; slot < p.end; ++slot) {
    Number sum[1] = {};
    addInBlocks(
        p.begins[slot], p.begins[slot + 1], sum, [&](size_t e, Number(&to)[1]) __attribute__((always_inline)) {
          to[0] = to[0] + load<Number>(p.coefficients, p.entries[2 * e]);
        });
    store(p.gradient, slot - p.begin, sum[0]);
  }
}

/// −log σ(score) and −log σ(−score) of each decision of a row, without cancellation.
template <typename Number, typename Real>
__attribute__((noinline)) void costsOf(const TreeRows<Real>& p, size_t row, const Track<Real>& first,
                                       const Track<Real>& second) {
  forEachPanel<Real>(p.decisions, [&](size_t column, size_t width) {
    const Track<const Real> scores = at(p.scores, row, column);
#pragma omp simd
    for (size_t j = 0; j < width; ++j) {
      const Number x = load<Number>(scores, j), tail = logarithm1p(exponential(x > 0 ? -x : x));
      store(first, column + j, (x > 0 ? Number(0) : -x) + tail);
      store(second, column + j, (x > 0 ? x : Number(0)) + tail);
    }
  });
}

/// y_c = Σ log σ(±score) over the decisions that lead to class c.
template <typename Number, typename Real>
void treeOf(const TreeRows<Real>& p) {
  const Track<Real> reached = p.scratch;  // log of the probability of reaching each decision
  const Track<Real> costs[] = {p.scratch + p.decisions, p.scratch + 2 * p.decisions};
  for (size_t i = p.begin; i < p.end; ++i) {
    costsOf<Number>(p, i, costs[0], costs[1]);
    store(reached, 0, Number(0));
    for (size_t n = 0; n < p.decisions; ++n)
      for (size_t side = 0; side < 2; ++side) {
        const size_t child = p.children[2 * n + side];
        const Number after = load<Number>(constant(reached), n) - load<Number>(constant(costs[side]), n);
        if (child < p.decisions)
          store(reached, child, after);
        else
          store(at(p.output, i, child - p.decisions), 0, after);
      }
  }
}

/// dscore = σ(−score)·Σδ of the classes on the first side − σ(score)·Σδ of those on the other.
template <typename Number, typename Real>
void treeBackwardOf(const TreeRows<Real>& p) {
  for (size_t i = p.begin; i < p.end; ++i)
    for (size_t n = p.decisions; n-- > 0;) {
      const auto sumOfSide = [&](size_t side) {
        const size_t child = p.children[2 * n + side];
        return child < p.decisions ? load<Number>(constant(p.scratch), child)
                                   : load<Number>(at(p.delta, i, child - p.decisions), 0);
      };
      const Number first = sumOfSide(0), second = sumOfSide(1);
      const Odds<Number> odds = oddsOf(load<Number>(at(p.scores, i, n), 0));
      store(at(p.scoreGradient, i, n), 0, first * odds.no / odds.whole - second * odds.yes / odds.whole);
      store(p.scratch, n, first + second);
    }
}

template <typename Real>
void chosenScores(const ChosenRows<Real>& p) {
  onNumbers<Real>(p.output.data.tangents, [&]<typename Number>(Number) { chosenScoresOf<Number>(p); });
}
template <typename Real>
void chosenInputGradient(const ChosenRows<Real>& p) {
  onNumbers<Real>(p.delta.data.tangents, [&]<typename Number>(Number) { chosenInputGradientOf<Number>(p); });
}
template <typename Real>
void chosenGradient(const ChosenGradient<Real>& p) {
  onNumbers<Real>(p.coefficients.tangents, [&]<typename Number>(Number) { chosenGradientOf<Number>(p); });
}
template <typename Real>
void chosenBiasGradient(const ChosenGradient<Real>& p) {
  onNumbers<Real>(p.coefficients.tangents, [&]<typename Number>(Number) { chosenBiasGradientOf<Number>(p); });
}
template <typename Real>
void tree(const TreeRows<Real>& p) {
  onNumbers<Real>(p.output.data.tangents, [&]<typename Number>(Number) { treeOf<Number>(p); });
}
template <typename Real>
void treeBackward(const TreeRows<Real>& p) {
  onNumbers<Real>(p.delta.data.tangents, [&]<typename Number>(Number) { treeBackwardOf<Number>(p); });
}

}  // namespace
}  // namespace glissade
