#pragma once

#include <algorithm>
#include <cstdint>

#include "distributed/rank_exchange.h"
#include "models/workspace.h"
#include "training/steps/tally.h"

namespace glissade {

/// What a rank wants all to do after the step under way: bits, of which each is agreed if any rank has set it.
struct Wishes {
  static constexpr uint32_t stop = 1, endInTime = 2;
};

/// What ranks that share minibatches tell each other at each step: the sums over their parts, bounds of their parts of
/// the gradient, and wishes.
template <typename Real>
class Agreement {
 public:
  using Factors = typename Workspace<Real>::Factors;

  explicit Agreement(size_t ranks) : exchange_(ranks, sizeof(Record) / sizeof(double)) {}

  void begin(Communicator& ranks, const Tally& tally, const Factors& factors, uint32_t wishes) noexcept {
    mine() = {tally.loss,
              tally.lossWeight,
              tally.correct,
              tally.weight,
              static_cast<double>(tally.examples),
              static_cast<double>(factors.input),
              static_cast<double>(factors.delta),
              static_cast<double>(wishes)};
    exchange_.begin(ranks);
  }

  /// Waits for the others. Sums are in the order of ranks.
  void finish(Communicator& ranks) noexcept {
    exchange_.finish(ranks);
    tally_ = {};
    factors_ = {};
    wishes_ = 0;
    for (size_t rank = 0; rank < exchange_.ranks(); ++rank) {
      const Record& of = *reinterpret_cast<const Record*>(exchange_.of(rank));
      tally_.add({of.loss, of.lossWeight, of.correct, of.weight, static_cast<size_t>(of.examples)});
      factors_ = {std::max(factors_.input, of.input), std::max(factors_.delta, of.delta)};
      wishes_ |= static_cast<uint32_t>(of.wishes);
    }
  }

  void forget() { wishes_ = 0; }

  const Tally& tally() const { return tally_; }
  const Factors& factors() const { return factors_; }
  uint32_t wishes() const { return wishes_; }

 private:
  struct Record {
    double loss, lossWeight, correct, weight, examples, input, delta, wishes;
  };
  Record& mine() { return *reinterpret_cast<Record*>(exchange_.mine()); }

  RankExchange exchange_;
  Tally tally_;
  Factors factors_{};
  uint32_t wishes_ = 0;
};

}  // namespace glissade
