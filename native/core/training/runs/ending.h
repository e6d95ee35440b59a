#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "training/runs/run_news.h"

namespace glissade {

/// How a run is about to end. Noting a failure needs no memory.
struct Ending {
  RunOutcome::Status status = RunOutcome::Status::running;
  std::string_view code;  // of a failure
  char what[320] = "";    // a copy, because the exception may be gone
  int64_t step = 0;       // at which it has failed

  void fail(std::string_view failure, const char* clause, int64_t at) noexcept {
    *this = {RunOutcome::Status::failed, failure, {}, at};
    std::strncpy(what, clause, sizeof what - 1);
  }

  /// The message of a failure in this epoch. The parameters are as after step `kept`.
  std::string message(size_t epoch, int64_t kept) const {
    if (code == "ERR_MPI" || code == "ERR_RANKS_DIFFER") return what;  // not about a single step
    return std::string(what) + " at step " + std::to_string(step) + " (epoch " + std::to_string(epoch) +
           "); parameters are as after step " + std::to_string(kept) +
           (code == "ERR_NON_FINITE" ? ". Try a smaller learningRate." : ".");
  }
};

}  // namespace glissade
