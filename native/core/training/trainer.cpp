#include "training/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <ranges>
#include <utility>

#include "training/exploding.h"

namespace glissade {
namespace {

const char* const kNoMemory = "there was not enough memory";

}  // namespace

template <typename Real>
auto Trainer<Real>::arraysOf(const Network<Real>& network, const TrainerOptions& options) -> std::vector<Parameter> {
  std::vector<Parameter> arrays;
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    const auto& [group, frozen, mayBeSparse] = options.tensors[i];
    const TensorPlace& tensor = network.tensors()[i];
    arrays.push_back({tensor.shape, group, frozen, mayBeSparse && tensor.isSparse, tensor.sides == Sides::outputsLast});
  }
  return arrays;
}

template <typename Real>
Trainer<Real>::Trainer(std::shared_ptr<const Network<Real>> network, Real* parameters, TrainerOptions options)
    : options_(std::move(options)),
      network_(std::move(network)),
      parameters_(parameters),
      optimizer_(options_.optimizer, arraysOf(*network_, options_)),
      updatesByPieces_(optimizer_.fused().isPossible() && network_->boundsGradient() && !options_.sharpens),
      state_(optimizer_.layout().bytes()),
      row_(optimizer_.recordLength()),
      lastRow_(row_.size()) {
  for (const TensorPlace& tensor : network_->tensors()) tensors_.push_back(parameters_ + tensor.offset);
  for (const size_t matrix : network_->sparseMatrices())
    if (optimizer_.sparse().takes(network_->tensorOf(matrix)))
      lazy_.push_back({matrix, network_->tensorOf(matrix), {}});
  if (!options_.sharpens && options_.accumulate == 1 && options_.precision == Precision::full)
    linear_ = LinearSteps<Real>::of(kernels_, *network_, options_.scoring, optimizer_, tensors_, state_.data());
  if (optimizer_.points().hasGradientPoint() || options_.sharpens) {
    point_ = Buffer<Real>(network_->parameterCount());
    points_ = tensorsIn(point_);
  }
  if (!optimizer_.points().hasEvaluationPoint()) return;
  reserveEvaluated();
  if (options_.goesOn) paused_ = Buffer<Real>(network_->parameterCount());
}

template <typename Real>
std::vector<Real*> Trainer<Real>::tensorsIn(Buffer<Real>& slab) const {
  std::vector<Real*> tensors;
  for (const TensorPlace& tensor : network_->tensors()) tensors.push_back(slab.data() + tensor.offset);
  return tensors;
}

template <typename Real>
bool Trainer<Real>::isFinite(const Real* parameters) const {
  return std::isfinite(kernels_.of<Real>().magnitude(parameters, network_->parameterCount()));
}

template <typename Real>
void Trainer<Real>::reserve(size_t rows) {
  if (minibatch_ && minibatch_->rows() >= rows) return;
  minibatch_ =
      std::make_unique<Minibatch<Real>>(*network_, kernels_, options_.scoring, rows, Use::training, options_.precision);
  for (const LazyMatrix& lazy : lazy_) minibatch_->workspace().isLazy.at(lazy.matrix) = true;
  isRefreshed_ = false;
}

template <typename Real>
void Trainer<Real>::prepare(const Member& member, const Examples& examples, const double* row) {
  examples_ = examples;
  batch_ = {examples.count, Mode::training,
            Random(options_.seed, Draw::dropout, static_cast<uint64_t>(minibatches_)).next()};
  std::copy_n(row, row_.size(), row_.data());
  mayDivideByZero_ = optimizer_.denominatorFloor(kernels_, row) < std::numeric_limits<Real>::min();
  isLast_ = waiting_ + 1 >= options_.accumulate || examples.endSteps;
  skips_ = closes_ = byPieces_ = isRisky_ = false;
  failure_ = nullptr;
  try {
    if (network_->hasSparseMatrices()) {
      const size_t touched =
          network_->reserveTouched(*examples.data, examples.rows, examples.count, minibatch_->workspace());
      optimizer_.sparse().reserve(touched);
    }
    if (factors_.size() == member.count()) return;
    knowsParameterSizes_ = false;
    while (updatesByPieces_ && blocks_.size() < member.count()) blocks_.emplace_back(network_->blockSize());
    magnitudes_.resize(member.count());
    for (auto& sizes : parameterSizes_) sizes.resize(member.count());
    factors_.resize(member.count());
  } catch (const std::bad_alloc&) {  // none may leave a parallel region
    fail("ERR_OUT_OF_RANGE", kNoMemory);
  }
}

template <typename Real>
bool Trainer<Real>::stepsSingly(const double* row) {
  return linear_ && !statesMayBeLarge_ && optimizer_.plain().leaveUntouched(kernels_, row, state_.data()) &&
         !(optimizer_.denominatorFloor(kernels_, row) < std::numeric_limits<Real>::min());
}

template <typename Real>
void Trainer<Real>::beginSingly(const Singles& examples, size_t members) {
  linear_->reserve(members, *examples.data);
  beginCatchUp();
  while (catchUp(Member(0, 1)))  // after a step on a minibatch; a run has brought rows up to date before
    ;
}

template <typename Real>
void Trainer<Real>::endSingly(const Singles& examples, int64_t count) {
  if (count == 0) return;
  if (steps_ == 0) linear_->start(examples);
  const double* const row = examples.hyperparameters + static_cast<size_t>(count - 1) * examples.stride;
  optimizer_.plain().end(count, row, lent());
  std::copy_n(row, row_.size(), lastRow_.data());
  steps_ += count;
  minibatches_ += count;
  knowsParameterSizes_ = isRefreshed_ = false;
}

template <typename Real>
void Trainer<Real>::fail(const char* code, const char* what) {
  failureCode_ = code;
  failure_ = what;
}

/// Lets the first member allocate what all need; tells whether that went well.
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
  return !failure_;
}

/// One step, or none where the loss, its gradient or the parameters after it are not finite.
template <typename Real>
auto Trainer<Real>::step(const Member& member) -> Outcome {
  if (failure_) {  // of `prepare`
    member.barrier();
    return Outcome::failed;
  }
  // Once past the barrier, the first member may be done and ready the next step while another begins to read.
  const Examples examples = examples_;
  const Batch batch = batch_;
  const size_t parity = parity_;
  const bool isCalm = !mayDivideByZero_ && !statesMayBeLarge_ && !exceeds(row_.data(), row_.size());
  const bool looksAhead = optimizer_.points().hasGradientPoint();
  if (looksAhead) {
    optimizer_.points().gradient(kernels_, member, row_.data(), lent(), points_.data());
    member.barrier();
  }
  if (looksAhead || !isRefreshed_)
    passBothWaysAfresh(member, examples, batch, looksAhead ? point_.data() : parameters_);
  else
    passBothWays(member, examples, batch, parameters_);
  if (updatesByPieces_) {
    optimizer_.fused().begin(kernels_, member, row_.data(), lent());
    if (!knowsParameterSizes_) parameterSizes_[parity][member.index()] = sizeOfShare(member, parameters_);
    member.barrier();
    if (isCalm && isSafe(batch.count, parity)) {
      updateByPieces(member, batch, parity);
      return Outcome::stepped;
    }
  } else {
    member.barrier();
  }
  if (!allocate(member, [&] { takeLoss(batch.count); })) return Outcome::failed;
  collectGradient(member, batch, looksAhead ? point_.data() : parameters_);
  if (options_.sharpens) {
    auto seen = lent();
    if (looksAhead) seen.parameters = points_.data();
    optimizer_.points().worst(kernels_, member, row_.data(), seen, points_.data());
    member.barrier();
    passBothWaysAfresh(member, examples, batch, point_.data());
    member.barrier();
    collectGradient(member, batch, point_.data());
  }
  checkSizes(member);
  Outcome outcome = isLast_ ? Outcome::stepped : Outcome::waits;
  if (failure_)
    outcome = Outcome::failed;
  else if (skips_ && !closes_)
    outcome = Outcome::skipped;
  else if (isRisky_)
    outcome = risk(member);
  else
    update(member);
  member.barrier();
  return outcome;
}

/// Up to the deltas of all layers, and how large a gradient they can make. A barrier must follow.
template <typename Real>
void Trainer<Real>::passBothWays(const Member& member, const Examples& examples, const Batch& batch,
                                 const Real* point) {
  minibatch_->gather(member, *examples.data, examples.rows, examples.count);
  member.barrier();
  touch(member, examples.count);
  minibatch_->forward(member, batch, {point, nullptr}, *examples.data);
  minibatch_->backward(member, batch, {point, nullptr});
  if (!updatesByPieces_) return;
  factors_[member.index()] =
      network_->largestFactors(minibatch_->workspace(), shareOfRows(member, examples.count), examples.data->largest());
}

/// Finds which rows of sparse matrices a minibatch touches, and makes up for the steps that these have missed.
template <typename Real>
void Trainer<Real>::touch(const Member& member, size_t count) {
  if (!network_->hasSparseMatrices()) return;
  network_->touch(member, count, minibatch_->workspace());
  member.barrier();
  for (const LazyMatrix& lazy : lazy_)
    optimizer_.sparse().catchUpRows(kernels_, member, lent(), lazy.array,
                                    network_->touchedOf(minibatch_->workspace(), lazy.matrix).rows(),
                                    optimizer_.stepsOf(state_.data()));
  if (!lazy_.empty()) member.barrier();
}

/// Both passes at parameters that the workspace does not know yet. A barrier must follow.
template <typename Real>
void Trainer<Real>::passBothWaysAfresh(const Member& member, const Examples& examples, const Batch& batch,
                                       const Real* point) {
  network_->refresh(member, point, minibatch_->workspace());
  member.barrier();
  passBothWays(member, examples, batch, point);
}

/// Whether the step can be taken before all of its gradient is known. All members find the same.
template <typename Real>
bool Trainer<Real>::isSafe(size_t count, size_t parity) const {
  typename Network<Real>::Factors largest{};
  Real parameters = 0;
  for (size_t i = 0; i < factors_.size(); ++i) {
    largest.input = std::max(largest.input, factors_[i].input);
    largest.delta = std::max(largest.delta, factors_[i].delta);
    parameters = std::max(parameters, parameterSizes_[parity][i]);
  }
  const double gradient =
      static_cast<double>(count) * static_cast<double>(largest.input) * static_cast<double>(largest.delta);
  return gradient <= kExploding && parameters <= kExploding && std::isfinite(minibatch_->tally(count).loss);
}

/// Each block of parameters is updated while its gradient is in the cache.
template <typename Real>
void Trainer<Real>::updateByPieces(const Member& member, const Batch& batch, size_t parity) {
  if (member.isFirst()) {
    tally_ = minibatch_->tally(batch.count);
    byPieces_ = true;
  }
  Real* const gradient = blocks_[member.index()].data();
  Real largest = 0;
  Workspace<Real>& workspace = minibatch_->workspace();
  network_->forEachBlock(member, workspace, [&](size_t matrix, const Range& rows) {
    const Range place = network_->placeOf(matrix, rows);
    network_->blockGradient(member, batch, {parameters_, nullptr}, workspace, matrix, rows, {gradient, nullptr});
    optimizer_.fused().update(kernels_, place, gradient, lent());
    network_->refreshBlock(parameters_, workspace, matrix, rows);
    largest = std::max(largest, kernels_.of<Real>().magnitude(parameters_ + place.begin, place.end - place.begin));
  });
  parameterSizes_[1 - parity][member.index()] = largest;
}

template <typename Real>
void Trainer<Real>::takeLoss(size_t count) {
  if (gradient_.size() == 0) {
    gradients_.reserve(network_->tensors().size());
    gradient_ = Buffer<Real>(network_->parameterCount());
    for (const TensorPlace& tensor : network_->tensors()) gradients_.push_back({gradient_.data() + tensor.offset});
  }
  for (LazyMatrix& lazy : lazy_) {
    const std::vector<uint32_t>& rows = network_->touchedOf(minibatch_->workspace(), lazy.matrix).rows();
    const size_t size = rows.size() * network_->columnsOf(lazy.matrix);
    if (lazy.gradient.size() < size) lazy.gradient = Buffer<Real>(size + size / 2);
    gradients_[lazy.array] = {lazy.gradient.data(), false, &rows};
  }
  tally_ = minibatch_->tally(count);
}

template <typename Real>
void Trainer<Real>::collectGradient(const Member& member, const Batch& batch, const Real* point) {
  Workspace<Real>& workspace = minibatch_->workspace();
  network_->forEachBlock(member, workspace, [&](size_t matrix, const Range& rows) {
    network_->blockGradient(member, batch, {point, nullptr}, workspace, matrix, rows,
                            {gradient_.data() + network_->placeOf(matrix, rows).begin, nullptr});
  });
  for (LazyMatrix& lazy : lazy_) {
    const Range share = member.share(network_->touchedOf(workspace, lazy.matrix).rows().size());
    network_->touchedGradient(member, batch, {point, nullptr}, workspace, lazy.matrix, share,
                              {lazy.gradient.data() + share.begin * network_->columnsOf(lazy.matrix), nullptr});
  }
  member.barrier();
}

/// The largest size of a number in this member's share of the gradient.
template <typename Real>
Real Trainer<Real>::largestGradient(const Member& member) const {
  if (lazy_.empty()) return sizeOfShare(member, gradient_.data());
  Real largest = 0;
  const KernelsOf<Real>& table = kernels_.of<Real>();
  network_->forEachBlock(member, minibatch_->workspace(), [&](size_t matrix, const Range& rows) {
    const Range place = network_->placeOf(matrix, rows);
    largest = std::max(largest, table.magnitude(gradient_.data() + place.begin, place.end - place.begin));
  });
  for (const LazyMatrix& lazy : lazy_) {
    const size_t rows = network_->touchedOf(minibatch_->workspace(), lazy.matrix).rows().size();
    const Range share = member.share(rows * network_->columnsOf(lazy.matrix));
    largest = std::max(largest, table.magnitude(lazy.gradient.data() + share.begin, share.end - share.begin));
  }
  return largest;
}

/// The largest size of a number in this member's share of the parameters that a step changes by its gradient.
template <typename Real>
Real Trainer<Real>::largestParameter(const Member& member) const {
  if (lazy_.empty()) return sizeOfShare(member, parameters_);
  Real largest = 0;
  const KernelsOf<Real>& table = kernels_.of<Real>();
  network_->forEachBlock(member, minibatch_->workspace(), [&](size_t matrix, const Range& rows) {
    const Range place = network_->placeOf(matrix, rows);
    largest = std::max(largest, table.magnitude(parameters_ + place.begin, place.end - place.begin));
  });
  for (const LazyMatrix& lazy : lazy_) {
    const std::vector<uint32_t>& rows = network_->touchedOf(minibatch_->workspace(), lazy.matrix).rows();
    const Range share = member.share(rows.size());
    for (size_t i = share.begin; i < share.end; ++i) {
      const Range place = network_->placeOf(lazy.matrix, {rows[i], rows[i] + size_t{1}});
      largest = std::max(largest, table.magnitude(parameters_ + place.begin, place.end - place.begin));
    }
  }
  return largest;
}

/// The largest size of a number among this member's share of all parameters.
template <typename Real>
Real Trainer<Real>::sizeOfShare(const Member& member, const Real* values) const {
  const Range share = member.share(network_->parameterCount());
  return kernels_.of<Real>().magnitude(values + share.begin, share.end - share.begin);
}

/// Whether the step can be taken, and as it is.
template <typename Real>
void Trainer<Real>::checkSizes(const Member& member) {
  const Real states =  // they grow large by large steps only
      statesMayBeLarge_ ? optimizer_.largestState(kernels_, member, state_.data()) : Real(0);
  magnitudes_[member.index()] = {largestGradient(member), optimizer_.largestSum(kernels_, member, state_.data()),
                                 largestParameter(member), states};
  member.barrier();
  if (member.isFirst()) {
    Magnitudes largest{};
    for (const Magnitudes& m : magnitudes_)
      largest = {std::max(largest.gradient, m.gradient), std::max(largest.sum, m.sum),
                 std::max(largest.parameters, m.parameters), std::max(largest.states, m.states)};
    const double loss = tally_.meanLoss();
    // Gradients that wait are summed up, each times the weight of its rows.
    double sum = options_.accumulate > 1 ? largest.sum + tally_.lossWeight * largest.gradient : largest.gradient;
    if (!std::isfinite(loss))
      fail("ERR_NON_FINITE", loss != loss ? "the loss became NaN" : "the loss became infinite");
    else if (!(sum <= std::numeric_limits<Real>::max()))
      fail("ERR_NON_FINITE", "the gradient became non-finite");
    skips_ = failure_ && options_.skipsNonFinite;
    if (skips_) {
      failure_ = nullptr;
      sum = largest.sum;
    }
    closes_ = skips_ && waiting_ > 0 && examples_.endSteps;
    const double size = std::max<double>({sum, largest.parameters, largest.states});
    isRisky_ = !failure_ && (!skips_ || closes_) && isLast_ &&
               (mayDivideByZero_ || size > kExploding || exceeds(row_.data(), row_.size()) ||
                optimizer_.sparse().histories().grows(kernels_, row_.data()));
  }
  member.barrier();
  if (closes_) {
    const Range share = member.share(gradient_.size());
    std::fill(gradient_.data() + share.begin, gradient_.data() + share.end, Real(0));
    member.barrier();
  }
}

template <typename Real>
void Trainer<Real>::update(const Member& member) {
  optimizer_.step(kernels_, member, row_.data(), closes_ ? 0 : tally_.lossWeight, isLast_, lent());
}

/// Takes a step, unless the parameters overflow by it.
template <typename Real>
auto Trainer<Real>::risk(const Member& member) -> Outcome {
  const auto makeRoom = [&] {
    if (formerState_.size() > 0) return;
    formerParameters_ = Buffer<Real>(network_->parameterCount());
    formerState_ = Buffer<std::byte>(state_.size());
  };
  if (!allocate(member, makeRoom)) return Outcome::failed;
  copyShare(member, parameters_, state_.data(), formerParameters_.data(), formerState_.data());
  member.barrier();
  update(member);
  member.barrier();
  if (member.isFirst()) beginCatchUp();
  member.barrier();
  while (lags() && catchUp(member))
    ;
  if (optimizer_.points().hasEvaluationPoint()) {
    optimizer_.points().evaluation(kernels_, member, row_.data(), lent(), evaluatedTensors_.data());
    member.barrier();
  }
  magnitudes_[member.index()].parameters =
      std::max(sizeOfShare(member, parameters_),
               optimizer_.points().hasEvaluationPoint() ? sizeOfShare(member, evaluated_.data()) : Real(0));
  member.barrier();
  const bool isFinite =
      std::ranges::all_of(magnitudes_, [](const Magnitudes& m) { return std::isfinite(m.parameters); });
  if (member.isFirst()) evaluatedAt_ = -1;
  if (isFinite) return Outcome::stepped;
  copyShare(member, formerParameters_.data(), formerState_.data(), parameters_, state_.data());
  if (member.isFirst()) {
    fail("ERR_NON_FINITE", "the parameters became non-finite");
  }
  return Outcome::failed;
}

template <typename Real>
void Trainer<Real>::copyShare(const Member& member, const Real* parameters, const std::byte* state, Real* toParameters,
                              std::byte* toState) const {
  const Range numbers = member.share(network_->parameterCount()), bytes = member.share(state_.size());
  std::copy(parameters + numbers.begin, parameters + numbers.end, toParameters + numbers.begin);
  std::copy(state + bytes.begin, state + bytes.end, toState + bytes.begin);
}

template <typename Real>
bool Trainer<Real>::conclude() {
  if (byPieces_) {
    optimizer_.fused().end(lent());
    parity_ = 1 - parity_;
  }
  knowsParameterSizes_ = isRefreshed_ = byPieces_;
  ++minibatches_;
  if (skips_) {
    ++skipped_;
  } else {
    ++waiting_;
    network_->follow(batch_, minibatch_->workspace(), parameters_);
  }
  if (!isLast_ || (skips_ && !closes_)) return false;
  waiting_ = 0;
  ++steps_;
  statesMayBeLarge_ = isRisky_;
  lastRow_ = row_;
  return true;
}

template <typename Real>
const Real* Trainer<Real>::evaluated() {
  if (lags()) {
    beginCatchUp();
    while (catchUp(Member(0, 1)))
      ;
  }
  if (!optimizer_.points().hasEvaluationPoint() || givenAt_ == steps_) return parameters_;
  if (evaluatedAt_ != steps_)
    optimizer_.points().evaluation(kernels_, Member(0, 1), lastRow_.data(), lent(), evaluatedTensors_.data());
  evaluatedAt_ = steps_;
  return evaluated_.data();
}

template <typename Real>
void Trainer<Real>::beginForesight(Foresight kind) {
  reserveEvaluated();
  if (kind == Foresight::evaluated && optimizer_.points().hasEvaluationPoint() && givenAt_ != steps_)
    optimizer_.points().evaluation(kernels_, Member(0, 1), lastRow_.data(), lent(), evaluatedTensors_.data());
  else
    std::copy_n(parameters_, network_->parameterCount(), evaluated_.data());
  evaluatedAt_ = -1;
  walk_ = {};
}

template <typename Real>
void Trainer<Real>::reserveEvaluated() {
  if (evaluated_.size() > 0) return;
  Buffer<Real> evaluated(network_->parameterCount());
  evaluatedTensors_ = tensorsIn(evaluated);
  evaluated_ = std::move(evaluated);
}

template <typename Real>
void Trainer<Real>::pause() {
  const Real* const shown = evaluated();
  if (isPaused_ || shown == parameters_ || !isFinite(shown)) return;
  const size_t count = network_->parameterCount();
  if (options_.goesOn) std::copy_n(parameters_, count, paused_.data());
  std::copy_n(shown, count, parameters_);
  isPaused_ = true;
}

template <typename Real>
void Trainer<Real>::resume() {
  knowsParameterSizes_ = isRefreshed_ = false;
  if (!std::exchange(isPaused_, false)) return;
  const size_t count = network_->parameterCount();
  if (std::memcmp(parameters_, evaluated_.data(), count * sizeof(Real)) == 0)
    std::copy_n(paused_.data(), count, parameters_);
  else
    givenAt_ = steps_;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace glissade
