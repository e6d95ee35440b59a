#include "layers/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"
#include "math/elementary.h"

namespace glissade {

template <typename Real>
std::vector<Tensor> BatchNorm<Real>::tensors() const {
  const std::vector<size_t> shape{shape_.channels};
  return {{"weight", shape, false},
          {"bias", shape, false},
          {"mean", shape, false, false},
          {"variance", shape, false, false}};
}

template <typename Real>
void BatchNorm<Real>::initialize(Random&, Real* parameters) const {
  for (const Real start : {Real(1), Real(0), Real(0), Real(1)})
    parameters = std::fill_n(parameters, shape_.channels, start);
}

template <typename Real>
std::unique_ptr<LayerMemory<Real>> BatchNorm<Real>::allocate(const Room<Real>& room) const {
  auto memory = std::make_unique<BatchNormMemory<Real>>();
  const size_t channels = shape_.channels;
  memory->saved = laidOut([&](Arena& arena) {
    for (Track<Real>* const byChannel : {&memory->mean, &memory->scale, &memory->variance})
      *byChannel = arena.takeTrack<Real>(channels, room.tangents);
    for (Track<Real>* const gradient : {&memory->gradient, &memory->gradientOfAll})
      *gradient = arena.takeTrack<Real>(2 * channels, room.tangents);
    memory->blocks = arena.takeTrack<Real>(checkedProduct(blocks_.count(room.rows), 2, channels), room.tangents);
  });
  return memory;
}

template <typename Real>
NormalizationRows<Real> BatchNorm<Real>::describe(const Pass<Real>& pass) const {
  NormalizationRows<Real> rows{};
  rows.input = pass.memory.inputs[0];
  rows.weight = pass.parameters;
  rows.bias = pass.parameters + shape_.channels;
  rows.mean = own(pass).mean;
  rows.scale = own(pass).scale;
  rows.columns = shape_.channels;
  return rows;
}

/// Calls visit(rows, sums) for this member's share of the blocks.
template <typename Real>
template <typename Visit>
void BatchNorm<Real>::forEachBlock(const Pass<Real>& pass, Visit visit) const {
  const Range share = pass.member.share(blocks_.count(pass.count));
  for (size_t block = share.begin; block < share.end; ++block)
    visit(blocks_.rows(block, pass.count), own(pass).blocks + block * 2 * shape_.channels);
}

/// The number of some rows, and of a channel in them the mean and the sum of squared deviations.
template <typename Real>
template <typename Number>
struct BatchNorm<Real>::Moments {
  double rows = 0;
  Number mean = 0, squares = 0;

  /// Combines them with those of further rows (Chan, Golub & LeVeque 1979).
  void add(const Moments& more) {
    if (more.rows == 0) return;
    const double all = rows + more.rows;
    const Number difference = more.mean - mean;
    mean += difference * (more.rows / all);
    squares += more.squares + difference * difference * (rows * more.rows / all);
    rows = all;
  }
};

/// Those of this rank's examples, from the sums of blocks.
template <typename Real>
template <typename Number>
auto BatchNorm<Real>::momentsOf(const Pass<Real>& pass, size_t j) const -> Moments<Number> {
  const Track<Real> sums = own(pass).blocks;
  Moments<Number> moments;
  for (size_t block = 0; block < blocks_.count(pass.count); ++block) {
    const Range range = blocks_.rows(block, pass.count);
    const size_t offset = block * 2 * shape_.channels + j;
    moments.add({static_cast<double>(range.end - range.begin), load<Number>(sums, offset),
                 load<Number>(sums, offset + shape_.channels)});
  }
  return moments;
}

/// Those of the examples of all ranks, after an exchange.
template <typename Real>
auto BatchNorm<Real>::momentsOfRanks(const BatchNormMemory<Real>& memory, size_t j) const -> Moments<double> {
  Moments<double> moments;
  for (size_t rank = 0; rank < memory.exchange.ranks(); ++rank) {
    const double* const of = memory.exchange.of(rank);
    moments.add({of[0], of[1 + j], of[1 + shape_.channels + j]});
  }
  return moments;
}

template <typename Real>
template <typename Number>
void BatchNorm<Real>::store(const Pass<Real>& pass, size_t j, const Moments<Number>& moments) const {
  const Number variance = moments.squares / moments.rows;
  glissade::store(own(pass).mean, j, moments.mean);
  glissade::store(own(pass).variance, j, variance);
  // If 2·variance overflows, the scale is NaN: the step fails before it moves the moving average.
  const Real twice = 2 * static_cast<Real>(valueIn(variance));
  glissade::store(own(pass).scale, j, 1 / root(variance + options_.epsilon) + static_cast<double>(twice - twice));
}

/// Mean and variance of some channels, in double. All members call this together.
template <typename Real>
void BatchNorm<Real>::findStatistics(const Pass<Real>& pass, const Range& channels) const {
  if (!pass.part.synchronizes) {
    onNumbers<double>(pass.output.data.tangents, [&]<typename Number>(Number) {
      for (size_t j = channels.begin; j < channels.end; ++j) store(pass, j, momentsOf<Number>(pass, j));
    });
    return;
  }
  RankExchange& exchange = own(pass).exchange;
  if (pass.member.isFirst()) exchange.mine()[0] = static_cast<double>(pass.count * shape_.positions());
  for (size_t j = channels.begin; j < channels.end; ++j) {
    const Moments<double> moments = momentsOf<double>(pass, j);
    exchange.mine()[1 + j] = moments.mean;
    exchange.mine()[1 + shape_.channels + j] = moments.squares;
  }
  pass.member.barrier();
  if (pass.member.isFirst()) exchange.gather(*pass.part.ranks);
  pass.member.barrier();
  for (size_t j = channels.begin; j < channels.end; ++j) store(pass, j, momentsOfRanks(own(pass), j));
}

/// After the gradients of weight and bias of this rank's examples: sums those of all ranks. All members call this
/// together.
template <typename Real>
void BatchNorm<Real>::sumOverRanks(const Pass<Real>& pass) const {
  RankExchange& exchange = own(pass).exchange;
  const Range share = pass.member.share(2 * shape_.channels);
  const Real* const mine = own(pass).gradient.values;
  for (size_t i = share.begin; i < share.end; ++i) exchange.mine()[i] = static_cast<double>(mine[i]);
  pass.member.barrier();
  if (pass.member.isFirst()) exchange.gather(*pass.part.ranks);
  pass.member.barrier();
  for (size_t i = share.begin; i < share.end; ++i) {
    double sum = 0;
    for (size_t rank = 0; rank < exchange.ranks(); ++rank) sum += exchange.of(rank)[i];
    own(pass).gradientOfAll.values[i] = static_cast<Real>(sum);
  }
}

template <typename Real>
void BatchNorm<Real>::reserveForRanks(size_t ranks, LayerMemory<Real>& memory) const {
  own(memory).exchange = RankExchange(ranks, 1 + 2 * shape_.channels);
}

template <typename Real>
void BatchNorm<Real>::forward(const Pass<Real>& pass) const {
  NormalizationRows<Real> rows = describe(pass);
  const Range channels = pass.member.share(shape_.channels);
  if (pass.mode == Mode::training) {
    forEachBlock(pass, [&](const Range& range, const Track<Real>& sums) {
      rows.sums = sums;
      rows.begin = range.begin;
      rows.end = range.end;
      pass.layerKernels().batchStatistics(rows);
    });
    pass.member.barrier();
    findStatistics(pass, channels);
  } else {
    const Real* const statistics = pass.parameters.values + 2 * shape_.channels;
    for (size_t j = channels.begin; j < channels.end; ++j) {
      rows.mean.values[j] = statistics[j];
      rows.scale.values[j] = 1 / std::sqrt(statistics[shape_.channels + j] + static_cast<Real>(options_.epsilon));
      if (rows.mean.tangents) rows.mean.tangents[j] = rows.scale.tangents[j] = 0;
    }
  }
  pass.member.barrier();
  const Range share = rowsOf(pass.share, shape_);
  rows.output = pass.output;
  rows.begin = share.begin;
  rows.end = share.end;
  pass.layerKernels().batchNormForward(rows);
  activate(pass, options_.activation, shape_.channels, share);
}

template <typename Real>
void BatchNorm<Real>::backward(const Pass<Real>& pass) const {
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  NormalizationRows<Real> rows = describe(pass);
  rows.delta = constant(pass.memory.delta);
  forEachBlock(pass, [&](const Range& range, const Track<Real>& sums) {
    rows.sums = sums;
    rows.begin = range.begin;
    rows.end = range.end;
    pass.layerKernels().batchNormSums(rows);
  });
  pass.member.barrier();
  addBlocks(own(pass).blocks, blocks_.count(pass.count), 2 * shape_.channels, pass.member.share(2 * shape_.channels),
            own(pass).gradient);
  if (!inputGradient.isWanted) return;
  pass.member.barrier();
  const Range share = rowsOf(pass.share, shape_);
  const bool isOfAll = pass.part.synchronizes;
  if (isOfAll) {
    sumOverRanks(pass);
    pass.member.barrier();
  }
  const auto all = static_cast<double>((isOfAll ? pass.part.whole : pass.count) * shape_.positions());
  rows.reciprocalRows = pass.mode == Mode::training ? static_cast<Real>(1 / all) : Real(0);
  rows.sums = isOfAll ? own(pass).gradientOfAll : own(pass).gradient;
  rows.inputGradient = inputGradient.delta;
  rows.begin = share.begin;
  rows.end = share.end;
  pass.layerKernels().batchNormBackward(rows);
  finish(pass, inputGradient, shape_.channels, share);
}

template <typename Real>
void BatchNorm<Real>::parameterGradient(const Pass<Real>& pass, const MatrixRows& block,
                                        const Track<Real>& gradient) const {
  const size_t begin = block.rows.begin * shape_.channels, end = block.rows.end * shape_.channels;
  const Track<Real> found = own(pass).gradient;
  std::copy(found.values + begin, found.values + end, gradient.values);
  if (gradient.tangents) std::copy(found.tangents + begin, found.tangents + end, gradient.tangents);
}

/// The moving average takes the unbiased variance, Σ(x − mean)²/(rows − 1); nothing moves for a single row.
template <typename Real>
void BatchNorm<Real>::updateStatistics(LayerMemory<Real>& memory, const Batch& batch, Real* parameters) const {
  const size_t channels = shape_.channels;
  BatchNormMemory<Real>& mine = own(memory);
  Real *const mean = mine.mean.values, *const variance = mine.variance.values;
  if (batch.part.ranks && !batch.part.synchronizes) {
    const auto rows = static_cast<double>(batch.count * shape_.positions());
    mine.exchange.mine()[0] = rows;
    for (size_t j = 0; j < channels; ++j) {
      mine.exchange.mine()[1 + j] = static_cast<double>(mean[j]);
      mine.exchange.mine()[1 + channels + j] = static_cast<double>(variance[j]) * rows;
    }
    mine.exchange.gather(*batch.part.ranks);
    for (size_t j = 0; j < channels; ++j) {
      const Moments<double> moments = momentsOfRanks(mine, j);
      mean[j] = static_cast<Real>(moments.mean);
      variance[j] = static_cast<Real>(moments.squares / moments.rows);
    }
  }
  const auto rows = static_cast<double>(batch.wholeCount() * shape_.positions());
  if (rows < 2) return;
  const auto momentum = static_cast<Real>(options_.momentum), unbiased = static_cast<Real>(rows / (rows - 1));
  Real *const means = parameters + 2 * channels, *const variances = parameters + 3 * channels;
  for (size_t j = 0; j < channels; ++j) {
    means[j] += momentum * (mean[j] - means[j]);
    variances[j] += momentum * (unbiased * variance[j] - variances[j]);
  }
}

template class BatchNorm<float>;
template class BatchNorm<double>;

}  // namespace glissade
