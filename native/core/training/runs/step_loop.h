#pragma once

#include <algorithm>
#include <chrono>

#include "parallel/team.h"
#include "training/runs/single_examples.h"
#include "training/runs/step_supplies.h"
#include "training/steps/step_work.h"

namespace glissade {

/// Takes the steps of a run, a slice at a time. A team takes each step on a minibatch together, in the order of
/// `Trainer::step`. takeSingleExamples takes the steps of linear models on single examples.
template <typename Real>
class StepLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Outcome = typename Trainer<Real>::Outcome;

  explicit StepLoop(const StepSupplies<Real>& supplies) : supplies_(supplies) {}

  /// Whether all rows of sparse matrices, states included, must have caught up before the first of steps like the next
  /// one.
  bool needsRowsCaughtUp() const { return supplies_.isSingle(supplies_.records.next(1)[0]); }

  /// Takes at least one step. Stops after the deadline, or when the epoch is over, the records are used up, a probe or
  /// a checkpoint is due, a stop or another step is requested, readers wait, or a step fails or awaits a loss. Returns
  /// the outcome of the last step.
  Outcome run(Team& team, Clock::time_point deadline) {
    Trainer<Real>& trainer = supplies_.trainer;
    if (supplies_.isSingle(supplies_.records.next(1)[0])) return runOnSingleExamples(team, deadline);
    const size_t work = workOfStep(*trainer.model().network, supplies_.options.batchSize);
    const size_t members = std::min(team.size(), membersWorth(work));
    trainer.setTeamSize(members);
    team.parallel([&](const Member& member) { runOnMinibatches(member, deadline); }, members);
    return outcome_;
  }

 private:
  /// Falls back to a minibatch of one example where LinearSteps declines.
  Outcome runOnSingleExamples(Team& team, Clock::time_point deadline) {
    Outcome outcome;
    do {
      const StepRecords records = supplies_.records.next(mostSingleExamples(supplies_));
      outcome = Outcome::stepped;
      if (takeSingleExamples(supplies_, team, records) < records.count) {
        const Member alone(0, 1);
        prepare(alone);
        outcome = supplies_.trainer.step(alone);
        conclude(outcome);
      }
    } while (shouldContinue(outcome, deadline));
    return outcome;
  }
  /// Takes a slice of steps within one parallel region. It ends before a step that LinearSteps can take, whose sums
  /// have another order: the choice must not depend on when a slice ends.
  void runOnMinibatches(const Member& member, Clock::time_point deadline) {
    Trainer<Real>& trainer = supplies_.trainer;
    if (member.isFirst()) trainer.isWithinStep() ? trainer.prepareRest(member) : prepare(member);
    member.barrier();
    do {
      const Outcome outcome = trainer.step(member);
      if (member.isFirst()) {
        outcome_ = outcome;
        conclude(outcome);
        isGoing_ = shouldContinue(outcome, deadline) && !supplies_.isSingle(supplies_.records.next(1)[0]);
        if (isGoing_) prepare(member);
      }
      member.barrier();
    } while (isGoing_);
  }
  /// Prepares the step on the next minibatch.
  void prepare(const Member& member) {
    const Examples examples = supplies_.epoch.next(supplies_.options.batchSize);
    count_ = examples.wholeCount();
    supplies_.trainer.prepare(member, examples, supplies_.records.next(1)[0]);
  }
  /// Counts a step once it is over, unless it failed.
  void conclude(Outcome outcome) {
    if (outcome == Outcome::failed || outcome == Outcome::awaitsLoss) return;
    Trainer<Real>& trainer = supplies_.trainer;
    supplies_.epoch.advance(count_);
    if (!trainer.result().isSkipped) supplies_.epoch.tally().add(trainer.result().tally);
    if (trainer.conclude()) supplies_.records.use(1);
  }
  bool shouldContinue(Outcome outcome, Clock::time_point deadline) const {
    const Cooperation<Real>& cooperation = supplies_.trainer.cooperation();
    return outcome != Outcome::failed && outcome != Outcome::awaitsLoss && !supplies_.epoch.isOver() &&
           !cooperation.agreed() && !cooperation.isSynchronizationDue() && !supplies_.isProbeDue() &&
           !supplies_.isCheckpointDueByStep() && !supplies_.stopFlag.load(std::memory_order_relaxed) &&
           !supplies_.requests.isAnyWaiting() && !supplies_.snapshot.isAwaited() && Clock::now() < deadline &&
           supplies_.records.hasNext();
  }

  const StepSupplies<Real> supplies_;
  size_t count_ = 0;  // examples in the minibatch

  // Written by the first member, before a barrier.
  Outcome outcome_{};
  bool isGoing_ = true;
};

}  // namespace glissade
