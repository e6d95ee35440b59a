#pragma once

#include <string_view>

#include "arch/kernels.h"
#include "data/dataset.h"

namespace glissade {

/// @throws Error ERR_INVALID_ARGUMENT for a name that is no loss.
Loss lossNamed(std::string_view name);

/// Checks every target of `data` against a network with `outputs` outputs, before anything is trained.
/// @throws Error ERR_INVALID_ARGUMENT without targets; ERR_SHAPE, ERR_OUT_OF_RANGE or ERR_NON_FINITE naming the first
/// row at fault.
void checkTargets(Loss loss, const Dataset& data, size_t outputs);

}  // namespace glissade
