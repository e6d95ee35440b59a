#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "distributed/communicator.h"
#include "kernels/kernels.h"
#include "matrix/buffer.h"

namespace glissade {

/// A sum of numbers over ranks, in place, by the summation of the communicator. It progresses while the team computes
/// other things. One member calls it, on the engine's thread. The communicator records failures.
template <typename Real>
class RankSum {
 public:
  RankSum(Communicator& ranks, const Kernels& kernels) : ranks_(ranks), kernels_(kernels.of<Real>()) {}

  /// Begins to sum numbers, Mpi::kMost bytes at most. Nobody may use them before `finish`.
  void begin(Real* items, size_t count) noexcept;
  /// Lets MPI make progress. Returns whether the last operation has begun. An ordered sum has two operations, and all
  /// ranks must begin the second operations of several sums in the same order: `mayGoOn` says whether all earlier sums
  /// have begun theirs.
  bool advance(bool mayGoOn) noexcept;
  /// Waits until the sums are in place, and calls `meanwhile` again and again.
  void finish(const std::function<void()>& meanwhile) noexcept;
  /// Whether an operation is to follow the one that is under way.
  bool hasMore() const { return phase_ == Phase::exchanging; }

 private:
  // In an ordered sum, each rank receives its part from all others, sums it, and sends the sums to all.
  enum class Phase { idle, exchanging, last };

  bool isBfloat16() const { return ranks_.summation() == Summation::bfloat16; }
  void divide();
  void goOn();
  void sumPart();

  Communicator& ranks_;
  const KernelsOf<Real>& kernels_;
  Real* items_ = nullptr;
  size_t count_ = 0;
  Phase phase_ = Phase::idle;
  MpiRequest request_;
  // Buffers of an ordered sum: all parts to send, the received parts of this rank, and their sum; as numbers, or as
  // bfloat16.
  size_t partCount_ = 0;
  MpiParts sent_, received_;
  Buffer<std::byte> outgoing_, incoming_, part_;
  Buffer<Real> sums_, numbers_;  // of bfloat16: the sums of this rank's part, and the numbers of one rank
};

}  // namespace glissade
