#pragma once

#include "training/trainer.h"

namespace glissade {

/// A step on all rows of a table, or a part of one, while the caller waits: little work on the calling thread, more on
/// the engine. Between such steps the model holds the parameters that it is to be evaluated with. `rows` counts 0, 1, …
/// for as long as the data.
template <typename Real>
typename Trainer<Real>::Outcome stepOnline(Trainer<Real>& trainer, const Dataset& data, const uint32_t* rows,
                                           const double* record);

}  // namespace glissade
