#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "data/sampler.h"
#include "distributed/ranks.h"
#include "metrics/score_sheet.h"
#include "parallel/engine.h"
#include "training/steps/minibatch.h"

namespace glissade {

/// The mean loss (and accuracy) of a network over a dataset, and metrics of a plan, a minibatch at a time. A minibatch
/// is that of all ranks together. Each rank takes its part of it through the network, or the next rows of its shard.
/// Each rank computes the metrics of all rows. `ranks` records failures.
template <typename Real>
class Evaluation {
 public:
  Evaluation(const Kernels& kernels, std::shared_ptr<const Network<Real>> network, Dataset data, Scoring scoring,
             Precision precision, MetricPlan metrics = {}, std::shared_ptr<Ranks> ranks = std::make_shared<Ranks>());

  /// Makes room for a team of `members` members.
  void setTeamSize(size_t members) { minibatch_.setTeamSize(members); }

  void restart();
  bool finished() const { return next_ == data_.rowsOfAll(); }

  /// Evaluates the next minibatch, up to its custom loss if there is one. All members call this together. It returns
  /// whether any are left.
  bool advance(const Member& member, const Real* parameters);

  /// Whether a minibatch awaits a custom loss, before the next call of `advance`.
  bool awaitsLoss() const { return awaitsLoss_; }
  /// What to compute the loss from.
  CustomMinibatch<Real> awaited() {
    CustomMinibatch<Real> minibatch = minibatch_.custom(data_, {part().size()});
    minibatch.gradient = nullptr;
    return minibatch;
  }
  /// Takes the loss that is awaited.
  void takeLoss(double mean);

  const Tally& tally() const { return tally_; }
  /// The results of each metric, at the end. Rankings are sorted here.
  std::vector<std::vector<double>> metrics();

 private:
  void endMinibatch();
  template <typename Item>
  const Item* ofAllRanks(const Item* mine, size_t count, std::vector<std::byte>& room);
  void gatherMinibatch();
  void sumTallies();
  /// Rows of the minibatch, over all ranks.
  size_t count() const;
  /// The rows of the dataset that this rank takes through the network, in order.
  Range part() const;

  std::shared_ptr<const Network<Real>> network_;
  Dataset data_;
  Sampler order_;
  Minibatch<Real> minibatch_;
  std::unique_ptr<ScoreSheet> sheet_;  // null without metrics
  size_t next_ = 0;                    // rows before the minibatch, over all ranks
  size_t round_ = 0;                   // minibatches before it
  bool awaitsLoss_ = false;
  Tally tally_;
  const std::shared_ptr<Ranks> ranks_;
  // What metrics are computed from, of the whole minibatch, and room for what other ranks send of it.
  const Real *outputs_ = nullptr, *targets_ = nullptr;
  const double* weights_ = nullptr;
  std::vector<std::byte> rooms_[3];
};

struct Evaluated {
  Tally tally;
  std::vector<std::vector<double>> metrics;
};

/// Computes the mean loss (and accuracy) over a dataset, and the metrics of a plan, while the caller waits. A custom
/// loss is computed by calls of `custom` on the caller's thread. All ranks call this with the same identity.
/// @throws Error ERR_MPI, ERR_RANKS_DIFFER
template <typename Real>
Evaluated evaluate(std::shared_ptr<const Network<Real>> network, const Real* parameters, Dataset data, Scoring scoring,
                   Precision precision, MetricPlan metrics = {}, const CustomLoss<Real>& custom = {},
                   std::shared_ptr<Ranks> ranks = std::make_shared<Ranks>(), const std::string& identity = {});

}  // namespace glissade
