#include "training/online.h"

#include "parallel/denormals.h"
#include "parallel/engine.h"

namespace glissade {
namespace {

// Multiplications that one thread does in about twice the time that the engine takes to wake (some 20 µs). Two threads
// would not be faster.
constexpr size_t kWorkOfOneThread = 1 << 21;
constexpr size_t kWays = 3;              // forward, backward, and the gradient of the weights
constexpr size_t kProductsOfUpdate = 8;  // per parameter

}  // namespace

template <typename Real>
typename Trainer<Real>::Outcome stepOnline(Trainer<Real>& trainer, const Dataset& data, const uint32_t* rows,
                                           const double* record, const CustomLoss<Real>& custom) {
  using Outcome = typename Trainer<Real>::Outcome;
  const size_t count = data.rows();
  Outcome outcome{};
  const auto step = [&](const Member& member) {
    if (member.isFirst() && trainer.isWithinStep())
      trainer.prepareRest(member);
    else if (member.isFirst())
      trainer.prepare(member, {&data, rows, count, false}, record);
    member.barrier();
    const Outcome ours = trainer.step(member);
    if (member.isFirst()) {
      outcome = ours;
      if (outcome != Outcome::failed && outcome != Outcome::awaitsLoss) trainer.conclude();
    }
    member.barrier();
    return false;
  };
  const FlushDenormals flush;
  trainer.reserve(count, data.targets->columns);
  const Network<Real>& network = *trainer.model().network;
  const bool isSmall =
      kWays * count * network.workOfExample() + kProductsOfUpdate * network.parameterCount() <= kWorkOfOneThread;
  if (!isSmall) trainer.setTeamSize(Engine::instance().threads());
  trainer.resume();
  try {
    const auto goOn = [&] { isSmall ? void(step(Member(0, 1))) : Engine::instance().runForCaller(step); };
    for (goOn(); outcome == Outcome::awaitsLoss; goOn())
      trainer.takeLoss(flush.without([&] { return custom(trainer.awaited()); }));
    if (!isSmall) {
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

template Trainer<float>::Outcome stepOnline(Trainer<float>&, const Dataset&, const uint32_t*, const double*,
                                            const CustomLoss<float>&);
template Trainer<double>::Outcome stepOnline(Trainer<double>&, const Dataset&, const uint32_t*, const double*,
                                             const CustomLoss<double>&);

}  // namespace glissade
