#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "distributed/communicator.h"
#include "distributed/rank_exchange.h"
#include "files/crc32.h"
#include "training/steps/cooperation.h"

namespace glissade {

/// What all ranks of an MPI job do, whether they take each step together or not: they start from the same parameters,
/// divide minibatches, and agree on what any of them requests.
template <typename Real>
class RankSteps : public Cooperation<Real> {
 public:
  using typename Cooperation<Real>::Start;
  using typename Cooperation<Real>::Totals;

  RankSteps(TrainedModel<Real>& model, MinibatchGradient<Real>& gradient, const TrainerOptions& options)
      : Cooperation<Real>(model, gradient),
        ranks_(*options.ranks),
        exchange_(ranks_.size(), sizeof(Message) / sizeof(double)),
        identity_(options.identity) {}

  void begin(const std::string& identity, Start start) override {
    ranks_.checkSame(identity);
    shareParameters(start);
  }

  void checkSameParameters() const override {
    const std::span<const Real> parameters(model_.parameters, model_.network->parameterCount());
    ranks_.checkSame("parameters " + std::to_string(crc32(std::as_bytes(parameters))));
  }

  void request(uint32_t requests) override { requests_ = requests; }
  uint32_t agreed() const override { return agreed_; }
  bool agreesOn(uint32_t request, bool) const override { return agreed() & request; }

  Examples take(const Examples& examples, RankPart& part) override {
    if (examples.of == Examples::Of::rank) {
      if (!haveSharedParameters_) ranks_.attempt([&] { shareParameters(Start::atBeginning); });
      return examples;
    }
    Examples mine = examples;
    part.first = examples.first;
    part.whole = examples.wholeCount();
    if (examples.of == Examples::Of::whole) {
      const Range range = ranks_.part(examples.count);
      part.first = range.begin;
      mine.rows += range.begin;
      mine.count = range.size();
    }
    return mine;
  }

 protected:
  using Cooperation<Real>::model_;

  /// Gives the parameters of the first rank to all.
  /// @throws Error ERR_MPI, ERR_RANKS_DIFFER
  virtual void shareParameters(Start) {
    ranks_.checkSame(identity_ + " at step " + std::to_string(model_.counts.steps));
    agreed_ = 0;
    haveSharedParameters_ = true;
    ranks_.broadcast(model_.parameters, model_.network->parameterCount() * sizeof(Real));
  }

  // Ranks send each other the totals of their parts of the minibatch, and requests. One member calls these. The
  // communicator records failures.
  void beginAgreement(const Totals& mine) noexcept {
    *reinterpret_cast<Message*>(exchange_.mine()) = {mine.tally.loss,
                                                     mine.tally.lossWeight,
                                                     mine.tally.correct,
                                                     mine.tally.weight,
                                                     static_cast<double>(mine.tally.examples),
                                                     mine.factors.input,
                                                     mine.factors.delta,
                                                     static_cast<double>(requests_)};
    exchange_.begin(ranks_);
  }
  /// Waits for the others. Sums are in the order of ranks.
  void finishAgreement() noexcept {
    exchange_.finish(ranks_);
    totals_ = {};
    agreed_ = 0;
    for (size_t rank = 0; rank < ranks_.size(); ++rank) {
      const Message& of = *reinterpret_cast<const Message*>(exchange_.of(rank));
      totals_.tally.add({of.loss, of.lossWeight, of.correct, of.weight, static_cast<size_t>(of.examples)});
      totals_.factors = {std::max(totals_.factors.input, of.input), std::max(totals_.factors.delta, of.delta)};
      agreed_ |= static_cast<uint32_t>(of.requests);
    }
  }
  /// After finishAgreement(): the totals of all ranks.
  const Totals& totals() const { return totals_; }

  Communicator& ranks_;

 private:
  /// What a rank sends in each step.
  struct Message {
    double loss, lossWeight, correct, weight, examples, input, delta, requests;
  };

  RankExchange exchange_;
  Totals totals_{};
  uint32_t requests_ = 0, agreed_ = 0;
  const std::string identity_;  // must be the same on all ranks
  bool haveSharedParameters_ = false;
};

}  // namespace glissade
