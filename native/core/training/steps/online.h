#pragma once

#include "training/steps/trainer.h"

namespace glissade {

/// Trains on all rows of `data` as one minibatch, while the caller waits. Little work is done on the calling thread,
/// more on the engine. Between calls the model has the parameters to evaluate with. The calling thread calls `custom`,
/// for a custom loss. Whatever that throws comes out, and nothing has changed then.
template <typename Real>
typename Trainer<Real>::Outcome stepOnline(Trainer<Real>& trainer, const Dataset& data, const double* record,
                                           const CustomLoss<Real>& custom = {});

/// The same on the engine's thread, between the steps of a run: with its team, and without the pauses. A step that
/// comes to a custom loss returns `awaitsLoss`; the next call, with the same arguments, goes on with it.
template <typename Real>
typename Trainer<Real>::Outcome stepBetween(Team& team, Trainer<Real>& trainer, const Dataset& data,
                                            const double* record);

}  // namespace glissade
