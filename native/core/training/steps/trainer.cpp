#include "training/steps/trainer.h"

#include <algorithm>
#include <new>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "error.h"
#include "files/crc32.h"

namespace glissade {
namespace {

const char* const kNoMemory = "there was not enough memory";

}  // namespace

template <typename Real>
Trainer<Real>::Trainer(std::shared_ptr<const Network<Real>> network, Real* parameters, TrainerOptions options)
    : options_(std::move(options)),
      model_(std::move(network), parameters, options_),
      evaluation_(model_, options_),
      gradient_(model_, options_.synchronization ? nullptr : options_.ranks.get()),
      guard_(model_, options_),
      rollback_(model_),
      fuses_(model_.optimizer.fused().isPossible() && model_.network->boundsGradient() && !options_.usesSam),
      hasGradientPoint_(model_.optimizer.points().hasGradientPoint()),
      record_(model_.recordLength()) {
  if (ranks()) agreement_ = std::make_unique<Agreement<Real>>(ranks()->size());
  if (options_.synchronization)
    outer_ = std::make_unique<OuterSteps<Real>>(*ranks(), model_, *options_.synchronization);
  if (!options_.usesSam && options_.accumulate == 1 && options_.precision == Precision::full && !ranks())
    linear_ = LinearSteps<Real>::of(model_, options_.scoring);
  if (!hasGradientPoint_ && !options_.usesSam) return;
  point_ = Buffer<Real>(model_.network->parameterCount());
  points_ = model_.tensorsIn(point_);
}

template <typename Real>
void Trainer<Real>::reserve(size_t rows, size_t targetColumns) {
  if (minibatch_ && minibatch_->rows() >= rows) return minibatch_->reserveTargets(targetColumns);
  minibatch_ = std::make_unique<Minibatch<Real>>(*model_.network, model_.kernels, options_.scoring, rows, Use::training,
                                                 options_.precision);
  minibatch_->reserveTargets(targetColumns);
  minibatch_->workspace().freeze(model_.frozenMatrices());
  for (const LazyMatrix& lazy : model_.lazy) minibatch_->workspace().leaveToTouched(lazy.matrix);
  if (sharesSteps()) minibatch_->workspace().reserveForRanks(ranks()->size());
  refreshedAt_ = -1;
}

template <typename Real>
void Trainer<Real>::score(const Scoring& scoring) {
  options_.scoring = scoring;
  if (minibatch_) minibatch_->score(scoring);
}

template <typename Real>
void Trainer<Real>::resume() {
  refreshedAt_ = -1;
  guard_.forget();
  evaluation_.resume();
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
  guard_.forget();
  refreshedAt_ = -1;
  evaluation_.restore(parameters, static_cast<int64_t>(saved.overwrittenAt));
}

template <typename Real>
void Trainer<Real>::shareParameters() {
  ranks()->checkSame(options_.identity + " at step " + std::to_string(model_.counts.steps));
  agreement_->forget();
  haveSharedParameters_ = true;
  isSynchronizationDue_ = false;
  ranks()->broadcast(model_.parameters, model_.network->parameterCount() * sizeof(Real));
}

template <typename Real>
void Trainer<Real>::agreeOn(Tally& tally) {
  agreement_->begin(*ranks(), tally, {}, wishes_);
  agreement_->finish(*ranks());
  ranks()->throwIfFailed();
  tally = agreement_->tally();
}

template <typename Real>
void Trainer<Real>::synchronize(const Member& member) {
  if (member.isFirst()) {
    haveRowsToCatchUp_ = evaluation_.lags();
    evaluation_.beginCatchUp();
  }
  member.barrier();
  while (haveRowsToCatchUp_) {
    const bool isLeft = evaluation_.catchUp(member);
    member.barrier();
    if (member.isFirst()) haveRowsToCatchUp_ = isLeft;
    member.barrier();
  }
  outer_->synchronize(member);
  if (!member.isFirst()) return;
  isSynchronizationDue_ = false;
  refreshedAt_ = -1;
  guard_.forget();
}

template <typename Real>
void Trainer<Real>::checkSameParameters() const {
  const std::span<const Real> parameters(model_.parameters, model_.network->parameterCount());
  ranks()->checkSame("parameters " + std::to_string(crc32(std::as_bytes(parameters))));
}

template <typename Real>
void Trainer<Real>::prepare(const Member& member, const Examples& given, const double* record) {
  const TrainingCounts& counts = model_.counts;
  RankPart part{};
  const Examples examples = ranks() ? takePart(given, part) : given;
  const uint64_t key = Random(options_.seed, Draw::dropout, static_cast<uint64_t>(counts.minibatches)).next();
  std::copy_n(record, record_.size(), record_.data());
  isLast_ = counts.waiting + 1 >= options_.accumulate || examples.mustStep;
  stepsOnAccumulated_ = false;
  isWithinStep_ = false;
  result_ = {};
  try {
    if (!model_.network->matrices().sparse().empty())
      model_.optimizer.sparse().reserve(
          minibatch_->workspace().reserveTouched(*examples.data, examples.rows, examples.count));
    step_ = {examples,
             {examples.count, Mode::training, key, part},
             {},
             !hasGradientPoint_ && refreshedAt_ == counts.steps,
             {}};
    reserveForTeam(member);
  } catch (const std::bad_alloc&) {  // no exception may leave a parallel region
    fail("ERR_OUT_OF_RANGE", kNoMemory);
  }
}

/// This rank's part of a minibatch that ranks share. If they have parts that others don't know of, they tell each other
/// their sizes.
template <typename Real>
Examples Trainer<Real>::takePart(const Examples& examples, RankPart& part) {
  const size_t rank = ranks()->rank(), size = ranks()->size();
  if (sharesSteps()) part = {ranks(), 0, 0, options_.synchronizesStatistics};
  Examples mine = examples;
  if (examples.of == Examples::Of::rank) {
    if (!haveSharedParameters_) {
      ranks()->attempt([&] { shareParameters(); });
      if (outer_) outer_->begin(Member(0, 1));
    }
    if (!sharesSteps()) return mine;
    std::vector<uint64_t> counts(size);
    const uint64_t count = examples.count;
    ranks()->attempt([&] { ranks()->gather(&count, sizeof count, counts.data()); });
    part.first = std::accumulate(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(rank), size_t{0});
    part.whole = std::accumulate(counts.begin(), counts.end(), size_t{0});
  } else if (examples.of == Examples::Of::shard) {
    part.first = examples.first;
    part.whole = examples.whole;
  } else {
    const Range range = ranks()->part(examples.count);
    part.first = range.begin;
    part.whole = examples.count;
    mine.rows += range.begin;
    mine.count = range.end - range.begin;
  }
  if (mine.count == 0 && !sharesSteps()) mine.count = 1;  // a step of its own needs an example
  return mine;
}

template <typename Real>
void Trainer<Real>::prepareRest(const Member& member) {
  isWithinStep_ = false;
  try {
    reserveForTeam(member);
  } catch (const std::bad_alloc&) {
    fail("ERR_OUT_OF_RANGE", kNoMemory);
  }
}

/// @throws std::bad_alloc
template <typename Real>
void Trainer<Real>::reserveForTeam(const Member& member) {
  while (fuses_ && blocks_.size() < member.count()) blocks_.emplace_back(model_.network->matrices().blockSize());
  step_.known = guard_.begin(member.count(), record_.data());
}

/// Order: gradient point; refresh; gather, touched rows, forward with the loss, backward; tally. Then a fused step, or:
/// gradient (with SAM a second one), decideEnding, end. Counts and running statistics follow in conclude(). A custom
/// loss comes between two calls, each of which returns before it.
///
/// Ranks that share the minibatch sum tally and gradient after that; a fused step begins with the sums.
template <typename Real>
auto Trainer<Real>::step(const Member& member) -> Outcome {
  if (result_.failure) {  // `prepare` failed
    member.barrier();
    return Outcome::failed;
  }
  const Step step = step_;
  const bool awaits = minibatch_->hasCustomLoss() && step.batch.count > 0;
  if (step.stage == Stage::beginning) {
    const Real* const point = findGradientPoint(member);
    if (!step.isRefreshed) refresh(member, point);
    forward(member, step, point);
    if (awaits) return awaitLoss(member, Stage::loss);
  }
  if (step.stage != Stage::lossAtWorstPoint) {
    const Real* const point = hasGradientPoint_ ? point_.data() : model_.parameters;
    backward(member, step, point);
    if (fuses_) beginFusedStep(member, step);
    member.barrier();
    const Tally tally = takeTally(member, step.batch.count);
    if (!sharesSteps() && fuses_ && guard_.allowsFusedStep(step.known, tally, guard_.largestFactors())) {
      takeFusedStep(member, step);
      return Outcome::stepped;
    }
    if (!reserveGradient(member)) return Outcome::failed;
    if (sharesSteps() && member.isFirst()) agreement_->begin(*ranks(), tally, guard_.largestFactors(), wishes_);
    gradient_.collect(member, step.batch, point, minibatch_->workspace());
    if (sharesSteps()) {
      agree(member);
      if (fuses_ && guard_.allowsFusedStep(step.known, result_.tally, agreement_->factors()))
        return takeFusedStepOverRanks(member, step);
      sumOverRanks(member);
    }
    if (options_.usesSam) {
      goToWorstPoint(member);
      forward(member, step, point_.data());
      if (awaits) return awaitLoss(member, Stage::lossAtWorstPoint);
    }
  }
  if (options_.usesSam) {
    backward(member, step, point_.data());
    member.barrier();
    gradient_.collect(member, step.batch, point_.data(), minibatch_->workspace());
    if (sharesSteps()) sumOverRanks(member);
  }
  decideEnding(member, result_.tally);
  const Outcome outcome = end(member, result_.tally);
  member.barrier();
  return outcome;
}

/// Notes where the step goes on once it has its loss. No other member may read step_ any more.
template <typename Real>
auto Trainer<Real>::awaitLoss(const Member& member, Stage stage) -> Outcome {
  if (member.isFirst()) {
    step_.stage = stage;
    isWithinStep_ = true;
  }
  return Outcome::awaitsLoss;
}

/// Writes the gradient point, if a rule has one. Returns where the gradient is taken.
template <typename Real>
const Real* Trainer<Real>::findGradientPoint(const Member& member) {
  if (!hasGradientPoint_) return model_.parameters;
  model_.optimizer.points().gradient(model_.kernels, member, record_.data(), model_.lent(), points_.data());
  member.barrier();
  return point_.data();
}

/// Brings the workspace's bfloat16 weights up to date with the parameters at a point.
template <typename Real>
void Trainer<Real>::refresh(const Member& member, const Real* point) {
  minibatch_->workspace().refresh(member, point);
  member.barrier();
}

/// Takes the minibatch through the network and its loss, unless that is a custom one.
template <typename Real>
void Trainer<Real>::forward(const Member& member, const Step& step, const Real* point) {
  const Examples& examples = step.examples;
  minibatch_->gather(member, *examples.data, examples.rows, examples.count);
  member.barrier();
  touchRows(member, examples.count);
  minibatch_->forward(member, step.batch, {point, nullptr}, *examples.data);
}

/// From the gradient of the loss to the deltas of all layers. A barrier must follow.
template <typename Real>
void Trainer<Real>::backward(const Member& member, const Step& step, const Real* point) {
  minibatch_->backward(member, step.batch, {point, nullptr});
}

/// Finds the rows of sparse matrices that a minibatch touches, and lets them catch up.
template <typename Real>
void Trainer<Real>::touchRows(const Member& member, size_t count) {
  const Network<Real>& network = *model_.network;
  if (network.matrices().sparse().empty()) return;
  minibatch_->workspace().touch(member, count);
  member.barrier();
  if (sharesSteps() && !model_.lazy.empty()) {
    if (member.isFirst()) {
      rowExchange_.exchange(*ranks(), model_.lazy, minibatch_->workspace());
      ranks()->attempt([&] {
        for (const LazyMatrix& each : model_.lazy)
          model_.optimizer.sparse().reserve(minibatch_->workspace().touchedOf(each.matrix).rows().size());
      });
    }
    member.barrier();
  }
  for (const auto& [matrix, array] : model_.lazy)
    model_.optimizer.sparse().catchUpRows(model_.kernels, member, model_.lent(), array,
                                          minibatch_->workspace().touchedOf(matrix).rows(), model_.optimizerSteps());
  if (!model_.lazy.empty()) member.barrier();
}

/// After the deltas: prepares a fused step of the optimizer, and measures bounds of the gradient. A barrier must
/// follow.
template <typename Real>
void Trainer<Real>::beginFusedStep(const Member& member, const Step& step) {
  const Range share = shareOfRows(member, step.examples.count);
  guard_.measure(member, step.known, minibatch_->workspace().largestFactors(share, step.examples.data->largest()));
  model_.optimizer.fused().begin(model_.kernels, member, record_.data(), model_.lent());
}

/// Updates each block of parameters while its gradient is in the cache.
template <typename Real>
void Trainer<Real>::takeFusedStep(const Member& member, const Step& step) {
  if (member.isFirst()) ending_ = Ending::fusedStep;
  Workspace<Real>& workspace = minibatch_->workspace();
  Real* const gradient = blocks_[member.index()].data();
  Real largest = 0;
  workspace.forEachBlock(member, [&](size_t matrix, const Range& rows) {
    workspace.blockGradient(member, step.batch, {model_.parameters, nullptr}, matrix, rows, {gradient, nullptr});
    largest = std::max(largest, updateBlock(matrix, rows, gradient));
  });
  guard_.noteUpdated(member, step.known, largest);
}

/// Updates a block of parameters. Returns the largest magnitude in it.
template <typename Real>
Real Trainer<Real>::updateBlock(size_t matrix, const Range& rows, const Real* gradient) {
  const Range place = model_.network->matrices()[matrix].elements(rows);
  model_.optimizer.fused().update(model_.kernels, place, gradient, model_.lent());
  minibatch_->workspace().refreshBlock(model_.parameters, matrix, rows);
  return model_.largest(model_.parameters, place);
}

/// Waits for what other ranks say of this minibatch. A barrier precedes the return.
template <typename Real>
void Trainer<Real>::agree(const Member& member) {
  if (member.isFirst()) {
    agreement_->finish(*ranks());
    result_.tally = agreement_->tally();
  }
  member.barrier();
}

/// The factor of the sum of the ranks' gradients. Each rank divides by the number of all examples; a weighted mean
/// divides by the sum of all weights, so the factor is their ratio. A custom loss is a mean already.
template <typename Real>
Real Trainer<Real>::factorOfSum() const {
  const double weight = result_.tally.lossWeight;
  if (minibatch_->hasCustomLoss() || !(weight > 0)) return 1;
  return static_cast<Real>(static_cast<double>(minibatch_->rowsOf(step_.batch.part.whole)) / weight);
}

/// Sums the gradients of all ranks. A barrier precedes the return.
template <typename Real>
void Trainer<Real>::sumOverRanks(const Member& member) {
  gradient_.sumOverRanks(member, minibatch_->workspace(), factorOfSum(), [](size_t, const Range&, const Real*) {});
  member.barrier();
}

/// Updates each block of parameters once the sum of its gradients has come.
template <typename Real>
auto Trainer<Real>::takeFusedStepOverRanks(const Member& member, const Step& step) -> Outcome {
  if (member.isFirst()) ending_ = Ending::fusedStep;
  Real largest = 0;
  gradient_.sumOverRanks(member, minibatch_->workspace(), factorOfSum(),
                         [&](size_t matrix, const Range& rows, const Real* gradient) {
                           largest = std::max(largest, updateBlock(matrix, rows, gradient));
                         });
  guard_.noteUpdated(member, step.known, largest);
  if (!ranks()->hasFailed()) return Outcome::stepped;
  if (member.isFirst()) fail(ranks()->failureCode(), ranks()->failure());
  return Outcome::failed;
}

template <typename Real>
Tally Trainer<Real>::takeTally(const Member& member, size_t count) {
  const Tally tally = minibatch_->tally(count);
  if (member.isFirst()) result_.tally = tally;
  return tally;
}

template <typename Real>
bool Trainer<Real>::reserveGradient(const Member& member) {
  return allocate(member, [&] { gradient_.reserve(minibatch_->workspace()); });
}

/// Finds the worst point nearby (sharpness-aware minimisation), where the gradient is taken again.
template <typename Real>
void Trainer<Real>::goToWorstPoint(const Member& member) {
  auto lent = model_.lent(gradient_.data());
  if (hasGradientPoint_) lent.parameters = points_.data();
  model_.optimizer.points().worst(model_.kernels, member, record_.data(), lent, points_.data());
  member.barrier();
  refresh(member, point_.data());
}

/// Measures the gradient, and lets the first member decide how the minibatch ends. A barrier precedes the return.
template <typename Real>
void Trainer<Real>::decideEnding(const Member& member, const Tally& tally) {
  guard_.measureGradient(member, gradient_.largest(member, minibatch_->workspace()),
                         gradient_.largestParameter(member, minibatch_->workspace()));
  member.barrier();
  if (member.isFirst()) ending_ = endingOf(tally);
  member.barrier();
  if (!stepsOnAccumulated_) return;
  gradient_.clear(member);
  member.barrier();
}

template <typename Real>
auto Trainer<Real>::endingOf(const Tally& tally) -> Ending {
  if (sharesSteps() && ranks()->hasFailed()) {
    fail(ranks()->failureCode(), ranks()->failure());
    return Ending::failure;
  }
  if (const char* const fault = guard_.findFault(tally)) {
    if (!options_.skipsNonFinite) {
      fail("ERR_NON_FINITE", fault);
      return Ending::failure;
    }
    guard_.ignoreGradient();
    result_.isSkipped = true;
    stepsOnAccumulated_ = model_.counts.waiting > 0 && step_.examples.mustStep;
    if (!stepsOnAccumulated_) return Ending::skip;
  }
  return isLast_ && guard_.needsRollback(record_.data()) ? Ending::updateWithRollback : Ending::update;
}

/// Ends the minibatch as `decideEnding` decided. A barrier must follow.
template <typename Real>
auto Trainer<Real>::end(const Member& member, const Tally& tally) -> Outcome {
  switch (ending_) {
    case Ending::failure: return Outcome::failed;
    case Ending::skip: return Outcome::skipped;
    case Ending::updateWithRollback: return updateWithRollback(member, tally);
    default: update(member, tally); return isLast_ ? Outcome::stepped : Outcome::accumulated;
  }
}

/// Hands the gradient to the optimizer, which updates the parameters if the minibatch is the last one of a step.
template <typename Real>
void Trainer<Real>::update(const Member& member, const Tally& tally) {
  model_.optimizer.step(model_.kernels, member, record_.data(), stepsOnAccumulated_ ? 0 : tally.lossWeight, isLast_,
                        model_.lent(gradient_.data()));
}

/// Updates the parameters, and takes the update back if any of them overflows.
template <typename Real>
auto Trainer<Real>::updateWithRollback(const Member& member, const Tally& tally) -> Outcome {
  if (!allocate(member, [&] { rollback_.reserve(); })) return Outcome::failed;
  rollback_.save(member);
  member.barrier();
  update(member, tally);
  member.barrier();
  if (guard_.staysFinite(member, evaluation_.withinStep(member, record_.data()))) return Outcome::stepped;
  rollback_.restore(member);
  if (member.isFirst()) fail("ERR_NON_FINITE", "the parameters became non-finite");
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
  isSynchronizationDue_ =
      outer_ && counts.minibatches % static_cast<int64_t>(options_.synchronization->every * options_.accumulate) == 0;
  if (!isLast_ || ending_ == Ending::skip) return false;
  counts.waiting = 0;
  model_.countSteps(1, record_.data());
  if (ending_ == Ending::fusedStep) {
    model_.optimizer.fused().end(model_.lent());
    guard_.noteFusedStep();
    refreshedAt_ = counts.steps;
  }
  if (ending_ == Ending::updateWithRollback) guard_.noteRollback();
  return true;
}

template <typename Real>
void Trainer<Real>::fail(const char* code, const char* what) {
  result_.failureCode = code;
  result_.failure = what;
}

/// Lets the first member allocate what all need. Returns whether memory sufficed. A barrier precedes the return.
template <typename Real>
template <typename Work>
bool Trainer<Real>::allocate(const Member& member, Work work) {
  if (member.isFirst()) {
    try {
      work();
    } catch (const std::bad_alloc&) {
      fail("ERR_OUT_OF_RANGE", kNoMemory);
    }
  }
  member.barrier();
  return !result_.failure;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace glissade
