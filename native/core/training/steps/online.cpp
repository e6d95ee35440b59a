#include "training/steps/online.h"

#include "error.h"
#include "parallel/denormals.h"
#include "parallel/engine.h"
#include "training/steps/step_work.h"

namespace glissade {
namespace {

// Multiplications that one thread does in about twice the time that the engine takes to wake (some 20 µs). Two threads
// would not be faster.
constexpr size_t kWorkOfOneThread = 1 << 21;

template <typename Real>
bool isSmall(const Network<Real>& network, size_t rows) {
  return workOfStep(network, rows) <= kWorkOfOneThread;
}

/// The step on a minibatch, up to its custom loss or from there on. All members call this together.
template <typename Real>
typename Trainer<Real>::Outcome stepTogether(const Member& member, Trainer<Real>& trainer, const Examples& examples,
                                             const double* record) {
  using Outcome = typename Trainer<Real>::Outcome;
  if (member.isFirst()) {
    if (trainer.isWithinStep())
      trainer.prepareRest(member);
    else
      trainer.prepare(member, examples, record);
  }
  member.barrier();
  const Outcome outcome = trainer.step(member);
  if (member.isFirst() && outcome != Outcome::failed && outcome != Outcome::awaitsLoss) trainer.conclude();
  member.barrier();
  return outcome;
}

}  // namespace

template <typename Real>
typename Trainer<Real>::Outcome stepOnline(Trainer<Real>& trainer, const Dataset& data, const double* record,
                                           const CustomLoss<Real>& custom) {
  using Outcome = typename Trainer<Real>::Outcome;
  const size_t count = data.rows();
  const Examples examples = trainer.examplesOf(data, Examples::Of::rank);
  Outcome outcome{};
  const auto step = [&](const Member& member) {
    const Outcome ours = stepTogether(member, trainer, examples, record);
    if (member.isFirst()) outcome = ours;
    return false;
  };
  const FlushDenormals flush;
  trainer.reserve(count, data.targets->columns);
  const bool isOfOneThread = !trainer.ranks()->areMany() && isSmall(*trainer.model().network, count);
  if (!isOfOneThread) trainer.setTeamSize(Engine::instance().threads());
  trainer.resume();
  try {
    const auto goOn = [&] { isOfOneThread ? void(step(Member(0, 1))) : trainer.ranks()->run(step); };
    for (goOn(); outcome == Outcome::awaitsLoss; goOn())
      trainer.takeLoss(flush.without([&] { return custom(trainer.awaited()); }));
    if (trainer.cooperation().isSynchronizationDue()) {
      Engine::instance().run([&](const Member& member) {
        trainer.synchronize(member);
        return false;
      });
      trainer.ranks()->throwIfFailed();
    }
    if (!isOfOneThread) {
      if (auto& evaluation = trainer.evaluation(); evaluation.lags()) {
        evaluation.beginCatchUp();
        Engine::instance().runForCaller([&](const Member& member) { return evaluation.catchUp(member); });
      }
    }
  } catch (...) {  // memory ran out, or a custom loss threw
    trainer.pause();
    throw;
  }
  trainer.pause();
  return outcome;
}

template <typename Real>
typename Trainer<Real>::Outcome stepBetween(Team& team, Trainer<Real>& trainer, const Dataset& data,
                                            const double* record) {
  const size_t count = data.rows();
  const Examples examples = trainer.examplesOf(data);
  trainer.reserve(count, data.targets->columns);
  trainer.setTeamSize(team.size());
  if (isSmall(*trainer.model().network, count)) {
    const FlushDenormals flush;
    return stepTogether(Member(0, 1), trainer, examples, record);
  }
  typename Trainer<Real>::Outcome outcome{};
  team.parallel([&](const Member& member) {
    const auto ours = stepTogether(member, trainer, examples, record);
    if (member.isFirst()) outcome = ours;
  });
  return outcome;
}

template Trainer<float>::Outcome stepOnline(Trainer<float>&, const Dataset&, const double*, const CustomLoss<float>&);
template Trainer<double>::Outcome stepOnline(Trainer<double>&, const Dataset&, const double*,
                                             const CustomLoss<double>&);
template Trainer<float>::Outcome stepBetween(Team&, Trainer<float>&, const Dataset&, const double*);
template Trainer<double>::Outcome stepBetween(Team&, Trainer<double>&, const Dataset&, const double*);

}  // namespace glissade
