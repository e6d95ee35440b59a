#pragma once

#include <string>

#include "training/steps/trainer.h"

namespace glissade {

/// Trains on all rows of `data` as one minibatch, while the caller waits. Little work is done on the calling thread,
/// more on the engine. Between calls the model holds the parameters to evaluate with. `rows` holds 0, 1, 2, … for the
/// rows of `data`. The calling thread calls `custom`, for a custom loss. Whatever that throws comes out, and nothing
/// has changed then.
template <typename Real>
typename Trainer<Real>::Outcome stepOnline(Trainer<Real>& trainer, const Dataset& data, const uint32_t* rows,
                                           const double* record, const CustomLoss<Real>& custom = {});

/// The same on the engine's thread, between the steps of a run: with its team, and without the pauses. A step that
/// comes to a custom loss returns `awaitsLoss`; the next call, with the same arguments, goes on with it.
template <typename Real>
typename Trainer<Real>::Outcome stepBetween(Team& team, Trainer<Real>& trainer, const Dataset& data,
                                            const uint32_t* rows, const double* record);

/// What the error of a minibatch that failed says.
template <typename Real>
std::string sentenceOfFailure(const Trainer<Real>& trainer);

}  // namespace glissade
