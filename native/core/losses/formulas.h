// The losses over rows of a minibatch: value, gradient and, for classifiers, whether a row is classified correctly.
#pragma once

#include "losses/absolute.h"
#include "losses/cross_entropy.h"
#include "losses/elementwise.h"
#include "losses/focal.h"
#include "losses/hinge.h"
#include "losses/huber.h"
#include "losses/joint.h"
#include "losses/logistic.h"
#include "losses/poisson.h"
#include "losses/quantile.h"
#include "losses/rows.h"
#include "losses/squared.h"

namespace glissade {
namespace {

template <typename L, typename Real>
void countCorrect(const LossRows<Real>& r) {
  for (size_t i = r.begin; r.correct && i < r.end; ++i)
    r.correct[i] =
        L::correct(r.outputs.values + i * r.columns, r.targets + i * r.targetColumns, r.columns, r.targetColumns);
}

template <typename Penalty, typename Number, typename Real>
void hingeRows(const LossRows<Real>& r) {
  if (r.targetColumns < r.columns)
    hingeOfClasses<Penalty, Number>(r);
  else
    elementwise<Number>(Hinge<Penalty>(), r);
  countCorrect<Hinge<Penalty>>(r);
}

template <typename Number, typename Real>
void focalRows(const Focal<Real>& focal, const LossRows<Real>& r) {
  if (r.targetColumns < r.columns) {
    focalOfClasses<Number>(focal.gamma, r);
    countCorrect<CrossEntropy>(r);
  } else {
    elementwise<Number>(focal, r);
    countCorrect<Logistic<Real>>(r);
  }
}

template <typename Number, typename Real>
void lossRowsIn(Loss loss, const LossRows<Real>& r) {
  const auto real = [](double x) { return static_cast<Real>(x); };
  const LossParameters& p = r.parameters;
  switch (loss) {
    case Loss::crossEntropy: CrossEntropy::rows<Number>(r); return countCorrect<CrossEntropy>(r);
    case Loss::logistic:
      elementwise<Number>(Logistic<Real>{real(p.labelSmoothing), real(p.positiveWeight)}, r);
      return countCorrect<Logistic<Real>>(r);
    case Loss::squared: return elementwise<Number>(Squared(), r);
    case Loss::absolute: return elementwise<Number>(Absolute(), r);
    case Loss::huber: return elementwise<Number>(Huber<Real>{real(p.delta)}, r);
    case Loss::hinge: return hingeRows<LinearPenalty, Number>(r);
    case Loss::squaredHinge: return hingeRows<SquaredPenalty, Number>(r);
    case Loss::poisson: return elementwise<Number>(Poisson(), r);
    case Loss::quantile: return elementwise<Number>(Quantile<Real>{real(p.quantile)}, r);
    case Loss::focal:
      return focalRows<Number>(Focal<Real>{real(p.gamma), real(p.positiveShare), real(p.negativeShare)}, r);
    case Loss::joint:
      return jointRows<Number>(r, [](Loss part, const LossRows<Real>& rows) { lossRowsIn<Number>(part, rows); });
    case Loss::custom: return;
  }
}

/// Values and gradients of a loss for rows [begin, end) of a minibatch.
///
/// Assumes    outputs, targets and gradient row-major, the gradient apart from the others; targets as checkTargets
///            wants them. `values`, `correct`, `rowScales`, `classWeights` and the tangents may be null
/// Alignment  that of the elements
/// Reads      rows [begin, end)
/// Writes     rows [begin, end) of `gradient`, `values` and, for classifiers, `correct`
/// Order      values: the columns of a row in turn, in double; sums of a softmax: sumInBlocks. The results of a row do
///            not depend on `begin` and `end`
template <typename Real>
void lossRows(Loss loss, const LossRows<Real>& r) {
  if (r.outputs.tangents)
    lossRowsIn<Dual<Real>>(loss, r);
  else
    lossRowsIn<Real>(loss, r);
}

}  // namespace
}  // namespace glissade
