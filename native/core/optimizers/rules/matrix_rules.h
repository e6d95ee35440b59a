// The registry of the update rules that see matrices.
#pragma once

#include "optimizers/matrix_step.h"
#include "optimizers/rules/adafactor.h"
#include "optimizers/rules/muon.h"
#include "optimizers/rules/row_wise_adagrad.h"

namespace glissade {
namespace {

template <typename Real>
constexpr MatrixRule<Real> matrixRules[] = {
    matrixRule<Adafactor<Real>, Real>(),      matrixRule<Muon<Real>, Real>(),
    matrixRule<MuonByColumns<Real>, Real>(),  matrixRule<MuonMatchingAdamW<Real>, Real>(),
    matrixRule<RowWiseAdagrad<Real>, Real>(),
};

}  // namespace
}  // namespace glissade
