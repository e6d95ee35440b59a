#pragma once

#include "training/runs/step_loop.h"
#include "training/steps/linear_steps.h"

namespace glissade {

/// Steps of a linear model on single examples. The engine's thread takes them in order. Under hogwild, all members of a
/// team take them in parallel, unsynchronised (Niu et al. 2011, arXiv:1106.5730). An example that LinearSteps leaves is
/// taken as a minibatch.
template <typename Real>
class SingleExampleLoop final : public StepLoop<Real> {
 public:
  using Clock = typename StepLoop<Real>::Clock;
  using Outcome = typename StepLoop<Real>::Outcome;
  using StepLoop<Real>::StepLoop;

  bool canTake(const double* record) const override;
  bool needsRowsCaughtUp() const override { return true; }
  Outcome run(Team& team, Clock::time_point deadline) override;

 private:
  using StepLoop<Real>::supplies_;
  using StepLoop<Real>::prepare;
  using StepLoop<Real>::conclude;
  using StepLoop<Real>::shouldContinue;

  size_t chunk() const;
  size_t take(Team& team, const StepRecords& records);
  size_t takeInTurn(LinearSteps<Real>& steps, const Singles& examples);
  size_t takeAtOnce(Team& team, LinearSteps<Real>& steps, const Singles& examples);
  Outcome takeAsMinibatch();
};

}  // namespace glissade
