#include "training/minibatch_loop.h"

#include <algorithm>

#include "training/step_work.h"

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
      isGoing_ = shouldContinue(outcome, deadline);
      if (isGoing_) prepare(member);
    }
    member.barrier();
  } while (isGoing_);
}

template class MinibatchLoop<float>;
template class MinibatchLoop<double>;

}  // namespace glissade
