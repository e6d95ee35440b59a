#pragma once

#include <cstddef>

#include "distributed/communicator.h"
#include "matrix/buffer.h"

namespace glissade {

/// Numbers that each rank sends to all others.
class RankExchange {
 public:
  RankExchange() = default;
  /// @throws std::bad_alloc
  RankExchange(size_t ranks, size_t count) : ranks_(ranks), mine_(count), all_(ranks * count) {}

  size_t ranks() const { return ranks_; }
  /// What this rank sends.
  double* mine() { return mine_.data(); }
  /// After `gather`: what a rank has sent.
  const double* of(size_t rank) const { return all_.data() + rank * mine_.size(); }

  // One member of a team calls these, on the engine's thread, between barriers. `ranks` records a failure.
  void begin(Communicator& ranks) noexcept {
    ranks.attempt(
        [&] { request_ = ranks.mpi().beginGather(mine_.data(), mine_.size() * sizeof(double), all_.data()); });
  }
  void finish(Communicator& ranks) noexcept {
    ranks.attempt([&] { ranks.wait(request_); });
  }
  void gather(Communicator& ranks) noexcept {
    begin(ranks);
    finish(ranks);
  }

 private:
  size_t ranks_ = 0;
  Buffer<double> mine_, all_;
  MpiRequest request_;
};

}  // namespace glissade
