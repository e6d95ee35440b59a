#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include "training/steps/gradient_exchange.h"
#include "training/steps/rank_steps.h"
#include "training/steps/row_exchange.h"

namespace glissade {

/// Steps that all ranks take together: each computes the gradient of its part of a minibatch, and all sum these.
template <typename Real>
class SharedSteps final : public RankSteps<Real> {
 public:
  using typename Cooperation<Real>::Totals;
  using typename Cooperation<Real>::Visit;

  SharedSteps(TrainedModel<Real>& model, MinibatchGradient<Real>& gradient, const TrainerOptions& options)
      : RankSteps<Real>(model, gradient, options),
        synchronizesStatistics_(options.synchronizesStatistics),
        isLossMean_(options.scoring.loss == Loss::custom),
        positions_(model.network->lossPositions(Minibatch<Real>::endFor(options.scoring.loss), Mode::training)),
        counts_(ranks_.size()) {}

  void reserve(Workspace<Real>& workspace) override {
    workspace.reserveForRanks(ranks_.size());
    if (!exchange_) exchange_.emplace(ranks_, model_, workspace);  // stages are those of any workspace of the network
  }

  /// Ranks exchange the sizes of their parts, unless these are known.
  Examples take(const Examples& examples, RankPart& part) override {
    const Examples mine = RankSteps<Real>::take(examples, part);
    part.ranks = &ranks_;
    part.synchronizes = synchronizesStatistics_;
    if (examples.of == Examples::Of::rank) {
      const uint64_t count = examples.count;
      ranks_.attempt([&] { ranks_.gather(&count, sizeof count, counts_.data()); });
      part.first =
          std::accumulate(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(ranks_.rank()), size_t{0});
      part.whole = std::accumulate(counts_.begin(), counts_.end(), size_t{0});
    }
    return mine;
  }

  void shareTouchedRows(const Member& member, Workspace<Real>& workspace) override {
    if (model_.lazy.empty()) return;
    if (member.isFirst()) {
      rowExchange_.exchange(ranks_, model_.lazy, workspace);
      ranks_.attempt([&] {
        for (const LazyMatrix& each : model_.lazy)
          model_.optimizer.sparse().reserve(workspace.touchedOf(each.matrix).rows().size());
      });
    }
    member.barrier();
  }

  /// Exchanges the totals while members compute the gradient.
  bool sum(const Member& member, const PassedMinibatch<Real>& minibatch, Totals& totals) override {
    if (!gradient_.reserve(member, minibatch.workspace)) return false;
    if (member.isFirst()) this->beginAgreement(totals);
    sumAgain(member, minibatch);
    if (member.isFirst()) this->finishAgreement();
    member.barrier();
    totals = this->totals();
    return true;
  }

  void sumAgain(const Member& member, const PassedMinibatch<Real>& minibatch) override {
    Workspace<Real>& workspace = minibatch.workspace;
    if (member.isFirst()) exchange_->restart();
    for (size_t stage = 0; stage < exchange_->stages(); ++stage) {
      for (const size_t matrix : exchange_->matricesOf(stage))
        workspace.forEachBlockOf(matrix, member, [&](size_t, const Range& rows) {
          gradient_.findBlock(member, minibatch, matrix, rows);
          if (member.isFirst()) exchange_->advance();
        });
      member.barrier();
      if (member.isFirst()) exchange_->begin(stage, gradient_.slab());
    }
    gradient_.findTouchedRows(member, minibatch);
    member.barrier();
    for (size_t i = 0; member.isFirst() && i < model_.lazy.size(); ++i) {
      const auto rows = gradient_.touchedRows(workspace, i);
      exchange_->beginTouchedRows(rows.data(), rows.size());
    }
  }

  void forEachBlock(const Member& member, const PassedMinibatch<Real>& minibatch, const Visit& visit) override {
    Workspace<Real>& workspace = minibatch.workspace;
    const Real factor = factorOfSum(minibatch.batch);
    if (member.isFirst()) failedStage_ = exchange_->stages();
    for (size_t stage = 0; stage < exchange_->stages(); ++stage) {
      if (member.isFirst()) exchange_->finish(stage);
      if (member.isFirst() && ranks_.hasFailed()) failedStage_ = std::min<size_t>(failedStage_, stage);
      member.barrier();
      if (failedStage_ <= stage) return;  // the numbers are not sums
      for (const size_t matrix : exchange_->matricesOf(stage))
        workspace.forEachBlockOf(matrix, member, [&](size_t, const Range& rows) {
          const Range place = model_.network->matrices()[matrix].elements(rows);
          Real* const gradient = gradient_.slab() + place.begin;
          scale(factor, gradient, place.size());
          visit(matrix, rows, gradient);
          if (member.isFirst()) exchange_->advance();
        });
    }
    if (model_.lazy.empty()) return;
    if (member.isFirst()) exchange_->finishTouchedRows();
    member.barrier();
    for (size_t i = 0; i < model_.lazy.size(); ++i) {
      const auto rows = gradient_.touchedRows(workspace, i);
      const Range share = member.share(rows.size());
      scale(factor, rows.data() + share.begin, share.size());
    }
  }

  bool computeGradient(const Member& member, const PassedMinibatch<Real>& minibatch) override {
    forEachBlock(member, minibatch, [](size_t, const Range&, const Real*) {});
    member.barrier();
    return true;
  }

  StepFailure failure() const override {
    return ranks_.hasFailed() ? StepFailure{ranks_.failureCode(), ranks_.failure()} : StepFailure{};
  }

 private:
  using RankSteps<Real>::gradient_;
  using RankSteps<Real>::model_;
  using RankSteps<Real>::ranks_;

  /// The factor of the sum of the ranks' gradients. Each rank divides by the number of all rows; a weighted mean
  /// divides by the sum of all weights, so the factor is their ratio. A custom loss is a mean already.
  Real factorOfSum(const Batch& batch) const {
    const double weight = this->totals().tally.lossWeight;
    if (isLossMean_ || !(weight > 0)) return 1;
    return static_cast<Real>(static_cast<double>(batch.part.whole * positions_) / weight);
  }

  static void scale(Real factor, Real* numbers, size_t count) {
    if (factor == 1) return;
    for (size_t i = 0; i < count; ++i) numbers[i] *= factor;
  }

  const bool synchronizesStatistics_, isLossMean_;
  const size_t positions_;        // of an example, each with a loss
  std::vector<uint64_t> counts_;  // examples of each rank
  // The first stage whose sums have failed. Not whether any has: the first member may know of a later one already.
  std::atomic<size_t> failedStage_{0};
  RowExchange rowExchange_;
  std::optional<GradientExchange<Real>> exchange_;
};

}  // namespace glissade
