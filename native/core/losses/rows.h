// The losses over rows of a minibatch: value, gradient and, for classifiers, whether a row is classified rightly.
#pragma once

#include "losses/cross_entropy.h"
#include "losses/logistic.h"
#include "losses/squared.h"

namespace glissade {
namespace {

template <typename L, typename Real>
void countCorrect(const LossRows<Real>& r) {
  for (size_t i = r.begin; i < r.end; ++i)
    r.correct[i] = L::correct(r.outputs + i * r.columns, r.targets + i * r.targetColumns, r.columns, r.targetColumns);
}

template <typename Real>
void lossRows(Loss loss, const LossRows<Real>& rows) {
  switch (loss) {
    case Loss::crossEntropy:
      CrossEntropy::rows(rows);
      if (rows.correct) countCorrect<CrossEntropy>(rows);
      return;
    case Loss::logistic:
      Logistic::rows(rows);
      if (rows.correct) countCorrect<Logistic>(rows);
      return;
    case Loss::squared: Squared::rows(rows); return;
  }
}

}  // namespace
}  // namespace glissade
