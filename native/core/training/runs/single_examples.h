#pragma once

#include "parallel/team.h"
#include "training/runs/step_supplies.h"
#include "training/steps/linear_steps.h"

namespace glissade {

/// How many steps on single examples to take next, at most. The trainer's first step is taken alone.
template <typename Real>
size_t mostSingleExamples(const StepSupplies<Real>& supplies);

/// Takes steps of a linear model on single examples with these records, until LinearSteps leaves one. Returns how many
/// were taken. The engine's thread takes them in order; under hogwild, all members of a team take them in parallel,
/// unsynchronised (Niu et al. 2011, arXiv:1106.5730).
template <typename Real>
size_t takeSingleExamples(const StepSupplies<Real>& supplies, Team& team, const StepRecords& records);

}  // namespace glissade
