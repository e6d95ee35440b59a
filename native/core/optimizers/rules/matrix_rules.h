// The registry of the update rules that see matrices.
#pragma once

#include "optimizers/matrix_step.h"
#include "optimizers/rules/adafactor.h"
#include "optimizers/rules/muon.h"
#include "optimizers/rules/row_wise_adagrad.h"

namespace glissade {
namespace {

/// Calls visit(matrix rule) for each rule that sees matrices.
template <typename Real, typename Visit>
void forEachMatrixRule(Visit visit) {
  visit(matrixRule<Adafactor<Real>, Real>());
  visit(matrixRule<Muon<Real, MuonSize::outputsInRows>, Real>());
  visit(matrixRule<Muon<Real, MuonSize::outputsInColumns>, Real>());
  visit(matrixRule<Muon<Real, MuonSize::matchingAdamW>, Real>());
  visit(matrixRule<RowWiseAdagrad<Real>, Real>());
}

}  // namespace
}  // namespace glissade
