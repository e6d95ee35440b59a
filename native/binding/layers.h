#pragma once

#include <memory>

#include "arguments.h"
#include "models/network.h"

namespace glissade {

/// The network that a specification describes: { inputs: [{ kind, name, … }], nodes: [{ kind, name, from, … }] }.
/// @throws Error naming the layer at fault.
template <typename Real>
std::shared_ptr<const Network<Real>> networkOf(const Argument& specification);

}  // namespace glissade
