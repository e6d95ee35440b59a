// The registry of update rules.
#pragma once

#include "optimizers/rule_loops.h"
#include "optimizers/rules/adadelta.h"
#include "optimizers/rules/adafactor.h"
#include "optimizers/rules/adagrad.h"
#include "optimizers/rules/adam.h"
#include "optimizers/rules/adamax.h"
#include "optimizers/rules/adamw.h"
#include "optimizers/rules/adan.h"
#include "optimizers/rules/asgd.h"
#include "optimizers/rules/ftrl.h"
#include "optimizers/rules/lamb.h"
#include "optimizers/rules/lars.h"
#include "optimizers/rules/lion.h"
#include "optimizers/rules/momentum.h"
#include "optimizers/rules/muon.h"
#include "optimizers/rules/nadam.h"
#include "optimizers/rules/prodigy.h"
#include "optimizers/rules/radam.h"
#include "optimizers/rules/rmsprop.h"
#include "optimizers/rules/row_wise_adagrad.h"
#include "optimizers/rules/rprop.h"
#include "optimizers/rules/schedule_free.h"
#include "optimizers/rules/sgd.h"

namespace glissade {
namespace {

template <typename Real>
constexpr Rule<Real> rules[] = {
    rule<Sgd<Real>, Real>(),
    rule<SgdMomentum<Real>, Real>(),
    rule<Momentum<Real>, Real>(),
    rule<NesterovMomentum<Real>, Real>(),
    rule<Adam<Real>, Real>(),
    rule<AmsGrad<Real>, Real>(),
    rule<AdamW<Real>, Real>(),
    rule<AmsGradW<Real>, Real>(),
    rule<Lion<Real>, Real>(),
    rule<Lars<Real>, Real>(),
    rule<Lamb<Real>, Real>(),
    rule<Adan<Real>, Real>(),
    rule<Ftrl<Real>, Real>(),
    rule<Prodigy<Real>, Real>(),
    rule<ScheduleFreeSgd<Real>, Real>(),
    rule<ScheduleFreeAdamW<Real>, Real>(),
    rule<Adafactor<Real>, Real>(),
    rule<AdafactorVector<Real>, Real>(),
    rule<Muon<Real, MuonSize::outputsInRows>, Real>(),
    rule<Muon<Real, MuonSize::outputsInColumns>, Real>(),
    rule<Muon<Real, MuonSize::matchingAdamW>, Real>(),
    rule<Adagrad<Real>, Real>(),
    rule<RowWiseAdagrad<Real>, Real>(),
    rule<RmsProp<Real>, Real>(),
    rule<RmsPropMomentum<Real>, Real>(),
    rule<CenteredRmsProp<Real>, Real>(),
    rule<CenteredRmsPropMomentum<Real>, Real>(),
    rule<Adadelta<Real>, Real>(),
    rule<Adamax<Real>, Real>(),
    rule<NAdam<Real>, Real>(),
    rule<NAdamW<Real>, Real>(),
    rule<RAdam<Real>, Real>(),
    rule<RAdamW<Real>, Real>(),
    rule<Rprop<Real>, Real>(),
    rule<Asgd<Real>, Real>(),
};

template <size_t kCount>
constexpr bool haveDifferentNames(const Rule<float> (&list)[kCount]) {
  for (size_t i = 0; i < kCount; ++i)
    for (size_t k = 0; k < i; ++k)
      if (__builtin_strcmp(list[i].name, list[k].name) == 0) return false;
  return true;
}
static_assert(haveDifferentNames(rules<float>), "two rules have one kName: one that derives from another has its own");

}  // namespace
}  // namespace glissade
