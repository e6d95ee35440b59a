#pragma once

#include "training/steps/trainer.h"

namespace glissade {

/// Trains on all rows of `data` as one minibatch, while the caller waits. Little work is done on the calling thread,
/// more on the engine. Between calls the model has the parameters to evaluate with. A custom loss is computed by
/// `custom`, on the calling thread. If `custom` throws, the exception is rethrown and nothing has changed.
template <typename Real>
typename Trainer<Real>::Outcome stepOnline(Trainer<Real>& trainer, const Dataset& data, const double* record,
                                           const CustomLoss<Real>& custom = {});

/// The same on the engine's thread, between the steps of a run: with its team, and without the pauses. A step that
/// needs a custom loss returns `awaitsLoss`; the next call, with the same arguments, continues it.
template <typename Real>
typename Trainer<Real>::Outcome stepBetween(Team& team, Trainer<Real>& trainer, const Dataset& data,
                                            const double* record);

}  // namespace glissade
