#include "training/runs/minibatch_loop.h"

#include <algorithm>

#include "training/steps/step_work.h"

namespace glissade {

template <typename Real>
auto MinibatchLoop<Real>::run(Team& team, Clock::time_point deadline) -> Outcome {
  Trainer<Real>& trainer = supplies_.trainer;
  const size_t members =
      std::min(team.size(), membersWorth(workOfStep(*trainer.model().network, supplies_.options.batchSize)));
  trainer.setTeamSize(members);
  team.parallel([&](const Member& member) { runTogether(member, deadline); }, members);
  return outcome_;
}

template <typename Real>
void MinibatchLoop<Real>::runTogether(const Member& member, Clock::time_point deadline) {
  if (member.isFirst()) goOn(member);
  member.barrier();
  do {
    const Outcome outcome = supplies_.trainer.step(member);
    if (member.isFirst()) {
      outcome_ = outcome;
      conclude(outcome);
      isGoing_ = shouldContinue(outcome, deadline) && !canBeTakenSingly();
      if (isGoing_) prepare(member);
    }
    member.barrier();
  } while (isGoing_);
}

/// Whether the next step belongs to the loop of single examples, whose sums have another order. That must not depend on
/// when a slice ends.
template <typename Real>
bool MinibatchLoop<Real>::canBeTakenSingly() const {
  return supplies_.options.batchSize == 1 && supplies_.trainer.singleSteps(supplies_.records.next(1)[0]);
}

template class MinibatchLoop<float>;
template class MinibatchLoop<double>;

}  // namespace glissade
