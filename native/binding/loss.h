#pragma once

#include "arguments.h"
#include "losses/loss.h"

namespace glissade {

/// Reads a loss as lib/losses describes it: { name, …options }.
/// @throws Error ERR_INVALID_ARGUMENT for a name that is no loss.
Scoring scoringOf(const Argument& loss, bool accuracy);

}  // namespace glissade
