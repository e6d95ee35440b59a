#pragma once

#include <memory>
#include <vector>

#include "data/dataset.h"
#include "models/network.h"
#include "models/workspace.h"

namespace glissade {

/// Workspaces that a model keeps from one prediction to the next.
template <typename Real>
struct PredictionMemory {
  std::unique_ptr<Workspace<Real>> few;    // for a few rows
  std::vector<Workspace<Real>> ofMembers;  // for blocks of rows; none if they would take much memory

  size_t bytes() const {
    size_t sum = few ? few->memorySize() + few->scratchSize() : 0;
    for (const auto& workspace : ofMembers) sum += workspace.memorySize() + workspace.scratchSize();
    return sum;
  }
};

/// Fills `outputs`, row-major, for all rows of `data`. Little work is done on the calling thread. More work is done on
/// the engine, while the caller waits.
template <typename Real>
void predict(const Network<Real>& network, const Real* parameters, const Dataset& data, Real* outputs,
             Precision precision, PredictionMemory<Real>& memory);

}  // namespace glissade
