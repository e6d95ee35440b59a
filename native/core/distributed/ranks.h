#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "parallel/engine.h"
#include "parallel/team.h"

namespace glissade {

/// The processes that evaluate or train together, each with a part of the examples. This class is a process alone. A
/// Communicator stands for the ranks of an MPI job.
class Ranks {
 public:
  virtual ~Ranks() = default;

  virtual bool areMany() const { return false; }
  virtual size_t size() const { return 1; }
  /// This rank's part of so many items.
  virtual Range part(size_t items) const { return {0, items}; }

  /// The bytes of all ranks in their order, of which this rank gives `mine`. The result is in `room`, or is `mine` for
  /// a process alone. One member of a team calls this, on the engine's thread. After a failure, hasFailed() is true.
  virtual std::span<const std::byte> together(std::span<const std::byte> mine,
                                              std::vector<std::byte>& /*room*/) noexcept {
    return mine;
  }
  virtual bool hasFailed() const { return false; }
  /// @throws Error the failure
  virtual void throwIfFailed() const {}

  /// Checks that all ranks make the same call, while the caller waits.
  /// @throws Error ERR_RANKS_DIFFER
  virtual void checkSameCall(const std::string& /*identity*/) {}
  /// Does a team's work while the caller waits.
  virtual void run(const Engine::Work& work) const { Engine::instance().runForCaller(work); }
};

}  // namespace glissade
