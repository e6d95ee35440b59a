#pragma once

#include <napi.h>

#include "losses/loss.h"

namespace glissade {

/// Of a loss as lib/losses makes it: { name, …options }.
/// @throws Error ERR_INVALID_ARGUMENT for a name that is no loss.
Scoring scoringOf(Napi::Object loss, bool accuracy);

}  // namespace glissade
