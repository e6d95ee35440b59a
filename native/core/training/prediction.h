#pragma once

#include <memory>

#include "data/dataset.h"
#include "models/network.h"

namespace glissade {

/// Fills `outputs`, row-major, for all rows of `data`. Little work is done on the calling thread, in the workspace
/// `small`, which is made when first needed. More work is done on the engine, while the caller waits.
template <typename Real>
void predict(const Network<Real>& network, const Real* parameters, const Dataset& data, Real* outputs,
             Precision precision, std::unique_ptr<Workspace<Real>>& small);

}  // namespace glissade
