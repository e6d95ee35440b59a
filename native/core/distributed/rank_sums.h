#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>

#include "distributed/rank_sum.h"

namespace glissade {

/// Sums over ranks that progress at the same time, in messages of limited length. They end in the order in which they
/// began, which is the same on all ranks. One member calls these, on the engine's thread.
template <typename Real>
class RankSums {
 public:
  RankSums(Communicator& ranks, const Kernels& kernels) : ranks_(ranks), kernels_(kernels) {}

  /// Forgets the messages, all of which must have ended.
  void restart() { begun_ = ended_ = 0; }

  /// Begins to sum numbers. Returns how many messages have begun since `restart`.
  size_t begin(Real* items, size_t count) noexcept {
    for (size_t at = 0; at < count; at += kMost, ++begun_) {
      ranks_.attempt([&] {
        if (begun_ == messages_.size()) messages_.emplace_back(ranks_, kernels_);
      });
      if (ranks_.hasFailed()) break;
      messages_[begun_].begin(items + at, std::min(kMost, count - at));
    }
    return begun_;
  }

  /// Lets MPI make progress with all messages that have begun.
  void advance() noexcept { advanceFrom(ended_, true); }

  /// Waits for the first `messages` messages. Others make progress meanwhile.
  void finish(size_t messages) noexcept {
    for (; ended_ < std::min(messages, begun_); ++ended_) {
      RankSum<Real>& awaited = messages_[ended_];
      awaited.finish([&] { advanceFrom(ended_ + 1, !awaited.hasMore()); });
    }
  }

 private:
  void advanceFrom(size_t first, bool mayGoOn) noexcept {
    for (size_t i = first; i < begun_; ++i) mayGoOn = messages_[i].advance(mayGoOn);
  }

  static constexpr size_t kMost = 1 << 20;  // numbers in a message

  Communicator& ranks_;
  const Kernels& kernels_;
  std::deque<RankSum<Real>> messages_;
  size_t begun_ = 0, ended_ = 0;
};

}  // namespace glissade
