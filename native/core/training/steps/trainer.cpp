#include "training/steps/trainer.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "training/steps/attempt.h"
#include "training/steps/outer_steps.h"
#include "training/steps/shared_steps.h"

namespace glissade {
namespace {

template <typename Real>
std::unique_ptr<Cooperation<Real>> cooperationOf(TrainedModel<Real>& model, MinibatchGradient<Real>& gradient,
                                                 const TrainerOptions& options) {
  if (!options.ranks) return std::make_unique<Cooperation<Real>>(model, gradient);
  if (options.synchronization) return std::make_unique<OuterSteps<Real>>(model, gradient, options);
  return std::make_unique<SharedSteps<Real>>(model, gradient, options);
}
}  // namespace

template <typename Real>
Trainer<Real>::Trainer(std::shared_ptr<const Network<Real>> network, Real* parameters, TrainerOptions options)
    : options_(std::move(options)),
      model_(std::move(network), parameters, options_),
      evaluation_(model_, options_),
      gradient_(model_),
      ranks_(orAlone(options_.ranks)),
      cooperation_(cooperationOf(model_, gradient_, options_)),
      guard_(model_, options_),
      rollback_(model_),
      linear_(LinearSteps<Real>::of(model_, options_)),
      fuses_(model_.optimizer.fused().isPossible() && model_.network->boundsGradient() && !options_.usesSam),
      hasGradientPoint_(model_.optimizer.points().hasGradientPoint()),
      record_(model_.recordLength()) {
  if (!hasGradientPoint_ && !options_.usesSam) return;
  point_ = Buffer<Real>(model_.network->parameterCount());
  points_ = model_.tensorsIn(point_);
}

template <typename Real>
void Trainer<Real>::reserve(size_t rows, size_t targetColumns) {
  if (minibatch_ && minibatch_->rows() >= rows) return minibatch_->reserveTargets(targetColumns);
  auto made = std::make_unique<Minibatch<Real>>(*model_.network, model_.kernels, options_.scoring, rows, Use::training,
                                                options_.precision, Mode::training);
  made->reserveTargets(targetColumns);
  made->workspace().freeze(model_.frozenMatrices());
  for (const LazyMatrix& lazy : model_.lazy) made->workspace().leaveToTouched(lazy.matrix);
  cooperation_->reserve(made->workspace());
  minibatch_ = std::move(made);  // last: memory may run out before
  refreshedAt_ = -1;
}

template <typename Real>
TrainerCounts Trainer<Real>::savedCounts() const {
  const TrainingCounts& counts = model_.counts;
  return {static_cast<double>(counts.steps),
          static_cast<double>(counts.minibatches),
          static_cast<double>(counts.skipped),
          static_cast<double>(counts.waiting),
          static_cast<double>(evaluation_.overwrittenAt()),
          static_cast<double>(guard_.statesMayBeLarge())};
}

template <typename Real>
void Trainer<Real>::restore(const Real* parameters, const std::byte* state, const double* record,
                            const TrainerCounts& saved) {
  evaluation_.reserveForPause();
  TrainingCounts& counts = model_.counts;
  counts.steps = static_cast<int64_t>(saved.steps);
  counts.minibatches = static_cast<int64_t>(saved.minibatches);
  counts.skipped = static_cast<int64_t>(saved.skipped);
  counts.waiting = static_cast<size_t>(saved.waiting);
  std::copy_n(state, model_.state.size(), model_.state.data());
  model_.optimizer.recall(model_.kernels, model_.state.data());
  std::copy_n(record, model_.lastRecord.size(), model_.lastRecord.data());
  if (saved.mayStatesBeLarge != 0) guard_.noteRollback();
  forgetParameters();
  evaluation_.restore(parameters, static_cast<int64_t>(saved.overwrittenAt));
}

template <typename Real>
void Trainer<Real>::synchronize(const Member& member) {
  if (evaluation_.lags()) evaluation_.catchUpAll(member);
  cooperation_->outerSteps()->synchronize(member);
  if (member.isFirst()) forgetParameters();
}

template <typename Real>
void Trainer<Real>::prepare(const Member& member, const Examples& given, const double* record) {
  const TrainingCounts& counts = model_.counts;
  RankPart part{};
  const Examples examples = cooperation_->take(given, part);
  const uint64_t key = Random(options_.seed, Draw::dropout, static_cast<uint64_t>(counts.minibatches)).next();
  std::copy_n(record, record_.size(), record_.data());
  isLast_ = counts.waiting + 1 >= options_.accumulate || examples.mustStep;
  stepsOnAccumulated_ = false;
  isWithinStep_ = false;
  result_ = {};
  const bool hasRoom = attempt([&] {  // no exception may leave a parallel region
    if (!model_.network->matrices().sparse().empty())
      model_.optimizer.sparse().reserve(
          minibatch_->workspace().reserveTouched(*examples.data, examples.rows, examples.count));
    step_ = {examples,
             {examples.count, Mode::training, key, part},
             {},
             !hasGradientPoint_ && refreshedAt_ == counts.steps,
             {}};
    reserveForTeam(member);
  });
  if (!hasRoom) failForMemory(member);
}

/// @throws std::bad_alloc
template <typename Real>
void Trainer<Real>::reserveForTeam(const Member& member) {
  if (fuses_) cooperation_->reserveBlocks(member.count());
  step_.known = guard_.begin(member.count(), record_.data());
}

/// Order: gradient point; refresh; gather, touched rows, forward with the loss, backward; sums over the whole
/// minibatch. Then a fused step, or: gradient (with SAM a second one), chooseStep, finishStep. Counts and running
/// statistics follow in conclude(). A custom loss comes between two calls, each of which returns before it.
template <typename Real>
auto Trainer<Real>::step(const Member& member) -> Outcome {
  if (result_.failure) {  // `prepare` failed
    member.barrier();
    return Outcome::failed;
  }
  const Step step = step_;
  Workspace<Real>& workspace = minibatch_->workspace();
  const bool awaits = minibatch_->hasCustomLoss() && step.batch.count > 0;
  if (step.stage == Stage::beginning) {
    const Real* const point = computeGradientPoint(member);
    if (!step.isRefreshed) refresh(member, point);
    forward(member, step, point);
    if (awaits) return awaitLoss(member, Stage::loss);
  }
  if (step.stage != Stage::lossAtWorstPoint) {
    const PassedMinibatch<Real> minibatch{step.batch, hasGradientPoint_ ? point_.data() : model_.parameters, workspace};
    backward(member, step, minibatch.point);
    if (fuses_) beginFusedStep(member, step);
    member.barrier();
    Totals totals{minibatch_->tally(step.batch.count), guard_.largestFactors()};
    if (!cooperation_->sum(member, minibatch, totals)) return failForMemory(member);
    if (member.isFirst()) result_.tally = totals.tally;
    if (fuses_ && guard_.allowsFusedStep(step.known, totals.tally, totals.factors))
      return takeFusedStep(member, step, minibatch);
    if (!cooperation_->computeGradient(member, minibatch)) return failForMemory(member);
    if (options_.usesSam) {
      goToWorstPoint(member);
      forward(member, step, point_.data());
      if (awaits) return awaitLoss(member, Stage::lossAtWorstPoint);
    }
  }
  if (options_.usesSam) {
    backward(member, step, point_.data());
    member.barrier();
    const PassedMinibatch<Real> minibatch{step.batch, point_.data(), workspace};
    cooperation_->sumAgain(member, minibatch);
    if (!cooperation_->computeGradient(member, minibatch)) return failForMemory(member);
  }
  chooseStep(member, result_.tally);
  const Outcome outcome = finishStep(member, result_.tally);
  member.barrier();
  return outcome;
}

/// Takes the minibatch through the network and its loss, unless that is a custom one.
template <typename Real>
void Trainer<Real>::forward(const Member& member, const Step& step, const Real* point) {
  const Examples& examples = step.examples;
  minibatch_->gather(member, *examples.data, examples.rows, examples.count);
  minibatch_->choose(member, step.batch, *examples.data);
  member.barrier();
  touchRows(member, examples.count);
  minibatch_->forward(member, step.batch, {point, nullptr}, *examples.data);
}

/// Finds the rows of sparse matrices that a minibatch touches, and brings them up to date.
template <typename Real>
void Trainer<Real>::touchRows(const Member& member, size_t count) {
  const Network<Real>& network = *model_.network;
  if (network.matrices().sparse().empty()) return;
  minibatch_->workspace().touch(member, count);
  member.barrier();
  cooperation_->shareTouchedRows(member, minibatch_->workspace());
  for (const auto& [matrix, array] : model_.lazy)
    model_.optimizer.sparse().catchUpRows(model_.kernels, member, model_.stepArrays(), array,
                                          minibatch_->workspace().touchedOf(matrix).rows(), model_.optimizerSteps());
  if (!model_.lazy.empty()) member.barrier();
}

/// Updates each block of parameters while its gradient is in the cache.
template <typename Real>
auto Trainer<Real>::takeFusedStep(const Member& member, const Step& step, const PassedMinibatch<Real>& minibatch)
    -> Outcome {
  if (member.isFirst()) stepKind_ = StepKind::fusedStep;
  Real largest = 0;
  const auto update = [&](size_t matrix, const Range& rows, const Real* gradient) {
    const Range place = model_.network->matrices()[matrix].elements(rows);
    model_.optimizer.fused().update(model_.kernels, place, gradient, model_.stepArrays());
    minibatch.workspace.refreshBlock(model_.parameters, matrix, rows);
    largest = std::max(largest, model_.largest(model_.parameters, place));
  };
  cooperation_->forEachBlock(member, minibatch, std::ref(update));  // a reference, since a copy would need memory
  guard_.noteUpdated(member, step.known, largest);
  const StepFailure failure = cooperation_->failure();
  if (!failure) return Outcome::stepped;
  if (member.isFirst()) result_.failure = failure;
  return Outcome::failed;
}

/// Finds the worst point nearby (sharpness-aware minimisation), where the gradient is taken again.
template <typename Real>
void Trainer<Real>::goToWorstPoint(const Member& member) {
  auto arrays = model_.stepArrays(gradient_.data());
  if (hasGradientPoint_) arrays.parameters = points_.data();
  model_.optimizer.points().worst(model_.kernels, member, record_.data(), arrays, points_.data());
  member.barrier();
  refresh(member, point_.data());
}

/// Measures the gradient, and lets the first member decide how the minibatch ends. A barrier precedes the return.
template <typename Real>
void Trainer<Real>::chooseStep(const Member& member, const Tally& tally) {
  guard_.measureGradient(member, gradient_.largest(member, minibatch_->workspace()),
                         gradient_.largestParameter(member, minibatch_->workspace()));
  member.barrier();
  if (member.isFirst()) stepKind_ = stepKindOf(tally);
  member.barrier();
  if (!stepsOnAccumulated_) return;
  gradient_.clear(member);
  member.barrier();
}

template <typename Real>
auto Trainer<Real>::stepKindOf(const Tally& tally) -> StepKind {
  result_.failure = cooperation_->failure();
  if (result_.failure) return StepKind::failure;
  if (const char* const fault = guard_.findFault(tally)) {
    if (!options_.skipsNonFinite) {
      result_.failure = {"ERR_NON_FINITE", fault};
      return StepKind::failure;
    }
    guard_.ignoreGradient();
    result_.isSkipped = true;
    stepsOnAccumulated_ = model_.counts.waiting > 0 && step_.examples.mustStep;
    if (!stepsOnAccumulated_) return StepKind::skip;
  }
  return isLast_ && guard_.needsRollback(record_.data()) ? StepKind::updateWithRollback : StepKind::update;
}

/// Updates, skips or fails, as `chooseStep` decided. A barrier must follow.
template <typename Real>
auto Trainer<Real>::finishStep(const Member& member, const Tally& tally) -> Outcome {
  switch (stepKind_) {
    case StepKind::failure: return Outcome::failed;
    case StepKind::skip: return Outcome::skipped;
    case StepKind::updateWithRollback: return updateWithRollback(member, tally);
    default: update(member, tally); return isLast_ ? Outcome::stepped : Outcome::accumulated;
  }
}

/// Updates the parameters, and rolls the update back if any of them overflows.
template <typename Real>
auto Trainer<Real>::updateWithRollback(const Member& member, const Tally& tally) -> Outcome {
  if (!rollback_.reserve(member)) return failForMemory(member);
  rollback_.save(member);
  member.barrier();
  update(member, tally);
  member.barrier();
  if (guard_.staysFinite(member, evaluation_.withinStep(member, record_.data()))) return Outcome::stepped;
  rollback_.restore(member);
  if (member.isFirst()) result_.failure = {"ERR_NON_FINITE", "the parameters became non-finite"};
  return Outcome::failed;
}

template <typename Real>
bool Trainer<Real>::conclude() {
  TrainingCounts& counts = model_.counts;
  ++counts.minibatches;
  if (result_.isSkipped) {
    ++counts.skipped;
  } else {
    ++counts.waiting;
    minibatch_->workspace().updateStatistics(step_.batch, model_.parameters);
  }
  if (!isLast_ || stepKind_ == StepKind::skip) return false;
  counts.waiting = 0;
  model_.countSteps(1, record_.data());
  if (stepKind_ == StepKind::fusedStep) {
    model_.optimizer.fused().end(model_.stepArrays());
    guard_.noteFusedStep();
    refreshedAt_ = counts.steps;
  }
  if (stepKind_ == StepKind::updateWithRollback) guard_.noteRollback();
  return true;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace glissade
