#include "training/linear_steps.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"
#include "parallel/relaxed.h"
#include "training/exploding.h"

namespace glissade {
namespace {

constexpr size_t kNear = size_t{1} << 22;  // bytes, about as many as a second-level cache holds

}  // namespace

template <typename Real>
auto LinearSteps<Real>::of(TrainedModel<Real>& model, const Scoring& scoring) -> std::unique_ptr<LinearSteps> {
  if (!model.network->isLinear() || !model.optimizer.plain().arePossible()) return nullptr;
  if (scoring.loss == Loss::custom) return nullptr;
  const bool isSparse = model.network->inputs()[0].kind == InputBlock::Kind::sparse;
  if (isSparse && !model.optimizer.sparse().isLazy(0)) return nullptr;
  return std::unique_ptr<LinearSteps>(new LinearSteps(model, scoring));
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
      exceedsCache_(inputs_ * outputs_ * sizeof(Real) * static_cast<size_t>(1 + weight_.rule->stateCount) > kNear) {}

template <typename Real>
auto LinearSteps<Real>::arrayOf(size_t tensor) const -> Array {
  const auto place = model_.optimizer.plain().updateOf(model_.kernels, tensor, model_.state.data());
  Array array{
      place.rule, place.hyperparameters, model_.tensors[tensor], {}, model_.optimizer.parameters()[tensor].frozen};
  std::copy_n(place.states, kMaxStates, array.states);
  return array;
}

template <typename Real>
bool LinearSteps<Real>::canTake(const double* record) const {
  return (!movesUntouchedRows(record) || model_.optimizer.plain().canBeFollowed(model_.kernels, record)) &&
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
  const auto padded = [](size_t size) { return ceilingOf(size + 1, kLinearPadding) * kLinearPadding; };
  const size_t numbers = padded(count * outputs_);
  // A scratch is complete when it enters the list, even if memory runs out.
  const auto make = [&] {
    Scratch scratch;
    for (Buffer<Real>* buffer : {&scratch.outputs, &scratch.targets, &scratch.delta, &scratch.bias})
      *buffer = Buffer<Real>(outputs_);
    for (Buffer<Real>& state : scratch.biasStates) state = Buffer<Real>(outputs_);
    scratch.gradient = Buffer<Real>(numbers);
    scratch.x = Buffer<Real>(padded(count));
    if (!block.sparse) return scratch;
    scratch.theta = Buffer<Real>(numbers);
    scratch.zeros = Buffer<Real>(numbers);
    for (int s = 0; s < weight_.rule->stateCount; ++s) scratch.states[s] = Buffer<Real>(numbers);
    return scratch;
  };
  for (Scratch& scratch : scratch_)
    if (scratch.gradient.size() < numbers) scratch = make();
  while (scratch_.size() < members) scratch_.push_back(make());
}

/// Prefetches what later examples read in random order: entries and targets, and weights and states unless they fit the
/// second-level cache, whose latency out-of-order execution hides.
template <typename Real>
void LinearSteps<Real>::prefetch(const SparseTable& sparse, const Singles& examples, size_t i) const {
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
      __builtin_prefetch(weight_.theta + place, 1);
      for (int s = 0; s < weight_.rule->stateCount; ++s) __builtin_prefetch(weight_.states[s] + place, 1);
    }
  }
}

template <typename Real>
auto LinearSteps<Real>::read(Scratch& scratch, const Dataset& data, uint32_t row) const -> Example {
  const InputBlock& block = data.inputs.front();
  if (block.kind == InputBlock::Kind::sparse) {
    const SparseRow entries = block.sparse->row(row);
    table_.layers->collectValues(entries.values, entries.count, scratch.x.data());
    if (std::is_same_v<Real, double> && entries.rests)
      for (size_t k = 0; k < entries.count; ++k) scratch.x[k] += static_cast<Real>(entries.rests[k]);
    return {entries.columns, entries.count, static_cast<Real>(block.sparse->largest)};
  }
  const Table& table = *block.table;
  gatherRows(table_, table, {0, table.columns}, &row, {0, 1},
             Panels<Real>{scratch.x.data(), table_.panelWidth, inputs_});
  const Real largest =
      std::isfinite(table.largest) ? static_cast<Real>(table.largest) : table_.magnitude(scratch.x.data(), inputs_);
  return {nullptr, inputs_, largest};
}

template <typename Real>
void LinearSteps<Real>::collectStates(Scratch& scratch, const Example& example, Real** states) const {
  for (int s = 0; s < weight_.rule->stateCount; ++s) {
    states[s] = scratch.states[s].data();
    table_.layers->collectRows(weight_.states[s], example.rows, example.count, outputs_, states[s]);
  }
}

/// Lets the collected rows follow the hyperparameters of step t, by its record.
template <typename Real>
void LinearSteps<Real>::follow(Scratch& scratch, const Example& example, const double* record, int64_t t) const {
  Scalars scalars;
  Real* states[kMaxStates];
  collectStates(scratch, example, states);
  weight_.rule->prepare(record + weight_.begin, t, nullptr, scalars.bytes);
  weight_.rule->update(scalars.bytes, 1, scratch.zeros.data(), scratch.theta.data(), states, 0,
                       ceilingOf(example.count * outputs_, kLinearPadding) * kLinearPadding);
}

template <typename Real>
size_t LinearSteps<Real>::take(size_t member, const Singles& examples, int64_t first, Tally& tally) {
  Scratch& scratch = scratch_[member];
  const Dataset& data = *examples.data;
  const size_t targetColumns = data.targets->columns;
  double value = 0;
  uint8_t correct = 0;
  LossRows<Real> loss{};
  loss.outputs = {scratch.outputs.data(), nullptr};
  loss.targets = scratch.targets.data();
  loss.columns = outputs_;
  loss.targetColumns = targetColumns;
  loss.end = 1;
  loss.gradient = {scratch.delta.data(), nullptr};
  loss.values = &value;
  loss.correct = scoring_.accuracy ? &correct : nullptr;
  loss.parameters = scoring_.parameters;
  loss.classWeights = scoring_.classWeights.empty() ? nullptr : scoring_.classWeights.data();

  const SparseTable* const sparse = data.inputs.front().sparse.get();
  const bool follows = examples.count() > 0 && this->movesUntouchedRows(examples.records[0]);
  const bool lags = follows && model_.optimizer.sparse().lags(model_.kernels, model_.state.data(), model_.counts.steps);
  const double* previous = examples.before;
  for (size_t i = 0; i < examples.count(); ++i) {
    if (sparse) prefetch(*sparse, examples, i);
    const uint32_t row = examples.rows[i];
    const Example example = read(scratch, data, row);
    Real* const z = scratch.outputs.data();
    if (bias_.rule)
      relaxedRead(bias_.theta, outputs_, z);
    else
      std::fill_n(z, outputs_, Real(0));
    const Real* theta = weight_.theta;
    if (example.rows) {
      table_.layers->collectRows(weight_.theta, example.rows, example.count, outputs_, scratch.theta.data());
      theta = scratch.theta.data();
      // No row lags by step 1, which `start` has taken for those that it did not touch.
      const int64_t before = first + static_cast<int64_t>(i) - 1;
      if (previous ? follows && before > 1 : lags)
        follow(scratch, example, previous ? previous : model_.lastRecord.data(), before);
    }
    table_.layers->addProduct(scratch.x.data(), theta, example.count, outputs_, z);
    for (size_t j = 0; j < targetColumns; ++j) scratch.targets[j] = static_cast<Real>(data.targets->at(row, j));
    const double weight = data.weightAt(row);
    const double lossWeight = scoring_.lossWeight(weight, static_cast<double>(scratch.targets[0]), targetColumns);
    // The weight of a single example cancels out in its mean loss. An example of weight 0 has a gradient of 0.
    loss.gradientScale = lossWeight > 0 ? static_cast<Real>(weight / lossWeight) : Real(0);
    table_.loss(scoring_.loss, loss);
    if (!std::isfinite(value)) return i;
    if (!update(scratch, example, examples.records[i], first + static_cast<int64_t>(i))) return i;
    tally.loss += weight * value;
    tally.lossWeight += lossWeight;
    tally.correct += weight * correct;
    tally.weight += weight;
    ++tally.examples;
    previous = examples.records[i];
  }
  return examples.count();
}

/// Updates the parameters that an example touches. Returns false, with nothing changed, if that may overflow.
template <typename Real>
bool LinearSteps<Real>::update(Scratch& scratch, const Example& example, const double* record, int64_t t) const {
  const LayerKernels<Real>& layers = *table_.layers;
  const Real* const delta = scratch.delta.data();
  const auto largestDelta = static_cast<double>(largestMagnitude(delta, outputs_));
  if (!(largestDelta * std::max<double>(example.largest, 1) <= kExploding) || exceeds(record, recordLength_))
    return false;
  Scalars scalars;
  const size_t numbers = example.count * outputs_;
  if (bias_.rule && !bias_.frozen) {
    relaxedRead(bias_.theta, outputs_, scratch.bias.data());
    Real* states[kMaxStates];
    for (int s = 0; s < bias_.rule->stateCount; ++s) {
      states[s] = scratch.biasStates[s].data();
      relaxedRead(bias_.states[s], outputs_, states[s]);
    }
    bias_.rule->prepare(record + bias_.begin, t, nullptr, scalars.bytes);
    bias_.rule->update(scalars.bytes, scale_, delta, scratch.bias.data(), states, 0, outputs_);
    if (!std::isfinite(largestMagnitude(scratch.bias.data(), outputs_))) return false;
  }
  if (!weight_.frozen) {
    weight_.rule->prepare(record + weight_.begin, t, nullptr, scalars.bytes);
    Real* states[kMaxStates];
    const int stateCount = weight_.rule->stateCount;
    // With one output, the gradient is x times a number.
    const bool isScalar = outputs_ == 1;
    const Real* const gradient = isScalar ? scratch.x.data() : scratch.gradient.data();
    const Real scale = isScalar ? scale_ * delta[0] : scale_;
    if (!isScalar) layers.outerProduct(scratch.x.data(), delta, example.count, outputs_, scratch.gradient.data());
    if (example.rows) {
      const size_t padded = ceilingOf(numbers, kLinearPadding) * kLinearPadding;
      collectStates(scratch, example, states);
      weight_.rule->update(scalars.bytes, scale, gradient, scratch.theta.data(), states, 0, padded);
      if (!std::isfinite(table_.magnitude(scratch.theta.data(), padded))) return false;
      layers.distributeRows(scratch.theta.data(), example.rows, example.count, outputs_, weight_.theta);
      for (int s = 0; s < stateCount; ++s)
        layers.distributeRows(states[s], example.rows, example.count, outputs_, weight_.states[s]);
    } else {
      if (!(static_cast<double>(table_.magnitude(weight_.theta, numbers)) <= kExploding)) return false;
      std::copy_n(weight_.states, stateCount, states);
      weight_.rule->update(scalars.bytes, scale, gradient, weight_.theta, states, 0, numbers);
    }
  }
  if (bias_.rule && !bias_.frozen) {
    relaxedWrite(scratch.bias.data(), outputs_, bias_.theta);
    for (int s = 0; s < bias_.rule->stateCount; ++s)
      relaxedWrite(scratch.biasStates[s].data(), outputs_, bias_.states[s]);
  }
  return true;
}

template <typename Real>
void LinearSteps<Real>::conclude(const Singles& examples, size_t count) {
  if (count == 0) return;
  if (model_.counts.steps == 0) start(examples);
  const double* const last = examples.records[count - 1];
  const auto taken = static_cast<int64_t>(count);
  if (movesUntouchedRows(last) && model_.counts.steps + taken > 1)
    model_.optimizer.plain().endFollowing(model_.kernels, taken, last, model_.lent());
  else
    model_.optimizer.plain().end(taken, last, model_.lent());
  model_.countSteps(taken, last);
  model_.counts.minibatches += static_cast<int64_t>(count);
}

/// After the first step of all: gives states that it has not touched the values that they start from.
template <typename Real>
void LinearSteps<Real>::start(const Singles& first) {
  const InputBlock& block = first.data->inputs.front();
  if (block.kind != InputBlock::Kind::sparse || weight_.frozen) return;
  Scalars scalars;
  if (model_.optimizer.options().rowsRest)
    prepareStart(*weight_.rule, first.records[0] + weight_.begin, scalars.bytes);
  else
    weight_.rule->prepare(first.records[0] + weight_.begin, 1, nullptr, scalars.bytes);
  const int stateCount = weight_.rule->stateCount;
  const auto step = [&](Real* theta, Real* const* states) {
    const Real nothing = 0;
    weight_.rule->update(scalars.bytes, scale_, &nothing, theta, states, 0, 1);
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
      if (keepsZero && weight_.theta[i] == 0) continue;
      Real* states[kMaxStates];
      for (int s = 0; s < stateCount; ++s) states[s] = weight_.states[s] + i;
      step(weight_.theta + i, states);
    }
  }
}

template class LinearSteps<float>;
template class LinearSteps<double>;

}  // namespace glissade
