#pragma once

#include "losses/cross_entropy.h"
#include "losses/rows.h"
#include "math/activations.h"
#include "math/elementary.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// −y·a·(1 − p)^γ·log p − (1 − y)·b·p^γ·log(1 − p) of a logit z, where p = σ(z), a target y in [0, 1], and weights a
/// and b (Lin et al. 2017, arXiv:1708.02002). With −log p = softplus(−z), powers are exponentials.
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
  /// Products end in quotients, so that no sum is of two products: the compiler could fuse either with the sum, and
  /// chooses differently at the end of a vectorised loop, so that bits would depend on how rows are shared.
  template <typename Number>
  Number derivative(const Number& z, Real y) const {
    const Number upper = 1 + exponential(z), lower = 1 + exponential(-z);  // 1/(1 − p), 1/p
    const Number ofYes = Softplus::value(-z), ofNo = Softplus::value(z);
    const Number yes = y * positive * (1 / upper + gamma * (ofYes / lower)) / exponential(gamma * ofNo);
    const Number no = (1 - y) * negative * (1 / lower + gamma * (ofNo / upper)) / exponential(gamma * ofYes);
    return no - yes;
  }
};

/// −(1 − p)^γ·log p, where p = softmax(z)_y and y is the class of the row. With q = 1 − p, the derivative with respect
/// to z_j is q^γ·(q − γ·p·log p), times −1 for j = y, else times the share of exp(z_j) in those of the other classes.
template <typename Number, typename Real>
void focalOfClasses(Real gamma, const LossRows<Real>& r) {
  exponentialsOfRows<Number>(r);
  for (size_t i = r.begin; i < r.end; ++i) {
    const Track<const Real> z = r.outputs + i * r.columns;
    const Track<Real> e = r.gradient + i * r.columns;
    const size_t label = labelOf(r.targets + i, r.columns);
    const Number own = load<Number>(e, label);
    const Number others =
        sumInBlocks<Number>(r.columns, [&](size_t j) { return j == label ? Number(0) : load<Number>(e, j); });
    const Number total = own + others, q = others / total;
    if (valueIn(q) > 0 || valueIn(q) != valueIn(q)) {
      const Number minusLog = logarithm(total) + (z.values[largest(z.values, r.columns)] - load<Number>(z, label));
      const Number power = exponential(gamma * logarithm(q));
      const Number slope = Number(r.scaleOf(i)) * power * (q + gamma * (own / total) * minusLog);
      for (size_t j = 0; j < r.columns; ++j) store(e, j, load<Number>(e, j) / others * slope);
      store(e, label, -slope);
    } else {
      for (size_t j = 0; j < r.columns; ++j) store(e, j, Number(0));
    }
    if (!r.values) continue;
    const double minusLog =
        log(static_cast<double>(valueIn(total))) + CrossEntropy::distance(z.values, r.columns, label);
    r.values[i] = pow(static_cast<double>(valueIn(q)), static_cast<double>(gamma)) * minusLog;
  }
}

}  // namespace
}  // namespace glissade
