#include "training/evaluation/gradient_variance.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "data/sampler.h"
#include "parallel/engine.h"

namespace glissade {
namespace {

/// Gradients of single examples. Some examples at a time go through the network, each on one thread. Their gradients
/// are then found block by block, and added to running means and sums of squared deviations, in double, while these are
/// in the cache. Each number adds the examples in order, whatever the size of the team.
template <typename Real>
class ExampleGradients {
 public:
  ExampleGradients(const Network<Real>& network, const Real* parameters, const Dataset& data, const Scoring& scoring)
      : network_(network),
        parameters_{parameters, nullptr},
        data_(data),
        order_(data, Sampler::Order::sequential, 0),
        gradient_(network.parameterCount()),
        mean_(network.parameterCount()),
        squares_(network.parameterCount()) {
    order_.startEpoch(0);
    for (size_t matrix : network.matrices().sparse())
      sparse_.push_back({matrix, Buffer<double>(network.matrices()[matrix].rows)});
    do {
      examples_.emplace_back(network, kernels_, scoring, 1, Use::training, Precision::full);
      examples_.back().setTeamSize(Engine::instance().threads());
      for (const SparseMatrix& sparse : sparse_) examples_.back().workspace().leaveToTouched(sparse.matrix);
    } while (examples_.size() < std::min({kExamples, data.rows(),
                                          kScratch / (1 + examples_.back().workspace().scratchSize() / sizeof(Real))}));
    weighings_.resize(examples_.size());
    for (size_t i = 0; i < order_.size(); ++i)  // parallel regions must not allocate
      examples_[i % examples_.size()].workspace().reserveTouched(data, order_.rows() + i, 1);
    passes_ = std::max<size_t>(kNumbers / (examples_.size() * network.parameterCount() + 1), 1);
  }

  /// Takes some more examples. All members call this together. It returns whether any are left.
  bool advance(const Member& member) {
    for (size_t i = 0; i < passes_ && next_ < order_.size(); ++i) pass(member);
    return next_ < order_.size();
  }

  /// Writes mean and variance, after all examples.
  GradientSpread finish(Real* gradient, Real* variance) {
    for (const SparseMatrix& sparse : sparse_) addZeros(sparse);
    const double factor = tally_.lossWeight > 0 ? 1 / tally_.lossWeight : 0;
    double total = 0;
    for (size_t i = 0; i < network_.parameterCount(); ++i) {
      gradient[i] = static_cast<Real>(mean_[i]);
      variance[i] = static_cast<Real>(factor * squares_[i]);
      total += factor * squares_[i];
    }
    return {tally_.meanLoss(), total};
  }

 private:
  static constexpr size_t kExamples = 16;                 // so that means are rarely read and written
  static constexpr size_t kScratch = size_t{1} << 24;     // numbers of im2col, of all examples together
  static constexpr size_t kNumbers = size_t{1} << 20;     // numbers of gradients that take about a slice
  static constexpr Batch kBatch{1, Mode::evaluation, 0};  // a single example

  /// A matrix in which an example touches few rows. The zero gradients of its other rows are added by addZeros().
  struct SparseMatrix {
    size_t matrix;
    Buffer<double> weights;  // by row: Σ weight of the examples that touched it
  };

  /// How a value of weight w enters a running mean and sum of squared deviations (West 1979): w, w/W and w·(W − w)/W,
  /// where W is the sum of all weights so far, w included.
  struct Weighing {
    double weight, share, spread;
  };
  static Weighing weigh(double weight, double& sum) {
    if (weight == 0) return {};
    const double before = sum;
    sum += weight;
    return {weight, weight / sum, weight * (before / sum)};
  }

  void pass(const Member& member) {
    const size_t count = std::min(examples_.size(), order_.size() - next_);
    const Range share = member.share(count);
    for (size_t i = share.begin; i < share.end; ++i) passBothWays(examples_[i], order_.rows() + next_ + i);
    member.barrier();
    if (member.isFirst()) {
      for (size_t i = 0; i < count; ++i) {
        const Tally tally = examples_[i].tally(1);
        weighings_[i] = weigh(tally.lossWeight, weight_);
        tally_.add(tally);
      }
    }
    member.barrier();
    examples_.front().workspace().forEachBlock(member, [&](size_t matrix, const Range& rows) {
      const Range place = network_.matrices()[matrix].elements(rows);
      for (size_t i = 0; i < count; ++i) {
        if (weighings_[i].weight == 0) continue;
        examples_[i].workspace().blockGradient(member, kBatch, parameters_, matrix, rows,
                                               {gradient_.data() + place.begin, nullptr});
        deviate(weighings_[i], place);
      }
    });
    for (SparseMatrix& sparse : sparse_)
      for (size_t i = 0; i < count; ++i) touch(member, sparse, examples_[i].workspace(), weighings_[i].weight);
    member.barrier();
    if (member.isFirst()) next_ += count;
    member.barrier();
  }

  void passBothWays(Minibatch<Real>& example, const uint32_t* row) {
    const Member alone(0, 1);
    example.gather(alone, data_, row, 1);
    example.workspace().touch(alone, 1);
    example.forward(alone, kBatch, parameters_, data_);
    example.backward(alone, kBatch, parameters_);
  }

  void deviate(const Weighing& weighing, const Range& place) {
    kernels_.of<Real>().deviate(weighing.share, weighing.spread, gradient_.data() + place.begin,
                                mean_.data() + place.begin, squares_.data() + place.begin, place.end - place.begin);
  }

  /// Adds an example's gradient with respect to those touched rows that are this member's.
  void touch(const Member& member, SparseMatrix& sparse, Workspace<Real>& workspace, double weight) {
    const std::vector<uint32_t>& rows = workspace.touchedOf(sparse.matrix).rows();
    for (size_t i = 0; i < rows.size() && weight > 0; ++i) {
      if (rows[i] % member.count() != member.index()) continue;
      const Range place = network_.matrices()[sparse.matrix].elements({rows[i], rows[i] + size_t{1}});
      workspace.touchedGradient(member, kBatch, parameters_, sparse.matrix, {i, i + 1},
                                {gradient_.data() + place.begin, nullptr});
      deviate(weigh(weight, sparse.weights[rows[i]]), place);
    }
  }

  /// Combines the statistics of the examples that touched a row with the zeros of the others (Chan, Golub & LeVeque
  /// 1979).
  void addZeros(const SparseMatrix& sparse) {
    for (size_t row = 0; row < sparse.weights.size(); ++row) {
      const double weight = sparse.weights[row], share = weight > 0 ? weight / weight_ : 0;
      const Range place = network_.matrices()[sparse.matrix].elements({row, row + 1});
      for (size_t i = place.begin; i < place.end; ++i) {
        squares_[i] += share * (weight_ - weight) * (mean_[i] * mean_[i]);
        mean_[i] *= share;
      }
    }
  }

  const Kernels& kernels_ = glissade::kernels();
  const Network<Real>& network_;
  Track<const Real> parameters_;
  const Dataset& data_;
  Sampler order_;
  std::deque<Minibatch<Real>> examples_;
  std::vector<Weighing> weighings_;  // by example of a pass
  std::vector<SparseMatrix> sparse_;
  Buffer<Real> gradient_;  // of an example, block by block
  Buffer<double> mean_, squares_;
  size_t passes_, next_ = 0;
  double weight_ = 0;
  Tally tally_;
};

}  // namespace

template <typename Real>
GradientSpread gradientVariance(const std::shared_ptr<const Network<Real>>& network, const Real* parameters,
                                const Dataset& data, const Scoring& scoring, Real* gradient, Real* variance) {
  ExampleGradients<Real> work(*network, parameters, data, scoring);
  Engine::instance().runForCaller([&](const Member& member) { return work.advance(member); });
  return work.finish(gradient, variance);
}

template GradientSpread gradientVariance(const std::shared_ptr<const Network<float>>&, const float*, const Dataset&,
                                         const Scoring&, float*, float*);
template GradientSpread gradientVariance(const std::shared_ptr<const Network<double>>&, const double*, const Dataset&,
                                         const Scoring&, double*, double*);

}  // namespace glissade
