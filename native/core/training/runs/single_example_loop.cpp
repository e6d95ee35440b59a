#include "training/runs/single_example_loop.h"

#include <algorithm>

namespace glissade {
namespace {

// Examples between two readings of the clock: for one thread, and shared by a team.
constexpr size_t kChunk = 64, kSharedChunk = 4096;

}  // namespace

template <typename Real>
bool SingleExampleLoop<Real>::canTake(const double* record) const {
  return supplies_.options.batchSize == 1 && supplies_.trainer.singleSteps(record);
}

template <typename Real>
auto SingleExampleLoop<Real>::run(Team& team, Clock::time_point deadline) -> Outcome {
  Outcome outcome;
  do {
    const StepRecords records = supplies_.records.next(chunk());
    const bool areAllTaken = take(team, records) == records.count;
    outcome = areAllTaken ? Outcome::stepped : takeAsMinibatch();
  } while (shouldContinue(outcome, deadline));
  return outcome;
}

/// How many examples to take next, at most. The trainer's first step is taken alone.
template <typename Real>
size_t SingleExampleLoop<Real>::chunk() const {
  const int64_t steps = supplies_.trainer.counts().steps;
  const size_t most = supplies_.options.hogwild ? kSharedChunk : kChunk;
  size_t wanted = steps == 0 ? 1 : std::min(most, supplies_.epoch.left());
  if (const Checkpoints* const checkpoints = supplies_.options.checkpoints.get())
    wanted = checkpoints->stepsUntilDue(steps, wanted);
  const CurvatureProbe<Real>* const probe = supplies_.probe;
  return probe ? std::min(wanted, probe->stepsLeft(steps)) : wanted;
}

/// Takes steps with these records until LinearSteps leaves one. Returns how many were taken.
template <typename Real>
size_t SingleExampleLoop<Real>::take(Team& team, const StepRecords& records) {
  Trainer<Real>& trainer = supplies_.trainer;
  Epoch& epoch = supplies_.epoch;
  LinearSteps<Real>* const steps = trainer.singleSteps(records[0]);
  if (!steps) return 0;
  size_t fitting = records.stride == 0 ? records.count : 1;
  while (fitting < records.count && trainer.singleSteps(records[fitting])) ++fitting;
  const Singles examples{&epoch.data(), epoch.next(fitting).rows, records.from(0, fitting)};
  const bool isShared = supplies_.options.hogwild && fitting >= kChunk;
  const size_t taken = isShared ? takeAtOnce(team, *steps, examples) : takeInTurn(*steps, examples);
  supplies_.records.use(taken);
  return taken;
}

template <typename Real>
size_t SingleExampleLoop<Real>::takeInTurn(LinearSteps<Real>& steps, const Singles& examples) {
  Trainer<Real>& trainer = supplies_.trainer;
  Epoch& epoch = supplies_.epoch;
  steps.reserve(1, epoch.data());
  // Rows may lag after a step on a minibatch.
  if (steps.mustCatchUpBefore(examples.records[0])) trainer.evaluation().catchUpAlone();
  const size_t taken = steps.take(0, examples, trainer.counts().steps + 1, epoch.tally());
  steps.conclude(examples, taken);
  epoch.advance(taken);
  return taken;
}

/// Hogwild: members take their shares of the examples unsynchronised. A member that must leave an example stops there.
template <typename Real>
size_t SingleExampleLoop<Real>::takeAtOnce(Team& team, LinearSteps<Real>& steps, const Singles& examples) {
  Trainer<Real>& trainer = supplies_.trainer;
  Epoch& epoch = supplies_.epoch;
  const int64_t first = trainer.counts().steps + 1;
  // Allocates all memory first, since the steps that members take can't be taken back.
  std::vector<Tally> tallies(team.size());
  std::vector<Range> left(team.size());
  std::vector<uint32_t> order;
  order.reserve(examples.count());
  steps.reserve(team.size(), epoch.data());
  // Rows may lag after a step on a minibatch.
  if (steps.mustCatchUpBefore(examples.records[0])) trainer.evaluation().catchUpAlone();
  team.parallel([&](const Member& member) {
    const Range share = member.share(examples.count());
    const size_t taken = steps.take(member.index(), examples.from(share.begin, share.end),
                                    first + static_cast<int64_t>(share.begin), tallies[member.index()]);
    left[member.index()] = {share.begin + taken, share.end};
  });
  for (const Tally& tally : tallies) epoch.tally().add(tally);
  // Examples that are left come next in the epoch. The first of them is taken as a minibatch.
  for (const Range& rest : left) order.insert(order.end(), examples.rows + rest.begin, examples.rows + rest.end);
  const size_t taken = examples.count() - order.size();
  steps.conclude(examples, taken);
  epoch.advance(taken);
  epoch.replaceNext(order);
  return taken;
}

template <typename Real>
auto SingleExampleLoop<Real>::takeAsMinibatch() -> Outcome {
  const Member alone(0, 1);
  prepare(alone);
  const Outcome outcome = supplies_.trainer.step(alone);
  conclude(outcome);
  return outcome;
}

template class SingleExampleLoop<float>;
template class SingleExampleLoop<double>;

}  // namespace glissade
