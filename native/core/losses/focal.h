#pragma once

#include "losses/cross_entropy.h"
#include "losses/rows.h"
#include "math/activations.h"
#include "math/elementary.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// The focal loss (1 − p)^γ·(−log p) of a probability p = σ(z) (Lin et al. 2017, arXiv:1708.02002), with q = 1 − p.
/// Derivatives are closed formulas in p, q and −log p, of which each is exact where it is small. The chain rule through
/// logarithms and powers would multiply large tangents before the powers make them small.
template <typename Real>
struct FocalTerm {
  Real gamma;

  /// −d/dz: q^γ·(q + γ·p·(−log p)). `whole` is what divides p and q.
  Real slope(Real power, Real p, Real q, Real minusLog, Real whole) const {
    return power * (q + gamma * (p * minusLog)) / whole;
  }
  /// d²/dz²: q^γ·p·((1 + 2γ)·q + γ·(−log p)·(γ·p − q))
  Real bend(Real power, Real p, Real q, Real minusLog, Real whole) const {
    const Real twice = 1 + 2 * gamma;
    return power * p / whole * (twice * (q + gamma / twice * (minusLog * (gamma * p - q)))) / whole;
  }
};

/// −y·a·(1 − p)^γ·log p − (1 − y)·b·p^γ·log(1 − p) of a logit z, where p = σ(z), a target y in [0, 1], and weights a
/// and b. With −log p = softplus(−z), powers are exponentials.
template <typename Real>
struct Focal {
  Real gamma, positive, negative;  // γ, a, b

  double value(Real logit, Real target) const {
    const double z = static_cast<double>(logit), y = static_cast<double>(target), power = static_cast<double>(gamma);
    const double size = z < 0 ? -z : z, tail = log1p(exp(-size));
    const double ofYes = (z > 0 ? 0 : size) + tail, ofNo = (z > 0 ? size : 0) + tail;  // −log p, −log(1 − p)
    return y * static_cast<double>(positive) * exp(-power * ofNo) * ofYes +
           (1 - y) * static_cast<double>(negative) * exp(-power * ofYes) * ofNo;
  }
  /// Products end in quotients, for the reason that Logistic gives.
  Real derivative(Real z, Real y) const {
    const auto [p, q, whole] = oddsOf(z);
    const Real ofYes = Softplus::value(-z), ofNo = Softplus::value(z);
    const FocalTerm<Real> term{gamma};
    return term.slope((1 - y) * negative * exponential(-gamma * ofYes), q, p, ofNo, whole) -
           term.slope(y * positive * exponential(-gamma * ofNo), p, q, ofYes, whole);
  }
  Dual<Real> derivative(const Dual<Real>& z, Real y) const {
    const auto [p, q, whole] = oddsOf(z.value);
    const Real ofYes = Softplus::value(-z.value), ofNo = Softplus::value(z.value);
    const FocalTerm<Real> term{gamma};
    const Real bend = term.bend((1 - y) * negative * exponential(-gamma * ofYes), q, p, ofNo, whole) +
                      term.bend(y * positive * exponential(-gamma * ofNo), p, q, ofYes, whole);
    return {derivative(z.value, y), bend * z.tangent};
  }
};

/// −(1 − p)^γ·log p, where p = softmax(z)_y and y is the class of the row. With q = 1 − p, the derivative with respect
/// to z_j is q^γ·(q − γ·p·log p), times −1 for j = y, else times the share s_j of exp(z_j) in those of the other
/// classes. Along tangents ż, with the mean M = Σ s_j·ż_j, that slope changes by FocalTerm::bend times M − ż_y, and s_j
/// by s_j·(ż_j − M).
template <typename Number, typename Real>
void focalOfClasses(Real gamma, const LossRows<Real>& r) {
  exponentialsOfRows<Real>(r);
  const FocalTerm<Real> term{gamma};
  for (size_t i = r.begin; i < r.end; ++i) {
    const Track<const Real> z = r.outputs + i * r.columns;
    const Track<Real> gradient = r.gradient + i * r.columns;
    Real* const e = gradient.values;
    const size_t label = labelOf(r.targets + i, r.columns);
    const Real own = e[label], others = CrossEntropy::sumBeside<Real>(label, Track<Real>{e, nullptr}, r.columns);
    const Real whole = own + others, q = others / whole;
    const double minusLog = CrossEntropy::minusLog(z.values, r.columns, label, own, others);
    const bool isRight = q == 0;  // without a doubt
    const Real scale = r.scaleOf(i), power = isRight ? Real(0) : exponential(gamma * logarithm(q));
    const auto size = static_cast<Real>(minusLog);
    const Real slope = scale * term.slope(power, own, others, size, whole);
    if constexpr (isDual<Number>) {
      // The mean is relative to the likeliest of the other classes: its own ż_j − M would else lose all digits.
      const Real likeliest = z.tangents[largest(e, r.columns)];
      const Real mean =
          isRight ? Real(0)
                  : sumInBlocks<Real>(r.columns, [&](size_t j) { return e[j] / others * (z.tangents[j] - likeliest); });
      const Real bend = scale * term.bend(power, own, others, size, whole) * (mean + (likeliest - z.tangents[label]));
      for (size_t j = 0; j < r.columns; ++j)
        gradient.tangents[j] = isRight ? Real(0) : e[j] / others * (bend + slope * (z.tangents[j] - likeliest - mean));
      gradient.tangents[label] = -bend;
    }
    for (size_t j = 0; j < r.columns; ++j) e[j] = isRight ? Real(0) : e[j] / others * slope;
    e[label] = -slope;
    if (r.values) r.values[i] = pow(static_cast<double>(q), static_cast<double>(gamma)) * minusLog;
  }
}

}  // namespace
}  // namespace glissade
