#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "distributed/communicator.h"
#include "models/workspace.h"
#include "training/trained_model.h"

namespace glissade {

/// Tells ranks which rows of lazy matrices the others' parts of a minibatch touch, so that all update the same rows.
class RowExchange {
 public:
  /// After `Workspace::touch`: adds the others' rows to the workspace's. The first member calls this, on the engine's
  /// thread. Failures show in `ranks`.
  template <typename Real>
  void exchange(Communicator& ranks, const std::vector<LazyMatrix>& lazy, Workspace<Real>& workspace) noexcept {
    ranks.attempt([&] {
      mine_.clear();
      counts_.clear();
      for (const LazyMatrix& each : lazy) {
        const std::vector<uint32_t>& rows = workspace.touchedOf(each.matrix).rows();
        counts_.push_back(static_cast<uint32_t>(rows.size()));
        mine_.insert(mine_.end(), rows.begin(), rows.end());
      }
      allCounts_.resize(ranks.size() * lazy.size());
      ranks.gather(counts_.data(), counts_.size() * sizeof(uint32_t), allCounts_.data());
      ranks.gather(std::as_bytes(std::span(mine_)), all_);
      size_t at = 0;
      for (size_t rank = 0; rank < ranks.size(); ++rank)
        for (size_t i = 0; i < lazy.size(); ++i) {
          const size_t count = allCounts_[rank * lazy.size() + i];
          const auto* const rows = reinterpret_cast<const uint32_t*>(all_.data()) + at;
          if (rank != ranks.rank()) workspace.includeTouched(lazy[i].matrix, {rows, count});
          at += count;
        }
    });
  }

 private:
  std::vector<uint32_t> counts_, allCounts_, mine_;
  std::vector<std::byte> all_;
};

}  // namespace glissade
