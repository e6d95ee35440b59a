#include "training/runs/single_examples.h"

#include <algorithm>
#include <vector>

namespace glissade {
namespace {

// Examples between two readings of the clock: for one thread, and shared by a team.
constexpr size_t kChunk = 64, kSharedChunk = 4096;

template <typename Real>
size_t takeInTurn(const StepSupplies<Real>& supplies, LinearSteps<Real>& steps, const Singles& examples) {
  Trainer<Real>& trainer = supplies.trainer;
  steps.reserve(1, supplies.epoch.data());
  // Rows may lag after a step on a minibatch.
  if (steps.mustCatchUpBefore(examples.records[0])) trainer.evaluation().catchUpAll(Member(0, 1));
  const size_t taken = steps.take(0, examples, trainer.counts().steps + 1, supplies.epoch.tally());
  steps.conclude(examples, taken);
  supplies.epoch.advance(taken);
  return taken;
}

/// Hogwild: members take their shares of the examples unsynchronised. A member that must leave an example stops there.
template <typename Real>
size_t takeAtOnce(const StepSupplies<Real>& supplies, Team& team, LinearSteps<Real>& steps, const Singles& examples) {
  Trainer<Real>& trainer = supplies.trainer;
  Epoch& epoch = supplies.epoch;
  const int64_t first = trainer.counts().steps + 1;
  // Allocates all memory first, since the steps that members take can't be taken back.
  std::vector<Tally> tallies(team.size());
  std::vector<Range> left(team.size());
  std::vector<uint32_t> order;
  order.reserve(examples.count());
  steps.reserve(team.size(), epoch.data());
  // Rows may lag after a step on a minibatch.
  if (steps.mustCatchUpBefore(examples.records[0])) trainer.evaluation().catchUpAll(Member(0, 1));
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

}  // namespace

template <typename Real>
size_t mostSingleExamples(const StepSupplies<Real>& supplies) {
  const int64_t steps = supplies.trainer.counts().steps;
  const size_t chunk = supplies.options.hogwild ? kSharedChunk : kChunk;
  size_t most = steps == 0 ? 1 : std::min(chunk, supplies.epoch.left());
  if (supplies.options.checkpoints) most = supplies.options.checkpoints->stepsUntilDue(steps, most);
  return supplies.probe ? std::min(most, supplies.probe->stepsLeft(steps)) : most;
}

template <typename Real>
size_t takeSingleExamples(const StepSupplies<Real>& supplies, Team& team, const StepRecords& records) {
  LinearSteps<Real>* const steps = supplies.trainer.singleSteps(records[0]);
  if (!steps) return 0;
  size_t fitting = records.stride == 0 ? records.count : 1;
  while (fitting < records.count && supplies.trainer.singleSteps(records[fitting])) ++fitting;
  const Singles examples{&supplies.epoch.data(), supplies.epoch.next(fitting).rows, records.from(0, fitting)};
  const bool isShared = supplies.options.hogwild && fitting >= kChunk;
  const size_t taken = isShared ? takeAtOnce(supplies, team, *steps, examples) : takeInTurn(supplies, *steps, examples);
  supplies.records.use(taken);
  return taken;
}

template size_t mostSingleExamples(const StepSupplies<float>&);
template size_t mostSingleExamples(const StepSupplies<double>&);
template size_t takeSingleExamples(const StepSupplies<float>&, Team&, const StepRecords&);
template size_t takeSingleExamples(const StepSupplies<double>&, Team&, const StepRecords&);

}  // namespace glissade
