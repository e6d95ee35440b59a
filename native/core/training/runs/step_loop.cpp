#include "training/runs/step_loop.h"

#include "training/runs/minibatch_loop.h"
#include "training/runs/single_example_loop.h"

namespace glissade {

template <typename Real>
void StepLoop<Real>::goOn(const Member& member) {
  Trainer<Real>& trainer = supplies_.trainer;
  trainer.isWithinStep() ? trainer.prepareRest(member) : prepare(member);
}

template <typename Real>
void StepLoop<Real>::prepare(const Member& member) {
  const Examples examples = supplies_.epoch.next(supplies_.options.batchSize);
  count_ = examples.wholeCount();
  supplies_.trainer.prepare(member, examples, supplies_.records.next(1)[0]);
}

template <typename Real>
void StepLoop<Real>::conclude(Outcome outcome) {
  if (outcome == Outcome::failed || outcome == Outcome::awaitsLoss) return;
  Trainer<Real>& trainer = supplies_.trainer;
  supplies_.epoch.advance(count_);
  if (!trainer.result().isSkipped) supplies_.epoch.tally().add(trainer.result().tally);
  if (trainer.conclude()) supplies_.records.use(1);
}

template <typename Real>
bool StepLoop<Real>::shouldContinue(Outcome outcome, Clock::time_point deadline) const {
  return outcome != Outcome::failed && outcome != Outcome::awaitsLoss && !supplies_.epoch.isOver() &&
         !supplies_.trainer.agreed() && !supplies_.trainer.isSynchronizationDue() && !supplies_.isProbeDue() &&
         !supplies_.isCheckpointDueByStep() && !supplies_.stopFlag.load(std::memory_order_relaxed) &&
         !supplies_.requests.isAnyWaiting() && !supplies_.snapshot.isAwaited() && Clock::now() < deadline &&
         supplies_.records.hasNext();
}

template <typename Real>
std::vector<std::unique_ptr<StepLoop<Real>>> stepLoopsOf(const StepSupplies<Real>& supplies) {
  std::vector<std::unique_ptr<StepLoop<Real>>> loops;
  loops.push_back(std::make_unique<SingleExampleLoop<Real>>(supplies));
  loops.push_back(std::make_unique<MinibatchLoop<Real>>(supplies));
  return loops;
}

template class StepLoop<float>;
template class StepLoop<double>;
template std::vector<std::unique_ptr<StepLoop<float>>> stepLoopsOf(const StepSupplies<float>&);
template std::vector<std::unique_ptr<StepLoop<double>>> stepLoopsOf(const StepSupplies<double>&);

}  // namespace glissade
