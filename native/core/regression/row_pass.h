#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "parallel/engine.h"

namespace glissade {

/// How rows are divided for a pass. The chunks depend on sizes alone, so results do not depend on the number of
/// threads.
struct PassShape {
  size_t rows, chunks, blockRows;
  double flops;  // of a row

  Range chunk(size_t i) const { return {rows * i / chunks, rows * (i + 1) / chunks}; }
};

/// What a pass computes.
class RowWork {
 public:
  virtual ~RowWork() = default;
  /// Adds rows to the result of a chunk. Rows of a chunk come in order; no two members work on one chunk at a time.
  virtual void addRows(size_t chunk, const Range& rows, size_t member) noexcept = 0;
  /// Merges the results of the chunks. Called once, after all rows.
  virtual void finish() noexcept = 0;
};

/// A pass over all rows, as a job of the engine.
class RowPass final : public Job {
 public:
  /// `members`: the most members that work at a time; `done` is called at the end, and must not throw.
  RowPass(const PassShape& shape, size_t members, std::shared_ptr<RowWork> work, std::function<void()> done);

  Progress advance(Team& team) noexcept override;
  /// Ends the pass at the next slice without a result.
  void abandon() { abandoned_ = true; }

 private:
  const PassShape shape_;
  const size_t members_;
  const std::shared_ptr<RowWork> work_;
  const std::function<void()> done_;
  std::vector<size_t> open_;   // chunks that are not finished, in order
  std::vector<size_t> nexts_;  // the next row of each chunk
  std::atomic<bool> abandoned_{false};
};

}  // namespace glissade
