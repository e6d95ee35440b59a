#include "training/steps/linear_steps.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"
#include "losses/rows.h"
#include "parallel/relaxed.h"
#include "training/steps/exploding.h"

namespace glissade {
namespace {

constexpr size_t kNear = size_t{1} << 22;  // bytes: about the size of a second-level cache

}  // namespace

template <typename Real>
auto LinearSteps<Real>::of(TrainedModel<Real>& model, const TrainerOptions& options) -> std::unique_ptr<LinearSteps> {
  if (options.usesSam || options.accumulate > 1 || options.precision != Precision::full || options.ranks)
    return nullptr;
  if (!model.network->isLinear() || !model.optimizer.plain().arePossible()) return nullptr;
  if (options.scoring.loss == Loss::custom) return nullptr;
  const bool isSparse = model.network->inputs()[0].kind == InputBlock::Kind::sparse;
  if (isSparse && !model.optimizer.sparse().isLazy(0)) return nullptr;
  return std::unique_ptr<LinearSteps>(new LinearSteps(model, options.scoring));
}

template <typename Real>
LinearSteps<Real>::LinearSteps(TrainedModel<Real>& model, const Scoring& scoring)
    : model_(model),
      table_(model.kernels.template of<Real>()),
      scoring_(scoring),
      inputs_(model.network->inputs()[0].width()),
      outputs_(model.network->outputs()),
      isSparse_(model.network->inputs()[0].kind == InputBlock::Kind::sparse),
      scale_(model.optimizer.options().maximize ? Real(-1) : Real(1)),
      recordLength_(model.recordLength()),
      weight_(arrayOf(0)),
      bias_(model.tensors.size() > 1 ? arrayOf(1) : Array{}),
      movesWeight_(!weight_.frozen),
      movesBias_(bias_.rule && !bias_.frozen),
      together_(outputs_ == 1 ? kTogether : 1),
      findsValuesLater_(std::is_same_v<Real, float> && outputs_ == 1),
      exceedsCache_(inputs_ * outputs_ * sizeof(Real) * static_cast<size_t>(1 + weight_.rule->stateCount) > kNear) {}

template <typename Real>
auto LinearSteps<Real>::arrayOf(size_t tensor) const -> Array {
  const auto place = model_.optimizer.plain().updateOf(model_.kernels, tensor, model_.state.data());
  Array array{
      place.rule, place.hyperparameters, {model_.tensors[tensor], {}}, model_.optimizer.parameters()[tensor].frozen};
  std::copy_n(place.states, kMaxStates, array.elements.states);
  return array;
}

template <typename Real>
Elements<Real> LinearSteps<Real>::Room::elements() {
  Elements<Real> elements{theta.data(), {}};
  for (int s = 0; s < kMaxStates; ++s) elements.states[s] = states[s].data();
  return elements;
}

template <typename Real>
bool LinearSteps<Real>::canTake(const double* record) const {
  return !exceeds(record, recordLength_) &&
         (!movesUntouchedRows(record) || model_.optimizer.plain().canBeFollowed(model_.kernels, record)) &&
         !model_.mayDivideByZero(record);
}

/// Whether a step with this record, or one before, moves rows that it does not touch.
template <typename Real>
bool LinearSteps<Real>::movesUntouchedRows(const double* record) const {
  return !model_.optimizer.plain().leaveUntouched(model_.kernels, record, model_.state.data());
}

template <typename Real>
bool LinearSteps<Real>::mustCatchUpBefore(const double* record) const {
  return !movesUntouchedRows(record) ||
         !model_.optimizer.sparse().isSettled(model_.state.data(), model_.counts.steps - 1);
}

template <typename Real>
void LinearSteps<Real>::reserve(size_t members, const Dataset& data) {
  const InputBlock& block = data.inputs.front();
  const size_t count = block.sparse ? block.sparse->longest : inputs_;
  const size_t numbers = checkedSum(checkedProduct(count, outputs_), kCollectedPadding);
  const auto makeRoom = [](Room& room, int stateCount, size_t size) {
    room.theta = Buffer<Real>(size);
    for (int s = 0; s < stateCount; ++s) room.states[s] = Buffer<Real>(size);
  };
  // A scratch is complete when it enters the list, even if memory runs out.
  const auto make = [&] {
    Scratch scratch;
    for (Buffer<Real>* buffer : {&scratch.outputs, &scratch.targets, &scratch.delta})
      *buffer = Buffer<Real>(checkedProduct(together_, outputs_));
    scratch.x = Buffer<Real>(count + kCollectedPadding);
    scratch.gradient = Buffer<Real>(numbers);
    if (bias_.rule) makeRoom(scratch.bias, bias_.rule->stateCount, outputs_);
    if (!block.sparse) return scratch;
    scratch.zeros = Buffer<Real>(numbers);
    makeRoom(scratch.weight, weight_.rule->stateCount, numbers);
    return scratch;
  };
  for (Scratch& scratch : scratch_)
    if (scratch.gradient.size() < numbers) scratch = make();
  while (scratch_.size() < members) scratch_.push_back(make());
}

/// Prefetches what later examples read in random order: entries and targets, and weights and states unless they fit the
/// second-level cache, whose latency out-of-order execution hides.
template <typename Real>
void LinearSteps<Real>::prefetch(const Singles& examples, size_t i) const {
  const SparseTable& sparse = *examples.data->inputs.front().sparse;
  constexpr size_t kRows = 4, kWeights = 2;
  if (i + 2 * kRows < examples.count()) __builtin_prefetch(sparse.offsets.get() + examples.rows[i + 2 * kRows]);
  if (i + kRows < examples.count()) {
    const size_t at = examples.rows[i + kRows];
    const SparseRow row = sparse.row(at);
    const Table& targets = *examples.data->targets;
    __builtin_prefetch(static_cast<const char*>(targets.data.get()) + at * (targets.bytes() / targets.rows));
    for (size_t k = 0; k < row.count; k += 16) {
      __builtin_prefetch(row.columns + k);
      if (row.values) __builtin_prefetch(row.values + k);
    }
  }
  if (exceedsCache_ && i + kWeights < examples.count()) {
    const SparseRow row = sparse.row(examples.rows[i + kWeights]);
    for (size_t k = 0; k < row.count; ++k) {
      const size_t place = row.columns[k] * outputs_;
      __builtin_prefetch(weight_.elements.theta + place, 1);
      for (int s = 0; s < weight_.rule->stateCount; ++s) __builtin_prefetch(weight_.elements.states[s] + place, 1);
    }
  }
}

template <typename Real>
auto LinearSteps<Real>::read(Scratch& scratch, const Dataset& data, uint32_t row) const -> Example {
  const InputBlock& block = data.inputs.front();
  if (isSparse_) {
    const SparseRow entries = block.sparse->row(row);
    const RowList list{entries.columns, entries.count, outputs_};
    table_.layers->collectValues(entries.values, entries.rests, entries.count, scratch.x.data());
    table_.layers->collectRows(weight_.elements.theta, list, scratch.weight.theta.data());
    return {list, static_cast<Real>(block.sparse->largest), scratch.weight.theta.data()};
  }
  const Table& table = *block.table;
  gatherRows(table_, table, {0, table.columns}, &row, {0, 1},
             Panels<Real>{scratch.x.data(), table_.panelWidth, inputs_});
  const Real largest =
      std::isfinite(table.largest) ? static_cast<Real>(table.largest) : table_.magnitude(scratch.x.data(), inputs_);
  return {{nullptr, inputs_, outputs_}, largest, weight_.elements.theta};
}

/// Lets the collected rows follow the hyperparameters of step t, by its record.
template <typename Real>
void LinearSteps<Real>::follow(Scratch& scratch, const RowList& list, const double* record, int64_t t) const {
  Scalars scalars;
  const Elements<Real> collected = scratch.weight.elements();
  for (int s = 0; s < weight_.rule->stateCount; ++s)
    table_.layers->collectRows(weight_.elements.states[s], list, collected.states[s]);
  weight_.rule->prepare(record + weight_.begin, t, nullptr, scalars.bytes);
  weight_.rule->update(scalars.bytes, 1, scratch.zeros.data(), collected.theta, collected.states, 0, list.numbers());
}

template <typename Real>
size_t LinearSteps<Real>::take(size_t member, const Singles& examples, int64_t first, Tally& tally) {
  if (examples.count() == 0) return 0;
  Scratch& scratch = scratch_[member];
  const Table& targets = *examples.data->targets;
  const bool follows = movesUntouchedRows(examples.records[0]);
  const bool lags = follows && model_.optimizer.sparse().lags(model_.kernels, model_.state.data(), model_.counts.steps);
  LossRows<Real> loss{};
  loss.outputs = {scratch.outputs.data(), nullptr};
  loss.targets = scratch.targets.data();
  loss.columns = outputs_;
  loss.targetColumns = targets.columns;
  loss.gradient = {scratch.delta.data(), nullptr};
  scoring_.describe(loss);

  Losses losses;
  for (size_t begin = 0; begin < examples.count(); begin += together_) {
    const size_t count = std::min(together_, examples.count() - begin);
    gatherRows(table_, targets, {0, targets.columns}, examples.rows + begin, {0, count},
               rowMajor(table_, scratch.targets.data(), targets.columns));
    size_t taken = 0;
    for (; taken < count; ++taken) {
      const size_t i = begin + taken;
      const double* const previous = i > 0 ? examples.records[i - 1] : examples.before;
      const int64_t t = first + static_cast<int64_t>(i);
      const Example example = read(scratch, *examples.data, examples.rows[i]);
      // No row lags by step 1, which `start` has taken for those that it did not touch.
      if (isSparse_ && (previous ? follows && t > 2 : lags))
        follow(scratch, example.list, previous ? previous : model_.lastRecord.data(), t - 1);
      findLoss(scratch, example, examples.data->weightAt(examples.rows[i]), taken, loss, losses);
      if (isSparse_) prefetch(examples, i);  // while the gradient is still being computed
      const bool isFinite =
          findsValuesLater_ ? std::isfinite(scratch.outputs[taken]) : std::isfinite(losses.values[taken]);
      const Real* const delta = scratch.delta.data() + taken * outputs_;
      if (!isFinite || !update(scratch, example, delta, examples.records[i], t)) break;
    }
    if (findsValuesLater_) findValues(taken, loss, losses);
    for (size_t i = 0; i < taken; ++i) {
      tally.loss += losses.weights[i] * losses.values[i];
      tally.lossWeight += losses.lossWeights[i];
      tally.correct += losses.weights[i] * losses.correct[i];
      tally.weight += losses.weights[i];
    }
    tally.examples += taken;
    if (taken < count) return begin + taken;
  }
  return examples.count();
}

/// Computes the outputs and the gradient of the loss for the example in a row of the scratch; and the loss, unless
/// findValues() does later.
template <typename Real>
void LinearSteps<Real>::findLoss(Scratch& scratch, const Example& example, double weight, size_t row,
                                 LossRows<Real>& loss, Losses& losses) const {
  Real* const z = scratch.outputs.data() + row * outputs_;
  if (bias_.rule) {
    relaxedRead(bias_.elements.theta, outputs_, scratch.bias.theta.data());
    for (size_t j = 0; j < outputs_; ++j) z[j] = scratch.bias.theta[j];
  } else {
    std::fill_n(z, outputs_, Real(0));
  }
  table_.layers->addProduct(scratch.x.data(), example.weight, example.list.count, outputs_, z);
  const auto target = static_cast<double>(scratch.targets[row * loss.targetColumns]);
  losses.weights[row] = weight;
  losses.lossWeights[row] = scoring_.lossWeight(weight, target, loss.targetColumns);
  // The weight of a single example cancels out in its mean loss. An example of weight 0 has a gradient of 0.
  const double share = losses.lossWeights[row] > 0 ? weight / losses.lossWeights[row] : 0;
  loss.gradientScale = static_cast<Real>(share);
  loss.begin = row;
  loss.end = row + 1;
  loss.values = findsValuesLater_ ? nullptr : losses.values;
  loss.correct = scoring_.accuracy && !findsValuesLater_ ? losses.correct : nullptr;
  table_.loss(scoring_.loss, loss);
}

/// Computes the losses of the first rows of the scratch, in a loop that vectorises.
template <typename Real>
void LinearSteps<Real>::findValues(size_t rows, LossRows<Real>& loss, Losses& losses) const {
  loss.begin = 0;
  loss.end = rows;
  loss.values = losses.values;
  loss.correct = scoring_.accuracy ? losses.correct : nullptr;
  table_.loss(scoring_.loss, loss);
}

/// Updates the parameters that an example touches. Returns false, with nothing changed, if that may overflow.
template <typename Real>
bool LinearSteps<Real>::update(Scratch& scratch, const Example& example, const Real* delta, const double* record,
                               int64_t t) const {
  const auto largestDelta = static_cast<double>(largestMagnitude(delta, outputs_));
  if (!(largestDelta * std::max<double>(example.largest, 1) <= kExploding)) return false;
  const Elements<Real> bias = scratch.bias.elements();
  if (movesBias_) {
    for (int s = 0; s < bias_.rule->stateCount; ++s) relaxedRead(bias_.elements.states[s], outputs_, bias.states[s]);
    Scalars scalars;
    bias_.rule->prepare(record + bias_.begin, t, nullptr, scalars.bytes);
    bias_.rule->update(scalars.bytes, scale_, delta, bias.theta, bias.states, 0, outputs_);
    if (!std::isfinite(largestMagnitude(bias.theta, outputs_))) return false;
  }
  if (movesWeight_ && !updateWeight(scratch, example, delta, record, t)) return false;
  if (movesBias_) {
    relaxedWrite(bias.theta, outputs_, bias_.elements.theta);
    for (int s = 0; s < bias_.rule->stateCount; ++s) relaxedWrite(bias.states[s], outputs_, bias_.elements.states[s]);
  }
  return true;
}

/// Updates the weights that an example touches. Returns false, with nothing changed, if that may overflow.
template <typename Real>
bool LinearSteps<Real>::updateWeight(Scratch& scratch, const Example& example, const Real* delta, const double* record,
                                     int64_t t) const {
  const RowList& list = example.list;
  // With one output, the gradient is x times a number.
  const bool isScalar = outputs_ == 1;
  const Real* const gradient = isScalar ? scratch.x.data() : scratch.gradient.data();
  const Real scale = isScalar ? scale_ * delta[0] : scale_;
  if (!isScalar) table_.layers->outerProduct(scratch.x.data(), delta, list.count, outputs_, scratch.gradient.data());
  Scalars scalars;
  weight_.rule->prepare(record + weight_.begin, t, nullptr, scalars.bytes);
  const Elements<Real>& weight = weight_.elements;
  if (isSparse_)
    return weight_.rule->updateRows(scalars.bytes, scale, gradient, list, scratch.weight.elements(), weight);
  if (!(static_cast<double>(table_.magnitude(weight.theta, list.numbers())) <= kExploding)) return false;
  weight_.rule->update(scalars.bytes, scale, gradient, weight.theta, weight.states, 0, list.numbers());
  return true;
}

template <typename Real>
void LinearSteps<Real>::conclude(const Singles& examples, size_t count) {
  if (count == 0) return;
  if (model_.counts.steps == 0) start(examples);
  const double* const last = examples.records[count - 1];
  const auto taken = static_cast<int64_t>(count);
  if (movesUntouchedRows(last) && model_.counts.steps + taken > 1)
    model_.optimizer.plain().endFollowing(model_.kernels, taken, last, model_.stepArrays());
  else
    model_.optimizer.plain().end(taken, last, model_.stepArrays());
  model_.countSteps(taken, last);
  model_.counts.minibatches += static_cast<int64_t>(count);
}

/// After the trainer's first step: sets the states that the step did not touch to the values that they start from.
template <typename Real>
void LinearSteps<Real>::start(const Singles& first) {
  const InputBlock& block = first.data->inputs.front();
  if (block.kind != InputBlock::Kind::sparse || weight_.frozen) return;
  Scalars scalars;
  const bool keepsTheta = model_.optimizer.options().rowsRest;
  if (keepsTheta)
    prepareStart(*weight_.rule, first.records[0] + weight_.begin, scalars.bytes);
  else
    weight_.rule->prepare(first.records[0] + weight_.begin, 1, nullptr, scalars.bytes);
  const int stateCount = weight_.rule->stateCount;
  const auto step = [&](Real* theta, Real* const* states) {
    const Real nothing = 0;
    Real copy = *theta;
    weight_.rule->update(scalars.bytes, scale_, &nothing, keepsTheta ? &copy : theta, states, 0, 1);
  };
  // A zero with states of zero mostly stays so, and is then not written: untouched pages take no physical memory.
  Real zero = 0, zeros[kMaxStates] = {};
  Real* ofZero[kMaxStates];
  for (int s = 0; s < kMaxStates; ++s) ofZero[s] = zeros + s;
  step(&zero, ofZero);
  const bool keepsZero = zero == 0 && std::all_of(zeros, zeros + stateCount, [](Real x) { return x == 0; });
  const SparseRow touched = block.sparse->row(first.rows[0]);
  const uint32_t* next = touched.columns;
  for (size_t row = 0; row < inputs_; ++row) {
    if (next != touched.columns + touched.count && *next == row) {
      ++next;
      continue;
    }
    for (size_t i = row * outputs_; i < (row + 1) * outputs_; ++i) {
      if (keepsZero && weight_.elements.theta[i] == 0) continue;
      Real* states[kMaxStates];
      for (int s = 0; s < stateCount; ++s) states[s] = weight_.elements.states[s] + i;
      step(weight_.elements.theta + i, states);
    }
  }
}

template class LinearSteps<float>;
template class LinearSteps<double>;

}  // namespace glissade
