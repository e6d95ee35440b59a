#pragma once

#include "training/runs/step_loop.h"

namespace glissade {

/// Steps on minibatches. A team takes each step together, and enters one parallel region for a slice of steps.
template <typename Real>
class MinibatchLoop final : public StepLoop<Real> {
 public:
  using Clock = typename StepLoop<Real>::Clock;
  using Outcome = typename StepLoop<Real>::Outcome;
  using StepLoop<Real>::StepLoop;

  bool canTake(const double*) const override { return true; }
  Outcome run(Team& team, Clock::time_point deadline) override;

 private:
  using StepLoop<Real>::supplies_;
  using StepLoop<Real>::goOn;
  using StepLoop<Real>::prepare;
  using StepLoop<Real>::conclude;
  using StepLoop<Real>::shouldContinue;

  void runTogether(const Member& member, Clock::time_point deadline);
  bool canBeTakenSingly() const;

  // Written by the first member, before a barrier.
  Outcome outcome_{};
  bool isGoing_ = true;
};

}  // namespace glissade
